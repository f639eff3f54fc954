"""Fixtures that many tests share: settings, a tiny C project, and an engine with scripted replies."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import pytest
from hypothesis import settings as hypothesis_settings

from copilot_tui.core.config import Settings
from copilot_tui.models.engine import Engine, GenerationRequest
from copilot_tui.store.settings import load_settings

# No test depends on speed, so none has a deadline.
hypothesis_settings.register_profile("untimed", deadline=None)
hypothesis_settings.load_profile("untimed")


def processes_in(folder: Path) -> list[int]:
    """The processes, other than this one, that work in ``folder``, also those of a namespace of their own.

    A number that a build writes down is of no use here: inside a sandbox they count from 1.
    """
    found = []
    for process in psutil.process_iter(["status"]):
        try:
            inside = Path(f"/proc/{process.pid}/cwd").samefile(folder)
        except OSError:
            continue  # ended meanwhile, or a zombie, or another user's
        if inside and process.pid != os.getpid():
            found.append(process.pid)
    return found


CALC_HEADER = """\
#ifndef CALC_H
#define CALC_H

int calc_add(int left, int right);
int calc_double(int value);

#endif
"""

CALC_SOURCE = """\
#include "calc.h"

/* Returns the sum. */
int calc_add(int left, int right)
{
    return left + right;
}

/*
 * AI_PHASE: CALC_DOUBLE
 * AI_STATUS: NOT_STARTED
 * AI_NOTE: Return twice the value.
 */
int calc_double(int value)
{
    (void)value;
    return 0;
}
"""

CALC_TEST = """\
#include <stdio.h>
#include "calc.h"

static int failures = 0;

static void check(int number, const char *name, int got, int wanted)
{
    printf("%s %d - %s\\n", got == wanted ? "ok" : "not ok", number, name);
    if (got != wanted)
    {
        printf("# test.c:%d: expected %d, got %d\\n", __LINE__, wanted, got);
        failures++;
    }
}

int main(void)
{
    printf("1..2\\n");
    check(1, "calc_add: two and three", calc_add(2, 3), 5);
    check(2, "calc_double: seven", calc_double(7), 14);
    return failures != 0;
}
"""

CALC_MAKEFILE = """\
CFLAGS = -Wall -Wextra -std=c99 -I.

all: calc.o

calc.o: calc.c calc.h

test: calc.o test.c
\t$(CC) $(CFLAGS) -o run_tests test.c calc.o
\t./run_tests

.PHONY: all test
"""

GOOD_DOUBLE = "int calc_double(int value)\n{\n    return 2 * value;\n}"
WRONG_DOUBLE = "int calc_double(int value)\n{\n    return value + 1;\n}"
BROKEN_DOUBLE = "int calc_double(int value)\n{\n    return twice * value;\n}"


@pytest.fixture(autouse=True)
def isolated_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No test reads or writes the user's own configuration or state; models stay where they are."""
    home = tmp_path_factory.mktemp("home")
    data = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    monkeypatch.setenv("XDG_DATA_HOME", data)
    monkeypatch.setenv("XDG_STATE_HOME", str(home / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / "config"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(home / "cache"))
    for name in [name for name in os.environ if name.startswith("COPILOT_TUI_")]:
        monkeypatch.delenv(name)
    return home


@pytest.fixture
def calc_project(tmp_path: Path) -> Path:
    """A C library with one open breadcrumb task, `calc_double`, a Makefile and TAP tests."""
    source = tmp_path / "calc"
    source.mkdir()
    (source / "calc.h").write_text(CALC_HEADER)
    (source / "calc.c").write_text(CALC_SOURCE)
    (source / "test.c").write_text(CALC_TEST)
    (source / "Makefile").write_text(CALC_MAKEFILE)
    return source


@pytest.fixture
def make_settings() -> Callable[..., Settings]:
    """The packaged defaults with dotted keys on top: ``make_settings({"codegen.max_length": 9})``."""

    def make(changes: dict[str, Any] | None = None, source: Path | None = None) -> Settings:
        return load_settings(source, changes or {}, {})

    return make


@dataclass
class OneEngine:
    """A model provider whose roles share one engine."""

    engine_used: Engine
    roles: list[str] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)

    async def engine(self, role: str, model: str = "") -> Engine:
        self.roles.append(role)
        return self.engine_used


def asked_for(request: GenerationRequest) -> str:
    """Which phase a request comes from, seen from the form that it asks for."""
    properties = (request.json_schema or {}).get("properties", {})
    if request.messages[-1].content.rpartition("\n")[2].startswith("assert"):
        return "tests"  # the first assert is begun in the prompt
    for key, phase in (("helpful", "explore"), ("requirements", "reason"), ("findings", "review")):
        if key in properties:
            return phase
    return "generate"


class Script:
    """Replies by phase: fixed ones for explore, reason and review, one after another for generate."""

    def __init__(self, codes: list[str], *, path: str = "calc.c", symbol: str = "calc_double") -> None:
        self.codes = list(codes)
        self.written = 0
        self.insights = {
            "helpful": [{"at": f"{path}:1", "note": "calc_add shows the form."}],
            "patterns": [{"at": f"{path}:1", "note": "Allman braces."}],
            "pitfalls": [],
        }
        self.plan = {
            "requirements": ["Return twice the value."],
            "strategy": ["Multiply by two."],
            "challenges": ["None."],
            "files": [{"path": path, "function": symbol, "change": "Fill in the body."}],
        }
        self.findings: dict[str, Any] = {"findings": []}
        self.tests = ""

    def __call__(self, request: GenerationRequest) -> str:
        phase = asked_for(request)
        if phase == "explore":
            return json.dumps(self.insights)
        if phase == "reason":
            return json.dumps(self.plan)
        if phase == "review":
            return json.dumps(self.findings)
        if phase == "tests":
            return self.tests
        code = self.codes[min(self.written, len(self.codes) - 1)]
        self.written += 1
        opened = request.messages[-1].content.rstrip("\n")
        # The prompt has already written the signature and the brace.
        return code.split("{\n", 1)[1] if opened.endswith("{") and "{\n" in code else code
