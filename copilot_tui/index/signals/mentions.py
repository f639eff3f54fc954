"""What a query names outright: paths, modules, symbols, places in stack traces and compiler messages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from copilot_tui.index.identifiers import name_stems
from copilot_tui.index.signals.situation import Evidence, Situation, definer_share, stated

_MOST_DEFINERS = 40
_LONG_ENOUGH = 8
_FOLDER_FILES = ("__init__.py", "mod.rs", "index.js", "index.ts")
_GENERIC_NAMES = "src lib main core common util utils include index init base code source internal pkg"
_GENERIC = frozenset(_GENERIC_NAMES.split())


def named_paths(situation: Situation) -> Iterator[Evidence]:
    """A path, or the end of one, that stands in the query; a place in a message or a trace, too."""
    for shown in situation.query.paths:
        named = _plain(shown)
        for path in situation.table.ending(named):
            exact = "/" in named or "/" not in path
            yield Evidence(path, 1.0 if exact else 0.6, f"path matches {shown!r}")
        if "/" in named:
            # A trace of another machine has folders in front that are not here.
            name = named.rpartition("/")[2].partition(".")[0]
            for path in situation.table.named(name):
                if len(path) > _LONG_ENOUGH and named.endswith("/" + path.lower()):
                    yield Evidence(path, 1.0, f"path matches {shown!r}")
            for path in situation.table.below(named):
                yield Evidence(path, 0.3, f"lies in {shown!r}")


def _plain(named: str) -> str:
    return named.lower().removeprefix("./").removeprefix("a/").removeprefix("b/").strip("/.")


def modules(situation: Situation) -> Iterator[Evidence]:
    """A dotted name or a ``a::b`` that is a file's path, such as ``package.part.name``."""
    if not situation.query.modules:
        return
    stands_for = [path for name in _FOLDER_FILES for path in situation.table.ending(name)]
    for module in situation.query.modules:
        folded = tuple(part.lower() for part in module)
        # The tail of the dotted name may be a class or a function in the module.
        for cut in range(len(folded), max(len(folded) - 3, 1), -1):
            of_folder = [path for path in stands_for if f"/{folded[cut - 1]}/" in f"/{path.lower()}"]
            for path in (*situation.table.named(folded[cut - 1]), *of_folder):
                if _module_of(path)[-cut:] == folded[:cut]:
                    yield Evidence(path, 1.0, f"is the module {'.'.join(module[:cut])}")


def _module_of(path: str) -> tuple[str, ...]:
    *folders, last = path.lower().split("/")
    name = last.partition(".")[0]
    return tuple(folders) if name in {"__init__", "mod", "index"} else (*folders, name)


def path_words(situation: Situation) -> Iterator[Evidence]:
    """A file name whose parts the query says; the beginning of a message ("lexer: fix ...") says more."""
    query = situation.query
    for path, name in situation.table.spelled_by(query.stems):
        parts = name_stems(name)
        if not parts <= _GENERIC:
            leading = parts <= query.leading_stems
            yield Evidence(path, 1.0 if leading else 0.6, f"path matches {name!r}")


def symbols(situation: Situation) -> Iterator[Evidence]:
    """A name that the query spells and the file defines; the fewer files define it, the better."""
    query, task = situation.query, situation.task
    found = situation.source.outlines_named(query.symbols)
    definers = Counter(
        name for _, name in {(path, x.name.lower()) for path, x in found if x.kind != "prototype"}
    )
    for path, definition in found:
        count = definers[definition.name.lower()]
        if count > _MOST_DEFINERS:
            continue  # a name that everything defines (main, init) tells nothing
        strength = definer_share(definition)
        strength *= 1.0 if definition.name in query.symbols else 0.5
        strength /= max(1.0, count) ** 0.5
        if task is not None and definition.name == task.symbol:
            strength *= 1.5
        yield Evidence(path, strength, stated(definition))
