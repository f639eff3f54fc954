"""What the engines add to, or take from, the libraries under them.

    python -m tests.benchmarks engines [llama|transformers|second|samples|load|demo] [MODEL] [THREADS]

Each part runs both sides in one go, in this process, on the same model, threads and prompts. With one
thread the figures are seconds of processor time, which other programs on the machine hardly change;
with more they are seconds of the clock.
"""

from __future__ import annotations

import asyncio
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from copilot_tui.core.artefacts import Task, Usage
from copilot_tui.core.cancellation import CancelToken
from copilot_tui.models.engine import Engine, GenerationRequest, Message, StreamPart, TextChunk
from copilot_tui.models.engine_table import EngineSpecification, factory
from copilot_tui.models.llama_server import GUESSED_TOKENS
from copilot_tui.models.model_store import ModelStore, converted_directory
from copilot_tui.session.manager import SessionManager, Workplace
from copilot_tui.session.tasks import find_tasks
from copilot_tui.store.settings import load_settings
from tests.conftest import OneEngine

FREE = "Explain in plain words what a linked list is, and when it is better than an array."
SAMPLES, NEW_TOKENS = 4, 48
LONGEST = 300
"""Of a reply in a task of the demo, so that a model that does not end does not decide what is measured."""


@dataclass
class Side:
    """What one side of a comparison took."""

    prompt_tokens: int = 0
    prompt_seconds: float = 0.0
    new_tokens: int = 0
    new_seconds: float = 0.0

    @property
    def prefill(self) -> float:
        return self.prompt_tokens / self.prompt_seconds

    @property
    def decode(self) -> float:
        return self.new_tokens / self.new_seconds

    def add(self, usage: Usage, started: float, first: float, ended: float) -> None:
        self.prompt_tokens += usage.prompt_tokens - usage.cached_tokens
        self.prompt_seconds += first - started
        self.new_tokens += usage.new_tokens - 1
        self.new_seconds += ended - first


@dataclass
class Measured:
    """An engine that is watched: its requests, and what each took."""

    engine: Engine
    clock: Callable[[], float]
    side: Side = field(default_factory=Side)
    requests: list[GenerationRequest] = field(default_factory=list)

    @property
    def information(self) -> Any:
        return self.engine.information

    def count_tokens(self, messages: Any) -> int:
        return self.engine.count_tokens(messages)

    def close(self) -> None:
        self.engine.close()

    async def generate(self, request: GenerationRequest, cancel: CancelToken) -> AsyncIterator[StreamPart]:
        self.requests.append(request)
        started, first = self.clock(), 0.0
        async for part in self.engine.generate(request, cancel):
            if isinstance(part, TextChunk):
                first = first or self.clock()
            elif isinstance(part, Usage):
                self.side.add(part, started, first, self.clock())
            yield part


def main(arguments: list[str]) -> None:
    part = arguments[0] if arguments else "all"
    model = arguments[1] if len(arguments) > 1 else "qwen2.5-coder-0.5b"
    threads = int(arguments[2]) if len(arguments) > 2 else 1
    clock = time.process_time if threads == 1 else time.perf_counter
    print(f"Model {model}, threads: {threads}, {'processor' if threads == 1 else 'clock'} time.\n")
    parts = {
        "llama": llama,
        "transformers": transformers,
        "second": second,
        "samples": samples,
        "load": load,
        "demo": demo,
    }
    for name, run in parts.items():
        if part in {name, "all"}:
            run(model, threads, clock)
            print(flush=True)


def specification(engine: str, model: str, threads: int, **changes: Any) -> EngineSpecification:
    path = ModelStore().path(model)
    values = {
        "engine": engine, "model": model, "path": path, "device": "cpu", "window": 8192, "threads": threads,
        "use_gpu": False, "memory_limit": 16 * 10**9,
    }  # fmt: skip
    return EngineSpecification(**{**values, **changes})


def llama(model: str, threads: int, clock: Callable[[], float]) -> None:
    """One task of the demo through the whole program, and the same requests to llama.cpp's server alone.

    Both sides without guessing ahead, then both with it; the last ratio is what a person gets by default
    against a server that is left as it comes.
    """
    print("| | guessing ahead | prefill tokens/s | decode tokens/s |\n|---|---|---|---|")
    plain: Side | None = None
    for lookup in (False, True):
        wanted = specification("llama", model, threads, prompt_lookup=lookup)
        watched = Measured(factory("llama")(wanted, lambda text: None), clock)
        asyncio.run(_one_task(watched))
        watched.close()
        alone = _server_alone(wanted, watched.requests, clock)
        plain = plain or alone
        whole, guessing = watched.side, "yes" if lookup else "no"
        print(f"| llama engine, whole program | {guessing} | {whole.prefill:.1f} | {whole.decode:.1f} |")
        print(f"| llama.cpp's server alone | {guessing} | {alone.prefill:.1f} | {alone.decode:.1f} |")
        print(f"| ratio | {guessing} | {_ratios(whole, alone)} |", flush=True)
    print(f"| ratio to the server without | yes | {_ratios(whole, plain)} |")


def _ratios(one: Side, other: Side) -> str:
    return f"{one.prefill / other.prefill:.3f} | {one.decode / other.decode:.3f}"


async def _one_task(engine: Engine, changes: dict[str, Any] | None = None) -> None:
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "textkit"
        with as_file(files("copilot_tui") / "demo") as packaged:
            shutil.copytree(packaged, source)
        lengths = {"codegen.max_length": LONGEST, "llm.max_length": LONGEST}
        fixed = {"session.max_iterations": 1, "generation.samples": 1, **lengths}
        settings = load_settings(source, {**fixed, **(changes or {})})
        manager = SessionManager(
            Workplace.at(source, Path(folder) / "state"),
            settings,
            OneEngine(engine),
            on_record=lambda _: None,
        )
        task = next(t for t in find_tasks(manager.index, ()) if t.symbol == "text_count")
        await manager.start(Task(task.text, task.path, task.line, task.symbol, task.phase, task.tests))
        await manager.run()
        await manager.close()


def _server_alone(
    wanted: EngineSpecification, requests: list[GenerationRequest], clock: Callable[[], float]
) -> Side:
    import xllamacpp

    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(wanted.path)
    parameters.verbosity = -1
    parameters.n_ctx, parameters.n_parallel = wanted.window, 1
    parameters.n_batch = parameters.n_ubatch = 128
    parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = wanted.threads
    parameters.n_gpu_layers, parameters.fit_params, parameters.port = 0, False, 0
    if wanted.prompt_lookup:
        parameters.speculative.types = [
            xllamacpp.common_speculative_type.COMMON_SPECULATIVE_TYPE_NGRAM_SIMPLE
        ]
        parameters.speculative.ngram_simple.size_m = GUESSED_TOKENS
    server = xllamacpp.Server(parameters)
    side = Side()
    for request in requests:
        marks: list[float] = []
        last: dict[str, Any] = {}

        def on_part(part: dict[str, Any], marks: list[float] = marks, last: dict[str, Any] = last) -> bool:
            if any(choice.get("delta", {}).get("content") for choice in part.get("choices", ())):
                marks.append(clock())
            last.update(part)
            return False

        payload: dict[str, Any] = {
            "messages": [{"role": m.role, "content": m.content} for m in request.messages],
            "max_tokens": request.max_tokens, "temperature": request.temperature, "top_p": request.top_p,
            "seed": request.seed, "stop": list(request.stop), "cache_prompt": True, "stream": True,
        }  # fmt: skip
        if request.json_schema is not None:
            schema = {"name": "reply", "schema": dict(request.json_schema), "strict": True}
            payload["response_format"] = {"type": "json_schema", "json_schema": schema}
        started = clock()
        server.handle_chat_completions(payload, on_part)
        timings = last["timings"]
        cached = int(timings["cache_n"])
        usage = Usage(int(timings["prompt_n"]) + cached, cached, int(timings["predicted_n"]), 0, 0, "stop")
        side.add(usage, started, marks[0], clock())
    return side


def _edit() -> tuple[Message, Message]:
    code = (files("copilot_tui") / "demo" / "src" / "text.c").read_text()[:1800]
    ask = f"```c\n{code}\n```\nWrite this file again, with every comment kept and `size_t` as `int`."
    return Message("user", ask), Message("assistant", "```c\n")


def transformers(model: str, threads: int, clock: Callable[[], float]) -> None:
    """The engine and plain ``model.generate`` on the same checkpoint."""
    engine = factory("transformers")(specification("transformers", model, threads), print)
    plain = _Plain(model, threads, clock)
    print("| decode, tokens/s | engine | generate | ratio |\n|---|---|---|---|")
    for name, messages in (("free text", (Message("user", FREE),)), ("an edit of the prompt", _edit())):
        watched = Measured(engine, clock)
        asyncio.run(_reply(watched, GenerationRequest(messages, NEW_TOKENS)))
        theirs = plain.decode(engine, messages, watched.side.new_tokens + 1)
        ours = watched.side.decode
        print(f"| {name} | {ours:.1f} | {theirs:.1f} | {ours / theirs:.2f} |", flush=True)
    engine.close()


def second(model: str, threads: int, clock: Callable[[], float]) -> None:
    """The first token of a second phase, whose prompt begins like the first one's."""
    engine = factory("transformers")(specification("transformers", model, threads), print)
    plain = _Plain(model, threads, clock)
    code = _edit()[0].content
    phases = [(Message("user", f"{code}\n\n{ending}"),) for ending in ("What helps?", "Plan the work first.")]
    print("| phase | prompt tokens | engine, s | generate, s | ratio |\n|---|---|---|---|---|")
    for number, messages in enumerate(phases, 1):
        watched = Measured(engine, clock)
        asyncio.run(_reply(watched, GenerationRequest(messages, 2)))
        ours, theirs = watched.side.prompt_seconds, plain.first_token(engine, messages)
        tokens = engine.count_tokens(messages)
        print(f"| {number} | {tokens} | {ours:.2f} | {theirs:.2f} | {theirs / ours:.1f} |", flush=True)
    engine.close()


class _Plain:
    """``model.generate`` as everybody calls it."""

    def __init__(self, model: str, threads: int, clock: Callable[[], float]) -> None:
        import torch
        from transformers import AutoModelForCausalLM

        path = ModelStore().path(model)
        assert path is not None
        torch.set_num_threads(threads)
        self._torch, self._clock = torch, clock
        self._model = AutoModelForCausalLM.from_pretrained(converted_directory(path), dtype=torch.bfloat16)

    def decode(self, engine: Any, messages: tuple[Message, ...], tokens: int) -> float:
        first = self.first_token(engine, messages)
        return (tokens - 1) / (self._generate(engine, messages, tokens) - first)

    def first_token(self, engine: Any, messages: tuple[Message, ...]) -> float:
        return self._generate(engine, messages, 1)

    def _generate(self, engine: Any, messages: tuple[Message, ...], tokens: int) -> float:
        prompt = self._torch.tensor([engine._prompts.encode(messages, None)])
        started = self._clock()
        self._model.generate(prompt, max_new_tokens=tokens, min_new_tokens=tokens, do_sample=False)
        return self._clock() - started


async def _reply(engine: Any, request: GenerationRequest) -> str:
    parts = [part async for part in engine.generate(request, CancelToken())]
    return "".join(part.text for part in parts if isinstance(part, TextChunk))


def samples(model: str, threads: int, clock: Callable[[], float]) -> None:
    """Four samples of one prompt in a batch, four in turn, and one."""
    print("| engine | one | four in turn | four at once | at once / one |\n|---|---|---|---|---|")
    for family in ("llama", "transformers"):
        wanted = specification(family, model, threads, slots=SAMPLES, prompt_lookup=False)
        engine = factory(family)(wanted, lambda text: None)

        def took(count: int, seed: int, engine: Engine = engine) -> float:
            request = GenerationRequest((Message("user", FREE),), NEW_TOKENS, 0.8, seed=seed, samples=count)
            started = clock()
            asyncio.run(_reply(engine, request))
            return clock() - started

        took(1, 0)  # the prompt is in the cache for all that follow
        one = took(1, 1)
        turn = sum(took(1, seed) for seed in range(2, 2 + SAMPLES))
        once = took(SAMPLES, 9)
        print(f"| {family} | {one:.2f} s | {turn:.2f} s | {once:.2f} s | {once / one:.2f} |", flush=True)
        engine.close()


LOAD = """
import time
started = time.perf_counter(), time.process_time()
import asyncio, sys
from copilot_tui.core.cancellation import CancelToken
from copilot_tui.models.engine import GenerationRequest, Message, TextChunk
from copilot_tui.models.loader import LocalModelLoader
from copilot_tui.store.settings import load_settings
both = {"model_path": sys.argv[1], "engine": sys.argv[2]}
changes = {f"{role}.{key}": value for role in ("codegen", "llm") for key, value in both.items()}
loader = LocalModelLoader(load_settings(None, {**changes, "hardware.threads": int(sys.argv[3])}, {}))
async def first():
    engine = await loader.engine("codegen")
    async for part in engine.generate(GenerationRequest((Message("user", "Hello"),), 4), CancelToken()):
        if isinstance(part, TextChunk):
            return time.perf_counter() - started[0], time.process_time() - started[1]
print("| {} | {:.2f} s | {:.2f} s |".format(sys.argv[2], *asyncio.run(first())))
"""


def load(model: str, threads: int, clock: Callable[[], float]) -> None:
    """From a fresh process to the first token, the file in the page cache."""
    print("| engine | clock | processor |\n|---|---|---|", flush=True)
    for family in ("llama", "transformers"):
        for warm in (False, True):
            output = None if warm else subprocess.DEVNULL
            subprocess.run(
                [sys.executable, "-c", LOAD, model, family, str(threads)], check=True, stdout=output
            )


def demo(model: str, threads: int, clock: Callable[[], float]) -> None:
    """The first task of the demo with and without the cache of the prompt; four samples at once and in turn."""
    ensemble = {"ensemble.enabled": True, "generation.samples": SAMPLES}
    runs: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
        ("one sample, prompts from the cache", {}, {}),
        ("one sample, each prompt from its beginning", {"prompt_cache": False}, {}),
        (f"{SAMPLES} samples at once", {"slots": SAMPLES}, ensemble),
        (f"{SAMPLES} samples in turn", {"slots": 1}, ensemble),
    ]
    print("| the task text_count | seconds | processor | prompts, s | new tokens | ms a token |")
    print("|---|---|---|---|---|---|")
    for name, changes, settings in runs:
        engine = factory("llama")(specification("llama", model, threads, **changes), lambda text: None)
        watched = Measured(engine, clock)
        clocks = time.perf_counter(), time.process_time()
        asyncio.run(_one_task(watched, settings))
        took = time.perf_counter() - clocks[0], time.process_time() - clocks[1]
        side, written = watched.side, watched.side.new_tokens + len(watched.requests)
        costs = f"{side.prompt_seconds:.1f} | {written} | {1000 * side.new_seconds / side.new_tokens:.1f}"
        print(f"| {name} | {took[0]:.1f} | {took[1]:.1f} | {costs} |", flush=True)
        engine.close()
    print(
        f"\nBuilds: {resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime:.1f} s of processor time in all."
    )
