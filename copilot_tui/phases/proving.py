"""Choosing among samples by tests that the program wrote itself, and proving these tests on mutants.

For a task without tests: the model is asked for tests of the function; candidates and tests are tried on each
other, and the candidate is taken whose group agrees with most tests (:mod:`copilot_tui.phases.agreement`). Of
the tests those are kept that the chosen one passes and that fail for a broken version of it. They become
a file of the candidate, marked as what they are, so that a person sees, takes or refuses them like all else.
A wrong test cannot do harm to a right candidate that most others agree with; it is left out.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace

from copilot_tui.build.detect import detect
from copilot_tui.build.diagnostics import parse
from copilot_tui.build.early import python_of
from copilot_tui.build.flags import compile_command_of
from copilot_tui.build.mutations import mutants
from copilot_tui.build.trial import Harness, Trial, trial
from copilot_tui.build.trial_c import CHarness
from copilot_tui.build.trial_python import PythonHarness
from copilot_tui.core.artefacts import Candidate, FileChange, GeneratedTest
from copilot_tui.core.events import Event, Noticed, Progressed, TestsGenerated
from copilot_tui.index.symbols import Definition, definitions, language_of
from copilot_tui.phases.agreement import Consensus, consensus
from copilot_tui.phases.compile import wanted_tests
from copilot_tui.phases.generated_tests import Subject, TestList, ask_for_tests, declaration_of
from copilot_tui.phases.phase import PhaseContext
from copilot_tui.phases.stamping import is_test
from copilot_tui.workspace.edits import candidate_digest

LANGUAGES = ("c", "python")
MOST_MUTANTS = 12
AGREEING_AT_LEAST = 2
"""Samples that must behave alike before tests are kept: what one alone passes only repeats what it does."""

COMPILATIONS = 4
"""Rounds of leaving out tests that do not compile; the compiler seldom names all at once."""


@dataclass(frozen=True, slots=True)
class Tried:
    """Candidates and tests after they were tried on each other; no ``consensus`` where nothing builds."""

    tests: tuple[GeneratedTest, ...]
    consensus: Consensus | None
    mutants: int = 0
    killed: int = 0


def subject_without_tests(context: PhaseContext, candidate: Candidate) -> Subject | None:
    """The function that the candidate is about, where no test speaks of it and there is a way to test it.

    Reads the index: call in a thread.
    """
    state = context.state
    wanted = (state.task.symbol,) if state.task.symbol else candidate.symbols
    if state.task.tests or any(is_test(change.path) for change in candidate.changes):
        return None
    if state.baseline is not None and wanted_tests(state.task, state.baseline, candidate):
        return None
    for symbol in wanted:
        change = next((c for c in candidate.changes if _function(c, symbol) is not None), None)
        if change is None or any(is_test(path) for path in context.index.callers_of(symbol)):
            continue
        function, language = _function(change, symbol), language_of(change.path)
        if function is not None and language in LANGUAGES:
            return Subject(
                change.path, language, symbol, declaration_of(change.after or "", function, language)
            )
    return None


async def proved(
    context: PhaseContext,
    subject: Subject,
    candidates: Sequence[Candidate],
    votes: Counter[str],
    chosen: list[Candidate],
) -> AsyncIterator[Event]:
    """Yield what is done; append the candidate that is taken to ``chosen``, with the tests that are kept."""
    found = TestList()
    async for event in ask_for_tests(context, subject, found):
        yield event
    counts = [votes[candidate.digest] for candidate in candidates]
    yield Progressed(f"trying {len(found.tests)} tests on {len(candidates)} candidates", 0.0, unit="s")
    harness = await _harness(context, subject, candidates[0])
    async with trial(context.source, harness, context.settings.build, context.cancel) as place:
        tried = await _try_all(place, subject, candidates, counts, found.tests)
    if tried.consensus is None:
        yield Noticed("No sample builds apart from the code base; the first one is taken.", "warning")
        chosen.append(candidates[0])
        return
    best = candidates[tried.consensus.chosen]
    kept = [test for test in tried.tests if test.kept]
    if kept:
        best = _with_tests(context, best, harness.test_path, harness.text(kept))
    chosen.append(best)
    agreeing = sum(counts[number] for number in tried.consensus.agreeing)
    path = harness.test_path if kept else None
    yield TestsGenerated(
        subject.symbol, path, tried.tests, sum(counts), agreeing, tried.mutants, tried.killed
    )
    compared = f"{agreeing} of {sum(counts)} samples agree"
    if not tried.consensus.passed:
        compared = f"none of {sum(counts)} samples passes any of them"
    yield Noticed(_told(subject, path, len(kept), len(tried.tests), compared))


def _told(subject: Subject, path: str | None, kept: int, written: int, compared: str) -> str:
    if path is None:
        return f"{subject.symbol} has no test, and none of the {written} made here proved itself; {compared}."
    return (
        f"{subject.symbol} had no test: {kept} of {written} made here are kept in {path}. The chosen code "
        f"passes them, and broken versions of it fail; {compared}. Nobody has looked at them yet: /diff "
        "shows them, /reject refuses them."
    )


async def _try_all(
    place: Trial,
    subject: Subject,
    candidates: Sequence[Candidate],
    votes: Sequence[int],
    written: Sequence[GeneratedTest],
) -> Tried:
    files = [_texts(candidate) for candidate in candidates]
    builds = [(await place.run(texts, ())).passed is not None for texts in files]
    if not any(builds):
        return Tried(tuple(written), None)
    tests = await _compiling(place, files[builds.index(True)], written)
    passed = [
        (await place.run(texts, tests)).passed or frozenset() if good else None
        for texts, good in zip(files, builds, strict=True)
    ]
    agreed = consensus(passed, votes)
    assert agreed is not None  # one builds
    counts = Counter(number for some in passed for number in some or ())
    tests = [replace(test, passed_by=counts[number]) for number, test in enumerate(tests)]
    if sum(votes[number] for number in agreed.agreeing) < AGREEING_AT_LEAST:
        return Tried(tuple(tests), agreed)
    good = [test for number, test in enumerate(tests) if number in agreed.passed]
    proven, tried, killed = await _kills(place, subject, files[agreed.chosen], good)
    names = {(test.setup, test.check): test for test in proven}
    marked = tuple(names.get((test.setup, test.check), test) for test in tests)
    return Tried(marked, agreed, tried, killed)


async def _compiling(
    place: Trial, files: Mapping[str, str], tests: Sequence[GeneratedTest]
) -> list[GeneratedTest]:
    """The tests that compile beside code that does."""
    left = list(tests)
    for _ in range(COMPILATIONS):
        result = await place.run(files, left)
        if result.passed is not None or not left:
            return left
        errors = await asyncio.to_thread(parse, result.output, str(place.folder), str(place.folder))
        name = place.harness.test_path.rpartition("/")[2]
        lines = {d.line for d in errors if d.severity == "error" and (d.file or "").endswith(name)}
        ranges = place.harness.lines_of(left)
        kept = [test for test, at in zip(left, ranges, strict=True) if not any(n in at for n in lines if n)]
        if len(kept) == len(left):
            return []  # what is wrong is in none of them alone
        left = kept
    return []


async def _kills(
    place: Trial, subject: Subject, files: Mapping[str, str], tests: Sequence[GeneratedTest]
) -> tuple[list[GeneratedTest], int, int]:
    """The tests with what they kill, how many mutants build, and how many of these are noticed."""
    text = files[subject.path]
    function = next((d for d in definitions(text, subject.language) if d.name == subject.symbol), None)
    if function is None or not tests:
        return list(tests), 0, 0
    kills: Counter[int] = Counter()
    tried = killed = 0
    for mutant in mutants(text, subject.language, function.start, function.end, MOST_MUTANTS):
        result = await place.run({**files, subject.path: mutant}, tests)
        if result.passed is None:
            continue
        failing = set(range(len(tests))) - result.passed
        tried, killed = tried + 1, killed + bool(failing)
        kills.update(failing)
    proven = [replace(t, kills=kills[n], kept=kills[n] > 0) for n, t in enumerate(tests)]
    return proven, tried, killed


async def _harness(context: PhaseContext, subject: Subject, candidate: Candidate) -> Harness:
    settings, state = context.settings, context.state
    root = await asyncio.to_thread(context.source.resolve)
    recipe = await asyncio.to_thread(detect, root, settings.build, settings.project(state.project))
    if subject.language == "python":
        text = _texts(candidate)[subject.path]
        names = tuple(d.name for d in definitions(text, "python") if not _indented(text, d))
        return PythonHarness(root, subject.path, subject.symbol, names, python_of(recipe))
    printed = [step.stdout for step in state.baseline.steps] if state.baseline is not None else []
    flags = await compile_command_of(root, recipe, settings.build, context.cancel, subject.path, printed)
    return CHarness(root, subject.path, subject.symbol, flags)


def _with_tests(context: PhaseContext, candidate: Candidate, path: str, text: str) -> Candidate:
    source = context.workspace.read(path)
    change = FileChange(path, source.text if source is not None else None, text)
    changes = (*candidate.changes, change)
    return replace(candidate, changes=changes, digest=candidate_digest(changes))


def _function(change: FileChange, symbol: str) -> Definition | None:
    """The function of that name at the top of the changed file; methods need an object and are left out."""
    text = change.after or ""
    for definition in definitions(text, language_of(change.path)):
        if definition.name == symbol and definition.kind == "function" and not _indented(text, definition):
            return definition
    return None


def _indented(text: str, definition: Definition) -> bool:
    return text.split("\n")[definition.start - 1][:1].isspace()


def _texts(candidate: Candidate) -> dict[str, str]:
    return {change.path: change.after for change in candidate.changes if change.after is not None}
