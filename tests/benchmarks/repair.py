"""How many broken programs are repaired, and what the loop, the memory and the rules each add.

    python -m tests.benchmarks repair run MODEL ARM [--limit N] [--rounds R] [--results FILE]
    python -m tests.benchmarks repair all                   every run that the report wants, one after another
    python -m tests.benchmarks repair report [--results FILE]
    python -m tests.benchmarks repair rules                 what rules and memory repair alone; no model
    python -m tests.benchmarks repair cases                 choose and check the cases anew

An arm is ``plain``, ``fixes`` (with deterministic fixes), ``memory`` (with what the plain arm learnt from
the other half) or ``both``. Without a model the memory arm has what the fixes taught in the other half. Each case is a session of its own with the real phases: the code base is built,
the model sees the errors and writes, the compiler and the tests judge, up to R rounds. Exploration,
plan and the model's review are switched off, and an iteration has one sample, so that a round is
one reply. Round 0 is the code base as it is broken, with what is repaired before the first reply. With
``--rounds 0`` no model is asked: what an arm repairs alone, the memory with what the model's plain runs taught.

Results are lines of JSON, one a case; a case that is there already is not run again, so a run may be
interrupted. Replies are kept beside them by request: two arms that ask the same question with the same
seed get the same answer, as the engine promises, without asking twice. So arms differ by what they do.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import random
import sys
import tempfile
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from copilot_tui.core.artefacts import Task, Usage
from copilot_tui.core.cancellation import CancelToken
from copilot_tui.core.errors import CopilotError
from copilot_tui.core.state import SessionState
from copilot_tui.models.engine import Engine, GenerationRequest, Message, TextChunk
from copilot_tui.models.loader import LocalModelLoader
from copilot_tui.session.manager import SessionManager, Workplace
from copilot_tui.store.database import Database
from copilot_tui.store.errors import ErrorStore
from copilot_tui.store.settings import load_settings
from tests.benchmarks.repair_cases import Case, broken_files, cases, program_of, write_manifest
from tests.benchmarks.repair_report import report

ARMS = ("plain", "fixes", "memory", "both")
ROUNDS = 4
NO_MODEL = "none"
DEFAULT_MODEL = "qwen2.5-coder-0.5b"

LARGER_LIMIT = 40
"""Cases for the larger model, which takes three times as long."""

FOLDER = Path.home() / ".cache" / "copilot-tui-repair"


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks repair")
    parser.add_argument("action", choices=("run", "all", "report", "rules", "cases"))
    parser.add_argument("model", nargs="?", default=DEFAULT_MODEL)
    parser.add_argument("arm", nargs="?", choices=ARMS, default="plain")
    parser.add_argument("--limit", type=int, help="only so many cases, in a fixed random order")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--turn", type=int, default=1, help="which case of each program: 1 or 2")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--results", type=Path, default=FOLDER / "results.jsonl")
    options = parser.parse_args(arguments or ["report"])
    if options.action == "cases":
        print(f"{len(write_manifest())} cases")
    elif options.action == "report":
        print(report(options.results))
    elif options.action == "all":
        options.results.parent.mkdir(parents=True, exist_ok=True)
        for model, limit in ((DEFAULT_MODEL, None), ("qwen2.5-coder-1.5b", LARGER_LIMIT)):
            for arm in ARMS:
                chosen = subset(cases(), limit)
                asyncio.run(run_all(chosen, model, arm, ROUNDS, options.results, options.threads))
    else:
        chosen = subset(cases(options.turn), options.limit)
        options.results.parent.mkdir(parents=True, exist_ok=True)
        if options.action == "rules":
            for arm in ("fixes", "memory"):
                asyncio.run(run_all(chosen, NO_MODEL, arm, 0, options.results))
        else:
            asyncio.run(
                run_all(chosen, options.model, options.arm, options.rounds, options.results, options.threads)
            )


def subset(listed: Sequence[Case], limit: int | None) -> list[Case]:
    """At most ``limit`` cases in a fixed random order, so that the first so many stand for all.

    The same mistake comes in pairs, one program of each half, since memory can only carry over what both
    halves have: first one pair of every kind, then the second, and at the end what has no partner.
    """
    shuffled = list(listed)
    random.Random(0).shuffle(shuffled)
    kinds: dict[tuple[str, str], dict[str, list[Case]]] = {}
    for case in shuffled:
        halves = kinds.setdefault((case.language, case.kind), {"A": [], "B": []})
        halves[case.half].append(case)
    most = max(len(half) for halves in kinds.values() for half in halves.values())
    pairs = [
        pair
        for number in range(most)
        for halves in kinds.values()
        if len(pair := [half[number] for half in halves.values() if number < len(half)]) == 2
    ]
    paired = [case for pair in pairs for case in pair]
    return [*paired, *(case for case in shuffled if case not in paired)][:limit]


async def run_all(
    chosen: Sequence[Case], model: str, arm: str, rounds: int, results: Path, threads: int = 2
) -> None:
    name = arm if rounds or model == NO_MODEL else f"{arm} alone"
    done = {line["case"] for line in read(results) if (line["model"], line["arm"]) == (model, name)}
    settings = load_settings(
        None,
        {
            "codegen.model_path": model if model != NO_MODEL else DEFAULT_MODEL,
            "llm.model_path": model if model != NO_MODEL else DEFAULT_MODEL,
            "codegen.max_length": 512,
            "codegen.context_window": 4096,
            "llm.context_window": 4096,
            "hardware.threads": threads,
        },
        {},
    )
    loader = LocalModelLoader(settings)
    asked = model if rounds else NO_MODEL
    provider = RememberingProvider(loader, asked, results.with_suffix(f".{model}.replies.jsonl"))
    for case in chosen:
        if case.name in done:
            continue
        memory = memory_of(results, model, case.half) if arm in ("memory", "both") else {}
        line = await run_case(case, provider, arm, rounds, memory)
        with results.open("a") as file:
            file.write(json.dumps({"model": model, "arm": name, **line}) + "\n")
        print(f"{model} {name} {case.name}: {line['tests']}", file=sys.stderr, flush=True)


def memory_of(results: Path, model: str, half: str) -> dict[str, Any]:
    """What was learnt from all cases of the other half, each on its own, put together."""
    teacher = "fixes" if model == NO_MODEL else "plain"
    with tempfile.TemporaryDirectory() as folder, Database.open(Path(folder)) as database:
        store = ErrorStore(database)
        for line in read(results):
            if line["model"] == model and line["arm"] == teacher and line["half"] != half:
                store.merge(line["learnt"])
        return store.export()


async def run_case(
    case: Case, provider: RememberingProvider, arm: str, rounds: int, memory: dict[str, Any]
) -> dict[str, Any]:
    """One broken program, repaired or not: whether it builds and passes after each round."""
    program = program_of(case)
    with tempfile.TemporaryDirectory() as folder:
        source, state_folder = Path(folder, "code"), Path(folder, "state")
        program.write(source, broken_files(case))
        settings = load_settings(
            source,
            {
                "codegen.max_length": 512,
                "exploration.enabled": False,
                "exploration.insights": False,
                "reasoning.enabled": False,
                "review.model_review": False,
                "generation.samples": 1,
                "generation.breadcrumbs": False,
                # Every arm learns; from an empty book that can help nobody within one session.
                "learning.memory": True,
                "learning.deterministic_fixes": arm in ("fixes", "both"),
            },
            {},
        )
        if memory:
            with Database.open(state_folder) as database:
                ErrorStore(database).merge(memory)
        provider.asked = provider.new_tokens = 0
        manager = SessionManager(Workplace.at(source, state_folder), settings, provider)
        try:
            await manager.start(
                Task(f"Repair {program.main}: make it build and pass its tests.", path=program.main)
            )
            try:
                await manager.run(max(1, rounds))
            except CopilotError as error:
                print(f"{case.name}: {error}", file=sys.stderr)
            line = outcome(case, manager.state, rounds)
        finally:
            await manager.close()
        with Database.open(state_folder, read_only=True) as database:
            line["learnt"] = ErrorStore(database).export() if arm in ("plain", "fixes") else {}
        return {**line, "replies": provider.asked, "new_tokens": provider.new_tokens}


def outcome(case: Case, state: SessionState, rounds: int) -> dict[str, Any]:
    """For rounds 0 to the last: whether the newest state of the code compiled, and passed."""
    baseline = state.baseline
    compiled = [bool(baseline and baseline.compiled)] * (rounds + 1)
    passed = [False] * (rounds + 1)
    first = next((a.iteration for a in state.attempts if not a.candidate.repair), None)
    written = False
    for attempt in state.attempts:
        written = written or not attempt.candidate.repair
        number = attempt.iteration if written else 0
        if attempt.build is not None and number <= rounds:
            for later in range(number, rounds + 1):
                compiled[later] = attempt.build.compiled
                passed[later] = attempt.build.success
    return {
        "case": case.name,
        "language": case.language,
        "kind": case.kind,
        "half": case.half,
        "breaks": case.breaks,
        "compiled": compiled,
        "tests": passed,
        "first_written": first,
        "repairs": [a.candidate.repair for a in state.attempts if a.candidate.repair],
    }


def read(results: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in results.read_text().splitlines()] if results.exists() else []


class NoModel(CopilotError):
    """The arm without a model has come to the point where one would be asked."""


@dataclass
class RememberingProvider:
    """Gives one engine for both roles, whose replies are kept in a file by request."""

    loader: LocalModelLoader
    model: str
    file: Path
    notices: list[str] = field(default_factory=list)
    asked: int = 0
    new_tokens: int = 0
    _engine: Engine | None = None

    async def engine(self, role: str, model: str = "") -> Engine:
        if self.model == NO_MODEL:
            raise NoModel("no model", "this arm has none")
        if self._engine is None:
            self._engine = RememberingEngine(await self.loader.engine("codegen"), self)
        assert self._engine is not None
        return self._engine


class RememberingEngine:
    """An engine that asks the real one only for what it has not answered before."""

    def __init__(self, engine: Engine, provider: RememberingProvider) -> None:
        self._engine, self._provider = engine, provider
        self._known = {line["request"]: line for line in read(provider.file)}
        self.information = engine.information

    def count_tokens(self, messages: Sequence[Message]) -> int:
        return self._engine.count_tokens(messages)

    def close(self) -> None:
        self._engine.close()

    async def generate(
        self, request: GenerationRequest, cancel: CancelToken
    ) -> AsyncIterator[TextChunk | Usage]:
        key = hashlib.sha256(msgspec.json.encode(request)).hexdigest()
        known = self._known.get(key)
        if known is None:
            text, usage = "", None
            async for part in self._engine.generate(request, cancel):
                if isinstance(part, TextChunk):
                    text += part.text
                else:
                    usage = part
            assert usage is not None
            known = {"request": key, "text": text, "usage": msgspec.to_builtins(usage)}
            self._known[key] = known
            with self._provider.file.open("a") as file:
                file.write(json.dumps(known) + "\n")
        usage = msgspec.convert(known["usage"], type=Usage)
        self._provider.asked += 1
        self._provider.new_tokens += usage.new_tokens
        yield TextChunk(known["text"])
        yield usage
