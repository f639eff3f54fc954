"""The wheel: it holds every file, and works where nothing of this checkout can be seen.

Two ways to install it. The quick one borrows the dependencies of this environment, so it proves in
seconds that the wheel itself is complete. The whole one starts from an empty environment and lets pip
resolve everything, torch included; it needs an index (or pip's cache) and about a minute of CPU.
"""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

import copilot_tui
from copilot_tui.core.errors import ExitCode

ROOT = Path(__file__).resolve().parents[1]

pytestmark = [pytest.mark.package, pytest.mark.slow, pytest.mark.timeout(1200)]


def run(*command: str | Path, folder: Path, timeout: int = 900) -> subprocess.CompletedProcess[str]:
    """Run in ``folder`` with its own home, without PYTHONPATH and without the user's configuration."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    environment["XDG_CONFIG_HOME"] = environment["XDG_STATE_HOME"] = str(folder)
    arguments = [str(part) for part in command]
    return subprocess.run(
        arguments,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=timeout,
    )


def checked(*command: str | Path, folder: Path) -> str:
    result = run(*command, folder=folder)
    assert result.returncode == 0, f"{command}\n{result.stdout[-3000:]}\n{result.stderr[-3000:]}"
    return result.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    # Without isolation the build is quicker and needs no index, where its backend is at hand.
    at_hand = ["--no-isolation"] if importlib.util.find_spec("hatchling") else []
    checked(sys.executable, "-m", "build", "--wheel", *at_hand, "--outdir", folder, ROOT, folder=folder)
    (built,) = folder.glob("*.whl")
    return built


def environment_with(wheel: Path, folder: Path, *pip_arguments: str) -> Path:
    """A fresh virtual environment with the wheel installed; its folder of programs."""
    venv.create(folder, with_pip=True)
    programs = folder / ("Scripts" if os.name == "nt" else "bin")
    # Modules are compiled on first import anyway; compiling all of torch now would only take time.
    pip: list[str | Path] = [programs / "python", "-m", "pip", "install", "--quiet", "--no-compile"]
    checked(*pip, *pip_arguments, wheel, folder=folder)
    return programs


@pytest.fixture(scope="module")
def borrowing(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel alone; a path file lends it the dependencies that are installed here.

    The editable install of this checkout does not come along: it works by a path file of its own,
    and Python reads path files only in the environment's own folder.
    """
    folder = tmp_path_factory.mktemp("borrowing")
    programs = environment_with(wheel, folder, "--no-deps")
    where = checked(
        programs / "python", "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", folder=folder
    )
    (Path(where.strip()) / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return programs


@pytest.fixture(scope="module")
def whole(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel with all its dependencies, in an environment that was empty."""
    return environment_with(wheel, tmp_path_factory.mktemp("whole"))


def in_package(folder: str, *patterns: str) -> list[str]:
    """Files of the checkout by name in the wheel; there must be some for each pattern."""
    names = []
    for pattern in patterns:
        found = sorted(path for path in (ROOT / folder).glob(pattern) if path.is_file())
        assert found, f"no {folder}/{pattern}"
        names += [path.relative_to(ROOT).as_posix() for path in found]
    return [name if name.startswith("copilot_tui/") else f"copilot_tui/{name}" for name in names]


def test_the_wheel_holds_every_file_and_nothing_built(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    expected = in_package(".", "config.toml") + in_package("themes", "*.toml")
    expected += in_package("copilot_tui", "**/*.py", "py.typed", "prompts/*.jinja")
    expected += in_package("copilot_tui/demo", "Makefile", "README.md", "include/*.h", "src/*.c", "tests/*")
    assert set(expected) - names == set()
    assert [name for name in names if name.endswith((".o", ".a", ".d", ".pyc"))] == []
    assert [name for name in names if name.startswith("tests/")] == []


def installed_at(programs: Path, folder: Path) -> Path:
    where = "import copilot_tui; print(copilot_tui.__file__)"
    return Path(checked(programs / "python", "-c", where, folder=folder).strip())


@pytest.mark.parametrize("environment", ["borrowing", "whole"])
def test_the_installed_wheel_works(environment: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    programs: Path = request.getfixturevalue(environment)
    assert programs.parent in installed_at(programs, tmp_path).parents
    version = checked(programs / "copilot-tui", "--version", folder=tmp_path)
    assert version.strip().endswith(copilot_tui.__version__)
    doctor = run(programs / "copilot-tui", "doctor", folder=tmp_path)
    # A machine may lack a model or a compiler; it is the doctor's work to say so.
    assert doctor.returncode in {ExitCode.DONE, ExitCode.NO_MODEL, ExitCode.NO_BUILD_TOOL}, doctor.stderr[
        -3000:
    ]
    assert doctor.stdout.strip() != ""
    assert "Traceback" not in doctor.stderr


def test_the_installed_wheel_finds_its_own_files(borrowing: Path, tmp_path: Path) -> None:
    assert "codegen.model_path" in checked(borrowing / "copilot-tui", "config", "show", folder=tmp_path)
    demo = "from importlib.resources import files; print(files('copilot_tui') / 'demo')"
    where = checked(borrowing / "python", "-c", demo, folder=tmp_path).strip()
    assert borrowing.parent in Path(where).parents
    assert checked("make", "-C", where, f"BUILD={tmp_path}/build", folder=tmp_path)
