"""Recipes for make, autotools, CMake, Meson, ninja, a list of compile commands, and loose C and C++ files.

Trees stay incremental: nothing is cleaned, a configured tree is used as it stands, and where the system
allows it the products lie outside the code base. CMake and Meson are asked for ``compile_commands.json``,
from which a touched file can be checked alone.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from pathlib import Path

from copilot_tui.build.compile_commands import read_commands
from copilot_tui.build.makefile import find_makefile, read_targets
from copilot_tui.build.recipe import BuildRecipe, BuildStep, outside_directory
from copilot_tui.build.toolchain import first_present

_TEST_TARGETS = ("test", "check", "tests")
_BUILD_TARGETS = ("all", "build", "compile")
_NO_BUILD_GOALS = {
    *("clean", "deploy", "dist", "distclean", "doc", "docs", "help", "install", "publish", "release"),
    *("run", "serve", "start", "up", *_TEST_TARGETS),
}
_EXPORTED = "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON"
_MAX_LOOSE_FILES = 20
_MAX_LISTED_COMMANDS = 2000


def make(source: Path) -> BuildRecipe | None:
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


def cmake(source: Path) -> BuildRecipe | None:
    lists = source / "CMakeLists.txt"
    if not lists.is_file():
        return None
    cmake = first_present(("cmake",), "CMakeLists.txt needs it")
    generator = () if shutil.which("make") else ("-G", "Ninja")
    if generator:
        first_present(("make", "ninja"), "CMake needs it to build")
    build = outside_directory(source)
    jobs = str(os.cpu_count() or 1)
    steps = [
        BuildStep("build", (cmake, "-S", ".", "-B", str(build), *generator, _EXPORTED)),
        BuildStep("build", (cmake, "--build", str(build), "--parallel", jobs)),
    ]
    text = lists.read_text("utf-8", "replace")
    tested = re.search(r"\benable_testing\s*\(|\binclude\s*\(\s*CTest\b", text, re.IGNORECASE)
    if tested:
        steps.append(BuildStep("test", (first_present(("ctest",), "the tests need it"),), str(build)))
    return BuildRecipe(tuple(steps), f"CMakeLists.txt with {'' if tested else 'no '}tests")


def autotools(source: Path) -> BuildRecipe | None:
    """Without a makefile: configure makes one, and before it autoreconf where only its input is there."""
    made = (source / "configure").is_file()
    given = next((name for name in ("configure.ac", "configure.in") if (source / name).is_file()), None)
    if not made and given is None:
        return None
    make = first_present(("make", "gmake"), "configure makes makefiles")
    steps = []
    if not made:
        steps.append(BuildStep("build", (first_present(("autoreconf",), f"{given} needs it"), "-i")))
    steps.append(BuildStep("build", ("./configure",)))
    steps.append(BuildStep("build", (make, f"-j{os.cpu_count() or 1}")))
    automake = (source / "Makefile.am").is_file() or (source / "Makefile.in").is_file()
    if automake:
        steps.append(BuildStep("test", (make, "-k", "check")))
    return BuildRecipe(tuple(steps), "configure" if made else str(given))


def meson(source: Path) -> BuildRecipe | None:
    file = source / "meson.build"
    if not file.is_file():
        return None
    meson = first_present(("meson",), "meson.build needs it")
    first_present(("ninja", "ninja-build", "samu"), "meson needs it to build")
    build = outside_directory(source)
    tested = re.search(r"^\s*test\s*\(", file.read_text("utf-8", "replace"), re.MULTILINE) or any(
        re.search(r"^\s*test\s*\(", path.read_text("utf-8", "replace"), re.MULTILINE)
        for path in sorted(source.glob("*/meson.build"))[:50]
    )
    # A folder that is set up already is taken up again, and ninja sets it up anew where it must.
    steps = [
        BuildStep("build", (meson, "setup", *_reconfigured(build), str(build), ".")),
        BuildStep("build", (meson, "compile", "-C", str(build))),
    ]
    if tested:
        steps.append(
            BuildStep("test", (meson, "test", "-C", str(build), "--print-errorlogs", "--no-rebuild"))
        )
    return BuildRecipe(tuple(steps), f"meson.build with {'' if tested else 'no '}tests")


def _reconfigured(build: Path) -> tuple[str, ...]:
    return ("--reconfigure",) if (build / "build.ninja").is_file() else ()


def ninja(source: Path) -> BuildRecipe | None:
    file = source / "build.ninja"
    if not file.is_file():
        return None
    ninja = first_present(("ninja", "ninja-build", "samu"), "build.ninja needs it")
    targets = re.findall(r"^build ([\w.-]+)\s*:", file.read_text("utf-8", "replace"), re.MULTILINE)
    test = next((name for name in _TEST_TARGETS if name in targets), None)
    steps = [BuildStep("build", (ninja,))]
    if test is not None:
        steps.append(BuildStep("test", (ninja, test)))
    return BuildRecipe(tuple(steps), f"build.ninja with {f'a {test} target' if test else 'no test target'}")


def command_list(source: Path) -> BuildRecipe | None:
    """A compile_commands.json alone tells how each file is compiled, not how the whole is put together."""
    commands = read_commands(source, source)
    if not commands or len(commands) > _MAX_LISTED_COMMANDS:
        return None
    first_present((commands[0].arguments[0],), "compile_commands.json names it")
    steps = tuple(BuildStep("build", command.syntax_only(), command.directory) for command in commands)
    return BuildRecipe(steps, f"{len(commands)} commands of compile_commands.json, syntax only")


def loose_files(source: Path) -> BuildRecipe | None:
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
