"""Finding out how a code base is built and tested.

What a person configured wins: first the project's own commands, then ``[build]``. Else the files at
the top of the code base tell, in this order: a makefile, CMake, cargo, npm, pytest, loose C or C++
files. Nothing is executed here, and nothing is written.

A configured command is split as a shell would split it and run without a shell. If it uses what only
a shell can do (pipes, ``&&``, redirections, variables, patterns, ``NAME=value`` in front, ``cd``), it is
given to ``sh -c`` as it stands.

Two choices that are not obvious. Makefiles are tested with ``-k``, so that one failing test program
does not hide the others, but built without, since the first broken file is what matters. Python gets
no build step: pytest reports what does not compile, and many code bases keep broken files on purpose.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shlex
import shutil
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import Literal

from copilot_tui.build.makefile import find_makefile, read_targets
from copilot_tui.build.toolchain import first_present, missing_tool, require
from copilot_tui.core.config import BuildSettings, ProjectSettings
from copilot_tui.core.errors import BuildError, ConfigurationError, UsageError

StepKind = Literal["build", "test"]

_HINT = "Set build.build_command in .copilot-tui.toml at the top of the code base."
_SHELL_CHARACTERS = re.compile(r"[|&;<>()$`*?\[\]{}~#!\n\\]")
_SHELL_WORDS = {
    *(".", "cd", "eval", "exec", "export", "for", "if", "set", "source", "ulimit", "umask", "unset", "while"),
}
_TEST_TARGETS = ("test", "check", "tests")
_BUILD_TARGETS = ("all", "build", "compile")
_NO_BUILD_GOALS = {
    *("clean", "deploy", "dist", "distclean", "doc", "docs", "help", "install", "publish", "release"),
    *("run", "serve", "start", "up", *_TEST_TARGETS),
}
_MAX_LOOSE_FILES = 20
_MAX_LISTED = 20_000
_OTHER_SYSTEMS = ("configure", "meson.build", "build.ninja", "go.mod", "pom.xml", "build.gradle")


@dataclass(frozen=True, slots=True)
class BuildStep:
    """One command. ``directory`` is relative to the code base, or absolute when it lies outside."""

    kind: StepKind
    command: tuple[str, ...]
    directory: str = "."


@dataclass(frozen=True, slots=True)
class BuildRecipe:
    """The commands that judge a code base, in order; ``origin`` says in one line why these."""

    steps: tuple[BuildStep, ...]
    origin: str


def detect(source: Path, settings: BuildSettings, project: ProjectSettings | None = None) -> BuildRecipe:
    """How to build and test the code base at ``source``.

    A command that is configured for one kind of step replaces the detected steps of that kind only.
    Raises :class:`UsageError` when ``source`` is no readable folder, :class:`BuildError` when nothing
    was found, :class:`BuildToolMissingError` when the tool that is needed is not installed.
    """
    source = _checked_folder(source)
    project = project or ProjectSettings()
    configured: dict[StepKind, tuple[str, str]] = {}
    commands: tuple[tuple[StepKind, str, str], ...] = (
        ("build", project.build_command, settings.build_command),
        ("test", project.test_command, settings.test_command),
    )
    for kind, own, common in commands:
        if own.strip() or common.strip():
            configured[kind] = (own, "project settings") if own.strip() else (common, f"build.{kind}_command")
    if not configured:
        return _detected(source)
    detected = _detected_beside(source, configured)
    steps: list[BuildStep] = []
    origins: list[str] = []
    for kind, _, _ in commands:
        if kind in configured:
            text, origin = configured[kind]
            steps.append(BuildStep(kind, _command(text, source, origin)))
            origins.append(f"{kind} from {origin}")
        elif detected is not None:
            found = [step for step in detected.steps if step.kind == kind]
            steps.extend(found)
            origins.extend([f"{kind} from {detected.origin}"] if found else [])
    return BuildRecipe(tuple(steps), "; ".join(origins))


def _checked_folder(source: Path) -> Path:
    try:
        resolved = source.resolve(strict=True)
        next(iter(os.scandir(resolved)), None)
    except OSError as error:
        reason = error.strerror or str(error)
        raise UsageError(f"The code base {source} cannot be read: {reason}.", "Name a folder.") from error
    return resolved


def _detected_beside(source: Path, configured: dict[StepKind, tuple[str, str]]) -> BuildRecipe | None:
    """The detected recipe for the kinds that nobody configured; none where there is nothing to find.

    A configured test command usually builds what it needs, so a missing tool or an unknown build
    system is no error then.
    """
    try:
        return _detected(source)
    except BuildError:
        return None


def _command(text: str, source: Path, origin: str) -> tuple[str, ...]:
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise ConfigurationError(f"The command {text!r} from {origin} cannot be read: {error}.") from error
    if _SHELL_CHARACTERS.search(text) or "=" in words[0] or words[0] in _SHELL_WORDS:
        return ("sh", "-c", text)
    require(words[0], source, f"it is needed for {text!r} from {origin}")
    return tuple(words)


def _detected(source: Path) -> BuildRecipe:
    try:
        recipe = next((found for found in (look(source) for look in _DETECTORS) if found), None)
    except OSError as error:
        raise BuildError(f"A build file of {source} cannot be read: {error}.", _HINT) from error
    if recipe is not None:
        return recipe
    if not any(source.iterdir()):
        raise BuildError(f"{source} is empty; there is nothing to build.", "Name the folder of a code base.")
    other = next((name for name in _OTHER_SYSTEMS if (source / name).exists()), None)
    seen = f" ({other} is there, but is not run by itself)" if other else ""
    raise BuildError(f"Nothing in {source} says how it is built{seen}.", _HINT)


def _make(source: Path) -> BuildRecipe | None:
    makefile = find_makefile(source)
    if makefile is None:
        return None
    targets = read_targets(makefile)
    test = next((name for name in _TEST_TARGETS if name in targets), None)
    goal = _build_goal(targets)
    if goal is None and test is None:
        return None
    programs = ("make",) if sys.platform == "linux" else ("gmake", "make")
    program = first_present(programs, f"{makefile.name} needs it")
    named = () if makefile.name != "GNUmakefile" or program == "gmake" else ("-f", makefile.name)
    steps: list[BuildStep] = []
    if goal is not None:
        # Output of parallel jobs is kept together; make before 4.0 (macOS) cannot do that.
        together = ("--output-sync",) if sys.platform == "linux" or program == "gmake" else ()
        goals = (goal,) if goal else ()
        steps.append(BuildStep("build", (program, *named, f"-j{os.cpu_count() or 1}", *together, *goals)))
    if test is not None:
        steps.append(BuildStep("test", (program, *named, "-k", test)))
    found = f"a {test} target" if test else "no test target"
    return BuildRecipe(tuple(steps), f"{makefile.name} with {found}")


def _build_goal(targets: tuple[str, ...]) -> str | None:
    """What to ask make for: nothing (its default), a named target, or None where there is no build.

    A default goal like ``help``, ``run`` or ``install`` does not build, or does much more than that.
    """
    if not targets or targets[0] not in _NO_BUILD_GOALS:
        return ""
    return next((name for name in _BUILD_TARGETS if name in targets), None)


def _cmake(source: Path) -> BuildRecipe | None:
    lists = source / "CMakeLists.txt"
    if not lists.is_file():
        return None
    cmake = first_present(("cmake",), "CMakeLists.txt needs it")
    generator = () if shutil.which("make") else ("-G", "Ninja")
    if generator:
        first_present(("make", "ninja"), "CMake needs it to build")
    build = _outside_directory(source)
    jobs = str(os.cpu_count() or 1)
    steps = [
        BuildStep("build", (cmake, "-S", ".", "-B", str(build), *generator)),
        BuildStep("build", (cmake, "--build", str(build), "--parallel", jobs)),
    ]
    text = lists.read_text("utf-8", "replace")
    tested = re.search(r"\benable_testing\s*\(|\binclude\s*\(\s*CTest\b", text, re.IGNORECASE)
    if tested:
        steps.append(BuildStep("test", (first_present(("ctest",), "the tests need it"),), str(build)))
    return BuildRecipe(tuple(steps), f"CMakeLists.txt with {'' if tested else 'no '}tests")


def _outside_directory(source: Path) -> Path:
    """A build folder that the code base does not see, the same for each build of it."""
    import platformdirs

    digest = hashlib.sha256(os.fsencode(source)).hexdigest()[:16]
    return Path(platformdirs.user_cache_dir("copilot-tui")) / "build" / f"{source.name or 'root'}-{digest}"


def _cargo(source: Path) -> BuildRecipe | None:
    if not (source / "Cargo.toml").is_file():
        return None
    cargo = first_present(("cargo",), "Cargo.toml needs it")
    steps = (
        BuildStep("build", (cargo, "build", "--all-targets")),
        BuildStep("test", (cargo, "test", "--no-fail-fast")),
    )
    return BuildRecipe(steps, "Cargo.toml")


def _npm(source: Path) -> BuildRecipe | None:
    package = source / "package.json"
    if not package.is_file():
        return None
    try:
        content = json.loads(package.read_bytes())
    except (ValueError, RecursionError) as error:
        raise BuildError(f"{package} is not valid JSON: {error}.", _HINT) from error
    scripts = content.get("scripts") if isinstance(content, dict) else None
    scripts = scripts if isinstance(scripts, dict) else {}
    wanted: list[tuple[StepKind, tuple[str, ...]]] = []
    if scripts.get("build"):
        wanted.append(("build", ("run", "build")))
    if scripts.get("test") and "no test specified" not in str(scripts["test"]):
        wanted.append(("test", ("test",)))
    if not wanted:
        return None
    npm = first_present(("npm",), "package.json needs it")
    names = " and ".join(kind for kind, _ in wanted)
    steps = tuple(BuildStep(kind, (npm, *arguments)) for kind, arguments in wanted)
    return BuildRecipe(steps, f"package.json with a {names} script")


def _pytest(source: Path) -> BuildRecipe | None:
    reason = _pytest_reason(source)
    if reason is None:
        return None
    # -v names each test, which the comparison with the state before the change needs.
    arguments = ("-m", "pytest", "-v", "--tb=short", "--color=no")
    return BuildRecipe((BuildStep("test", (_python_with_pytest(source), *arguments)),), reason)


def _pytest_reason(source: Path) -> str | None:
    for name, section in (
        ("pytest.ini", "[pytest]"),
        ("pyproject.toml", "[tool.pytest"),
        ("setup.cfg", "[tool:pytest]"),
        ("tox.ini", "[pytest]"),
    ):
        file = source / name
        if file.is_file() and section in file.read_text("utf-8", "replace"):
            return f"{name} configures pytest"
    for folder in (source / "tests", source / "test"):
        if folder.is_dir() and _any_test(islice(folder.rglob("*.py"), _MAX_LISTED)):
            return f"Python tests in {folder.name}/"
    return "Python tests" if _any_test(source.glob("*.py")) else None


def _any_test(files: Iterable[Path]) -> bool:
    return any(file.name.startswith("test_") or file.name.endswith("_test.py") for file in files)


def _python_with_pytest(source: Path) -> str:
    """The interpreter of the code base's own environment, of the pytest on PATH, or this one."""
    for name in (".venv", "venv"):
        python = source / name / "bin" / "python"
        if python.is_file() and python.with_name("pytest").exists():
            return str(python)
    script = shutil.which("pytest")
    if script is not None:
        python = Path(script).with_name("python3")
        if python.is_file():
            return str(python)
    if find_spec("pytest") is not None:
        return sys.executable
    raise missing_tool("pytest", "the Python tests need it")


def _loose_files(source: Path) -> BuildRecipe | None:
    """A few C or C++ files without any build file: each must at least be correct by itself."""
    for suffixes, compilers, language in (
        ((".c",), (os.environ.get("CC", ""), "gcc", "clang", "cc"), "C"),
        ((".cc", ".cpp", ".cxx"), (os.environ.get("CXX", ""), "g++", "clang++", "c++"), "C++"),
    ):
        names = sorted(path.name for path in source.iterdir() if path.suffix in suffixes and path.is_file())
        if 0 < len(names) <= _MAX_LOOSE_FILES:
            compiler = first_present(compilers, f"the {language} files need it")
            files = tuple(f"./{name}" if name.startswith("-") else name for name in names)
            step = BuildStep("build", (compiler, "-Wall", "-fsyntax-only", *files))
            return BuildRecipe((step,), f"{len(names)} {language} file(s) without a build file")
    return None


_DETECTORS: tuple[Callable[[Path], BuildRecipe | None], ...] = (
    _make,
    _cmake,
    _cargo,
    _npm,
    _pytest,
    _loose_files,
)
