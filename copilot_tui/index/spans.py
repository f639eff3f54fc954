"""The functions of a file that matter for a query, and the snippets that a prompt is packed from.

A function scores by its name, by how many different query words its comment and body say, by how near
its meaning is, and most of all when a stack trace or a compiler points into it. Snippets
are whole functions with their comment; types that the chosen functions use come after them. Where a
file has no definitions, the window of lines with the most query words stands in.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import reduce
from itertools import accumulate
from operator import or_

from copilot_tui.core.artefacts import RankedFile, Snippet, Span
from copilot_tui.index.definition import Definition, Outline
from copilot_tui.index.identifiers import name_stems
from copilot_tui.index.query import Query
from copilot_tui.index.symbols import language_of, references

_MOST_SPANS = 5
_WINDOW_LINES = 40
_MOST_HITS = 2000
_LONGEST_SPAN_LINES = 400
_WEIGHTS: Mapping[str, float] = {"prototype": 0.6, "macro": 0.5, "class": 0.7}
_SHAPES = frozenset({"struct", "typedef", "enum", "class"})


def best_spans(
    query: Query,
    path: str,
    text: str,
    found: Sequence[Definition | Outline],
    nearness: Mapping[str, float] | None = None,
) -> tuple[Span, ...]:
    """The best matching definitions of one file, best first, comment included; at most five.

    ``nearness`` tells for names of functions how near they are to what the query means.
    """
    bodies = [item for item in found if item.kind not in _WEIGHTS]
    ends = [min(item.end, item.start + _LONGEST_SPAN_LINES) for item in bodies]
    stretches = [(item.comment_start, end) for item, end in zip(bodies, ends, strict=True)]
    shares = iter(_shares(query.stems, text, stretches))
    pointed = _pointed_lines(query, path)
    near = nearness or {}
    scored: list[tuple[float, Definition | Outline]] = []
    for item in found:
        score = _score(query, item, next(shares) if item.kind not in _WEIGHTS else 0.0) + 3.0 * near.get(
            item.name, 0.0
        ) * _WEIGHTS.get(item.kind, 1.0)
        if item.kind not in _WEIGHTS and any(item.start <= line <= item.end for line in pointed):
            score += 8.0
        if score > 0:
            scored.append((score, item))
    scored.sort(key=lambda pair: (-pair[0], pair[1].start))
    spans: list[Span] = []
    for score, item in scored:
        if score < scored[0][0] / 4 or len(spans) >= _MOST_SPANS:
            break
        if not any(span.start <= item.start and item.end <= span.end for span in spans):
            spans.append(Span(item.comment_start, item.end, item.name))
    if spans:
        return tuple(spans)
    window = _best_window(query, text)
    return (window,) if window is not None else ()


def _shares(words: Collection[str], text: str, stretches: Sequence[tuple[int, int]]) -> list[float]:
    """For each of ``stretches`` (first and last line) which part of the words it says, in any letter case."""
    if not words or not stretches:
        return [0.0] * len(stretches)
    folded = text.lower()
    lengths = [0, *accumulate(map(len, folded.split("\n")))]

    def behind(line: int) -> int:
        line = min(line, len(lengths) - 1)
        return lengths[line] + line

    # Where stretches begin and end cuts the text into pieces; a word counts once in each.
    places = [(behind(first - 1), behind(last)) for first, last in stretches]
    cuts = sorted({place for pair in places for place in pair})
    said = [0] * (len(cuts) + 1)
    for number, word in enumerate(words):
        at = folded.find(word, cuts[0], cuts[-1])
        while at >= 0:
            piece = bisect_right(cuts, at)
            said[piece] |= 1 << number
            at = folded.find(word, cuts[piece], cuts[-1])
    shares: list[float] = []
    for begin, end in places:
        pieces = said[bisect_right(cuts, begin) : bisect_right(cuts, end)]
        shares.append(reduce(or_, pieces, 0).bit_count() / len(words))
    return shares


def _score(query: Query, item: Definition | Outline, said: float) -> float:
    """``said`` is the part of the query's words that stands in the body, where that counts."""
    score = 6.0 if item.name in query.symbols else 0.0
    parts = name_stems(item.name)
    shared = parts & query.stems
    if shared:
        score += 3.0 * len(shared) / len(parts)
    return (score + 2.0 * said) * _WEIGHTS.get(item.kind, 1.0)


def _lines_of(words: Iterable[str], text: str) -> list[list[int]]:
    """For each word the numbers of the lines that hold it, in any letter case."""
    folded = text.lower()
    ends = [match.start() for match in re.finditer("\n", folded)]
    found: list[list[int]] = []
    for word in words:
        lines: list[int] = []
        at = folded.find(word)
        while at >= 0:
            row = bisect_left(ends, at)
            lines.append(row + 1)
            at = folded.find(word, ends[row]) if row < len(ends) else -1
        found.append(lines)
    return found


def _pointed_lines(query: Query, path: str) -> list[int]:
    """Lines of the file that the query names, as a compiler or a stack trace does."""
    return [
        line
        for named, line in query.places
        if f"/{path}".endswith("/" + named.lstrip("./")) or f"/{named}".endswith("/" + path)
    ]


def _best_window(query: Query, text: str) -> Span | None:
    """The stretch of lines that says the most different query words."""
    words_at: dict[int, set[int]] = {}
    for number, lines in enumerate(_lines_of(sorted(query.stems), text)):
        for line in lines:
            words_at.setdefault(line, set()).add(number)
    hits = sorted(words_at)[:_MOST_HITS]
    best: tuple[int, int] | None = None
    for position, line in enumerate(hits):
        near = (words_at[x] for x in hits[position : position + _WINDOW_LINES] if x < line + _WINDOW_LINES)
        count = len(set().union(*near))
        if best is None or count > best[0]:
            best = (count, line)
    if best is None:
        return None
    start = max(1, best[1] - 2)
    return Span(start, min(text.count("\n") + 1, start + _WINDOW_LINES - 1))


def gather_snippets(
    files: Sequence[RankedFile],
    limit: int,
    text_of: Callable[[str], str | None],
    definitions_named: Callable[[Sequence[str]], Sequence[tuple[str, Definition]]],
) -> tuple[Snippet, ...]:
    """At most ``limit`` snippets: functions first, by the rank of file and span; then a few types."""
    order = sorted(
        (
            (not file.pinned, -(file.score / (1 + position)), rank, position, file.path, span)
            for rank, file in enumerate(files)
            for position, span in enumerate(file.spans)
        ),
        key=lambda entry: entry[:4],
    )
    room_for_types = limit // 4
    chosen: list[Snippet] = []
    for *_, path, span in order[: max(limit - room_for_types, 0)]:
        snippet = snippet_of(path, span, text_of(path))
        if snippet is not None:
            chosen.append(snippet)
    types = _used_types(chosen, definitions_named, {file.path: number for number, file in enumerate(files)})
    for path, item in types:
        if len(chosen) >= limit:
            break
        snippet = snippet_of(path, Span(item.comment_start, item.end, item.name), text_of(path))
        if snippet is not None and not any(_covers(other, snippet) for other in chosen):
            chosen.append(snippet)
    for *_, path, span in order[max(limit - room_for_types, 0) :]:
        if len(chosen) >= limit:
            break
        snippet = snippet_of(path, span, text_of(path))
        if snippet is not None and not any(_covers(other, snippet) for other in chosen):
            chosen.append(snippet)
    return tuple(chosen)


def snippet_of(path: str, span: Span, text: str | None) -> Snippet | None:
    """The lines of ``span`` as they stand in the file, or None where the file ends before them."""
    if text is None:
        return None
    lines = text.split("\n")[span.start - 1 : span.end]
    if not lines:
        return None
    return Snippet(path, span.start, span.start + len(lines) - 1, "\n".join(lines), span.symbol)


def _covers(one: Snippet, other: Snippet) -> bool:
    return one.path == other.path and one.start <= other.start and other.end <= one.end


def _used_types(
    snippets: Iterable[Snippet],
    definitions_named: Callable[[Sequence[str]], Sequence[tuple[str, Definition]]],
    ranks: dict[str, int],
) -> list[tuple[str, Definition]]:
    """Types that the snippets use, from ranked files and their folders; common names are passed over."""
    names: dict[str, None] = {}
    folders = {path.rpartition("/")[0] for path in ranks}
    for snippet in snippets:
        names.update(dict.fromkeys(references(snippet.text, language_of(snippet.path))))
    used = [
        (path, item)
        for path, item in definitions_named(list(names))
        if item.kind in _SHAPES and item.name in names and path.rpartition("/")[0] in folders
    ]
    used = [(path, item) for path, item in used if item.end - item.comment_start < _WINDOW_LINES * 2]
    return sorted(used, key=lambda pair: (ranks.get(pair[0], len(ranks)), pair[0], pair[1].start))[:8]
