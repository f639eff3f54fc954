"""What a query names outright: paths, modules, symbols, places in stack traces and compiler messages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import PurePosixPath

from copilot_tui.index.identifiers import split_identifier, stem
from copilot_tui.index.signals.situation import Evidence, Situation, definer_share, stated

_MOST_DEFINERS = 40
_LONG_ENOUGH = 8
_GENERIC_NAMES = "src lib main core common util utils include index init base code source internal pkg"
_GENERIC = frozenset(_GENERIC_NAMES.split())


def named_paths(situation: Situation) -> Iterator[Evidence]:
    """A path, or the end of one, that stands in the query; a place in a message or a trace, too."""
    named_paths = [(_plain(named), named) for named in situation.query.paths]
    if not named_paths:
        return
    for path in situation.paths:
        folded = path.lower()
        for named, shown in named_paths:
            if folded == named or folded.endswith("/" + named):
                exact = "/" in named or "/" not in folded
                yield Evidence(path, 1.0 if exact else 0.6, f"path matches {shown!r}")
            elif len(folded) > _LONG_ENOUGH and named.endswith("/" + folded):
                yield Evidence(path, 1.0, f"path matches {shown!r}")
            elif "/" in named and f"/{named}/" in f"/{folded}":
                yield Evidence(path, 0.3, f"lies in {shown!r}")


def _plain(named: str) -> str:
    return named.lower().removeprefix("./").removeprefix("a/").removeprefix("b/").strip("/.")


def modules(situation: Situation) -> Iterator[Evidence]:
    """A dotted name or a ``a::b`` that is a file's path, such as ``package.part.name``."""
    wanted = [(tuple(part.lower() for part in module), module) for module in situation.query.modules]
    if not wanted:
        return
    for path in situation.paths:
        parts = _module_of(path)
        for folded, shown in wanted:
            # The tail of the dotted name may be a class or a function in the module.
            for cut in range(len(folded), max(len(folded) - 3, 1), -1):
                if parts[-cut:] == folded[:cut]:
                    yield Evidence(path, 1.0 if cut >= 2 else 0.5, f"is the module {'.'.join(shown[:cut])}")
                    break


def _module_of(path: str) -> tuple[str, ...]:
    pure = PurePosixPath(path.lower())
    name = pure.name.split(".")[0]
    parts = pure.parts[:-1] if name in {"__init__", "mod", "index"} else (*pure.parts[:-1], name)
    return tuple(parts)


def path_words(situation: Situation) -> Iterator[Evidence]:
    """A file name whose parts the query says; the beginning of a message ("lexer: fix ...") says more."""
    query = situation.query
    for path in situation.paths:
        name = PurePosixPath(path).name.split(".")[0]
        parts = {stem(part) for part in split_identifier(name) if len(part) > 1}
        if not parts or parts & _GENERIC == parts:
            continue
        if parts <= query.stems:
            leading = parts <= query.leading_stems
            yield Evidence(path, 1.0 if leading else 0.6, f"path matches {name!r}")


def symbols(situation: Situation) -> Iterator[Evidence]:
    """A name that the query spells and the file defines; the fewer files define it, the better."""
    query, task = situation.query, situation.task
    found = situation.source.definitions_named(query.symbols)
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
