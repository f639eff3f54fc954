"""HumanEval: what one attempt solves, and what the loop with compiler, examples and tests adds.

    python -m tests.benchmarks humaneval MODEL [--problems N] [--rows R] [--plain] [--report]

``plain`` (with ``--plain``) is one chat answer at temperature 0. ``loop`` is a session of the program itself on a code base of one
file, the problem's text: it writes (temperature 0 first, each further candidate warmer), imports the file, runs the
tests that may be shown, is told what failed, and writes again, up to the limits below. Shown are the examples
of the docstring and, where it has fewer than two, tests that the same model wrote. What is handed in is the
candidate that passed, else the one that the judge ranks first. The hidden tests are run once, at the end, in the
sandbox of the builds; nothing of them is ever in a prompt.

Many problems are worked on at once, and their replies written in batches (``batched_engine``), so the model is
the checkpoint in 16-bit floats that is made of the catalogue's file, and a repeated run may differ in a few
replies. Results are lines of JSON, and replies are kept beside them by request, so that a run may be interrupted at
any moment. Since easy problems are done first, the report takes only those that stand before the first that is
not done yet, in the fixed random order of the problems.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import secrets
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from copilot_tui.build.runner import run_command
from copilot_tui.build.sandbox import sandbox_for
from copilot_tui.core.artefacts import Task, Usage
from copilot_tui.core.cancellation import CancelToken
from copilot_tui.core.config import Settings
from copilot_tui.core.errors import CopilotError
from copilot_tui.core.session_state import Attempt, SessionState
from copilot_tui.models.engine import Engine, GenerationRequest, Message, TextChunk
from copilot_tui.session.manager import SessionManager, Workplace
from copilot_tui.store.settings import load_settings
from tests.benchmarks.batched_engine import BatchedEngine
from tests.benchmarks.humaneval_problems import (
    MODULE,
    Example,
    Problem,
    examples,
    hidden_program,
    own_tests,
    problems,
    suite,
)
from tests.benchmarks.humaneval_report import report
from tests.benchmarks.repair import RememberingEngine, RememberingProvider
from tests.conftest import OneEngine

NEW_TOKENS = 300
ITERATIONS, SAMPLES = 2, 2
"""At most four candidates: of each iteration the first sees what failed before, the second does not."""

ENOUGH_EXAMPLES = 2
SHOWN_SECONDS, HIDDEN_SECONDS = 5, 10
"""Of processor time, since many run at once."""

FOLDER = Path.home() / ".cache" / "copilot-tui-humaneval"
FENCE = "```python\n"
END = "\n```"


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks humaneval")
    parser.add_argument("model", nargs="?", default="qwen2.5-coder-0.5b")
    parser.add_argument("--problems", type=int, help="only so many, in a fixed random order")
    parser.add_argument("--rows", type=int, default=24, help="replies written in one batch")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--results", type=Path, default=FOLDER / "results.jsonl")
    parser.add_argument("--plain", action="store_true", help="one chat answer instead of the loop")
    parser.add_argument("--report", action="store_true", help="only show what the results say")
    options = parser.parse_args(arguments)
    in_order = problems()
    random.Random(0).shuffle(in_order)
    if not options.report:
        chosen = in_order[: options.problems]
        options.results.parent.mkdir(parents=True, exist_ok=True)
        file = options.results.with_suffix(f".{options.model}.replies.jsonl")
        kept = RememberingProvider(None, options.model, file)
        engine = RememberingEngine(BatchedEngine(options.model, options.rows, options.threads), kept)
        setting = "plain" if options.plain else "loop"
        asyncio.run(_run_all(chosen, options.model, engine, setting, 2 * options.rows, options.results))
    print(report(options.results, [problem.name for problem in in_order]))


@dataclass(frozen=True)
class Counted:
    """A reply and its cost."""

    text: str
    usage: Usage


async def _run_all(
    chosen: Sequence[Problem], model: str, engine: Engine, setting: str, at_once: int, results: Path
) -> None:
    lines = [json.loads(text) for text in results.read_text().splitlines()] if results.exists() else []
    done = {line["problem"] for line in lines if (line["model"], line["setting"]) == (model, setting)}
    solve = _one_answer if setting == "plain" else _loop
    places = asyncio.Semaphore(at_once)

    async def one_problem(problem: Problem) -> None:
        async with places:
            started = time.monotonic()
            line = await solve(problem, engine)
            line |= {"seconds": round(time.monotonic() - started, 1)}
        with results.open("a") as file:
            head = {"model": model, "setting": setting, "problem": problem.name}
            file.write(json.dumps({**head, **line}) + "\n")
        print(f"{problem.name} {setting}: {line['passed']}", file=sys.stderr, flush=True)

    await asyncio.gather(*(one_problem(problem) for problem in chosen if problem.name not in done))


async def _one_answer(problem: Problem, engine: Engine) -> dict[str, Any]:
    """What everybody measures: one answer, the likeliest. It begins with the problem's text."""
    beginning = problem.prompt.rstrip() + "\n"
    ask = f"Complete this Python function.\n\n{FENCE}{problem.prompt.strip()}{END}\n\nAnswer with the whole function in one code block."
    reply = await _ask(engine, ask, f"{FENCE}{beginning}", NEW_TOKENS)
    code = beginning + reply.text
    passed = await _passes_hidden(problem, code)
    return {"passed": passed, "new_tokens": reply.usage.new_tokens, "code": code}


async def _loop(problem: Problem, engine: Engine) -> dict[str, Any]:
    shown = examples(problem)
    own: list[Example] = []
    asked: list[Usage] = []
    if len(shown) < ENOUGH_EXAMPLES:
        reply = await _ask_for_tests(problem, engine)
        asked.append(reply.usage)
        known = {example.call for example in shown}
        written = own_tests(problem, f"assert {problem.entry_point}({reply.text}")
        own = [test for test in written if test.call not in known]
    text, names = suite(shown, own)
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "code")
        source.mkdir()
        (source / f"{MODULE}.py").write_text(problem.prompt.rstrip() + "\n")
        (source / "test_shown.py").write_text(text)
        manager = SessionManager(
            Workplace.at(source, Path(folder, "state")), _settings(source, bool(names)), OneEngine(engine)
        )
        failure = ""
        try:
            wish = f"Implement `{problem.entry_point}` as its docstring says."
            task = Task(wish, f"{MODULE}.py", symbol=problem.entry_point, tests=tuple(names))
            await manager.start(task)
            await manager.run(ITERATIONS)
        except CopilotError as error:
            failure = str(error)
        finally:
            state = manager.state
            await manager.close()
    ranked = sorted(_judged(state), key=lambda attempt: _rank(attempt, names), reverse=True)
    first = min(_judged(state), key=lambda attempt: attempt.candidate.number, default=None)
    final = _text(ranked[0]) if ranked else ""
    passed = await _passes_hidden(problem, final)
    first_passed = passed
    if first is not None and _text(first) != final:
        first_passed = await _passes_hidden(problem, _text(first))
    used = [*asked, *state.usages]
    return {
        "passed": passed,
        "first_passed": first_passed,
        "shown_passed": state.solved,
        "examples": len(shown),
        "own_tests": len(own),
        "candidates": len(state.attempts),
        "new_tokens": sum(usage.new_tokens for usage in used),
        "first_tokens": state.usages[0].new_tokens if state.usages else 0,
        "failure": failure,
        "code": final,
    }


async def _ask(engine: Engine, text: str, beginning: str, tokens: int) -> Counted:
    messages = (Message("user", text), Message("assistant", beginning))
    request = GenerationRequest(messages, tokens, stop=(END,))
    written, usage = "", None
    async for part in engine.generate(request, CancelToken()):
        if isinstance(part, TextChunk):
            written += part.text
        elif isinstance(part, Usage):
            usage = part
    assert usage is not None
    return Counted(written, usage)


async def _ask_for_tests(problem: Problem, engine: Engine) -> Counted:
    ask = (
        f"{FENCE}{problem.prompt.strip()}{END}\n\nWrite five short tests of this function, one a line, each of the "
        f"form `assert {problem.entry_point}(...) == ...`. Use small inputs whose result the docstring makes certain."
    )
    return await _ask(engine, ask, f"{FENCE}assert {problem.entry_point}(", 200)


def _settings(source: Path, tested: bool) -> Settings:
    python = f"prlimit --cpu={SHOWN_SECONDS} {sys.executable}"
    return load_settings(
        source,
        {
            "build.build_command": f"{python} -c 'import {MODULE}'",
            "build.test_command": f"{python} -m unittest -v test_shown" if tested else f"{python} -c pass",
            "build.timeout_seconds": 600.0,
            "codegen.max_length": NEW_TOKENS,
            "codegen.temperature": 0.0,
            "exploration.enabled": False,
            "exploration.insights": False,
            "generation.breadcrumbs": False,
            "generation.samples": SAMPLES,
            "learning.memory": False,
            "reasoning.enabled": False,
            "review.model_review": False,
        },
        {},
    )


def _judged(state: SessionState) -> list[Attempt]:
    return [attempt for attempt in state.attempts if attempt.build is not None]


def _rank(attempt: Attempt, names: Sequence[str]) -> tuple[bool, bool, int, int, int]:
    """Green, else compiled, else more of the docstring's examples, else more own tests, else the earlier."""
    build = attempt.build
    assert build is not None
    passing = {test.name for test in build.tests if test.passed}

    def count(kind: str) -> int:
        return sum(any(name in test for test in passing) for name in names if name.startswith(kind))

    return (
        build.success,
        build.compiled,
        count("test_example_"),
        count("test_own_"),
        -attempt.candidate.number,
    )


def _text(attempt: Attempt) -> str:
    return next((c.after or "" for c in attempt.candidate.changes if c.path == f"{MODULE}.py"), "")


async def _passes_hidden(problem: Problem, text: str) -> bool:
    """Whether the hidden tests run to their end; a program that ends itself early does not print the token."""
    token = secrets.token_hex(8)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder).resolve()
        (place / "program.py").write_text(hidden_program(problem, text, token))
        settings = load_settings(None, {}, {})
        result = await run_command(
            ("prlimit", f"--cpu={HIDDEN_SECONDS}", sys.executable, "program.py"),
            place,
            timeout=600.0,
            max_output_bytes=100_000,
            cancel=CancelToken(),
            sandbox=sandbox_for(place, settings.build),
        )
    return result.exit_code == 0 and token in result.stdout
