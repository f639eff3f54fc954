"""How many tasks of the packaged demo end with green tests, with the real model, over seeds.

    python -m tests.benchmarks demo [MODEL] [FIRST_SEED] [LAST_SEED] [ITERATIONS]

Runs ``copilot-tui demo --json`` as a person would, once for each seed, and counts.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Outcome:
    """One task in one run."""

    symbol: str
    seed: int
    status: str
    iterations: int
    candidates: int
    new_tokens: int
    cached_share: float
    tokens_per_second: float
    seconds: float


def main(arguments: list[str]) -> None:
    model = arguments[0] if arguments else "qwen2.5-coder-0.5b"
    first, last = (int(arguments[1]), int(arguments[2])) if len(arguments) > 2 else (0, 9)
    iterations = int(arguments[3]) if len(arguments) > 3 else 5
    outcomes: list[Outcome] = []
    for seed in range(first, last + 1):
        for one in run(model, seed, iterations):
            outcomes.append(one)
            print(one, file=sys.stderr)
        done = sum(o.status == "solved" for o in outcomes)
        print(f"seed {seed}: {done} of {len(outcomes)} solved so far", file=sys.stderr, flush=True)
    print(f"Model {model}, seeds {first} to {last}, at most {iterations} iterations a task.\n")
    print_table(outcomes)
    print_failures(outcomes)


def run(model: str, seed: int, iterations: int) -> list[Outcome]:
    """All tasks of the demo, with one seed, in a fresh copy."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "copilot_tui", "demo", str(iterations), "--json"]
        command += ["--seed", str(seed), "--model", model, "--directory", str(Path(folder) / "textkit")]
        finished = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    if finished.returncode not in (0, 1):
        raise SystemExit(f"copilot-tui demo ended with {finished.returncode}")
    symbols: dict[str, str] = {}
    outcomes = []
    for line in finished.stdout.splitlines():
        event = json.loads(line)
        if event["type"] == "session_started":
            symbols[event["session"]] = event["task"]["symbol"]
        elif event["type"] == "session_ended":
            outcomes.append(outcome(symbols[event["session"]], seed, event["summary"]))
    return outcomes


def outcome(symbol: str, seed: int, summary: dict[str, object]) -> Outcome:
    figures = {key: value for key, value in summary.items() if isinstance(value, (int, float))}
    phases = summary["seconds_per_phase"]
    assert isinstance(phases, dict)
    decoding = figures["generation_seconds"]
    return Outcome(
        symbol=symbol,
        seed=seed,
        status=str(summary["status"]),
        iterations=int(figures["iterations"]),
        candidates=int(figures["candidates"]),
        new_tokens=int(figures["new_tokens"]),
        cached_share=figures["cached_tokens"] / max(1, figures["prompt_tokens"]),
        tokens_per_second=figures["new_tokens"] / decoding if decoding else 0.0,
        seconds=sum(phases.values()),
    )


def print_table(outcomes: list[Outcome]) -> None:
    by_task: dict[str, list[Outcome]] = defaultdict(list)
    for one in outcomes:
        by_task[one.symbol].append(one)
    print(
        "| task | solved | in the first iteration | candidates | new tokens | from the cache | tokens/s | seconds |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for symbol, group in [*by_task.items(), ("all", outcomes)]:
        solved = [o for o in group if o.status == "solved"]
        first = [o for o in solved if o.iterations == 1]
        print(
            f"| {symbol} | {len(solved)} of {len(group)} | {len(first)} | {mean(o.candidates for o in group):.1f} "
            f"| {mean(o.new_tokens for o in group):.0f} | {100 * mean(o.cached_share for o in group):.0f} % "
            f"| {mean(o.tokens_per_second for o in group):.0f} | {mean(o.seconds for o in group):.1f} |"
        )


def print_failures(outcomes: list[Outcome]) -> None:
    failed = [o for o in outcomes if o.status != "solved"]
    print("\nFailures: " + (", ".join(f"{o.symbol} (seed {o.seed})" for o in failed) or "none") + ".")


def mean(values: object) -> float:
    numbers = list(values)  # type: ignore[call-overload]
    return sum(numbers) / len(numbers) if numbers else 0.0
