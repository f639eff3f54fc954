"""``copilot-tui doctor``: what was found on this machine, and what to do about what was not.

It only looks: it creates nothing, fetches nothing and loads no model. Tools are asked for their
version at the same time, so that the whole takes about as long as the slowest of them.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal, TypeAlias

import click

import copilot_tui
from copilot_tui.build.sandbox import described
from copilot_tui.build.toolchain import missing_tool
from copilot_tui.cli.output import data, json_line
from copilot_tui.cli.this_machine import features, limits_of, machine_from
from copilot_tui.core.config import Settings
from copilot_tui.core.errors import CopilotError, ExitCode, UsageError
from copilot_tui.core.text import printable_line
from copilot_tui.models import hardware
from copilot_tui.models.catalog import EVERYTHING
from copilot_tui.models.model_choices import catalogue_models, choices
from copilot_tui.models.model_fit import fits
from copilot_tui.models.model_store import ModelStore
from copilot_tui.models.server_address import api_key
from copilot_tui.models.server_discovery import find_servers
from copilot_tui.store.locations import state_directory, user_config_path
from copilot_tui.store.settings import load_settings

Status: TypeAlias = Literal["found", "missing", "problem"]

_TOOLS = {
    "git": "code bases are scanned and undone with it",
    "gcc": "C and C++ code bases may need it",
    "clang": "C and C++ code bases may need it",
    "make": "code bases with a Makefile need it",
    "cmake": "code bases with a CMakeLists.txt need it",
    "cargo": "Rust code bases need it",
    "npm": "JavaScript code bases need it",
    "pytest": "Python code bases with tests need it",
}
_VERSION_SECONDS = 3.0
_OLDEST_PYTHON = (3, 10)
_LITTLE_ROOM = 10**9
_MARKS = {"found": "ok", "missing": "--", "problem": "!!"}


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked for. ``advice`` says what to do when it is not right.

    ``exit_code`` is what the command ends with when something essential is not right.
    """

    group: str
    name: str
    status: Status
    detail: str
    advice: str = ""
    exit_code: ExitCode = ExitCode.DONE


@click.command()
@click.option(
    "--source", type=click.Path(path_type=Path), default=Path(), help="The code base whose settings count."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object per check.")
def command(source: Path, as_json: bool) -> int:
    """Report what was found on this machine, and what to do about the rest."""
    if not source.is_dir():
        raise UsageError(f"{source} is not a folder.", "Give the folder of a code base with --source.")
    settings, configuration = _configuration(source)
    found = hardware.inspect()
    with ThreadPoolExecutor(max_workers=len(_TOOLS)) as executor:
        tools = [executor.submit(_tool, name, why) for name, why in _TOOLS.items()]
        checks = [
            *_program(),
            *_machine(found),
            configuration,
            _directory("state", state_directory(source)),
            *_models(settings, found),
            *_servers(),
            *_sandbox(settings),
            *[tool.result() for tool in tools],
        ]
    if as_json:
        for check in checks:
            json_line(check)
    else:
        _print(checks)
    return next((check.exit_code for check in checks if check.exit_code), ExitCode.DONE)


def _print(checks: list[Check]) -> None:
    group = ""
    for check in checks:
        if check.group != group:
            group = check.group
            data(f"{group}:")
        data(f"  {_MARKS[check.status]}  {check.name:20} {printable_line(check.detail)}")
        if check.advice:
            data(f"      {check.advice}")
    wrong = sum(1 for check in checks if check.status == "problem")
    data(f"{wrong} problems." if wrong != 1 else "1 problem.")


def _program() -> list[Check]:
    found = platform.python_version()
    old = sys.version_info < _OLDEST_PYTHON
    python = Check(
        "program",
        "Python",
        "problem" if old else "found",
        f"{found} ({sys.executable})",
        "copilot-tui needs Python 3.10 or newer." if old else "",
        ExitCode.NOT_SOLVED if old else ExitCode.DONE,
    )
    return [
        Check("program", "copilot-tui", "found", copilot_tui.__version__),
        python,
        _library("xllamacpp", "GGUF models cannot run without it.", essential=True),
        _library("torch", "Only the transformers engine needs it.", essential=False),
        _library("transformers", "Only the transformers engine needs it.", essential=False),
    ]


def _library(name: str, why: str, *, essential: bool) -> Check:
    """Installed or not, from its metadata; importing torch would take seconds."""
    try:
        return Check("program", name, "found", version(name))
    except PackageNotFoundError:
        advice = f"{why} Install it: {Path(sys.executable).name} -m pip install {name}"
        if essential:
            return Check("program", name, "problem", "not installed", advice, ExitCode.NO_MODEL)
        return Check("program", name, "missing", "not installed", advice)


def _machine(found: hardware.Hardware) -> list[Check]:
    memory = f"{found.memory / 1e9:.1f} GB, {found.memory_free / 1e9:.1f} GB free"
    cores = f"{found.physical_cores} cores, {found.usable_cores} usable"
    return [
        Check("machine", "platform", "found", platform.platform()),
        Check("machine", "processor", "found", f"{found.processor}, {cores} ({features(found)})"),
        Check("machine", "memory", "found", memory),
        _graphics(found),
    ]


def _graphics(found: hardware.Hardware) -> Check:
    if not found.graphics:
        return Check("machine", "graphics", "missing", "none found", "Models run on the CPU; that works.")
    seen = ", ".join(f"{device.name} ({device.kind}{_graphics_memory(device)})" for device in found.graphics)
    seen += f"; torch is built for {hardware.torch_build() or 'nothing, it is not installed'}"
    try:
        usable = hardware.llama_graphics()
    except CopilotError as error:
        return Check("machine", "graphics", "missing", f"{seen}; {error.message}", error.hint)
    if usable:
        return Check("machine", "graphics", "found", f"{seen}; llama.cpp can use {', '.join(usable)}")
    advice = (
        "The installed xllamacpp is built for the CPU. Install its build for this device; see "
        "https://github.com/xorbitsai/xllamacpp#installation."
    )
    return Check("machine", "graphics", "missing", f"{seen}; llama.cpp cannot use it", advice)


def _graphics_memory(device: hardware.Graphics) -> str:
    return f", {device.memory / 1e9:.0f} GB, {device.free / 1e9:.1f} GB free" if device.memory else ""


def _configuration(source: Path) -> tuple[Settings | None, Check]:
    try:
        settings = load_settings(source)
    except CopilotError as error:
        return None, Check(
            "files", "configuration", "problem", error.message, error.hint or "Mend it.", ExitCode.USAGE
        )
    own = user_config_path()
    detail = f"readable; your own file is {own}{'' if own.exists() else ' (not there yet)'}"
    return settings, Check("files", "configuration", "found", detail)


def _directory(what: str, directory: Path) -> Check:
    """Whether ``directory`` can be written, or made, without trying it."""
    name = f"{what} directory"
    there = directory
    while not there.exists() and there != there.parent:
        there = there.parent
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        return Check(
            "files",
            name,
            "problem",
            f"{directory} cannot be written",
            f"Check the owner and permissions of {there}.",
            ExitCode.NOT_SOLVED,
        )
    free = shutil.disk_usage(there).free
    detail = f"{directory}, {free / 1e9:.1f} GB free"
    if free < _LITTLE_ROOM:
        return Check("files", name, "problem", detail, "There is little room left; make some.")
    return Check("files", name, "found", detail)


def _models(settings: Settings | None, found: hardware.Hardware) -> list[Check]:
    store = ModelStore.from_settings(settings) if settings else ModelStore()
    installed = store.installed()
    fitting = _fitting(settings, found) if settings else {}
    checks = [_directory("model", store.directory)]
    for entry in EVERYTHING:
        if entry in installed:
            detail = f"installed, {entry.bytes / 1e6:,.0f} MB{fitting.get(entry.name, '')}"
            checks.append(Check("models", entry.name, "found", detail))
        elif store.blob(entry).exists():
            advice = f"Fetch it again: copilot-tui models pull {entry.name}"
            checks.append(Check("models", entry.name, "problem", "its file has a wrong size", advice))
        else:
            advice = f"Fetch it ({entry.bytes / 1e6:,.0f} MB): copilot-tui models pull {entry.name}"
            detail = f"not installed{fitting.get(entry.name, '')}"
            checks.append(Check("models", entry.name, "missing", detail, advice))
    return checks


def _fitting(settings: Settings, found: hardware.Hardware) -> dict[str, str]:
    """For each model of the catalogue: what it takes with its window, and whether that fits."""
    machine, limits = machine_from(found, settings), limits_of(settings)
    texts = {}
    for model in catalogue_models(()):
        ways = [way for way in choices(model, machine) if way.engine == "llama"]
        best = next((way for way in ways if fits(way, machine, limits)), ways[-1])
        verdict = "fits" if fits(best, machine, limits) else "does not fit"
        texts[model.name] = f", takes {best.bytes(limits.window) / 1e9:.1f} GB, which {verdict}"
    return texts


def _servers() -> list[Check]:
    found = find_servers(key=api_key())
    checks = []
    for server in found:
        if server.problem:
            checks.append(Check("models", "server", "missing", f"{server.root} is none: {server.problem}"))
            continue
        name = f"#{server.models[0]}" if len(server.models) > 1 else ""
        detail = f"{server.program} at {server.root}: {', '.join(server.models) or 'no model'}"
        checks.append(Check("models", "server", "found", detail, f"Use it: --model {server.root}{name}"))
    return checks or [Check("models", "server", "missing", "no model server answers on this machine")]


def _sandbox(settings: Settings | None) -> list[Check]:
    if settings is None:
        return []
    usable, detail, advice = described(settings.build)
    status: Status = "missing" if advice else "found"
    return [Check("tools", "sandbox", status if usable else "problem", detail, advice)]


def _tool(name: str, why: str) -> Check:
    path = shutil.which(name)
    if path is None:
        return Check("tools", name, "missing", f"not found; {why}", missing_tool(name, why).hint)
    try:
        done = subprocess.run(
            [path, "--version"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_VERSION_SECONDS,
            check=True,
            env={**os.environ, "LC_ALL": "C"},
        )
    except (OSError, subprocess.SubprocessError) as error:
        advice = f"Try `{name} --version` yourself; it may have to be installed again."
        return Check("tools", name, "problem", f"{path} does not run: {printable_line(str(error))}", advice)
    lines = (done.stdout or done.stderr).decode("utf-8", "replace").splitlines()
    return Check("tools", name, "found", printable_line(lines[0])[:80] if lines else path)
