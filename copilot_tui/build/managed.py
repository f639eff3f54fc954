"""Recipes for languages with a tool that builds and tests: cargo, go, Maven, Gradle, npm, pytest."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterable
from importlib.util import find_spec
from itertools import islice
from pathlib import Path

from copilot_tui.build.recipe import SETTINGS_HINT, BuildRecipe, BuildStep, StepKind
from copilot_tui.build.toolchain import first_present, missing_tool
from copilot_tui.core.errors import BuildError

_MAX_LISTED = 20_000


def cargo(source: Path) -> BuildRecipe | None:
    if not (source / "Cargo.toml").is_file():
        return None
    cargo = first_present(("cargo",), "Cargo.toml needs it")
    steps = (
        BuildStep("build", (cargo, "build", "--all-targets")),
        BuildStep("test", (cargo, "test", "--no-fail-fast")),
    )
    return BuildRecipe(steps, "Cargo.toml")


def go(source: Path) -> BuildRecipe | None:
    if not (source / "go.mod").is_file() and not (source / "go.work").is_file():
        return None
    go = first_present(("go",), "go.mod needs it")
    # -v names each test, which the comparison with the state before the change needs.
    steps = (
        BuildStep("build", (go, "build", "./...")),
        BuildStep("test", (go, "test", "-v", "./...")),
    )
    return BuildRecipe(steps, "go.mod")


def maven(source: Path) -> BuildRecipe | None:
    if not (source / "pom.xml").is_file():
        return None
    own = source / "mvnw"
    program = "./mvnw" if os.access(own, os.X_OK) else first_present(("mvn",), "pom.xml needs it")
    quiet = ("--batch-mode", "--no-transfer-progress")
    steps = (
        BuildStep("build", (program, *quiet, "test-compile")),
        BuildStep("test", (program, *quiet, "--fail-at-end", "test")),
    )
    return BuildRecipe(steps, "pom.xml")


def gradle(source: Path) -> BuildRecipe | None:
    names = ("build.gradle", "build.gradle.kts", "settings.gradle", "settings.gradle.kts")
    file = next((name for name in names if (source / name).is_file()), None)
    if file is None:
        return None
    own = source / "gradlew"
    program = "./gradlew" if os.access(own, os.X_OK) else first_present(("gradle",), f"{file} needs it")
    # A daemon would outlive the build, and be ended as a stray process of it.
    plain = ("--no-daemon", "--console=plain")
    steps = (
        BuildStep("build", (program, *plain, "testClasses")),
        BuildStep("test", (program, *plain, "--continue", "test")),
    )
    return BuildRecipe(steps, file)


def npm(source: Path) -> BuildRecipe | None:
    package = source / "package.json"
    if not package.is_file():
        return None
    try:
        content = json.loads(package.read_bytes())
    except (ValueError, RecursionError) as error:
        raise BuildError(f"{package} is not valid JSON: {error}.", SETTINGS_HINT) from error
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


def pytest(source: Path) -> BuildRecipe | None:
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
