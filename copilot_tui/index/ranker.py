"""Which files matter for a query: words, fused with what the query itself says.

Every signal adds to a file's score and says so in ``reasons``. Words are the base (BM25, the best file
counts 1); a named path, a defined symbol, a quoted string and the breadcrumb of the task weigh more,
because a person who names something means it. Tests and documents count less unless the query speaks
of them. Pinned files come first whatever they score, dropped ones never come.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Protocol

from copilot_tui.core.artefacts import RankedFile, Span, Task
from copilot_tui.index.definition import Definition
from copilot_tui.index.identifiers import split_identifier, stem
from copilot_tui.index.languages import is_prose, language_of
from copilot_tui.index.query import Query, parse_query
from copilot_tui.index.word_index import Hit

_NAMED_PATH = 2.0
_NAMED_FILE = 1.2
_TASK_PLACE = 3.0
_TASK_SYMBOL = 1.5
_DEFINES = 1.0
_DECLARES = 0.4
_ALL_PARTS = 0.5
_QUOTED_STRING = 0.6
_COMPANION = 0.3
_TEST_FACTOR = 0.4
_PROSE_FACTOR = 0.4
_CANDIDATES = 100
_READ_CANDIDATES = 30
_MOST_DEFINERS = 40
_MOST_REASONS = 6


class Source(Protocol):
    """What the ranker needs to know of an indexed code base."""

    def paths(self) -> Collection[str]: ...

    def search(self, query: str, limit: int) -> Sequence[Hit]: ...

    def definitions_in(self, path: str) -> Sequence[Definition]: ...

    def definitions_named(self, names: Sequence[str]) -> Sequence[tuple[str, Definition]]: ...

    def includes_of(self, path: str) -> Sequence[str]: ...

    def included_by(self, path: str) -> Sequence[str]: ...

    def callers_of(self, name: str) -> Sequence[str]: ...

    def calls_in(self, path: str) -> Sequence[str]: ...

    def text(self, path: str) -> str | None: ...


@dataclass(slots=True)
class _Candidate:
    score: float = 0.0
    reasons: dict[str, float] = field(default_factory=dict)

    def add(self, amount: float, reason: str) -> None:
        if reason not in self.reasons:
            self.score += amount
            self.reasons[reason] = amount


@dataclass(frozen=True, slots=True)
class Choice:
    """A person's say: ``pins`` come first, ``drops`` never; ``threshold`` cuts below that part of the
    best score."""

    limit: int
    pins: Collection[str] = ()
    drops: Collection[str] = ()
    threshold: float = 0.0


def rank_files(
    text: str,
    source: Source,
    choice: Choice,
    task: Task | None,
    spans_of: Callable[[Query, str], tuple[Span, ...]],
) -> tuple[RankedFile, ...]:
    """The best files for a query, best first, at most ``choice.limit`` (pins included)."""
    symbols = (task.symbol,) if task is not None and task.symbol else ()
    query = parse_query(text if text.strip() or task is None else task.text, symbols)
    paths = source.paths()
    candidates: dict[str, _Candidate] = {}
    _add_words(candidates, source, query, choice.limit)
    _add_paths(candidates, paths, query)
    _add_symbols(candidates, source, query, task)
    _add_quoted(candidates, source, query)
    _add_task(candidates, task)
    _add_companions(candidates, paths)
    for path in [path for path in candidates if path in choice.drops or not _exists(path, paths, source)]:
        del candidates[path]
    for path, candidate in candidates.items():
        candidate.score *= _factor(path, query, task)
    return _chosen(candidates, query, choice, spans_of)


def _exists(path: str, paths: Collection[str], source: Source) -> bool:
    # The task's file counts even when it lies outside what was scanned.
    return path in paths or source.text(path) is not None


def is_test(path: str) -> bool:
    """Whether a path looks like a test's."""
    words = {part for piece in path.split("/") for part in split_identifier(piece)}
    return bool(words & {"test", "tests", "testing", "testsuite", "spec", "specs"})


def _add_words(candidates: dict[str, _Candidate], source: Source, query: Query, limit: int) -> None:
    hits = source.search(query.text, max(_CANDIDATES, 5 * limit))
    if not hits:
        return
    best = hits[0].score or 1.0
    for hit in hits:
        candidate = candidates.setdefault(hit.path, _Candidate())
        candidate.score += hit.score / best
    for hit in hits[:_READ_CANDIDATES]:
        candidate = candidates[hit.path]
        content = source.text(hit.path)
        if content is not None:
            words = _words_in(content, query)
            if words:
                candidate.reasons[f"words: {', '.join(words[:5])}"] = hit.score / best
        _add_full_names(candidate, source.definitions_in(hit.path), query)


def _words_in(content: str, query: Query) -> list[str]:
    folded = content.lower()
    return [term for term in query.terms if stem(term) in folded]


def _add_full_names(candidate: _Candidate, found: Iterable[Definition], query: Query) -> None:
    """A name whose every part the query says, such as text_reverse for "reverse the text"."""
    for name in dict.fromkeys(
        x.name for x in found if x.kind in {"function", "struct", "class", "prototype"}
    ):
        parts = {stem(part) for part in split_identifier(name) if not part.isdigit()}
        if len(parts) > 1 and parts <= query.stems and name not in query.symbols:
            candidate.add(_ALL_PARTS, f"defines {name}")
            return


def _add_paths(candidates: dict[str, _Candidate], paths: Collection[str], query: Query) -> None:
    folded_paths = [named.lower().removeprefix("./").removeprefix("a/").strip("/.") for named in query.paths]
    for path in paths:
        folded = path.lower()
        for named in folded_paths:
            if (
                folded == named
                or folded.endswith("/" + named)
                or (len(named) > 8 and named.endswith("/" + folded))
            ):
                weight = _NAMED_PATH if "/" in named or "/" not in folded else _NAMED_FILE
                candidates.setdefault(path, _Candidate()).add(weight, f"path matches {named!r}")
            elif "/" in named and f"/{named}/" in f"/{folded}":
                candidates.setdefault(path, _Candidate()).add(_NAMED_FILE / 2, f"lies in {named!r}")
    for path, candidate in candidates.items():
        name = PurePosixPath(path).name.split(".")[0]
        parts = {stem(part) for part in split_identifier(name)}
        if parts and parts <= query.stems:
            candidate.add(0.3, f"path matches {name!r}")


def _add_symbols(candidates: dict[str, _Candidate], source: Source, query: Query, task: Task | None) -> None:
    found = source.definitions_named(query.symbols)
    definers: dict[str, int] = {}
    for _, definition in found:
        definers[definition.name.lower()] = definers.get(definition.name.lower(), 0) + 1
    for path, definition in found:
        if definers[definition.name.lower()] > _MOST_DEFINERS:
            continue  # a name that everything defines (main, init) tells nothing
        exact = definition.name in query.symbols
        weight = (_DECLARES if definition.kind == "prototype" else _DEFINES) * (1.0 if exact else 0.5)
        if task is not None and definition.name == task.symbol:
            weight *= _TASK_SYMBOL
        verb = "declares" if definition.kind == "prototype" else "defines"
        candidates.setdefault(path, _Candidate()).add(weight, f"{verb} {definition.name}")


def _add_quoted(candidates: dict[str, _Candidate], source: Source, query: Query) -> None:
    if not query.quoted:
        return
    best = sorted(candidates, key=lambda path: -candidates[path].score)[:_READ_CANDIDATES]
    for path in best:
        content = source.text(path) or ""
        for quoted in query.quoted:
            if quoted in content:
                candidates[path].add(_QUOTED_STRING, f"holds the text {quoted!r}")


def _add_task(candidates: dict[str, _Candidate], task: Task | None) -> None:
    if task is not None and task.path:
        candidates.setdefault(task.path, _Candidate()).add(_TASK_PLACE, "the task stands here")


def _add_companions(candidates: dict[str, _Candidate], paths: Collection[str]) -> None:
    """A C header beside its source and the other way round, for the best candidates."""
    best = sorted(candidates, key=lambda path: -candidates[path].score)[:10]
    scores = {path: candidates[path].score for path in best if _is_c(path)}
    by_name: dict[str, list[str]] = {}
    for path in filter(_is_c, paths) if scores else ():
        by_name.setdefault(_bare_name(path), []).append(path)
    top = candidates[best[0]].score if best else 0.0
    for path, score in scores.items():
        others = [x for x in by_name.get(_bare_name(path), ()) if _is_header(x) != _is_header(path)]
        if 2 * score < top or len(others) > 3:
            continue
        for other in others:
            if scores.get(other, 0.0) < score:  # the weaker one belongs to the stronger
                candidates.setdefault(other, _Candidate()).add(_COMPANION * score, f"belongs to {path}")


def _is_c(path: str) -> bool:
    return language_of(path) in {"c", "cpp", "objc"}


def _is_header(path: str) -> bool:
    return path.rpartition(".")[2].lower().startswith("h")


def _bare_name(path: str) -> str:
    return path.rpartition("/")[2].partition(".")[0]


def _factor(path: str, query: Query, task: Task | None) -> float:
    if task is not None and path == task.path:
        return 1.0
    factor = 1.0
    if is_test(path) and not query.speaks_of_tests:
        factor *= _TEST_FACTOR
    if is_prose(language_of(path) or "") and not query.speaks_of_documents:
        factor *= _PROSE_FACTOR
    return factor


def _chosen(
    candidates: Mapping[str, _Candidate],
    query: Query,
    choice: Choice,
    spans_of: Callable[[Query, str], tuple[Span, ...]],
) -> tuple[RankedFile, ...]:
    pins = [path for path in dict.fromkeys(choice.pins) if path not in choice.drops]
    ranked = sorted(candidates, key=lambda path: (-candidates[path].score, path))
    best = candidates[ranked[0]].score if ranked else 0.0
    rest = [path for path in ranked if path not in pins and candidates[path].score >= choice.threshold * best]
    pins.sort(key=lambda path: -candidates[path].score if path in candidates else 0.0)
    chosen: list[RankedFile] = []
    for path in [*pins, *rest][: max(choice.limit, len(pins))]:
        candidate = candidates.get(path, _Candidate())
        reasons = sorted(candidate.reasons, key=lambda reason: -candidate.reasons[reason])[:_MOST_REASONS]
        pinned = path in pins
        chosen.append(
            RankedFile(
                path=path,
                score=round(candidate.score, 4),
                reasons=("pinned", *reasons) if pinned else tuple(reasons),
                spans=spans_of(query, path),
                pinned=pinned,
            )
        )
    return tuple(chosen)
