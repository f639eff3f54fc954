"""The cases of the repair benchmark: broken programs, each checked to be broken.

``repair_cases.json`` beside this file lists them; ``python -m tests.benchmarks repair cases`` writes it
anew, the same each time. The kinds of mistakes are spread evenly over the programs, which also are
dealt into two halves, A and B: what is learnt from one is tried on the other.
"""

from __future__ import annotations

import hashlib
import json
import random
import tempfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.benchmarks.repair_corpus import Program, fate, programs
from tests.benchmarks.repair_mutations import KINDS, mutants

MANIFEST = Path(__file__).with_name("repair_cases.json")
PER_PROGRAM = 2
SEED = 1


@dataclass(frozen=True)
class Case:
    """One broken program. ``breaks`` says what fails: ``build`` or ``tests``; ``turn`` counts from 1."""

    program: str
    language: str
    kind: str
    place: int
    breaks: str
    turn: int
    half: str
    digest: str

    @property
    def name(self) -> str:
        return f"{self.language}/{self.program}/{self.kind}"


def cases(turn: int | None = 1) -> tuple[Case, ...]:
    """The cases of one turn (each program once), or all."""
    listed = [Case(**entry) for entry in json.loads(MANIFEST.read_text())]
    return tuple(case for case in listed if turn in (None, case.turn))


def program_of(case: Case) -> Program:
    return next(p for p in programs() if (p.language, p.name) == (case.language, case.program))


def broken_files(case: Case) -> Mapping[str, str]:
    """The files of the broken program; a ValueError when they are not those that were checked."""
    files = mutants(program_of(case), case.kind)[case.place]
    if digest(files) != case.digest:
        raise ValueError(f"{case.name} has changed; run `python -m tests.benchmarks repair cases`")
    return files


def digest(files: Mapping[str, str]) -> str:
    return hashlib.sha256(json.dumps(files, sort_keys=True).encode()).hexdigest()[:16]


def write_manifest() -> tuple[Case, ...]:
    """Choose and check all cases, and write the list."""
    chosen = tuple(choose())
    MANIFEST.write_text("[\n" + ",\n".join(json.dumps(asdict(case)) for case in chosen) + "\n]\n")
    return chosen


def choose() -> list[Case]:
    chosen: list[Case] = []
    dealt: Counter[tuple[str, str]] = Counter()
    for turn in range(1, PER_PROGRAM + 1):
        used: Counter[str] = Counter()
        for program in programs():
            kinds = {c.kind for c in chosen if (c.language, c.program) == (program.language, program.name)}
            found = _case(program, used, kinds, turn)
            if found is not None:
                kind, place, breaks, files = found
                used[kind] += 1
                half = "AB"[dealt[f"{program.language}{turn}", kind] % 2]
                dealt[f"{program.language}{turn}", kind] += 1
                chosen.append(
                    Case(program.name, program.language, kind, place, breaks, turn, half, digest(files))
                )
    return chosen


def _case(
    program: Program, used: Counter[str], without: set[str], turn: int
) -> tuple[str, int, str, Mapping[str, str]] | None:
    """The least used kind that breaks the program, and a place of it."""
    order = random.Random(f"{SEED} {turn} {program.name}")
    kinds = [kind for kind in KINDS[program.language] if kind not in without]
    order.shuffle(kinds)
    for kind in sorted(kinds, key=lambda kind: used[kind]):
        versions = list(enumerate(mutants(program, kind)))
        order.shuffle(versions)
        for place, files in versions[:6]:
            with tempfile.TemporaryDirectory() as folder:
                program.write(Path(folder), files)
                breaks = fate(program, Path(folder))
            if breaks in ("build", "tests"):
                return kind, place, breaks, files
    return None
