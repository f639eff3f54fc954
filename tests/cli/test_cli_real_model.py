"""The whole loop with the real model, the real compiler and the real tests, as a person runs it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from importlib.resources import as_file, files
from pathlib import Path

import pytest

from copilot_tui.models.model_store import ModelStore

MODEL = "qwen2.5-coder-0.5b"


@pytest.fixture
def one_task(tmp_path: Path) -> Path:
    """The demo library with only its first task left open."""
    source = tmp_path / "textkit"
    with as_file(files("copilot_tui") / "demo") as packaged:
        shutil.copytree(packaged, source)
    for path in (source / "src").glob("*.c"):
        text = path.read_text().replace("AI_STATUS: NOT_STARTED", "AI_STATUS: NEEDS_REFACTOR")
        opened = text.replace(
            "AI_PHASE: TEXT_COUNT\n * AI_STATUS: NEEDS_REFACTOR",
            "AI_PHASE: TEXT_COUNT\n * AI_STATUS: NOT_STARTED",
        )
        path.write_text(opened)
    return source


@pytest.mark.model
@pytest.mark.slow
@pytest.mark.timeout(900)
def test_the_small_model_solves_the_first_task_of_the_demo(one_task: Path, tmp_path: Path) -> None:
    if ModelStore().path(MODEL) is None:
        assert not os.environ.get("CI"), f"{MODEL} must be installed where CI runs"
        pytest.skip(f"{MODEL} is not installed; fetch it: copilot-tui models pull {MODEL}")
    command = [sys.executable, "-m", "copilot_tui", "run", ".", "5", str(one_task), str(tmp_path / "logs")]
    finished = subprocess.run(
        [*command, "--json", "--yes", "--seed", "0", "--model", MODEL],
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    events = [json.loads(line) for line in finished.stdout.splitlines()]
    phases = {event["phase"] for event in events if event["type"] == "phase_finished"}
    assert phases == {"explore", "reason", "generate", "review", "compile", "learn"}
    ended = events[-1]
    assert (ended["type"], ended["status"]) == ("session_ended", "solved")
    assert ended["summary"]["new_tokens"] > 0
    assert ended["summary"]["cached_tokens"] > 0
    # The shared beginning of the prompts is computed once; each later phase takes it from the cache.
    later = [event["usage"] for event in events if event["type"] == "generation_finished"][1:]
    assert sum(u["cached_tokens"] for u in later) >= 0.7 * sum(u["prompt_tokens"] for u in later)
    build = next(event["build"] for event in reversed(events) if event["type"] == "build_produced")
    assert {test["passed"] for test in build["tests"] if test["name"].startswith("text_count")} == {True}
    assert "AI_STATUS: IMPLEMENTED" in (one_task / "src" / "text.c").read_text().split("TEXT_COUNT")[1][:60]
