"""Breaking a program on purpose: one kind of mistake at a time, at every place where it can be made.

Each kind lists its places in the order of the text, so (program, kind, place) names one broken program
for ever. Whether it is really broken is another question: ``repair_cases`` builds and tests each.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from tests.benchmarks.repair_corpus import Program

Mutation = Callable[[str], Iterator[str]]
"""From a text to all its broken versions, one for each place."""


def mutants(program: Program, kind: str) -> tuple[Mapping[str, str], ...]:
    """All files of the program with the mistake made, one version for each place."""
    name = "Makefile" if kind == "missing library" else program.main
    mutation = KINDS[program.language][kind]
    return tuple({**program.files, name: text} for text in mutation(program.files[name]))


def _without_line(pattern: str) -> Mutation:
    return _line_changed(pattern, None)


def _line_changed(pattern: str, replacement: str | None) -> Mutation:
    """Each line that matches is replaced through the pattern, or left out."""
    wanted = re.compile(pattern)

    def mutation(text: str) -> Iterator[str]:
        lines = text.split("\n")
        for number, line in enumerate(lines):
            if wanted.search(line):
                new = [] if replacement is None else [wanted.sub(replacement, line, count=1)]
                yield "\n".join([*lines[:number], *new, *lines[number + 1 :]])

    return mutation


def _replaced(*pairs: tuple[str, str]) -> Mutation:
    """Each match of each pattern is replaced, one at a time; comments and includes are left alone."""

    def mutation(text: str) -> Iterator[str]:
        covered = [match.span() for match in _NO_CODE.finditer(text)]
        for pattern, new in pairs:
            for match in re.finditer(pattern, text):
                if not any(start <= match.start() < end for start, end in covered):
                    yield text[: match.start()] + match.expand(new) + text[match.end() :]

    return mutation


_NO_CODE = re.compile(
    r'/\*.*?\*/|"""[^"]*"""|^#include[^\n]*|^\s*#[^\n]*|"[^"\n]*"', re.DOTALL | re.MULTILINE
)


def _misspelt(text: str) -> Iterator[str]:
    """Two letters of a name exchanged, where it is used after its first mention."""
    covered = [match.span() for match in _NO_CODE.finditer(text)]
    seen: set[str] = set()
    for match in re.finditer(r"\b[a-z_]{4,}\b", text):
        if any(start <= match.start() < end for start, end in covered):
            continue
        word, middle = match[0], len(match[0]) // 2
        wrong = word[: middle - 1] + word[middle] + word[middle - 1] + word[middle + 1 :]
        if word in seen and wrong != word and word not in _KEYWORDS:
            yield text[: match.start()] + wrong + text[match.end() :]
        seen.add(word)


_KEYWORDS = frozenset(
    [
        "return",
        "while",
        "else",
        "const",
        "static",
        "struct",
        "void",
        "char",
        "long",
        "double",
        "sizeof",
        "bool",
        "true",
        "false",
        "class",
        "import",
        "from",
        "elif",
        "pass",
        "raise",
        "with",
        "lambda",
        "none",
    ]
)

_OFF_BY_ONE = _replaced(
    (r"(?<=[\w\])]) < (?=[\w(])", " <= "),
    (r"(?<=[\w\])]) <= (?=[\w(])", " < "),
    (r"(?<=[\w\])]) >= (?=[\w(])", " > "),
    (r"(?<=[\w\])]) > (?=[\w(])", " >= "),
    (r"(?<=[\w\])]) \+ 1\b", ""),
    (r"(?<=[\w\])]) - 1\b", ""),
    (r"= 0(?=;|\n)", "= 1"),
    (r"= 1(?=;|\n)", "= 0"),
)
_OPERATOR = (
    (r"(?<=[\w\])]) == ", " != "),
    (r"(?<=[\w\])]) != ", " == "),
    (r"(?<=[\w\])]) \+ (?!1\b)", " - "),
    (r"(?<=[\w\])]) - (?!1\b)", " + "),
    (r"(?<=[\w\])]) \* (?=\w)", " + "),
    (r"(?<=[\w\])]) // ", " * "),
    (r"\+= ", "-= "),
    (r"-= ", "+= "),
)
_NUMBER = _replaced(
    (r"(?<=[ (])2\b", "3"), (r"(?<=[ (])10\b", "11"), (r"(?<=return )0\b", "1"), (r"(?<=return )1\b", "0")
)

KINDS: Mapping[str, Mapping[str, Mutation]] = {
    "c": {
        "removed include": _without_line(r"^#include <"),
        "removed own include": _without_line(r'^#include "'),
        "missing semicolon": _line_changed(r"^(\s+[^/\s].*);$", r"\1"),
        "missing brace": _without_line(r"^\s*\}$"),
        "misspelt name": _misspelt,
        "removed declaration": _without_line(
            r"^\s+(?:const )?(?:int|long|double|bool|size_t|char|uint\d+_t) \*?\w+(?: = [^;]*)?;$"
        ),
        "unknown type": _replaced(
            (r"(?<=\n    )(?:int|size_t|double|bool|uint32_t|long) (?=\w+ =)", "number "),
            (r"(?<=\n    )const char (?=\*)", "string "),
        ),
        "conflicting type": _line_changed(
            r"^(?!static|struct|extern)(?:int|bool|size_t|double|long|void) (?=\w+\(.*\)$)", "float "
        ),
        "missing library": _without_line(r"^LDLIBS ="),
        "missing prototype": _without_line(r"^static .*\);$"),
        "missing parenthesis": _line_changed(r"\)(;| \{)$", r"\1"),
        "off by one": _OFF_BY_ONE,
        "wrong operator": _replaced(*_OPERATOR, (r" && ", " || "), (r" \|\| ", " && ")),
        "wrong number": _NUMBER,
        "missing return": _without_line(r"^\s+return [^;]*;$"),
    },
    "python": {
        "removed import": _without_line(r"^(?:import|from) "),
        "wrong import": _replaced(
            (r"(?<=^import )(\w+)\b(?=[\w.]*\n)", r"\1s"),
            (r"(?<=\nimport )(\w+)", r"\1s"),
            (r"(?<=^from )(\w+)", r"\1lib"),
            (r"(?<=import )(\w)(\w)(\w+)\n", r"\1\3\2\n"),
        ),
        "missing colon": _line_changed(r"^(\s*(?:if|for|while|def|class|else|elif)\b.*):$", r"\1"),
        "wrong indentation": _line_changed(r"^(?:    )+(?=[a-z])", r"\g<0> "),
        "lost indentation": _line_changed(r"^    (?=    [a-z])", ""),
        "misspelt name": _misspelt,
        "missing parenthesis": _line_changed(r"\)(:?)$", r"\1"),
        "missing self": _replaced((r"\bself\.(?=\w+[^\w(])", "")),
        "wrong method": _replaced(
            (r"\.append\(", ".push("),
            (r"\.lower\(", ".lowercase("),
            (r"\.items\(", ".iteritems("),
            (r"\.extend\(", ".append_all("),
            (r"\.get\(", ".fetch("),
            (r"\.split\(", ".divide("),
            (r"\.values\(", ".itervalues("),
            (r"\.isalnum\(", ".isalphanumeric("),
            (r"\blen\(", "length("),
        ),
        "off by one": _OFF_BY_ONE,
        "wrong operator": _replaced(
            *_OPERATOR,
            (r" and ", " or "),
            (r" or ", " and "),
            (r" not in ", " in "),
            (r" is not None", " is None"),
            (r"\bif not ", "if "),
        ),
        "wrong number": _NUMBER,
        "missing return": _line_changed(r"^(\s+)return (?=[\w(\[\"'])", r"\1"),
    },
}
