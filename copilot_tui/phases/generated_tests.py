"""Asking the model for tests of one function, and taking only what is one.

The reply is JSON with, for each test, statements and an expression. A test that does not parse, does not
call the function or was there before is left out; whether it is right is not decided here.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from copilot_tui.core.artefacts import GeneratedTest
from copilot_tui.core.errors import GenerationError
from copilot_tui.core.events import Event, Noticed
from copilot_tui.index.symbols import Definition, calls, references, syntax_errors
from copilot_tui.phases.asking import Question, Reply, ask_json
from copilot_tui.phases.phase import PhaseContext
from copilot_tui.phases.prompting import shared_sections

ROUNDS = 2
"""How often the model is asked; the second time warmer, since one reply tends to test one thing."""

TESTS_A_ROUND = 8
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
            schema=_SCHEMA,
            salt=5_003 + 31 * again,
            extra_temperature=0.3 * again,
        )
        try:
            async for event in ask_json(context, question, reply):
                yield event
        except GenerationError as error:
            yield Noticed(f"{error} Going on with the tests that there are.", "warning")
            continue
        for test in readable_tests(reply.answer, subject):
            if test not in found.tests:
                found.tests.append(test)


def readable_tests(answer: Mapping[str, Any], subject: Subject) -> list[GeneratedTest]:
    """The tests in a reply that parse and call the function."""
    items = answer.get("tests")
    found = []
    for item in items if isinstance(items, list) else ():
        if isinstance(item, Mapping):
            test = _test(str(item.get("setup", "")), str(item.get("check", "")), subject.language)
            if test is not None and subject.symbol in calls(test.check + "\n" + test.setup, subject.language):
                found.append(test)
    return found


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
    check = check.strip().rstrip(";").strip()
    for word in ("assert ", "return "):
        check = check.removeprefix(word).strip()
    if "\n" in check or "\0" in setup + check:
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


_TEST = {
    "type": "object",
    "properties": {name: {"type": "string", "maxLength": 160} for name in ("setup", "check")},
    "required": ["setup", "check"],
    "additionalProperties": False,
}
_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {"tests": {"type": "array", "items": _TEST, "minItems": 3, "maxItems": TESTS_A_ROUND}},
    "required": ["tests"],
    "additionalProperties": False,
}
