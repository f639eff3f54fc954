"""Real model files, and what an engine test needs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
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


SERVER_KEY = "a key that only the tests know"


@contextmanager
def llama_cpp_server(path: Path, window: int = 2048, slots: int = 3) -> Iterator[str]:
    """The address of llama.cpp's own server, with a model and a key, on a free port of this machine."""
    import xllamacpp

    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(path)
    parameters.verbosity = -1
    parameters.n_ctx, parameters.n_parallel, parameters.kv_unified = window, slots, True
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = 1
    parameters.n_batch = parameters.n_ubatch = 128
    parameters.prefill_assistant, parameters.warmup, parameters.ctx_shift = True, False, False
    parameters.hostnames, parameters.port, parameters.api_keys = ["127.0.0.1"], 0, [SERVER_KEY]
    server = xllamacpp.Server(parameters)
    parts: list[object] = []
    server.handle_completions({"prompt": "a", "max_tokens": 1, "stream": True}, parts.append)
    assert parts, "the server's loop has to run before it may be destroyed"
    try:
        yield str(server.listening_address)
    finally:
        del server
