"""Finding the code in a model's reply.

Small models keep to no format for long: they forget the closing fence, name the file in four ways,
leave the fences out, or begin in the middle of a block because the prompt opened it for them. All of
that is read here; a reply that holds no code at all is an error and never becomes a file.

A path found here is the model's word and nothing more; ``workspace.paths`` decides on it. The time is
linear in the length of the reply, whatever it holds.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from copilot_tui.core.errors import EditFormatError

_HINT = "Generate again; a lower temperature, a larger model or a smaller task helps."
_LOOK = 400  # characters of a line that are looked at; enough for a path or a signature

_FENCE = re.compile(r"(?P<indent>[ \t]*)(?P<fence>`{3,}|~{3,})[ \t]*(?P<info>[^\n]*)")
_LABEL = re.compile(
    r"[\W_]{0,20}(?:file[ _]?(?:name|path)?|path)[`*_ ]{0,4}[:=]\s*[`\"'*_]*([^\s`\"'*]+)", re.I
)
_MARKUP = re.compile(r"^(?:[#>*_\-`\s]|\d+[.)])+|[`*_:\s]+$")
_QUOTED = re.compile(r"[`*]{1,3}([^\s`*]+)[`*]{1,3}")
_INFO_PATH = re.compile(r"(?:title|file|filename|path|name)\s*[=:]\s*(?:([\"'])(.+?)\1|([^\s\"'}]+))", re.I)
_COMMENT = re.compile(
    r"\s*(?://+|/\*+|#+|--|;+|%+|<!--)\s*(?P<label>(?:file(?:name|path)?|path)\s*[:=]\s*)?"
    r"(?P<path>[^\s*]+)\s*(?:\*+/|-->)?\s*$",
    re.I,
)
_PATH = re.compile(r"(?:[^\s`\"'*<>|:()\[\]{},;=]*/)?(?P<name>[^\s`\"'*<>|:()\[\]{},;=/]+)")
_EXTENSION = re.compile(r"\.(?P<extension>[A-Za-z][A-Za-z0-9+]{0,9})$")
_SOURCE_EXTENSION = re.compile(
    r"[chmsylrdvz]|cc|cpp|cxx|hh|hpp|hxx|mm|asm|pyi?|rs|go|[cm]?[jt]sx?|java|kt|cs|rb|p[lm]|lua|sh|bash|zig|swift|"
    r"scala|hs|ml|php|sql|mk|cmake|toml|ya?ml|json|xml|html|css|md|txt|cfg|ini|conf|in|jl|exs?|erl|clj|el|vim|"
    r"tcl|f|f90|pas|ad[bs]|sv|vhd|proto",
    re.I,
)
_BARE_NAMES = frozenset({"Makefile", "GNUmakefile", "makefile", "mmakefile.src", "Dockerfile", "configure"})

_STRONG = re.compile(
    r"\s*(?:#\s*(?:include|define|if|ifdef|ifndef|pragma)\b|(?:async )?def \w+\s*\(|class \w+[^.]*:\s*$|"
    r"(?:pub )?fn \w+|func \w+|import [\w.{]+|from [\w.]+ import |@\w+)"
)
_STATEMENT_END = re.compile(r"[;{}]\s*(?://[^\n]*|/\*[^\n]*)?$")
_COMMENT_START = re.compile(r"\s*(?://|/\*)")
_SIGNATURE = re.compile(r"[A-Za-z_][\w \t*&:<>,~]*\([^()]*\)\s*(?:const\s*)?\{?\s*$")
_WEAK = re.compile(
    r"\s*(?://|/\*|\*/|\* |#|return\b|(?:if|for|while|switch)\s*\(|"
    r"(?:static|const|struct|typedef|enum|union) |"
    r"[A-Za-z_][\w.\[\]>-]*\s*[-+*/|&^]?=\s*\S)"
)


@dataclass(frozen=True, slots=True)
class CodeBlock:
    """One piece of code from a reply; ``text`` ends with a line end.

    ``language`` is the fence's word in lower case, or empty. ``path`` is the file that the reply names
    for it, as it was written. ``label`` is a first line that only named that path and was taken off.
    ``closed`` is False when the reply ended inside the block.
    """

    language: str
    text: str
    path: str | None = None
    label: str = ""
    closed: bool = True


def code_blocks(reply: str) -> tuple[CodeBlock, ...]:
    """The code in a model's reply, in its order.

    Raises :class:`EditFormatError` for a reply that is empty or holds no code.
    """
    if not reply.strip():
        raise EditFormatError("The model's reply is empty.", _HINT)
    lines = reply.replace("\r\n", "\n").split("\n")
    fences = [(number, match) for number, line in enumerate(lines) if (match := _fence(line))]
    blocks = _fenced(lines, fences) if fences else []
    if not fences:
        bare = _unfenced(lines)
        blocks = [_block("", bare, None)] if bare else []
    if not blocks:
        raise EditFormatError("The model's reply holds no code.", _HINT)
    return tuple(blocks)


def _fence(line: str) -> re.Match[str] | None:
    if not line.lstrip(" \t").startswith(("```", "~~~")):
        return None
    match = _FENCE.match(line)
    # `code` spans on one line, such as ```x```, are prose.
    return None if match is None or "`" in match["info"] else match


def _closes(opening: re.Match[str], line: re.Match[str]) -> bool:
    fence: str = line["fence"]
    return (
        fence[0] == opening["fence"][0] and len(fence) >= len(opening["fence"]) and not line["info"].strip()
    )


def _fenced(lines: list[str], fences: list[tuple[int, re.Match[str]]]) -> list[CodeBlock]:
    """All fenced blocks that are not blank; the last one may be open."""
    blocks: list[CodeBlock] = []
    opening: re.Match[str] | None = None
    start = 0
    if len(fences) % 2 and not fences[0][1]["info"].strip():
        # The prompt may have opened the block for the model: then the first fence closes it.
        before = _unfenced(lines[: fences[0][0]])
        if before:
            blocks.append(_block("", before, None))
            fences = fences[1:]
    for number, match in fences:
        if opening is None:
            opening, start = match, number
        elif _closes(opening, match):
            blocks += _block_between(lines, opening, start, number, closed=True)
            opening = None
    if opening is not None:
        blocks += _block_between(lines, opening, start, len(lines), closed=False)
    return blocks


def _block_between(
    lines: list[str], opening: re.Match[str], start: int, end: int, *, closed: bool
) -> list[CodeBlock]:
    """The block whose fences stand in the lines ``start`` and ``end``; none when it is blank."""
    indent = len(opening["indent"])
    body = lines[start + 1 : end]
    if not any(line.strip() for line in body):
        return []
    if indent:
        body = [line[indent:] if not line[:indent].strip() else line for line in body]
    while not closed and body and not body[-1].strip():
        body.pop()
    language, path = _read_info(opening["info"][:_LOOK].strip())
    return [_block(language, "\n".join(body), path or _path_above(lines, start), closed=closed)]


def _block(language: str, text: str, path: str | None, *, closed: bool = True) -> CodeBlock:
    """A block with a label in its first line taken off."""
    first, _, rest = text.partition("\n")
    named = _comment_path(first)
    label = ""
    if named is not None and rest.strip():
        path, text, label = path or named, rest, first
    if text and not text.endswith("\n"):
        text += "\n"
    return CodeBlock(language, text, path, label, closed)


def _read_info(info: str) -> tuple[str, str | None]:
    """Language and path from what stands behind an opening fence."""
    keyed = _INFO_PATH.search(info)
    words = info.strip("{}").split()
    first, colon, behind = words[0].partition(":") if words else ("", "", "")
    path = keyed[2] or keyed[3] if keyed else None
    if path is None and colon and behind:
        path = behind
    if path is None:
        path = next((word for word in words if _looks_like_path(word)), None)
    language = "" if first == path else first.lstrip(".").lower()
    return language, path


def _path_above(lines: list[str], fence: int) -> str | None:
    """A path in the line before the fence; one blank line may stand between."""
    for number in (fence - 1, fence - 2):
        if number >= 0 and lines[number].strip():
            return _path_in_heading(lines[number][:_LOOK])
    return None


def _path_in_heading(line: str) -> str | None:
    label = _LABEL.match(line)
    if label:
        return label[1].rstrip(":,")
    bare = _MARKUP.sub("", line)
    comment = _comment_path(line)
    if _looks_like_path(bare) or comment:
        return bare if _looks_like_path(bare) else comment
    if "include" in line.lower():  # speaks of a header, not of the file that the block is
        return None
    quoted = [word.rstrip(":") for word in _QUOTED.findall(line)]
    paths = {word for word in quoted if "/" in word and _looks_like_path(word)}
    return paths.pop() if len(paths) == 1 else None


def _comment_path(line: str) -> str | None:
    """The path in a comment line that says nothing else."""
    match = _COMMENT.match(line) if len(line) <= _LOOK else None
    if match is None:
        return None
    path = match["path"].strip("`\"'")
    return path if match["label"] or _looks_like_path(path) else None


def _looks_like_path(word: str) -> bool:
    """A file name with a known extension, or a longer path with any extension."""
    match = _PATH.fullmatch(word) if len(word) <= _LOOK else None
    if match is None:
        return False
    if match["name"] in _BARE_NAMES:
        return True
    extension = _EXTENSION.search(match["name"])
    if extension is None or match["name"] == extension[0]:
        return "/" in word and word.startswith(("/", "../", "./"))
    return "/" in word or _SOURCE_EXTENSION.fullmatch(extension["extension"]) is not None


def _unfenced(lines: list[str]) -> str:
    """The part of a reply without fences that is code, or the empty string.

    Paragraphs are weighed one by one; the code reaches from the first to the last that is code, and a
    comment of its own in front of it or behind belongs to it.
    """
    first: int | None = None
    last = start = 0
    certain = False
    for number in range(len(lines) + 1):
        if number < len(lines) and lines[number].strip():
            continue
        coded = _code_lines(lines, start, number)
        if coded or (number > start and _COMMENT_START.match(lines[start])):
            certain = certain or bool(coded)
            begin = coded[0] if coded else start
            first = begin if first is None else first
            last = number
        start = number + 1
    return "\n".join(lines[first:last]) if certain else ""


def _code_lines(lines: list[str], start: int, end: int) -> list[int]:
    """The numbers of the lines of a paragraph that look like code, if it is code as a whole."""
    found: list[int] = []
    strong = False
    for number in range(start, end):
        line = lines[number]
        beginning, tail = line[:_LOOK], line[-_LOOK:]
        ends = _STATEMENT_END.search(tail) is not None
        certain = _STRONG.match(beginning) is not None or (
            ends and (any(c in tail for c in "(){}=") or line[:1] in " \t")
        )
        strong = strong or certain
        if certain or ends or _WEAK.match(beginning) or (len(line) <= _LOOK and _SIGNATURE.match(line)):
            found.append(number)
    return found if strong and len(found) * 2 >= end - start else []
