"""The layers of the package: imports point down, and starting the program loads nothing heavy."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "copilot_tui"

LAYERS = (
    ("core",),
    ("store",),
    ("models", "index", "build", "workspace", "memory"),
    ("phases",),
    ("session",),
    ("console",),
    ("cli", "tui", "repl", "serve"),
)
"""From the bottom up. A package imports itself and lower lines only, so never its own line's others."""

LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}
TOP = {"__init__", "__main__"}
"""The public face and the entry point stand above every layer."""

HEAVY = ("torch", "textual", "transformers", "xllamacpp", "sqlite3")
CORE_MAY_LOAD = {"msgspec", "tomli", "typing_extensions"}
"""typing_extensions is loaded by msgspec, where it is installed."""


def module_name(path: Path) -> str:
    parts = ("copilot_tui", *path.relative_to(PACKAGE).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def sources() -> list[Path]:
    """Every module of the package; the demo and the prompts hold none."""
    return sorted(path for path in PACKAGE.rglob("*.py") if "demo" not in path.relative_to(PACKAGE).parts)


def unit(module: str) -> str:
    """The part of the package that a module belongs to: ``copilot_tui.store.logs`` to ``store``."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else "__init__"


def imported(tree: ast.AST, module: str, *, is_package: bool) -> set[str]:
    """Full names of all modules of the package that ``tree`` imports anywhere, in whatever form."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = module.split(".")[: len(module.split(".")) - node.level + is_package]
                base = ".".join([*above, base]).rstrip(".")
            # `from copilot_tui import store` names the part in the list, not in the module.
            names.update(f"{base}.{alias.name}" if base == "copilot_tui" else base for alias in node.names)
        elif isinstance(node, ast.Call) and _called(node.func) in {"import_module", "__import__"}:
            names.update(_literal_start(argument) for argument in node.args[:1])
    return {name for name in names if name.split(".")[0] == "copilot_tui"}


def _called(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def _literal_start(argument: ast.expr) -> str:
    """The constant text that a module name begins with; a plain variable has none."""
    if isinstance(argument, ast.JoinedStr) and argument.values:
        argument = argument.values[0]
    return str(argument.value).rstrip(".") if isinstance(argument, ast.Constant) else ""


def violations(module: str, names: set[str]) -> list[str]:
    own = unit(module)
    wrong = []
    for name in sorted(names):
        other = unit(name)
        if own in TOP or other == own or other in {"__init__", "__version__"}:
            continue
        if LEVEL.get(other, len(LAYERS)) >= LEVEL[own]:
            wrong.append(f"{module} imports {name}")
    return wrong


@pytest.mark.parametrize("path", sources(), ids=module_name)
def test_imports_point_down(path: Path) -> None:
    module = module_name(path)
    assert unit(module) in {*LEVEL, *TOP}, f"{module} belongs to no layer; name its part in LAYERS"
    names = imported(ast.parse(path.read_bytes()), module, is_package=path.name == "__init__.py")
    assert violations(module, names) == []


@pytest.mark.parametrize(
    "line",
    [
        "import copilot_tui.phases",
        "from copilot_tui.cli import main",
        "from copilot_tui import session",
        "from ..phases import explore",
        "from copilot_tui.models import engine",
        "from .. import tui",
        "def late():\n    import copilot_tui.session.manager",
        "if TYPE_CHECKING:\n    from copilot_tui.build.runner import Runner",
        "import_module('copilot_tui.phases.explore')",
        "import_module(f'copilot_tui.cli.{name}')",
    ],
)
def test_an_import_that_points_up_or_aside_is_found(line: str) -> None:
    module = "copilot_tui.index.scan"
    assert violations(module, imported(ast.parse(line), module, is_package=False)) != []


@pytest.mark.parametrize(
    "line",
    [
        "import copilot_tui",
        "from copilot_tui import __version__",
        "from copilot_tui.core.events import Event",
        "from copilot_tui.index import symbols",
        "from . import symbols",
        "from ..store.database import Database",
        "import ast",
    ],
)
def test_an_import_that_points_down_is_allowed(line: str) -> None:
    module = "copilot_tui.index.scan"
    assert violations(module, imported(ast.parse(line), module, is_package=False)) == []


def loaded_by(program: str) -> set[str]:
    """The top-level modules that a fresh interpreter has loaded after ``program``."""
    report = "import sys; print(*sorted({name.partition('.')[0] for name in sys.modules}), file=sys.stderr)"
    code = f"try:\n    {program}\nexcept SystemExit as leaving:\n    assert not leaving.code\n{report}"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, run.stderr
    return set(run.stderr.splitlines()[-1].split())


START = {
    "import": "import copilot_tui",
    "version": "from copilot_tui.cli.main import main; main(['--version'])",
    "help": "from copilot_tui.cli.main import main; main(['--help'])",
}


@pytest.mark.parametrize("start", START)
def test_starting_the_program_loads_nothing_heavy(start: str) -> None:
    assert loaded_by(START[start]).isdisjoint(HEAVY)


def test_importing_the_package_loads_no_part_of_it() -> None:
    code = "import copilot_tui, sys; print([name for name in sys.modules if name.startswith('copilot_tui.')])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert run.stdout.strip() == "[]"


def test_core_needs_neither_a_loop_nor_other_libraries() -> None:
    """One interpreter for all modules of core: what one of them loads, the others need not."""
    modules = [module_name(path) for path in sources() if unit(module_name(path)) == "core"]
    assert len(modules) > 1
    before = loaded_by("pass")
    after = loaded_by(f"import {', '.join(modules)}") - before - {"copilot_tui"}
    foreign = after - set(sys.stdlib_module_names) - CORE_MAY_LOAD
    assert {name for name in foreign if not name.startswith("__editable__")} == set()
    assert after.isdisjoint({"asyncio", "sqlite3", "subprocess", "socket"})
