"""Fitting what a small model wrote into the file that it is for.

Small models write one function well and a patch badly, so they are asked for whole functions. This
module puts each definition of a reply where it belongs: in place of the function of the same name,
else as a helper right before the function that was asked for, else at the end of the file. What the
file already has is never declared twice; what the reply does not mention stays byte for byte.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from copilot_tui.core.errors import EditFormatError
from copilot_tui.index.symbols import Definition, definitions
from copilot_tui.workspace.edits import ensure_includes

_INCLUDE = re.compile(r"^\s*#\s*include\s*[<\"][^>\"]+[>\"]", re.MULTILINE)
_IMPORT = re.compile(r"^(?:from\s+[\w.]+\s+import\s+[^\n(]+|import\s+[^\n]+)$", re.MULTILINE)
_C_FAMILY = frozenset({"c", "cpp"})
_DECLARING = frozenset({"function", "prototype", "macro", "struct", "class", "typedef", "enum"})


@dataclass(frozen=True, slots=True)
class Merged:
    """The new text of the file, and the names that were replaced and added."""

    text: str
    replaced: tuple[str, ...]
    added: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Piece:
    definition: Definition
    text: str


def merge_definitions(before: str, code: str, language: str, target: str | None) -> Merged:
    """``before`` with the definitions of ``code`` in their places.

    Raises EditFormatError when the code holds no definition, or not the ``target`` that was asked
    for.
    """
    code = textwrap.dedent(code)
    pieces = _pieces(code, language)
    if target and not any(_defines(piece, target) for piece in pieces):
        raise EditFormatError(
            f"The reply holds no complete definition of {target}.",
            "Ask again, or use a larger model.",
        )
    if not pieces:
        raise EditFormatError("The reply holds no complete definition.", "Ask again.")
    known = {_key(d): d for d in definitions(before, language)}
    replacing = [p for p in pieces if _replaces(p, known, target)]
    adding = [p for p in pieces if _is_new(p, known, target)]
    lines = before.split("\n")
    anchor = _anchor(lines, known, target, language)
    edits = [_replacement(lines, known[_key(piece.definition)], piece) for piece in replacing]
    if adding:
        edits.append((anchor, anchor, _added_lines(adding, at_end=anchor >= len(lines))))
    for start, end, new in sorted(edits, key=lambda edit: edit[0], reverse=True):
        lines[start:end] = new
    text = _with_imports("\n".join(lines), code, language)
    return Merged(
        text,
        tuple(piece.definition.name for piece in replacing),
        tuple(piece.definition.name for piece in adding),
    )


def _pieces(code: str, language: str) -> list[_Piece]:
    """The outermost definitions of the reply, each with its text; the last of repeated names wins."""
    lines = code.split("\n")
    found: dict[tuple[str, str], _Piece] = {}
    last_end = 0
    for definition in sorted(definitions(code, language), key=lambda d: (d.start, -d.end)):
        if definition.start <= last_end or definition.kind not in _DECLARING:
            continue
        last_end = definition.end
        text = "\n".join(lines[definition.start - 1 : definition.end])
        found[_key(definition)] = _Piece(definition, text)
    return list(found.values())


def _defines(piece: _Piece, name: str) -> bool:
    return piece.definition.name == name and piece.definition.kind != "prototype"


def _key(definition: Definition) -> tuple[str, str]:
    """What competes for a name: a prototype and a function of one name are two things."""
    return (definition.name, definition.kind)


def _replaces(piece: _Piece, known: Mapping[tuple[str, str], Definition], target: str | None) -> bool:
    """Whether the piece takes the place of what the file has under its name.

    With a target only the target is replaced: what a small model repeats of its surroundings is
    seldom letter by letter what stands there.
    """
    if _key(piece.definition) not in known or piece.definition.kind not in {"function", "class"}:
        return False
    return target is None or piece.definition.name == target


def _is_new(piece: _Piece, known: Mapping[tuple[str, str], Definition], target: str | None) -> bool:
    """Whether the file lacks the piece and should have it."""
    name = piece.definition.name
    if piece.definition.kind == "function":
        # A test program's main in a library file is a habit of small models, not a wish.
        return _key(piece.definition) not in known and (name != "main" or target == "main")
    return name not in {known_name for known_name, _ in known}


def _replacement(lines: list[str], old: Definition, piece: _Piece) -> tuple[int, int, list[str]]:
    indentation = lines[old.start - 1][: len(lines[old.start - 1]) - len(lines[old.start - 1].lstrip())]
    new = textwrap.indent(piece.text, indentation) if indentation else piece.text
    return (old.start - 1, old.end, new.split("\n"))


def _anchor(
    lines: list[str], known: Mapping[tuple[str, str], Definition], target: str | None, language: str
) -> int:
    """The line index before which new definitions go."""
    for kind in ("function", "class"):
        if target and (target, kind) in known:
            return known[(target, kind)].comment_start - 1
    if language in _C_FAMILY and _is_guarded(lines):
        return _last_matching(lines, re.compile(r"\s*#\s*endif\b"))
    if language == "python":
        index = _last_matching(lines, re.compile(r"if __name__ =="))
        if index < len(lines):
            return index
    return len(lines)


def _is_guarded(lines: list[str]) -> bool:
    """Whether the file is a header inside an include guard: it ends with ``#endif``."""
    meaningful = [line for line in lines if line.strip()]
    return bool(meaningful) and bool(re.match(r"\s*#\s*endif\b", meaningful[-1]))


def _last_matching(lines: list[str], pattern: re.Pattern[str]) -> int:
    return next((i for i in range(len(lines) - 1, -1, -1) if pattern.match(lines[i])), len(lines))


def _added_lines(pieces: Sequence[_Piece], *, at_end: bool) -> list[str]:
    new: list[str] = [""] if at_end else []
    for piece in pieces:
        new += [*piece.text.split("\n"), ""]
    return new[:-1] if at_end and new[-1] == "" else new


def _with_imports(text: str, code: str, language: str) -> str:
    """The file with those includes or imports of the reply that it lacks."""
    if language in _C_FAMILY:
        return ensure_includes(text, [match.group().strip() for match in _INCLUDE.finditer(code)])
    if language == "python":
        missing = [m.group() for m in _IMPORT.finditer(code) if m.group() not in text]
        if missing:
            return _after_python_imports(text, missing)
    return text


def _after_python_imports(text: str, missing: Sequence[str]) -> str:
    lines = text.split("\n")
    last = max((i for i, line in enumerate(lines) if _IMPORT.match(line)), default=-1)
    lines[last + 1 : last + 1] = list(missing)
    return "\n".join(lines)
