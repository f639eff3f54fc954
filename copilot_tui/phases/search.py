"""The exploration without a model: refresh the index, rank the files, cut the snippets.

Blocking; callers on an event loop use a thread. Honours its cancel token between steps.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from dataclasses import replace

from copilot_tui.core.artefacts import Breadcrumb, Exploration, RankedFile, Snippet, Task
from copilot_tui.core.cancellation import CancelToken
from copilot_tui.index.breadcrumbs import parse_breadcrumbs, related
from copilot_tui.index.code_index import CodeIndex
from copilot_tui.index.symbols import Definition, definitions, language_of

FILES = 8
SNIPPETS = 8
BREADCRUMBS = 12

Progress = Callable[[str, float, float], None]


def search(
    index: CodeIndex,
    task: Task,
    *,
    files: int = FILES,
    pins: Collection[str] = (),
    drops: Collection[str] = (),
    progress: Progress | None = None,
    cancel: CancelToken | None = None,
) -> Exploration:
    """What matters for the task: files with reasons, whole functions, breadcrumbs, patterns."""
    cancel = cancel or CancelToken()
    started = time.monotonic()
    scanned = index.refresh(progress, cancel)
    refreshed = time.monotonic()
    query = exploration_query(task)
    pinned = {*pins, task.path} if task.path else set(pins)
    ranked = index.rank(query, files, pins=pinned, drops=drops, task=task)
    cancel.raise_if_cancelled()
    snippets = _target_first(index, task, index.snippets(ranked, SNIPPETS))
    return Exploration(
        query=query,
        files=ranked,
        snippets=snippets,
        breadcrumbs=_breadcrumbs(index, task, ranked),
        patterns=index.patterns(ranked),
        timing={"scan": refreshed - started, "rank": time.monotonic() - refreshed},
        files_scanned=len(scanned.files),
        files_skipped=sum(scanned.skipped.values()),
    )


def exploration_query(task: Task) -> str:
    """The words to search for: the task's text, and the names that it carries."""
    names = [name for name in (task.symbol, task.path) if name]
    return " ".join([task.text, *names])


def stub_end(text: str, path: str, function: Definition) -> int:
    """The last line of ``function`` that is worth showing.

    The body of what a breadcrumb calls NOT_STARTED is a stub, and a small model that sees one copies it.
    """
    for breadcrumb in parse_breadcrumbs(text, path):
        inside = function.comment_start <= breadcrumb.line <= function.end
        if inside and breadcrumb.symbol == function.name and breadcrumb.status == "NOT_STARTED":
            lines = text.split("\n")
            body = (n for n in range(function.start, function.end) if "{" in lines[n - 1])
            first = next(body, function.end)
            return max(function.start, first - 1) if lines[first - 1].strip() == "{" else first
    return function.end


def _target_first(index: CodeIndex, task: Task, snippets: tuple[Snippet, ...]) -> tuple[Snippet, ...]:
    """The function that the task asks for stands before all others, without the body of a stub."""

    def is_target(snippet: Snippet) -> bool:
        return (snippet.path, snippet.symbol) == (task.path, task.symbol)

    ordered = sorted(snippets, key=lambda snippet: not is_target(snippet))
    return tuple(_without_stub(index, s) if is_target(s) else s for s in ordered)


def _without_stub(index: CodeIndex, snippet: Snippet) -> Snippet:
    text = index.read(snippet.path)
    found = definitions(text, language_of(snippet.path))
    function = next((d for d in found if d.name == snippet.symbol and d.kind == "function"), None)
    if function is None:
        return snippet
    end = stub_end(text, snippet.path, function)
    if not snippet.start <= end < snippet.end:
        return snippet
    return replace(snippet, end=end, text="\n".join(text.split("\n")[snippet.start - 1 : end]))


def _breadcrumbs(index: CodeIndex, task: Task, files: tuple[RankedFile, ...]) -> tuple[Breadcrumb, ...]:
    """The task's own breadcrumb with its relatives, then those of the ranked files."""
    everything = index.breadcrumbs()
    own = [b for b in everything if task.phase and (b.path, b.phase) == (task.path, task.phase)]
    found = [*own]
    for breadcrumb in own:
        relatives = [relation.breadcrumb for relation in related(breadcrumb, everything)]
        found += [other for other in relatives if other not in found]
    paths = {file.path for file in files}
    found += [b for b in everything if b.path in paths and b not in found]
    return tuple(found[:BREADCRUMBS])
