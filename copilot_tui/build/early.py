"""Looking first at what a change touched: its files alone, then the tests that speak of it.

A syntax check of one file takes a fraction of a second where the build takes minutes, and most of what a
small model gets wrong shows there. Such early steps are put in front of the build and in front of the
tests. They never make anything good: they only end a build early that would have failed. So an early step
whose failure could have another reason (a header that is only made by the build) is taken as if it had
not run.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

from copilot_tui.build.compile_commands import CompileCommand, printed_commands, read_commands
from copilot_tui.build.recipe import BuildRecipe, BuildStep
from copilot_tui.core.artefacts import Diagnostic, TestResult

_C_FILES = (".c", ".cc", ".cpp", ".cxx", ".C", ".m", ".mm")
_TEST_FILE = re.compile(r"test_.*\.py|.*_test\.py")
_LEFT_OUT = {"node_modules", "venv", "site-packages"}
_MOST_FILES = 8
_MOST_TEST_FILES = 4000
_MAX_TEST_BYTES = 400_000
_INCONCLUSIVE = re.compile(
    r"No such file or directory|file not found|cannot open source file|unrecognized command.line option|"
    r"unknown argument|cannot find module|could not import"
)
_PYTHON_CHECK = (
    "import sys; [compile(open(f, 'rb').read(), f, 'exec', dont_inherit=True) for f in sys.argv[1:]]"
)


def with_early_steps(
    recipe: BuildRecipe, root: Path, changed: Sequence[str], printed: Sequence[str] = ()
) -> BuildRecipe:
    """``recipe`` with early steps for the ``changed`` files (relative to ``root``).

    ``printed`` are outputs in which the project's compile commands may stand, the likeliest first: of
    ``make -n``, and of the build of the untouched code base.
    """
    present = [path for path in changed if (root / path).is_file()][:_MOST_FILES]
    if not present:
        return recipe
    checks = [*_compiler_checks(root, present, printed), *_script_checks(root, present, recipe)]
    tests = [early for step in recipe.steps if step.kind == "test" for early in _focused(step, root, present)]
    steps: list[BuildStep] = [*checks]
    for step in recipe.steps:
        if step.kind == "test" and tests:
            steps += tests
            tests = []
        steps.append(step)
    return replace(recipe, steps=tuple(steps))


def wants_printed_commands(root: Path, changed: Sequence[str]) -> bool:
    """Whether a touched file is one for a C compiler, and no ``compile_commands.json`` tells its flags."""
    files = {str(root / path) for path in changed if path.endswith(_C_FILES)}
    return bool(files) and not files <= {command.file for command in read_commands(root, root)}


def dry_run(recipe: BuildRecipe, changed: Sequence[str]) -> BuildStep | None:
    """The command by which make prints what it would do about the changed files, and does nothing."""
    for step in recipe.steps:
        if step.kind == "build" and Path(step.command[0]).name in {"make", "gmake"}:
            kept = tuple(word for word in step.command[1:] if not word.startswith(("-j", "--output-sync")))
            pretended = [word for path in changed if path.endswith(_C_FILES) for word in ("-W", path)]
            return replace(step, command=(step.command[0], "-n", "-w", *pretended, *kept))
    return None


def is_conclusive(
    step: BuildStep,
    changed: Sequence[str],
    found: Sequence[Diagnostic],
    tests: Sequence[TestResult],
    known_failing: frozenset[str],
) -> bool:
    """Whether a failed early step shows for certain that the change is wrong."""
    if step.kind == "test":
        return any(not test.passed and test.name not in known_failing for test in tests)
    errors = [diagnostic for diagnostic in found if diagnostic.severity == "error"]
    if any(_INCONCLUSIVE.search(error.message) for error in errors):
        return False
    return any(error.file in changed for error in errors)


def _compiler_checks(root: Path, changed: Sequence[str], printed: Sequence[str]) -> list[BuildStep]:
    files = [str(root / path) for path in changed if path.endswith(_C_FILES)]
    if not files:
        return []
    commands: dict[str, CompileCommand] = {}
    for command in read_commands(root, root):
        commands.setdefault(command.file, command)
    for text in printed:
        for command in printed_commands(text, str(root), files):
            commands.setdefault(command.file, command)
    wanted = [commands[file] for file in files if file in commands]
    return [
        BuildStep("build", command.syntax_only(), command.directory, early=True)
        for command in wanted
        if shutil.which(command.arguments[0], path=os.environ.get("PATH")) or "/" in command.arguments[0]
    ]


def _script_checks(root: Path, changed: Sequence[str], recipe: BuildRecipe) -> list[BuildStep]:
    """Checks by the languages' own tools, which need no flags."""
    steps: list[BuildStep] = []
    python = [path for path in changed if path.endswith(".py")]
    if python:
        interpreter = python_of(recipe)
        steps.append(BuildStep("build", (interpreter, "-c", _PYTHON_CHECK, *_plain(python)), early=True))
    for suffixes, program, arguments in (
        ((".js", ".cjs", ".mjs"), "node", ("--check",)),
        ((".sh", ".bash"), "bash", ("-n",)),
    ):
        if shutil.which(program):
            files = _plain([path for path in changed if path.endswith(suffixes)])
            steps += [BuildStep("build", (program, *arguments, file), early=True) for file in files]
    packages = dict.fromkeys(_package(path) for path in changed if path.endswith(".go"))
    if packages and shutil.which("go") and (root / "go.mod").is_file():
        steps.append(BuildStep("build", ("go", "build", "-o", os.devnull, *packages), early=True))
    if (
        any(path.endswith(".rs") for path in changed)
        and (root / "Cargo.toml").is_file()
        and shutil.which("cargo")
    ):
        steps.append(BuildStep("build", ("cargo", "check"), early=True))
    return steps


def python_of(recipe: BuildRecipe) -> str:
    """The interpreter that runs the tests knows the version of the language that the code base wants."""
    for step in recipe.steps:
        if "pytest" in step.command and "-m" in step.command:
            return step.command[0]
    return sys.executable


def _plain(paths: Sequence[str]) -> list[str]:
    return [f"./{path}" if path.startswith("-") else path for path in paths]


def _package(path: str) -> str:
    parent = PurePosixPath(path).parent.as_posix()
    return "." if parent == "." else f"./{parent}"


def _focused(step: BuildStep, root: Path, changed: Sequence[str]) -> list[BuildStep]:
    """The same tests, but only those that speak of the changed files; none where the runner cannot choose."""
    command = step.command
    chosen: tuple[str, ...] = ()
    if "pytest" in command and "-m" in command:
        files = _python_tests(root, changed)
        chosen = (*command, *files) if files else ()
    elif command[:2] == ("go", "test"):
        packages = dict.fromkeys(_package(path) for path in changed if path.endswith(".go"))
        chosen = (*(word for word in command if word != "./..."), *packages) if packages else ()
    elif Path(command[0]).name in {"ctest", "cargo"}:
        stems = sorted(
            {PurePosixPath(path).stem for path in changed if _tells_much(PurePosixPath(path).stem)}
        )
        if stems and Path(command[0]).name == "ctest":
            chosen = (*command, "-R", "|".join(re.escape(stem) for stem in stems))
        elif len(stems) == 1 and changed[0].endswith(".rs"):
            chosen = (*command, stems[0])  # cargo takes one filter
    return [replace(step, command=chosen, early=True)] if chosen else []


def _tells_much(stem: str) -> bool:
    return len(stem) > 2 and stem not in {"main", "lib", "mod", "index", "test", "__init__"}


def _python_tests(root: Path, changed: Sequence[str]) -> list[str]:
    """Test files that are touched themselves, are named after a touched module, or import it."""
    modules = {PurePosixPath(path).stem: path for path in changed if path.endswith(".py")}
    words = {_module_name(path) for path in modules.values()}
    if not modules:
        return []
    names = "|".join(re.escape(word) for word in sorted(words))
    imports = re.compile(rf"^\s*(?:from|import)\s+[\w.]*\b(?:{names})\b", re.MULTILINE)
    named = {f"test_{stem}.py" for stem in modules} | {f"{stem}_test.py" for stem in modules}
    chosen: list[str] = []
    for file in _test_files(root):
        path = file.relative_to(root).as_posix()
        if path in changed or file.name in named or _holds(file, imports):
            chosen.append(path)
    return _plain(chosen[:50])


def _module_name(path: str) -> str:
    pure = PurePosixPath(path)
    return pure.parent.name if pure.stem == "__init__" and pure.parent.name else pure.stem


def _test_files(root: Path) -> list[Path]:
    found: list[Path] = []
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in _LEFT_OUT)
        found += [Path(folder, name) for name in sorted(names) if _TEST_FILE.fullmatch(name)]
        if len(found) > _MOST_TEST_FILES:
            break
    return found


def _holds(file: Path, pattern: re.Pattern[str]) -> bool:
    try:
        if file.stat().st_size > _MAX_TEST_BYTES:
            return False
        return pattern.search(file.read_text("utf-8", "replace")) is not None
    except OSError:
        return False
