"""The index follows the code base while a program runs."""

from __future__ import annotations

import queue
from collections.abc import Callable
from pathlib import Path

import pytest

from copilot_tui.core.config import ExplorationSettings
from copilot_tui.core.errors import CopilotError
from copilot_tui.index.code_index import CodeIndex
from copilot_tui.index.parts import IndexParts
from copilot_tui.index.watch import IndexKeeper

Make = Callable[..., ExplorationSettings]


def untold(what: str, done: float, total: float) -> None:
    """How far a refresh is, which nobody wants to know here."""


def test_a_saved_file_is_indexed_without_being_asked(code_base: Path, tmp_path: Path, settings: Make) -> None:
    happened: queue.Queue[object] = queue.Queue()
    parts = IndexParts(str(code_base), str(tmp_path / "index"), settings())
    keeper = IndexKeeper(parts, untold, happened.put, happened.put)
    keeper.start()
    try:
        happened.get(timeout=60)
        reader = CodeIndex(code_base, tmp_path / "index", settings())
        assert reader.callers_of("number_gcd") == ("src/number.c",)
        for number in range(100):  # the watch may begin a moment after the first refresh
            (code_base / "src/late.c").write_text(f"int late_{number}(void) {{ return number_gcd(1, 2); }}\n")
            try:
                happened.get(timeout=3)
            except queue.Empty:
                continue
            reader = CodeIndex(code_base, tmp_path / "index", settings())
            if len(reader.callers_of("number_gcd")) == 2:
                break
        assert reader.callers_of("number_gcd") == ("src/late.c", "src/number.c")
    finally:
        keeper.stop()


def test_what_goes_wrong_is_told_and_ends_nothing(tmp_path: Path, settings: Make) -> None:
    happened: queue.Queue[object] = queue.Queue()
    missing = tmp_path / "missing"
    parts = IndexParts(str(missing), str(tmp_path / "index"), settings())
    keeper = IndexKeeper(parts, untold, happened.put, happened.put)
    keeper.start()
    error = happened.get(timeout=60)
    keeper.stop()
    assert isinstance(error, CopilotError)
    with pytest.raises(queue.Empty):
        happened.get_nowait()
