"""Insights of the real model, as ``explore`` gives them: each line cites a place that is there."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from importlib.resources import as_file, files
from pathlib import Path

import pytest

from copilot_tui.models.model_store import ModelStore

MODEL = "qwen2.5-coder-0.5b"


@pytest.mark.model
@pytest.mark.slow
@pytest.mark.timeout(600)
def test_every_insight_of_the_small_model_cites_a_real_line(tmp_path: Path) -> None:
    if ModelStore().path(MODEL) is None:
        pytest.skip(f"{MODEL} is not installed; fetch it: copilot-tui models pull {MODEL}")
    source = tmp_path / "textkit"
    with as_file(files("copilot_tui") / "demo") as packaged:
        shutil.copytree(packaged, source)
    command = [sys.executable, "-m", "copilot_tui", "explore", "count a character in a text", "--json"]
    done = subprocess.run(
        [*command, "--source", str(source), "--set", f"llm.model_path={MODEL}"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    insights = json.loads(done.stdout)["insights"].split("\n")
    assert insights != [""]
    for line in insights:
        match = re.fullmatch(r"(?:Helpful|Follow|Avoid): (\S+):(\d+)(?: (\w+))?: (.+)", line)
        assert match, line
        text = (source / match[1]).read_text()
        assert 1 <= int(match[2]) <= text.count("\n") + 1
        assert (match[3] or "") in text
