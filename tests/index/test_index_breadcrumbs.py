"""Breadcrumbs: every comment form, the rules, the order of tasks, and changes in place."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot_tui.core.artefacts import Breadcrumb
from copilot_tui.core.errors import FileConflictError, UsageError
from copilot_tui.index.breadcrumbs import (
    TAGS,
    format_breadcrumb,
    parse_breadcrumbs,
    related,
    task_order,
    tasks,
    update_breadcrumb,
    validate,
)

FORMS = {
    "slashes": ("a.c", "// AI_PHASE: P\n// AI_STATUS: PARTIAL\nint f(void) { return 0; }\n", 1),
    "doxygen": ("a.c", "/**\n * AI_PHASE: P\n * AI_STATUS: PARTIAL\n */\nint f(void) { return 0; }\n", 2),
    "one line each": ("a.c", "/* AI_PHASE: P */\n/* AI_STATUS: PARTIAL */\nint f(void);\n", 1),
    "both on one line": ("a.c", "/* AI_PHASE: P */ /* AI_STATUS: PARTIAL */\nint f(void);\n", 1),
    "closed on a tag line": ("a.c", "/* AI_PHASE: P\n   AI_STATUS: PARTIAL */\nint f(void);\n", 1),
    "closed by stars": ("a.c", "/*** AI_PHASE: P\n *** AI_STATUS: PARTIAL ***/\nint f(void);\n", 1),
    "code behind": ("a.c", "/* AI_PHASE: P\n * AI_STATUS: PARTIAL */ int f(void);\n", 1),
    "carriage returns": (
        "a.c",
        "/*\r\n * AI_PHASE: P\r\n * AI_STATUS: PARTIAL\r\n */\r\nint f(void);\r\n",
        2,
    ),
    "behind #ifdef": ("a.c", "// AI_PHASE: P\n// AI_STATUS: PARTIAL\n#ifdef X\n\nint f(void);\n#endif\n", 1),
    "python": ("a.py", "# AI_PHASE: P\n# AI_STATUS: PARTIAL\n@x\ndef f():\n    pass\n", 1),
    "shell": ("a.sh", "#!/bin/sh\n\n# AI_PHASE: P\n# AI_STATUS: PARTIAL\nf() {\n:\n}\n", 3),
    "rust": ("a.rs", "/// AI_PHASE: P\n/// AI_STATUS: PARTIAL\npub fn f() {}\n", 1),
    "lua": ("a.lua", "-- AI_PHASE: P\n-- AI_STATUS: PARTIAL\nfunction f() end\n", 1),
    "inside": ("a.c", "int f(void)\n{\n    // AI_PHASE: P\n    // AI_STATUS: PARTIAL\n    return 0;\n}\n", 3),
    "unclosed": ("a.c", "int f(void) {\n/* AI_PHASE: P\n * AI_STATUS: PARTIAL\n", 2),
}
FORMS_WITHOUT_SYMBOL = {
    "make": ("Makefile", "# AI_PHASE: P\n# AI_STATUS: PARTIAL\nall:\n", 1),
    "assembly": ("a.asm", "; AI_PHASE: P\n; AI_STATUS: PARTIAL\nf: ret\n", 1),
    "tex": ("a.tex", "% AI_PHASE: P\n% AI_STATUS: PARTIAL\n\\x\n", 1),
    "sql": ("a.sql", "-- AI_PHASE: P\n-- AI_STATUS: PARTIAL\nselect 1;\n", 1),
    "unknown language": ("a.unknown", ";; AI_PHASE: P\n;; AI_STATUS: PARTIAL\n", 1),
    "final line without end": ("a.c", "// AI_PHASE: P\n// AI_STATUS: PARTIAL", 1),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_comment_form_is_read_with_line_and_symbol(form: str) -> None:
    path, text, line = FORMS[form]
    (found,) = parse_breadcrumbs(text, path)
    assert found.tags == (("AI_PHASE", "P"), ("AI_STATUS", "PARTIAL"))
    assert (found.line, found.problems) == (line, ())
    assert found.symbol == ("f" if form != "unclosed" else found.symbol)


@pytest.mark.parametrize("form", FORMS_WITHOUT_SYMBOL)
def test_forms_of_languages_without_symbols(form: str) -> None:
    path, text, line = FORMS_WITHOUT_SYMBOL[form]
    (found,) = parse_breadcrumbs(text, path)
    assert found.tags == (("AI_PHASE", "P"), ("AI_STATUS", "PARTIAL"))
    assert (found.line, found.symbol) == (line, None)


def test_there_are_37_tags_and_all_are_read() -> None:
    assert len(TAGS) == len(set(TAGS)) == 37
    text = "".join(f"// {tag}: v\n" for tag in TAGS)
    (found,) = parse_breadcrumbs(text, "a.c")
    assert tuple(name for name, _ in found.tags) == TAGS
    for tag in TAGS:
        assert len(parse_breadcrumbs(f"// {tag}: v\n", "a.c")) == 1


def test_a_blank_line_or_a_new_comment_separates_breadcrumbs() -> None:
    one = "// AI_PHASE: A\n// AI_STATUS: PARTIAL\n"
    two = "// AI_PHASE: B\n// AI_STATUS: FIXED\n"
    assert [item.phase for item in parse_breadcrumbs(f"{one}\n{two}", "a.c")] == ["A", "B"]
    text = "/*\n * AI_PHASE: A\n * AI_STATUS: FIXED\n */\n/*\n * AI_PHASE: B\n * AI_STATUS: FIXED\n */\n"
    assert [item.phase for item in parse_breadcrumbs(text, "a.c")] == ["A", "B"]
    text = "/*\n * AI_PHASE: A\n * AI_STATUS: FIXED\n *\n * AI_PHASE: B\n * AI_STATUS: FIXED\n */\n"
    assert [item.phase for item in parse_breadcrumbs(text, "a.c")] == ["A", "B"]


def test_repeated_tags_and_continuation_lines_are_kept() -> None:
    text = (
        "// AI_PHASE: A\n// AI_NOTE: first\n//   goes on\n// AI_NOTE: second\n"
        "//\n// prose\n// AI_STATUS: FIXED\n"
    )
    (found,) = parse_breadcrumbs(text, "a.c")
    assert found.tags == (
        ("AI_PHASE", "A"),
        ("AI_NOTE", "first goes on"),
        ("AI_NOTE", "second"),
        ("AI_STATUS", "FIXED"),
    )


def test_context_spans_lines_but_a_broken_one_swallows_nothing() -> None:
    text = (
        '# AI_CONTEXT: {\n#   "tests": ["a", "b"],\n#   "critical": true\n# }\n'
        "# prose\n# AI_PHASE: A\n# AI_STATUS: PARTIAL\n"
    )
    (found,) = parse_breadcrumbs(text, "a.py")
    assert found.problems == ()
    assert tasks([found])[0].tests == ("a", "b")

    text = (
        '// AI_CONTEXT: { "critical": true\n// prose that follows\n'
        "// AI_PHASE: A\n// AI_STATUS: PARTIAL\nint f(void);\n"
    )
    (found,) = parse_breadcrumbs(text, "a.c")
    assert found.get("AI_CONTEXT") == '{ "critical": true'
    assert (found.phase, found.symbol) == ("A", "f")
    assert found.problems == ("error: AI_CONTEXT is not a JSON object",)


def test_only_comments_that_begin_their_line_count() -> None:
    text = 'char *s = "/* AI_PHASE: A */";\nint x; // AI_PHASE: B\n#define AI_PHASE: C\n'
    assert parse_breadcrumbs(text, "a.c") == ()
    assert parse_breadcrumbs('x = """\n// AI_PHASE: A\n"""\n', "a.py") == ()


@pytest.mark.parametrize(
    ("tags", "problems"),
    [
        ({"AI_PHASE": "A", "AI_STATUS": "fixed"}, []),
        ({"AI_STATUS": "FIXED"}, ["error: AI_PHASE is missing"]),
        ({"AI_PHASE": ""}, ["error: AI_PHASE has no value", "error: AI_STATUS is missing"]),
        ({"AI_CONTEXT": "[1]"}, ["error: AI_CONTEXT is not a JSON object"]),
        ({"AI_STATUS": "PARTAL"}, ["warning: AI_STATUS 'PARTAL' is unknown; did you mean PARTIAL?"]),
        ({"COMPILER_ERR": "x"}, ["warning: COMPILER_ERR without FIX_REASON"]),
        ({"RUNTIME_ERR": "x", "FIX_REASON": "y"}, []),
        ({"AI_COMPLEXITY": "HUGE"}, ["warning: AI_COMPLEXITY 'HUGE' is none of LOW, MEDIUM, HIGH, CRITICAL"]),
        ({"AI_PRIORITY": "11"}, ["warning: AI_PRIORITY '11' is no whole number from 1 to 10"]),
        ({"AI_STATSU": "x"}, ["warning: 'AI_STATSU' is no known tag; did you mean AI_STATUS?"]),
        ({"AI_ESTIMATED_TIME": "2.5h", "AI_TIMEOUT": "2025-10-01T12:00:00Z"}, []),
    ],
)  # fmt: skip
def test_rules(tags: dict[str, str], problems: list[str]) -> None:
    tags = (
        tags if "AI_STATUS" in tags or "AI_PHASE" in tags else {"AI_PHASE": "A", "AI_STATUS": "FIXED"} | tags
    )
    if "AI_PHASE" not in tags and not any("AI_PHASE" in problem for problem in problems):
        tags = {"AI_PHASE": "A"} | tags
    assert list(validate(list(tags.items()))) == problems


def _crumb(phase: str, line: int, status: str = "NOT_STARTED", **tags: str) -> Breadcrumb:
    pairs = {"AI_PHASE": phase, "AI_STATUS": status, **tags}
    return Breadcrumb("a.c", line, line, tuple(pairs.items()))


def test_tasks_follow_priority_and_dependencies() -> None:
    found = [
        _crumb("LOW", 1, AI_PRIORITY="2"),
        _crumb("DONE", 2, "IMPLEMENTED"),
        _crumb("URGENT", 3, AI_PRIORITY="10", AI_DEPENDENCIES="BASE, DONE"),
        _crumb("BASE", 4, "PARTIAL", AI_PRIORITY="1"),
        _crumb("FIRST", 5, AI_PRIORITY="1", AI_BLOCKS="LOW"),
        _crumb("USUAL", 6),
    ]
    order = task_order(found)
    assert [task.phase for task in order.tasks] == ["USUAL", "BASE", "URGENT", "FIRST", "LOW"]
    assert order.problems == ()


def test_circles_and_dependencies_that_cannot_be_met_are_reported() -> None:
    found = [
        _crumb("A", 1, AI_DEPENDENCIES="B"),
        _crumb("B", 2, AI_DEPENDENCIES="A", AI_PRIORITY="9"),
        _crumb("C", 3, AI_DEPENDENCIES="C, NOWHERE, ROTTEN"),
        _crumb("ROTTEN", 4, "NEEDS_REFACTOR"),
    ]
    order = task_order(found)
    assert [task.phase for task in order.tasks] == ["C", "B", "A"]
    assert order.problems == (
        "warning: a.c:3: C depends on NOWHERE, which no breadcrumb has",
        "warning: a.c:3: C depends on ROTTEN, which is NEEDS_REFACTOR",
        "warning: a.c:2: B is part of a circle of dependencies",
    )


def test_a_task_says_what_the_breadcrumb_says() -> None:
    crumb = _crumb("P", 7, AI_NOTE="Do it.", AI_DETAILS="Slowly.", AI_CONTEXT='{"tests": ["t_one", 3]}')
    (task,) = tasks([crumb])
    assert task.text == "Do it.\nDetails: Slowly."
    assert (task.path, task.line, task.phase, task.tests) == ("a.c", 7, "P", ("t_one",))


def test_relations() -> None:
    one = _crumb("A", 1, AI_BREADCRUMB="M", AI_DEPENDENCIES="B", LINUX_REF="mm/mmu.c")
    two = _crumb("B", 2, AI_BREADCRUMB="M", LINUX_REF="mm/mmu.c")
    three = _crumb("C", 3, CORRECTION_REF="A", AI_BLOCKS="A")
    kinds = [(item.kind, item.breadcrumb.phase) for item in related(one, [one, two, three])]
    assert kinds == [
        ("marker", "B"),
        ("depends on", "B"),
        ("same LINUX_REF", "B"),
        ("blocked by", "C"),
        ("corrected by", "C"),
    ]


@pytest.mark.parametrize("form", FORMS)
def test_an_update_changes_the_values_and_nothing_else(form: str) -> None:
    path, text, _ = FORMS[form]
    (found,) = parse_breadcrumbs(text, path)

    changed = update_breadcrumb(text, found, {"AI_STATUS": "IMPLEMENTED"})
    assert changed == text.replace("PARTIAL", "IMPLEMENTED")

    extended = update_breadcrumb(text, found, {"FIX_REASON": "it */ was\nwrong"})
    (again,) = parse_breadcrumbs(extended, path)
    assert [name for name, _ in again.tags] == ["AI_PHASE", "AI_STATUS", "FIX_REASON"]
    assert (again.symbol, again.get("AI_STATUS")) == (found.symbol, "PARTIAL")
    if "\r" in text:
        assert extended.count("\n") == extended.count("\r\n")


def test_an_update_needs_the_breadcrumb_to_be_there() -> None:
    path, text, _ = FORMS["doxygen"]
    (found,) = parse_breadcrumbs(text, path)
    moved = "int x;\n" * 3 + text
    assert "IMPLEMENTED" in update_breadcrumb(moved, found, {"AI_STATUS": "IMPLEMENTED"})
    with pytest.raises(FileConflictError, match=r"a\.c:2"):
        update_breadcrumb("int x;\n", found, {"AI_STATUS": "IMPLEMENTED"})
    with pytest.raises(UsageError):
        update_breadcrumb(text, found, {"bad tag": "x"})


@pytest.mark.parametrize(
    ("style", "path"),
    [("c", "a.c"), ("cpp", "a.cpp"), ("python", "a.py"), ("lua", "a.lua"), ("tex", "a.tex")],
)
def test_what_is_written_can_be_read_again(style: str, path: str) -> None:
    tags = {"AI_PHASE": "P", "AI_STATUS": "PARTIAL", "AI_NOTE": "a */ b"}
    (found,) = parse_breadcrumbs(format_breadcrumb(tags, style), path)
    assert [name for name, _ in found.tags] == list(tags)
    assert found.problems == ()
    with pytest.raises(UsageError, match="json"):
        format_breadcrumb(tags, "json")


_WORDS = """
/* */ // # AI_PHASE:|A AI_STATUS:|PARTIAL AI_CONTEXT:|{ } " ' AI_NOTE: |*| int|f(void)|{} \\ prose é ;| --| %
"""
_PIECES = st.sampled_from(
    [*(word.replace("|", " ") for word in _WORDS.split()), "\n", "\r\n", " ", "\x00", "\x85", "\u2028"]
)


@given(st.lists(_PIECES, max_size=40).map("".join), st.sampled_from(["a.c", "a.py", "a.sql", "a.zzz"]))
def test_no_text_breaks_the_parser_and_updates_keep_the_rest(text: str, path: str) -> None:
    lines = text.count("\n") + 1
    found = parse_breadcrumbs(text, path)
    for item in found:
        assert 1 <= item.line <= item.end_line <= lines
        same = {name: item.get(name) for name, _ in item.tags if sum(n == name for n, _ in item.tags) == 1}
        changed = update_breadcrumb(text, item, dict.fromkeys(same, "NEW"))
        again = parse_breadcrumbs(changed, path)
        assert len(again) == len(found)
        # The lines outside the breadcrumb are untouched.
        before, after = text.split("\n"), changed.split("\n")
        assert before[: item.line - 1] == after[: item.line - 1]
        assert before[item.end_line :] == (
            after[len(after) - (lines - item.end_line) :] if lines > item.end_line else []
        )


def test_parsing_is_linear_on_hostile_text() -> None:
    for unit in (
        "/*",
        "// AI_PHASE: A\n\n",
        "/* AI_PHASE: A",
        "// AI_CONTEXT: {}\n// }\n",
        '"\\',
        "/* AI_NOTE: x */ ",
    ):
        parse_breadcrumbs(unit * 8_000 + "AI_PHASE", "a.c")
