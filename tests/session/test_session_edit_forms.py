"""Edits that a model describes: told where they do not fit, given up after two misses, chosen by what was measured."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from copilot_tui.core import events as ev
from copilot_tui.core.config import Settings
from copilot_tui.phases.edit_forms import choose_form, model_size
from tests.conftest import GOOD_DOUBLE, Script
from tests.session.conftest import TASK, Bench, OpenBench

SEARCH = "    (void)value;\n    return 0;\n=======\n    return 2 * value;\n>>>>>>> REPLACE\n"
MISSING = "    (void)value;\n    return nothing_like_it_at_all(value, 7);\n=======\n    x;\n>>>>>>> REPLACE\n"
HUNK = " -1,2 +1,1 @@\n-    (void)value;\n-    return 0;\n+    return 2 * value;\n"


def tried(bench: Bench) -> list[tuple[str, bool]]:
    return [(r.event.form, r.event.fitted) for r in bench.shown if isinstance(r.event, ev.EditFormTried)]


@pytest.mark.parametrize(("form", "reply"), [("replace", SEARCH), ("diff", HUNK)])
async def test_a_described_edit_solves_the_task(
    open_bench: OpenBench, calc_project: Path, form: str, reply: str
) -> None:
    bench = await open_bench(Script([reply]), {"generation.edit_format": form})
    await bench.manager.start(TASK)
    assert (await bench.manager.run(1)).status == "solved"
    assert "return 2 * value;" in (calc_project / "calc.c").read_text()
    candidate = bench.manager.state.candidate
    assert candidate is not None
    assert candidate.symbols == ("calc_double",)
    assert tried(bench) == [(form, True)]


async def test_after_two_misses_the_whole_function_is_asked_for(open_bench: OpenBench) -> None:
    bench = await open_bench(Script([MISSING, MISSING, GOOD_DOUBLE]), {"generation.edit_format": "replace"})
    await bench.manager.start(TASK)
    assert (await bench.manager.run(1)).status == "solved"
    assert tried(bench) == [("replace", False), ("replace", False), ("function", True)]
    first, second, third = bench.prompts("generate")
    assert "SEARCH" in first
    assert "did not fit" not in first
    assert "Your last edit of calc.c did not fit" in second
    assert "    (void)value;\n    return 0;" in second.split("quote them exactly:")[1]
    assert "Write the complete function `calc_double`" in third


async def test_a_form_that_a_model_does_not_keep_to_is_not_asked_for_again(
    open_bench: OpenBench, make_settings: Callable[..., Settings]
) -> None:
    bench = await open_bench(Script([MISSING, MISSING, GOOD_DOUBLE]), {"generation.edit_format": "replace"})
    await bench.manager.start(TASK)
    await bench.manager.run(1)
    model = bench.manager.settings.codegen.model_path
    store = bench.manager._sessions
    assert store.edit_forms(model) == {"function": (1, 1), "replace": (2, 0)}
    assert store.edit_forms("another") == {}


def test_the_form_follows_the_measured_rate(make_settings: Callable[..., Settings]) -> None:
    small = make_settings({"codegen.model_path": "qwen2.5-coder-0.5b"})
    large = make_settings({"codegen.model_path": "/models/Qwen2.5-Coder-32B-Instruct-Q4_K_M.gguf"})
    assert choose_form(small, "a.c", "int a;\n", {}) == "function"
    assert choose_form(large, "a.c", "int a;\n", {}) == "replace"
    assert choose_form(large, "a.c", "int a;\n", {"replace": (10, 3), "function": (3, 3)}) == "function"
    assert choose_form(small, "a.c", "int a;\n", {"function": (20, 2), "replace": (4, 4)}) == "replace"
    assert choose_form(small, "new.c", None, {}) == "file"
    assert choose_form(small, "notes.txt", "short\n", {}) == "file"
    assert choose_form(small, "notes.txt", "too long for a reply\n" * 1000, {}) == "replace"
    forced = make_settings({"generation.edit_format": "diff"})
    assert choose_form(forced, "a.c", "int a;\n", {"diff": (9, 0)}) == "diff"


@pytest.mark.parametrize(
    ("model", "size"),
    [("qwen2.5-coder-0.5b", 0.5e9), ("smollm2-135m", 135e6), ("/m/CodeLlama-7b-hf", 7e9), ("mine.gguf", 0)],
)
def test_a_models_size_is_told_by_the_catalogue_or_its_name(model: str, size: float) -> None:
    assert model_size(model) == size
