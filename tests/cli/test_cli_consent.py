"""Where nothing can hold a build, a person at a terminal is asked; nobody else is, and then nothing changes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.terminal import Terminal

ASKS = """
import sys
from copilot_tui.cli.consent import with_consent
from copilot_tui.store.settings import load_settings
settings = with_consent(load_settings(None, {"build.sandbox": sys.argv[1]}, {}), lambda: sys.argv[2] == "held")
print("the sandbox is", settings.build.sandbox)
"""
PROGRAM = (sys.executable, "-c", ASKS)


@pytest.mark.parametrize(("answer", "sandbox"), [("y", "off"), ("n", "auto"), ("", "auto")])
def test_the_person_decides_and_the_default_is_no(answer: str, sandbox: str) -> None:
    terminal = Terminal("auto", "nothing", program=PROGRAM)
    try:
        terminal.until("Run builds like that in this session? [y/N]")
        terminal.send(f"{answer}\n")
        terminal.until(f"the sandbox is {sandbox}")
    finally:
        terminal.close()


@pytest.mark.parametrize(("setting", "machine"), [("auto", "held"), ("off", "nothing")])
def test_nothing_is_asked_where_it_is_clear(setting: str, machine: str) -> None:
    terminal = Terminal(setting, machine, program=PROGRAM)
    try:
        terminal.until(f"the sandbox is {setting}")
        assert "session?" not in terminal.text
    finally:
        terminal.close()


def test_without_a_terminal_builds_stay_refused(tmp_path: Path) -> None:
    done = subprocess.run(
        [*PROGRAM, "auto", "nothing"], input="y\n", capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert done.stdout == "the sandbox is auto\n"
    assert done.stderr == ""
