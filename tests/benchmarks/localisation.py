"""Does the search find the files that a change needs, told by nothing but the change's message?

    python -m tests.benchmarks localisation HISTORY ... [--cases N] [--ablation] [--rerank] [--json FILE]

HISTORY is a folder with a git history (a clone, bare or not). For each one, the tree is put back to the
parent of each case (see ``history_cases``), the index follows incrementally, and ``explore --no-model``
answers with ten files, default settings, with the table of word vectors if it is installed. The same cases go through BM25 as a text book has it. Acc@k
(LocAgent's definition): all changed source files are among the first k. MRR counts the first of them.
The intervals are bootstrapped over the cases (95 %).
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from copilot_tui.core.artefacts import Task
from copilot_tui.index.code_index import CodeIndex
from copilot_tui.index.signals.table import SIGNALS
from copilot_tui.phases.search import search
from copilot_tui.session.indexing import open_code_index
from copilot_tui.store.settings import load_settings
from tests.benchmarks.history_cases import Case, Checkout, cases_of, is_source
from tests.benchmarks.plain_search import PlainSearch, split_words, words_as_they_are

OURS = "explore --no-model"
PLAIN = "BM25, words as they are"
SPLIT = "BM25, identifiers split"
SPLIT_SOURCES = "BM25, identifiers split, no tests or docs"
CUTS = (1, 3, 5, 10)
RESAMPLES = 10_000


@dataclass(slots=True)
class Run:
    """The answers of one way to search, case by case."""

    ranks: list[list[int]] = field(default_factory=list)
    """For each case the ranks (from 0) of the files to be found; a large number for those not found."""
    seconds: list[float] = field(default_factory=list)

    def add(self, answer: Sequence[str], case: Case, seconds: float) -> None:
        places = {path: rank for rank, path in enumerate(answer)}
        self.ranks.append(sorted(places.get(path, 10**6) for path in case.gold))
        self.seconds.append(seconds)

    def found(self, most: int, *, every: bool = True) -> np.ndarray:
        """1 for each case whose files (``every`` or else one) are among the first ``most``."""
        return np.array([float(ranks[-1 if every else 0] < most) for ranks in self.ranks])

    def reciprocal(self) -> float:
        return statistics.fmean(1 / (1 + ranks[0]) if ranks[0] < 10 else 0.0 for ranks in self.ranks)


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="localisation", description=__doc__)
    parser.add_argument("histories", nargs="*", type=Path)
    parser.add_argument("--cases", type=int, default=100)
    parser.add_argument("--ablation", action="store_true", help="also leave each signal out in turn")
    parser.add_argument("--rerank", action="store_true", help="let the encoder read the leading files")
    parser.add_argument("--json", type=Path, help="write every rank to this file")
    chosen = parser.parse_args(arguments)
    if not chosen.histories:
        print("(no history was named: python -m tests.benchmarks localisation HISTORY ...)")
    everything: dict[str, Mapping[str, Run]] = {}
    for history in chosen.histories:
        name = history.resolve().name.removesuffix(".git")
        name = history.resolve().parent.name if name == "repo" else name
        runs = run_history(history, chosen.cases, ablation=chosen.ablation, rerank=chosen.rerank)
        everything[name] = runs
        print(table(name, runs), flush=True)
        if chosen.json:
            ranks = {name: {way: run.ranks for way, run in runs.items()} for name, runs in everything.items()}
            chosen.json.write_text(json.dumps(ranks))
    if len(everything) > 1:
        print(table("all of them", together(everything.values())))


def run_history(history: Path, count: int, *, ablation: bool, rerank: bool) -> dict[str, Run]:
    """Every way to search on the cases of one history; with ``rerank`` also without the encoder."""
    with tempfile.TemporaryDirectory() as folder:
        checkout = Checkout(history, Path(folder) / "code")
        cases = cases_of(checkout, count)
        index = open_code_index(
            checkout.folder,
            Path(folder) / "index",
            load_settings(Path(folder), {"exploration.rerank": rerank}),
        )
        plain = PlainSearch(words_as_they_are, checkout.folder)
        split = PlainSearch(split_words, checkout.folder)
        left_out = [s for s in SIGNALS if ablation or (rerank and s.name == "reading")]
        names = [OURS, PLAIN, SPLIT, SPLIT_SOURCES, *(f"without {s.name}" for s in left_out)]
        runs = {name: Run() for name in names}
        for case in cases:
            checkout.go_to(case.parent)
            found = search(index, Task(case.message), files=10)
            runs[OURS].add([file.path for file in found.files], case, found.timing["rank"])
            blobs = blobs_of(checkout, index)
            runs[PLAIN].add(*timed(plain, case, blobs))
            runs[SPLIT].add(*timed(split, case, blobs))
            sources = {path: blob for path, blob in blobs.items() if is_source(path)}
            runs[SPLIT_SOURCES].add(*timed(split, case, sources))
            for signal in left_out:
                files = index.rank(case.message, 10, without={signal.name})
                runs[f"without {signal.name}"].add([file.path for file in files], case, 0.0)
        return runs


def blobs_of(checkout: Checkout, index: CodeIndex) -> dict[str, str]:
    """The indexed files, each with the name of its contents: the same files for every way to search."""
    listing = checkout.git("ls-tree", "-r", "-z", "HEAD").split("\0")
    blobs = {path: head.split()[2] for head, _, path in (line.partition("\t") for line in listing if line)}
    return {path: blobs[path] for path in index.paths() if path in blobs}


def timed(way: PlainSearch, case: Case, blobs: Mapping[str, str]) -> tuple[list[str], Case, float]:
    began = time.perf_counter()
    answer = way.rank(case.message, blobs)
    return answer, case, time.perf_counter() - began


def together(histories: Sequence[Mapping[str, Run]]) -> dict[str, Run]:
    joined: dict[str, Run] = {}
    for runs in histories:
        for name, run in runs.items():
            target = joined.setdefault(name, Run())
            target.ranks += run.ranks
            target.seconds += run.seconds
    return joined


def table(name: str, runs: Mapping[str, Run]) -> str:
    lines = [
        f"\n**{name}**, {len(runs[OURS].ranks)} cases, "
        f"{statistics.fmean(len(ranks) for ranks in runs[OURS].ranks):.2f} files to find in each\n",
        "| | Acc@1 | Acc@3 | Acc@5 | Acc@10 | MRR | one in 5 | Acc@5, the first less this (95 %) | ms |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for way, run in runs.items():
        cells = [f"{100 * run.found(cut).mean():.0f}" for cut in CUTS]
        cells += [f"{run.reciprocal():.3f}", f"{100 * run.found(5, every=False).mean():.0f}"]
        cells.append("" if way == OURS else difference(runs[OURS].found(5), run.found(5)))
        cells.append("" if way.startswith("without") else f"{1000 * statistics.median(run.seconds):.0f}")
        lines.append(f"| {way} | {' | '.join(cells)} |")
    return "\n".join(lines)


def difference(ours: np.ndarray, other: np.ndarray) -> str:
    """How many points ours is better, with the interval of a paired bootstrap."""
    gains = ours - other
    draws = np.random.default_rng(0).integers(0, len(gains), (RESAMPLES, len(gains)))
    low, high = np.percentile(gains[draws].mean(axis=1), [2.5, 97.5])
    return f"{100 * gains.mean():+.0f} ({100 * low:+.0f} to {100 * high:+.0f})"
