"""The tables of the repair benchmark, from its lines of results.

Rates come with 95 % intervals from 10,000 bootstrap samples over the cases, drawn with a fixed seed. A
gain is a difference between two rates of the same cases, drawn together, so that hard cases are hard
for both.
"""

from __future__ import annotations

import json
import random
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

SAMPLES = 10_000

Lines = Mapping[str, Mapping[str, Any]]
"""Case to its line, of one model and arm."""


def report(results: Path) -> str:
    if not results.exists():
        return f"There are no results in {results}: run `python -m tests.benchmarks repair run` first."
    by_run: dict[tuple[str, str], dict[str, Any]] = defaultdict(dict)
    for text in results.read_text().splitlines():
        line = json.loads(text)
        by_run[line["model"], line["arm"]][line["case"]] = line
    parts = []
    for model in dict.fromkeys(model for model, _ in by_run):
        arms = {arm: lines for (of, arm), lines in by_run.items() if of == model}
        parts += [f"### {model}\n", rounds_table(arms), gains_table(arms), kinds_table(arms)]
    return "\n".join(parts)


def rounds_table(arms: Mapping[str, Lines]) -> str:
    rounds = max(len(line["tests"]) for lines in arms.values() for line in lines.values())
    head = " | ".join(f"round {number}" for number in range(rounds))
    rows = [
        f"| arm | cases | measure | {head} | replies a case | new tokens a case |",
        "|---|---|---|" + "---|" * (rounds + 2),
    ]
    for arm, lines in arms.items():
        for key, name in (("compiled", "compiles"), ("tests", "passes")):
            cells = [
                percent([line[key][min(number, len(line[key]) - 1)] for line in lines.values()])
                for number in range(rounds)
            ]
            replies = mean([line["replies"] for line in lines.values()])
            tokens = mean([line["new_tokens"] for line in lines.values()])
            rows.append(
                f"| {arm} | {len(lines)} | {name} | {' | '.join(cells)} | {replies:.2f} | {tokens:.0f} |"
            )
    return "\n".join(rows) + "\n"


def gains_table(arms: Mapping[str, Lines]) -> str:
    """Differences in the pass rate, each over the cases that both sides have."""
    rows = ["| gain in the pass rate | cases | difference | 95 % interval |", "|---|---|---|---|"]
    plain = arms.get("plain", {})
    if not plain:
        return ""
    wanted: list[tuple[str, Lines, Lines, Callable[[Any], float], Callable[[Any], float]]] = [
        ("the loop: round 4 over round 1, plain", plain, plain, at(1), at(-1)),
        ("the loop: round 2 over round 1, plain", plain, plain, at(1), at(2)),
    ]
    for arm in ("fixes", "memory", "both"):
        if arm in arms:
            wanted.append((f"{arm} over plain, round 0", plain, arms[arm], at(0), at(0)))
            wanted.append((f"{arm} over plain, round 1", plain, arms[arm], at(1), at(1)))
            wanted.append((f"{arm} over plain, last round", plain, arms[arm], at(-1), at(-1)))
    if {"fixes", "both"} <= set(arms):
        wanted.append(
            ("memory over none, both with fixes, last round", arms["fixes"], arms["both"], at(-1), at(-1))
        )
    for name, before, after, old, new in wanted:
        common = [case for case in before if case in after]
        if common:
            pairs = [new(after[case]) - old(before[case]) for case in common]
            low, high = interval(pairs)
            rows.append(
                f"| {name} | {len(common)} | {100 * mean(pairs):+.1f} | {100 * low:+.1f} to {100 * high:+.1f} |"
            )
    return "\n".join(rows) + "\n"


def kinds_table(arms: Mapping[str, Lines]) -> str:
    """How many of each kind of mistake pass in the end."""
    kinds: dict[str, dict[str, list[bool]]] = defaultdict(lambda: defaultdict(list))
    for arm, lines in arms.items():
        for line in lines.values():
            kinds[f"{line['language']}: {line['kind']}"][arm].append(line["tests"][-1])
    rows = [f"| kind | {' | '.join(arms)} |", "|---|" + "---|" * len(arms)]
    for kind in sorted(kinds):
        cells = [f"{sum(kinds[kind][arm])} of {len(kinds[kind][arm])}" for arm in arms]
        rows.append(f"| {kind} | {' | '.join(cells)} |")
    return "\n".join(rows) + "\n"


def at(number: int) -> Callable[[Any], float]:
    def passed(line: Any) -> float:
        return float(line["tests"][number if number < len(line["tests"]) else -1])

    return passed


def percent(values: Sequence[bool]) -> str:
    low, high = interval([float(value) for value in values])
    return f"{100 * mean(values):.0f} % ({100 * low:.0f}-{100 * high:.0f})"


def interval(values: Sequence[float]) -> tuple[float, float]:
    """The middle 95 % of the means of bootstrap samples."""
    dice = random.Random(0)
    means = sorted(mean(dice.choices(values, k=len(values))) for _ in range(SAMPLES))
    return means[int(0.025 * SAMPLES)], means[int(0.975 * SAMPLES)]


def mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0
