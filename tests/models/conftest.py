"""Real model files, and what an engine test needs."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from copilot_tui.models.engine_table import EngineSpecification
from copilot_tui.models.model_store import ModelStore

GIGABYTE = 10**9


def smollm_file() -> Path:
    """The smallest model's file; a test is skipped without it, except in CI, where it has to be there."""
    path = ModelStore().path("smollm2-135m")
    if path is None:
        reason = "smollm2-135m is not installed; fetch it: copilot-tui models pull smollm2-135m"
        if os.environ.get("CI", "").lower() in {"1", "true"}:
            pytest.fail(reason)
        pytest.skip(reason)
    return path


def specification(path: Path | None, **changes: object) -> EngineSpecification:
    values: dict[str, object] = {
        "engine": "llama",
        "model": "smollm2-135m",
        "path": path,
        "device": "cpu",
        "window": 2048,
        "threads": 1,
        "use_gpu": False,
        "memory_limit": 8 * GIGABYTE,
    }
    return EngineSpecification(**{**values, **changes})  # type: ignore[arg-type]
