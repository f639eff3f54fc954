"""Breaking a program on purpose: one kind of mistake at a time, at every place where it can be made.

Each kind lists its places in the order of the text, so (program, kind, place) names one broken program
for ever. Whether it is really broken is another question: ``repair_cases`` builds and tests each.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from copilot_tui.build.mutations import (
    NUMBERS,
    OFF_BY_ONE,
    OPERATORS_OF_C,
    OPERATORS_OF_PYTHON,
    Mutation,
    line_changed,
    no_code,
    replaced,
    without_line,
)
from tests.benchmarks.repair_corpus import Program


def mutants(program: Program, kind: str) -> tuple[Mapping[str, str], ...]:
    """All files of the program with the mistake made, one version for each place."""
    name = "Makefile" if kind == "missing library" else program.main
    mutation = KINDS[program.language][kind]
    return tuple({**program.files, name: text} for text in mutation(program.files[name]))


def _misspelt(text: str) -> Iterator[str]:
    """Two letters of a name exchanged, where it is used after its first mention."""
    covered = no_code(text)
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

KINDS: Mapping[str, Mapping[str, Mutation]] = {
    "c": {
        "removed include": without_line(r"^#include <"),
        "removed own include": without_line(r'^#include "'),
        "missing semicolon": line_changed(r"^(\s+[^/\s].*);$", r"\1"),
        "missing brace": without_line(r"^\s*\}$"),
        "misspelt name": _misspelt,
        "removed declaration": without_line(
            r"^\s+(?:const )?(?:int|long|double|bool|size_t|char|uint\d+_t) \*?\w+(?: = [^;]*)?;$"
        ),
        "unknown type": replaced(
            (r"(?<=\n    )(?:int|size_t|double|bool|uint32_t|long) (?=\w+ =)", "number "),
            (r"(?<=\n    )const char (?=\*)", "string "),
        ),
        "conflicting type": line_changed(
            r"^(?!static|struct|extern)(?:int|bool|size_t|double|long|void) (?=\w+\(.*\)$)", "float "
        ),
        "missing library": without_line(r"^LDLIBS ="),
        "missing prototype": without_line(r"^static .*\);$"),
        "missing parenthesis": line_changed(r"\)(;| \{)$", r"\1"),
        "off by one": OFF_BY_ONE,
        "wrong operator": replaced(*OPERATORS_OF_C),
        "wrong number": NUMBERS,
        "missing return": without_line(r"^\s+return [^;]*;$"),
    },
    "python": {
        "removed import": without_line(r"^(?:import|from) "),
        "wrong import": replaced(
            (r"(?<=^import )(\w+)\b(?=[\w.]*\n)", r"\1s"),
            (r"(?<=\nimport )(\w+)", r"\1s"),
            (r"(?<=^from )(\w+)", r"\1lib"),
            (r"(?<=import )(\w)(\w)(\w+)\n", r"\1\3\2\n"),
        ),
        "missing colon": line_changed(r"^(\s*(?:if|for|while|def|class|else|elif)\b.*):$", r"\1"),
        "wrong indentation": line_changed(r"^(?:    )+(?=[a-z])", r"\g<0> "),
        "lost indentation": line_changed(r"^    (?=    [a-z])", ""),
        "misspelt name": _misspelt,
        "missing parenthesis": line_changed(r"\)(:?)$", r"\1"),
        "missing self": replaced((r"\bself\.(?=\w+[^\w(])", "")),
        "wrong method": replaced(
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
        "off by one": OFF_BY_ONE,
        "wrong operator": replaced(*OPERATORS_OF_PYTHON),
        "wrong number": NUMBERS,
        "missing return": line_changed(r"^(\s+)return (?=[\w(\[\"'])", r"\1"),
    },
}
