"""Fixes for what C of 1990 forbids: declarations behind statements or in a loop's head, ``//`` comments.

Old code bases are built with ``-std=c89 -pedantic`` or ``-Wdeclaration-after-statement``, and models write
newer C. A declaration goes to the beginning of its block, its value stays where it was unless it is a
constant. All of a function is put right at once, since the compiler complains of each place alone, and two
fixes for one beginning of a block would not fit together.

Limits: only declarations of one name that stand on one line; what else there is, the model has to mend.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from copilot_tui.core.artefacts import Diagnostic
from copilot_tui.memory.fingerprint import plain_quotes
from copilot_tui.memory.fixes.c_syntax import bare_lines
from copilot_tui.memory.fixes.fix import CodeView, Fix, ReplaceLine

_MIXED = re.compile(
    r"forbids mix(?:ed|ing) declarations and code|mixing declarations and code is (?:a C99|incompatible)"
    r"|'for' loop initial declaration|variable declaration in for loop is a C99"
)
_LINE_COMMENT = re.compile(
    r"C\+\+ style comments are (?:not allowed|incompatible)|// comments are not allowed"
)
_TYPE = r"(?:(?:const|volatile|unsigned|signed|long|short|struct|union|enum)\s+)*[A-Za-z_]\w*"
_LATE = re.compile(
    rf"(?P<indent>\s*)(?P<type>(?:static\s+)?{_TYPE}(?:\s+const)?(?:\s+|\s*\*[\s*]*(?:const\s+)?))"
    r"(?P<name>[A-Za-z_]\w*)(?P<array>\s*(?:\[\w*\])*)\s*(?:=(?P<value>[^=;,][^;]*))?;\s*$"
)
_IN_HEAD = re.compile(
    rf"\s*(?:static\s+|extern\s+|register\s+)*{_TYPE}(?:\s+|\s*\*[\s*]*)\w+\s*(?:\[[^;]*)?[=;,]"
)
_FOR = re.compile(rf"(?<!\w)for\s*\(\s*(?P<type>{_TYPE}(?:\s+|\s*\*[\s*]*))(?P<name>[A-Za-z_]\w*)\s*=")
_SET = re.compile(r"(?:^|,)\s*(\**)\s*([A-Za-z_]\w*)\s*=")
_NO_TYPE = re.compile(r"\s*(?:return|goto|case|default|break|continue|else|typedef|sizeof|delete)\b")
_CONSTANT = re.compile(r"\s*(?:[-+~!]?\s*\d[\w.]*|[A-Z_][A-Z0-9_]*|\{\s*0?\s*\})?\s*")
_LINKAGE = re.compile(r"\s*extern\s*\{\s*$")
_INDENT = "    "


def newer_than_c90(error: Diagnostic, code: CodeView) -> Iterator[Fix]:
    """All declarations of a function that C90 does not allow go to the beginning of their blocks."""
    path = code.path_of(error.file)
    if path is None or error.line is None or not _MIXED.search(plain_quotes(error.message)):
        return
    lines = code.lines(path)
    function = _Function.around(lines, error.line)
    replaced = function.edits() if function is not None else {}
    if error.line in replaced:
        edits = tuple(ReplaceLine(path, at, lines[at - 1], new) for at, new in sorted(replaced.items()))
        yield Fix("declaring at the beginning of the block, as C90 wants it", edits)


def line_comments(error: Diagnostic, code: CodeView) -> Iterator[Fix]:
    """Every ``//`` comment of the file becomes one that C90 knows."""
    path = code.path_of(error.file)
    if path is None or not _LINE_COMMENT.search(plain_quotes(error.message)):
        return
    lines = code.lines(path)
    without = bare_lines(lines, line_comments=False)
    edits = []
    for number, (line, bare) in enumerate(zip(lines, without, strict=True), 1):
        at = bare.find("//")
        if at >= 0:
            text = line[at + 2 :].strip().replace("*/", "* /")
            edits.append(ReplaceLine(path, number, line, (f"{line[:at]}/* {text} */",)))
    if edits:
        yield Fix("writing `/* */` for `//`, as C90 wants it", tuple(edits))


C90_RULES = (newer_than_c90, line_comments)


@dataclass
class _Block:
    """A block that is read: the line that opens it, and the declarations that stand too late in it."""

    opened: int
    indent: str
    in_head: bool = True
    has_labels: bool = False
    late: list[int] = field(default_factory=list)
    heads: list[str] = field(default_factory=list)
    """What is declared at its beginning for the heads of loops."""


@dataclass
class _Function:
    """A function's lines, ``first`` to ``last`` from 1, as they are and without comments and texts."""

    lines: Sequence[str]
    bare: Sequence[str]
    first: int
    last: int

    @classmethod
    def around(cls, lines: Sequence[str], number: int) -> _Function | None:
        """The definition at the top level that holds line ``number``."""
        bare = bare_lines(lines)
        depth, first = 0, 0
        for at, line in enumerate(bare, 1):
            if _LINKAGE.match(line):
                continue
            if depth == 0 and "{" in line:
                first = at
            depth = max(0, depth + line.count("{") - line.count("}"))
            if depth == 0 and first and at >= number:
                return cls(lines, bare, first, at) if first <= number else None
        return None

    def edits(self) -> dict[int, tuple[str, ...]]:
        """The new text of each line that changes."""
        replaced: dict[int, tuple[str, ...]] = {}
        for at in self._loops():
            replaced[at] = (self._without_loop_type(at),)
        for block in self._blocks():
            if not self.bare[block.opened - 1].rstrip().endswith("{"):
                continue
            moved = list(block.heads)
            for at in block.late:
                declared, rest = self._split(at, always=block.has_labels)
                if declared:
                    moved.append(declared)
                    replaced[at] = rest
            if moved:
                replaced[block.opened] = self._opened(block, moved)
        return replaced

    def _blocks(self) -> list[_Block]:
        """All blocks of the function with what stands too late in each."""
        found: list[_Block] = []
        stack: list[_Block] = []
        for at in range(self.first, self.last + 1):
            line = self.bare[at - 1]
            if stack and line.strip() and not line.lstrip().startswith(("#", "{", "}")):
                _read(stack[-1], at, line)
            for character in line:
                if character == "{":
                    indent = line[: len(line) - len(line.lstrip())] + _INDENT
                    stack.append(_Block(at, indent))
                    found.append(stack[-1])
                elif character == "}" and stack:
                    stack.pop()
        if found:
            found[0].heads = self._loop_variables(found[0].indent)
        return found

    def _loops(self) -> list[int]:
        """The lines with a declaration in the head of a loop."""
        return [at for at in range(self.first, self.last + 1) if _FOR.search(self.bare[at - 1])]

    def _loop_variables(self, indent: str) -> list[str]:
        """Their declarations, each once, without what the function declares at its beginning anyway."""
        found: dict[str, str] = {}
        for at in self._loops():
            line = self.bare[at - 1]
            match = _FOR.search(line)
            assert match is not None
            kind = " ".join(match["type"].replace("*", " ").split())
            setting = "*" * match["type"].count("*") + line[match.start("name") : line.find(";", match.end())]
            for stars, name in _SET.findall(setting):
                declared = re.compile(rf"{indent}{_TYPE}(?:\s+|\s*\*[\s*]*){name}\s*[=;]")
                if not any(declared.match(known) for known in self.bare[self.first : self.last]):
                    found.setdefault(name, f"{kind} {stars}{name};")
        return list(found.values())

    def _split(self, at: int, *, always: bool) -> tuple[str, tuple[str, ...]]:
        """What of a declaration goes to the beginning of the block, and what stays; nothing if it cannot."""
        line, match = self.lines[at - 1], _LATE.match(self.bare[at - 1])
        assert match is not None
        value = match["value"]
        if value is None or (_CONSTANT.fullmatch(value) and not always):
            return line.strip(), ()
        if match["array"].strip() or "static" in match["type"]:
            return "", ()
        kind, name = match["type"], match["name"]
        pointer = kind.rfind("*")
        own = kind[pointer + 1 :]  # what is constant is the variable itself, not what it points to
        kind = kind[: pointer + 1] + re.sub(r"\bconst\b\s*", "", own)
        declared = f"{' '.join(kind.split())} {name};".replace("* ", "*")
        return declared, (f"{match['indent']}{name} = {line[match.start('value') :].strip()}",)

    def _opened(self, block: _Block, moved: Sequence[str]) -> tuple[str, ...]:
        """The line that opens a block, what is declared there now, and a blank line before statements."""
        following = self.bare[block.opened] if block.opened < len(self.bare) else ""
        goes_on = not following.strip() or (_IN_HEAD.match(following) and not _NO_TYPE.match(following))
        gap = () if goes_on else ("",)
        opening = self._without_loop_type(block.opened)
        return (opening, *(f"{block.indent}{text}" for text in moved), *gap)

    def _without_loop_type(self, at: int) -> str:
        """A line whose loop, if it is one's head, no longer declares."""
        line, match = self.lines[at - 1], _FOR.search(self.bare[at - 1])
        if match is None:
            return line
        end = self.bare[at - 1].find(";", match.end())
        setting = re.sub(r",(\s*)\*+\s*(\w+\s*=)", r",\1\2", line[match.start("name") : end])
        return line[: match.start("type")] + setting + line[end:]


def _read(block: _Block, at: int, line: str) -> None:
    """Take a line of a block: a declaration of its head, one that is too late, or a statement."""
    block.has_labels = block.has_labels or re.match(r"\s*(?:case\b|default\s*:)", line) is not None
    if _NO_TYPE.match(line):
        block.in_head = False
    elif block.in_head:
        block.in_head = _IN_HEAD.match(line) is not None
    elif (match := _LATE.match(line)) and not _has_comma(match["value"] or ""):
        block.late.append(at)


def _has_comma(value: str) -> bool:
    """Whether a second name is declared behind a value: a comma outside of all brackets."""
    while value != (value := re.sub(r"\([^()]*\)|\[[^\[\]]*\]|\{[^{}]*\}", "", value)):
        pass
    return "," in value
