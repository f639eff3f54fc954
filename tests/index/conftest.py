"""Settings and a small code base for the index tests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from copilot_tui.core.config import ExplorationSettings
from copilot_tui.index.code_index import CodeIndex

DEFAULTS = ExplorationSettings(
    enabled=True,
    insights=False,
    max_files_to_scan=1000,
    enable_caching=True,
    similarity_threshold=0.0,
    max_file_bytes=100_000,
)

TEXT_C = """\
#include "text.h"

/* Reverse the characters of a string in place. */
void text_reverse(char *text)
{
    struct span all = { text, text };
    if (text == NULL)
        return;
}

/*
 * AI_PHASE: TEXT_UPPER
 * AI_STATUS: NOT_STARTED
 * AI_NOTE: Turn letters into capitals.
 */
int text_upper(char *text)
{
    return -1;
}
"""
TEXT_H = """\
struct span { char *first; char *last; };
void text_reverse(char *text);
int text_upper(char *text);
"""
NUMBER_C = """\
/* The greatest common divisor. */
int number_gcd(int a, int b)
{
    return b == 0 ? a : number_gcd(b, a % b);
}
"""


@pytest.fixture
def settings() -> Callable[..., ExplorationSettings]:
    def make(**changes: Any) -> ExplorationSettings:
        return replace(DEFAULTS, **changes)

    return make


@pytest.fixture
def code_base(tmp_path: Path) -> Path:
    root = tmp_path / "code"
    files = {
        "src/text.c": TEXT_C,
        "include/text.h": TEXT_H,
        "src/number.c": NUMBER_C,
        "tests/test_text.c": "void test_reverse(void) { text_reverse(0); /* reverse a string */ }\n",
        "README.md": "Reverse a string, upper case a string.\n",
    }
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, "utf-8")
    return root


@pytest.fixture
def index(code_base: Path, tmp_path: Path) -> CodeIndex:
    built = CodeIndex(code_base, tmp_path / "index", DEFAULTS)
    built.refresh()
    return built
