"""Asking the model for tests of one function, and taking only what is one.

The model writes plain asserts, which even a small one does well; the first is begun for it. What stands
before an assert is what it needs. A test that does not parse, does not call the function or was there
before is left out; whether it is right is not decided here.
"""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field

from copilot_tui.core.artefacts import GeneratedTest
from copilot_tui.core.events import Event
from copilot_tui.index.symbols import Definition, calls, references, syntax_errors
from copilot_tui.phases.asking import Question, Reply, ask
from copilot_tui.phases.phase import PhaseContext
from copilot_tui.phases.prompting import shared_sections

ROUNDS = 2
"""How often the model is asked; the second time warmer, since one reply tends to test one thing."""

TESTS_A_ROUND = 8
MOST_TESTS = 20
MOST_SETUP_LINES = 12
_BEGINNINGS = {"c": "```c\nassert({symbol}(", "python": "```python\nassert {symbol}("}
_ASSERT = re.compile(r"assert\s*\((?P<check>.+)\)\s*;")
_COMMENT = re.compile(r"(?<![\"':])//.*|/\*.*?\*/")
_LANGUAGES = {"c": "C", "python": "Python"}


@dataclass(frozen=True, slots=True)
class Subject:
    """The function to be tested: where it stands, and its comment and head without the body."""

    path: str
    language: str
    symbol: str
    declaration: str


@dataclass(slots=True)
class TestList:
    """Filled by :func:`ask_for_tests`."""

    __test__ = False  # not a test class, whatever pytest thinks of its name

    tests: list[GeneratedTest] = field(default_factory=list)


async def ask_for_tests(context: PhaseContext, subject: Subject, found: TestList) -> AsyncIterator[Event]:
    """Yield what the model says; leave the tests that can be tried in ``found``."""
    sections = [
        *shared_sections(context.prompts, context.state),
        context.prompts.instruction(
            "tests",
            task=context.state.task,
            path=subject.path,
            code=subject.declaration,
            symbol=subject.symbol,
            language=_LANGUAGES[subject.language],
            count=TESTS_A_ROUND,
        ),
    ]
    for again in range(ROUNDS):
        reply = Reply()
        question = Question(
            "generate",
            "codegen",
            sections,
            beginning=_BEGINNINGS[subject.language].format(symbol=subject.symbol),
            stop=("\n```",),
            salt=5_003 + 31 * again,
            extra_temperature=0.3 * again,
        )
        async for event in ask(context, question, reply):
            yield event
        for test in readable_tests(reply.text, subject):
            if test not in found.tests and len(found.tests) < MOST_TESTS:
                found.tests.append(test)


def readable_tests(reply: str, subject: Subject) -> list[GeneratedTest]:
    """The tests in a reply that parse and call the function."""
    code = "\n".join(line for line in reply.split("\n") if not line.startswith("```"))
    asserts = _asserts_of_c(code) if subject.language == "c" else _asserts_of_python(code)
    found = []
    for setup, check in asserts:
        test = _test(setup, check, subject.language)
        if test is not None and subject.symbol in calls(f"{check}\n{setup}", subject.language):
            found.append(test)
    return found


def _asserts_of_c(code: str) -> Iterator[tuple[str, str]]:
    before: list[str] = []
    for line in code.split("\n"):
        text = _COMMENT.sub("", line).strip()
        if match := _ASSERT.fullmatch(text):
            yield "\n".join(before), match["check"]
        elif text:
            before.append(text)


def _asserts_of_python(code: str) -> Iterator[tuple[str, str]]:
    lines = code.split("\n")
    while lines:
        try:
            body = ast.parse("\n".join(lines)).body
            break
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            lines.pop()  # cut off, or prose behind the code
    else:
        return
    before: list[str] = []
    for statement in body:
        if isinstance(statement, ast.Assert):
            yield "\n".join(before), ast.unparse(statement.test)
        else:
            before.append(ast.unparse(statement))


def declaration_of(text: str, definition: Definition, language: str) -> str:
    """What a caller may know of a function: its comment and its head; of Python the doc comment too."""
    lines = text.split("\n")
    head = "\n".join(lines[definition.comment_start - 1 : definition.start - 1])
    parts = [head] if head else []
    if language == "c":
        return "\n".join([*parts, f"{definition.signature};"])
    parts.append(f"{definition.signature.rstrip(':')}:")
    if definition.doc:
        parts.append(f'    """{definition.doc}"""')
    return "\n".join(parts)


def _test(setup: str, check: str, language: str) -> GeneratedTest | None:
    setup = textwrap.dedent(setup).strip()
    check = check.strip()
    if "\n" in check or "\0" in setup + check:
        return None
    if setup.count("\n") >= MOST_SETUP_LINES:
        return None
    if not _stays_inside(setup) or not _stays_inside(check) or (language == "c" and ";" in _bare(check)):
        return None
    # A check that only names a number decides nothing, and what returns before it is no test of it.
    if not references(check, language) or "return" in references(setup, language):
        return None
    if language == "c":
        setup = setup if not setup or setup.endswith((";", "}")) else setup + ";"
        body = f"static int test(void)\n{{\n{setup}\nreturn ({check}) ? 1 : 0;\n}}\n"
        directives = any(line.lstrip().startswith("#") for line in setup.split("\n"))
        return None if directives or syntax_errors(body, "c") else GeneratedTest(setup, check)
    indented = textwrap.indent(setup, "    ")
    body = f"def test():\n{indented}\n    assert {check}\n"
    return None if syntax_errors(body, "python") else GeneratedTest(setup, check)


_STRING = re.compile(r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'')
_CLOSES = {")": "(", "]": "[", "}": "{"}


def _bare(text: str) -> str:
    return _STRING.sub("", text)


def _stays_inside(text: str) -> bool:
    """Whether all that is closed was opened here: it must not end the function that it is put into."""
    opened: list[str] = []
    for character in _bare(text):
        if character in "([{":
            opened.append(character)
        elif character in _CLOSES and (not opened or opened.pop() != _CLOSES[character]):
            return False
    return not opened
