"""The functions of a file that matter for a query, and the snippets that a prompt is packed from.

A function scores by its name, by how many different query words its comment and body say, by how near
its meaning is, and most of all when a stack trace or a compiler points into it. Snippets
are whole functions with their comment; types that the chosen functions use come after them. Where a
file has no definitions, the window of lines with the most query words stands in.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from copilot_tui.core.places import RankedFile, Snippet, Span
from copilot_tui.index.definition import KINDS, Outline
from copilot_tui.index.file_outline import FileOutline
from copilot_tui.index.folded_text import FoldedText
from copilot_tui.index.identifiers import name_stems, stem
from copilot_tui.index.query import Query
from copilot_tui.index.symbols import language_of, references

_MOST_SPANS = 5
_WINDOW_LINES = 40
_MOST_HITS = 2000
_FEWEST_WORDS, _MOST_WORDS = 6, 20
_WORDS_TIMES_LENGTH = 400_000
"""Looking for a word takes about a nanosecond a character."""
_MOST_NAMES = 60
_WEIGHTS: Mapping[int, float] = {
    KINDS.index("prototype"): 0.6,
    KINDS.index("macro"): 0.5,
    KINDS.index("class"): 0.7,
}
"""By the number of the kind."""
_SHAPES = frozenset({"struct", "typedef", "enum", "class"})


def best_spans(
    query: Query,
    path: str,
    text: FoldedText,
    outline: FileOutline,
    nearness: Mapping[str, float] | None = None,
) -> tuple[Span, ...]:
    """The best matching definitions of one file, best first, comment included; at most five.

    ``nearness`` tells for names of functions how near they are to what the query means.
    """
    scores = _scores(query, path, text, outline, nearness or {})
    # Rows stand in the order of their first lines.
    best = sorted(scores, key=lambda row: (-scores[row], row))
    spans: list[Span] = []
    for row in best:
        if scores[row] < scores[best[0]] / 4 or len(spans) >= _MOST_SPANS:
            break
        item = outline[row]
        if not any(span.start <= item.start and item.end <= span.end for span in spans):
            spans.append(Span(item.comment_start, item.end, item.name))
    if spans:
        return tuple(spans)
    window = _best_window(query, text)
    return (window,) if window is not None else ()


def _scores(
    query: Query, path: str, text: FoldedText, outline: FileOutline, nearness: Mapping[str, float]
) -> dict[int, float]:
    """What the definitions score that have anything for them, by their rows."""
    scores: dict[int, float] = {}

    def add(row: int, score: float) -> None:
        if score > 0:
            scores[row] = scores.get(row, 0.0) + score * _WEIGHTS.get(outline.kinds[row], 1.0)

    shared = outline.sharing(query.stems)
    if len(shared) > _MOST_NAMES:
        # A header may have thousands of names with one word in common: those with most words count.
        shared = dict.fromkeys(sorted(shared, key=lambda row: (-shared[row], row))[:_MOST_NAMES], 1)
    for row in shared:
        parts = name_stems(outline.names[row])
        add(row, 3.0 * len(parts & query.stems) / max(1, len(parts)))
    known = {name: 3.0 * near for name, near in nearness.items()}
    for name in query.symbols:
        known[name] = known.get(name, 0.0) + 6.0
    if known:
        for row in [row for row, name in enumerate(outline.names) if name in known]:
            add(row, known[outline.names[row]])
    words = _first_words(query, len(text.text))
    shares = text.shares(words, outline.body_places(text))
    pointed = _pointed_lines(query, path)
    for row, share in zip(outline.bodies, shares, strict=True):
        if share:
            add(row, 2.0 * share)
    for row in outline.bodies if pointed else ():
        if any(outline.holds(row, line) for line in pointed):
            add(row, 8.0)
    return scores


def _first_words(query: Query, length: int) -> list[str]:
    """The stems to look for in bodies, fewer in a long text. What is said first is what it is about."""
    most = min(max(_FEWEST_WORDS, _WORDS_TIMES_LENGTH // (length + 1)), _MOST_WORDS)
    return list(dict.fromkeys(map(stem, query.terms)))[:most]


def _pointed_lines(query: Query, path: str) -> list[int]:
    """Lines of the file that the query names, as a compiler or a stack trace does."""
    return [
        line
        for named, line in query.places
        if f"/{path}".endswith("/" + named.lstrip("./")) or f"/{named}".endswith("/" + path)
    ]


def _best_window(query: Query, text: FoldedText) -> Span | None:
    """The stretch of lines that says the most different query words."""
    words_at: dict[int, list[int]] = {}
    for number, lines in enumerate(text.lines_of(_first_words(query, len(text.text)))):
        for line in lines:
            words_at.setdefault(line, []).append(number)
    hits = sorted(words_at)[:_MOST_HITS]
    best: tuple[int, int] | None = None
    within: Counter[int] = Counter()
    behind = 0
    for line in hits:
        while behind < len(hits) and hits[behind] < line + _WINDOW_LINES:
            within.update(words_at[hits[behind]])
            behind += 1
        if best is None or len(within) > best[0]:
            best = (len(within), line)
        for number in words_at[line]:
            within[number] -= 1
            if not within[number]:
                del within[number]
    if best is None:
        return None
    start = max(1, best[1] - 2)
    return Span(start, min(text.text.count("\n") + 1, start + _WINDOW_LINES - 1))


def gather_snippets(
    files: Sequence[RankedFile],
    limit: int,
    text_of: Callable[[str], str | None],
    outlines_named: Callable[[Sequence[str]], Sequence[tuple[str, Outline]]],
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
    types = _used_types(chosen, outlines_named, {file.path: number for number, file in enumerate(files)})
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
    outlines_named: Callable[[Sequence[str]], Sequence[tuple[str, Outline]]],
    ranks: dict[str, int],
) -> list[tuple[str, Outline]]:
    """Types that the snippets use, from ranked files and their folders; common names are passed over."""
    names: dict[str, None] = {}
    folders = {path.rpartition("/")[0] for path in ranks}
    for snippet in snippets:
        names.update(dict.fromkeys(references(snippet.text, language_of(snippet.path))))
    used = [
        (path, item)
        for path, item in outlines_named(list(names))
        if item.kind in _SHAPES and item.name in names and path.rpartition("/")[0] in folders
    ]
    used = [(path, item) for path, item in used if item.end - item.comment_start < _WINDOW_LINES * 2]
    return sorted(used, key=lambda pair: (ranks.get(pair[0], len(ranks)), pair[0], pair[1].start))[:8]
