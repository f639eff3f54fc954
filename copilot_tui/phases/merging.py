"""Fitting what a small model wrote into the file that it is for.

Small models write one function well and a patch badly, so they are asked for whole functions. This
module puts each definition of a reply where it belongs: in place of the definition of the same name,
else where ``placing`` finds room for it. What the file already has is never declared twice; what the
reply does not mention stays byte for byte. Where it is not certain what is meant, the reply is refused.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, replace

from copilot_tui.core.errors import EditFormatError
from copilot_tui.index.symbols import Definition, definitions
from copilot_tui.phases.pieces import C_FAMILY, TYPES, Piece, container_of, neighbours, pieces_of, squeezed
from copilot_tui.phases.placing import anchor, continues_block, insertion, is_header
from copilot_tui.phases.python_imports import with_imports
from copilot_tui.workspace.edits import ensure_includes

_INCLUDE = re.compile(r"^\s*#\s*include\s*[<\"][^>\"]+[>\"]", re.MULTILINE)
_TEST_PLAN = re.compile(r"1\.\.\d+")
_LOCAL = frozenset({"static", "inline"})


@dataclass(frozen=True, slots=True)
class Merged:
    """The new text of the file, and the names that were replaced and added."""

    text: str
    replaced: tuple[str, ...]
    added: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _File:
    """The file as it is, and the name that is to be replaced in it (None: whatever fits)."""

    text: str
    lines: list[str]
    known: tuple[Definition, ...]
    language: str
    target: str | None
    header: bool


def merge_definitions(
    before: str, code: str, language: str, target: str | None, *, header: bool = False
) -> Merged:
    """``before`` with the definitions of ``code`` in their places.

    ``header`` says that a C file is one although it has no include guard. The text may come out
    unchanged. Raises EditFormatError when the code holds no definition, or not
    the ``target`` that was asked for, or when it is not certain which definition it replaces.
    """
    code = textwrap.dedent(code)
    pieces = pieces_of(code, language, target)
    if target and not any(p.name == target and p.kind != "prototype" for p in pieces):
        raise EditFormatError(
            f"The reply holds no complete definition of {target}.",
            "Ask again, or use a larger model.",
        )
    if not pieces:
        raise EditFormatError("The reply holds no complete definition.", "Ask again.")
    file = _File(before, before.split("\n"), definitions(before, language), language, target, header)
    pieces = _declared_only(file, pieces)
    replacing = [(piece, old) for piece in pieces if (old := _replaced(file, piece)) is not None]
    adding = [piece for piece in pieces if _is_new(file, piece)]
    lines = list(file.lines)
    edits = [_replacement(file, old, piece) for piece, old in replacing]
    edits += _additions(file, replacing, adding)
    for start, end, new in sorted(edits, key=lambda edit: edit[:2], reverse=True):
        lines[start:end] = new
    return Merged(
        _with_imports("\n".join(lines), code, language),
        tuple(piece.name for piece, _ in replacing),
        tuple(piece.name for piece in adding),
    )


def _declared_only(file: _File, pieces: list[Piece]) -> list[Piece]:
    """For a C header without bodies: the functions of the reply as prototypes."""
    public = [d for d in file.known if d.kind == "function" and not _LOCAL & set(d.signature.split())]
    if file.language != "c" or public or not (file.header or is_header(file.text)):
        return pieces
    prototypes = []
    for piece in pieces:
        head = piece.text.split("{", 1)[0].strip()
        if piece.kind == "function" and not _LOCAL & set(head.split()):
            signature = squeezed(head) + ";"
            prototypes.append(replace(piece, kind="prototype", text=f"{head};", signature=signature))
        else:
            prototypes.append(piece)
    return prototypes


def _candidates(file: _File, piece: Piece) -> list[Definition]:
    """What the file has under the piece's name, on the piece's level: a method is no function."""
    same = [d for d in file.known if (d.name, d.kind) == (piece.name, piece.kind)]
    if piece.kind != "function":
        return same
    inside = [d for d in same if container_of(d, file.known) is not None]
    if piece.container is not None:
        return [d for d in inside if _container_name(file, d) == piece.container]
    if piece.is_method:
        return inside
    outside = [d for d in same if d not in inside]
    return outside or (inside if piece.name == file.target else [])


def _container_name(file: _File, definition: Definition) -> str | None:
    around = container_of(definition, file.known)
    return around.name if around else None


def _replaced(file: _File, piece: Piece) -> Definition | None:
    """The definition whose place the piece takes.

    With a target only the target is replaced: what a small model repeats of its surroundings is
    seldom letter by letter what stands there.
    """
    if file.target not in (None, piece.name):
        return None
    found = _candidates(file, piece)
    if any(_is_same(file, old, piece) for old in found):
        return None
    if len(found) > 1:
        exact = [d for d in found if squeezed(d.signature) == piece.signature]
        if not exact and file.language == "cpp" and file.target is None:
            return None  # another overload
        found = exact or found
    if len(found) > 1:
        raise EditFormatError(
            f"The file defines {piece.name} {len(found)} times, and it is not clear which one is meant.",
            "Change this one by hand, or let the task name a function of its own.",
        )
    if not found or not _may_replace(file, found[0], piece):
        return None
    if neighbours(found[0], file.known):
        raise EditFormatError(
            f"{piece.name} shares a line of the file with another definition.",
            "Put each definition on lines of its own first.",
        )
    return found[0]


def _is_same(file: _File, old: Definition, piece: Piece) -> bool:
    """Whether a repeated definition differs in nothing but layout."""
    if piece.kind == "function" and file.target is not None:
        return False
    return squeezed(_text(file, old)) == squeezed(piece.text)


def _may_replace(file: _File, old: Definition, piece: Piece) -> bool:
    if piece.kind in TYPES and file.language == "python":
        lost = _lost_methods(file, old, piece)
        if lost:
            raise EditFormatError(
                f"The class {piece.name} of the reply lacks {', '.join(lost)}.", "Ask again."
            )
    # A main that forgets calls of the old one would silently disable a test program.
    guarded = piece.name == "main" and file.target != "main" and piece.kind == "function"
    return not guarded or _call_lines(_text(file, old)) <= _call_lines(piece.text)


def _lost_methods(file: _File, old: Definition, piece: Piece) -> list[str]:
    kept = {d.name for d in definitions(piece.text, file.language)}
    members = [d.name for d in file.known if container_of(d, file.known) == old]
    return [name for name in dict.fromkeys(members) if name not in kept][:5]


def _call_lines(text: str) -> frozenset[str]:
    """The statements with a call, without white space; the count of a TAP plan may change."""
    lines = (squeezed(_TEST_PLAN.sub("1..", line)) for line in text.split("\n"))
    return frozenset(line for line in lines if "(" in line and line.endswith(";"))


def _is_new(file: _File, piece: Piece) -> bool:
    """Whether the file lacks the piece and should have it."""
    if piece.kind == "variable":
        return not re.search(rf"\b{re.escape(piece.name)}\b", file.text)
    if piece.kind == "function":
        # A test program's main in a library file is a habit of small models, not a wish.
        if piece.name == "main" and file.target != "main":
            return False
        found = _candidates(file, piece)
        overloads = file.language == "cpp" and file.target is None and len(found) > 1
        return not found or (overloads and all(squeezed(d.signature) != piece.signature for d in found))
    return piece.name not in {d.name for d in file.known}


def _replacement(file: _File, old: Definition, piece: Piece) -> tuple[int, int, list[str]]:
    indentation = _indentation(file, old)
    new = textwrap.indent(piece.text, indentation) if indentation else piece.text
    return (old.start - 1, old.end, new.split("\n"))


def _additions(
    file: _File, replacing: Sequence[tuple[Piece, Definition]], adding: Sequence[Piece]
) -> list[tuple[int, int, list[str]]]:
    """Insertions of what is new; methods that help a replaced method join its class."""
    user = _user(replacing, adding)
    methods = []
    if user is not None and file.language == "python" and container_of(user, file.known) is not None:
        methods = [piece for piece in adding if piece.is_method]
    others = [piece for piece in adding if piece not in methods]
    edits = []
    if methods and user is not None:
        at = user.comment_start - 1
        new = [line for p in methods for line in [*_indented(p.text, _indentation(file, user)), ""]]
        edits.append((at, at, new))
    if others:
        at = anchor(file.text, file.known, file.language, user, others, header=file.header)
        joined = user is None and continues_block(file.known, at, others)
        edits.append((at, at, insertion(file.lines, at, others, file.language, joined=joined)))
    return edits


def _user(replacing: Sequence[tuple[Piece, Definition]], adding: Sequence[Piece]) -> Definition | None:
    """The first replaced definition that uses something new."""
    names = "|".join(re.escape(piece.name) for piece in adding)
    users = [old for piece, old in replacing if adding and re.search(rf"\b(?:{names})\b", piece.text)]
    return min(users, key=lambda d: d.start, default=None)


def _indented(text: str, indentation: str) -> list[str]:
    return textwrap.indent(text, indentation).split("\n")


def _indentation(file: _File, definition: Definition) -> str:
    first = file.lines[definition.start - 1]
    return first[: len(first) - len(first.lstrip())]


def _text(file: _File, definition: Definition) -> str:
    return "\n".join(file.lines[definition.start - 1 : definition.end])


def _with_imports(text: str, code: str, language: str) -> str:
    """The file with those includes or imports of the reply that it lacks."""
    if language in C_FAMILY:
        return ensure_includes(text, [match.group().strip() for match in _INCLUDE.finditer(code)])
    return with_imports(text, code) if language == "python" else text
