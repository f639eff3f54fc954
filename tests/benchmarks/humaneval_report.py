"""The tables of the HumanEval benchmark, from its lines of results.

Gains are of the problems that both sides have, with a 95 % interval from a paired bootstrap and the p-value of
McNemar's exact test: the problems that only one side solves, against a fair coin.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from math import comb
from pathlib import Path
from typing import Any

from tests.benchmarks.repair_report import interval, mean

Lines = Mapping[str, Mapping[str, Any]]


def report(results: Path, order: Sequence[str]) -> str:
    """Of each model and setting the problems before the first of ``order`` that is not done: all others are
    a choice of the easy ones."""
    if not results.exists():
        return f"There are no results in {results} yet."
    found: dict[str, dict[str, dict[str, Any]]] = defaultdict(lambda: defaultdict(dict))
    for text in results.read_text().splitlines():
        line = json.loads(text)
        found[line["model"]][line["setting"]][line["problem"]] = line
    for settings in found.values():
        for setting, done in settings.items():
            first = next((place for place, name in enumerate(order) if name not in done), len(order))
            settings[setting] = {name: done[name] for name in order[:first]}
    rows = ["| model | setting | solved | pass@1 | new tokens a problem |", "|---|---|---|---|---|"]
    gains = ["| model | problems | gain of the loop over | only the loop | only the other | points (95 %) | p |",
             "|---|---|---|---|---|---|---|"]  # fmt: skip
    for model, settings in found.items():
        loop = settings["loop"]
        if loop:
            first = [line["first_passed"] for line in loop.values()]
            last = [line["passed"] for line in loop.values()]
            tokens = mean([line["first_tokens"] for line in loop.values()])
            rows.append(_row(model, "one attempt", first, f"{tokens:.0f}"))
            tokens = mean([line["new_tokens"] for line in loop.values()])
            rows.append(_row(model, "the loop", last, f"{tokens:.0f}"))
            gains.append(_gain(model, "one attempt", first, last))
        both = [name for name in settings["plain"] if name in loop]
        if both:
            plain = [settings["plain"][name]["passed"] for name in both]
            tokens = mean([settings["plain"][name]["new_tokens"] for name in both])
            rows.append(_row(model, "one plain chat answer", plain, f"{tokens:.0f}"))
            gains.append(_gain(model, "one plain chat answer", plain, [loop[n]["passed"] for n in both]))
    return "\n".join([*rows, "", *gains])


def _row(model: str, setting: str, passed: Sequence[bool], tokens: str) -> str:
    rate = 100 * mean([float(value) for value in passed])
    return f"| {model} | {setting} | {sum(passed)} of {len(passed)} | {rate:.1f} % | {tokens} |"


def _gain(model: str, name: str, before: Sequence[bool], after: Sequence[bool]) -> str:
    won = sum(new and not old for old, new in zip(before, after, strict=True))
    lost = sum(old and not new for old, new in zip(before, after, strict=True))
    pairs = [float(new) - float(old) for old, new in zip(before, after, strict=True)]
    low, high = interval(pairs)
    points = f"{100 * mean(pairs):+.1f} ({100 * low:+.1f} to {100 * high:+.1f})"
    return f"| {model} | {len(pairs)} | {name} | {won} | {lost} | {points} | {mcnemar(won, lost):.4f} |"


def mcnemar(won: int, lost: int) -> float:
    """The two-sided p-value of so uneven a split of the problems that only one side solves."""
    total = won + lost
    tail = sum(comb(total, k) for k in range(min(won, lost) + 1)) / 2**total
    return min(1.0, 2 * tail)
