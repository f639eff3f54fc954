"""The packaged demo: it builds, its unfinished functions fail their tests, and its tests are sharp.

The solutions that prove the tests right stand in ``tests/demo_solutions``, outside of the demo, so
that no phase can find them. Each mutant is a mistake that a model is likely to make.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
DEMO = ROOT / "copilot_tui" / "demo"
SOLUTIONS = Path(__file__).parent / "demo_solutions"

TASKS = {
    "text_count": "src/text.c",
    "text_reverse": "src/text.c",
    "text_trim_end": "src/text.c",
    "runs_count": "src/runs.c",
    "list_insert_sorted": "src/list.c",
    "number_parse": "src/number.c",
}

MUTANTS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "text_count": (
        ("*text == wanted", "tolower(*text) == tolower(wanted)"),
        ("*text != '\\0'", "*text != wanted"),
        ("size_t count = 0;", "size_t count = 1;"),
        ("if (text == NULL)", "if (wanted == 'q')"),
    ),
    "text_reverse": (
        ("first + 1 < behind", "first + 1 < strlen(text)"),
        ("behind = strlen(text);", "behind = strlen(text) + 1;"),
        ("if (text == NULL)", "if (*text == 'q')"),
    ),
    "text_trim_end": (
        ("isspace((unsigned char)text[length - 1])", "text[length - 1] == ' '"),
        ("length > 0 && ", ""),
        ("while (", "if ("),
        ("if (text == NULL)", "if (*text == 'q')"),
    ),
    "runs_count": (
        ("text[i] != text[i - 1]", "text[i] == text[i - 1]"),
        ("text[i] != text[i - 1]", "text[i] != text[0]"),
        ("size_t count = 1;", "size_t count = 0;"),
        ("text == NULL || ", ""),
        (" || *text == '\\0'", ""),
    ),
    "list_insert_sorted": (
        ("(*link)->value <= node->value", "(*link)->value < node->value"),
        ("node->next = *link;", ""),
        ("*link != NULL && ", ""),
        ("*link = node;", "if (link != head) *link = node;"),
    ),
    "number_parse": (
        ("end == text || ", ""),
        (" || *end != '\\0'", ""),
        ("number > INT_MAX", "number > INT_MAX + 1L"),
        ("number < INT_MIN", "number < -INT_MAX"),
        ("long  number", "int number"),
        ("if (text == NULL)", "if (*text == 'q')"),
    ),
}


def solution(function: str) -> str:
    return (SOLUTIONS / f"{function}.c").read_text()


def put(folder: Path, function: str, code: str) -> None:
    """Replace the stub of ``function``, from its first line to the brace at the start of a line."""
    path = folder / TASKS[function]
    pattern = re.compile(rf"^\w[^\n;]*\b{function}\([^;]*?\)\n\{{\n.*?^\}}\n", re.MULTILINE | re.DOTALL)
    text, count = pattern.subn(lambda _: code, path.read_text())
    assert count == 1
    path.write_text(text)


def make(folder: Path, target: str = "test") -> subprocess.CompletedProcess[str]:
    return subprocess.run(["make", target], cwd=folder, capture_output=True, text=True, timeout=120)


def results(run: subprocess.CompletedProcess[str]) -> dict[str, set[bool]]:
    """Function name to the set of outcomes that its tests had."""
    found: dict[str, set[bool]] = {}
    for verdict, function in re.findall(r"^(ok|not ok) \d+ - (\w+): ", run.stdout, re.MULTILINE):
        found.setdefault(function, set()).add(verdict == "ok")
    return found


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy with its objects built, so that a test compiles only what it changes."""
    folder = tmp_path_factory.mktemp("demo") / "textkit"
    shutil.copytree(DEMO, folder, ignore=shutil.ignore_patterns("build"))
    make(folder, "all")
    return folder


@pytest.fixture
def demo(built: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "textkit"
    shutil.copytree(built, folder)
    return folder


def test_a_clean_build_gives_no_warning(demo: Path) -> None:
    make(demo, "clean")
    assert not (demo / "build").exists()
    run = make(demo, "all")
    assert run.returncode == 0
    assert run.stderr == ""


def test_only_unfinished_functions_fail_at_first(demo: Path) -> None:
    run = make(demo)
    outcome = results(run)
    assert run.returncode != 0
    assert {function for function, passed in outcome.items() if False in passed} == set(TASKS)
    assert all(f"# tests/test_{Path(path).stem}.c:" in run.stdout for path in TASKS.values())


def test_every_task_has_a_breadcrumb_that_names_its_tests() -> None:
    tasks = {}
    for path in sorted((DEMO / "src").glob("*.c")):
        for crumb in re.findall(r"/\*\n(?: \* [^\n]*\n| \*  [^\n]*\n)+ \*/\n[^\n]*", path.read_text()):
            if "NOT_STARTED" in crumb or "PARTIAL" in crumb:
                named = re.search(r'AI_CONTEXT: \{"tests": \["(\w+)"\]\}', crumb)
                assert named is not None
                assert f"AI_PHASE: {named[1].upper()}\n" in crumb
                assert f"{named[1]}(" in crumb.splitlines()[-1]
                tasks[named[1]] = f"src/{path.name}"
    assert tasks == TASKS


def test_all_solutions_together_are_green(demo: Path) -> None:
    for function in TASKS:
        put(demo, function, solution(function))
    run = make(demo)
    assert run.stderr == ""
    assert run.returncode == 0
    assert set().union(*results(run).values()) == {True}


@pytest.mark.parametrize("function", TASKS)
def test_a_likely_mistake_fails_the_tests_of_its_function(demo: Path, function: str) -> None:
    for right, wrong in MUTANTS[function]:
        code = solution(function)
        assert right in code
        put(demo, function, code.replace(right, wrong))
        run = make(demo)
        assert False in results(run)[function], f"{wrong!r} was not noticed"
        assert results(run)["text_copy"] == {True}


BREAKDOWNS: Mapping[str, tuple[str, Callable[[str], bool]]] = {
    "endless": ("for (;;) { *text = *text; }", lambda note: "did not end within" in note),
    "crash": ("*(volatile char *)0 = *text;", lambda note: "crashed" in note),
    "exit": ("_exit(0); *text = 0;", lambda note: "left the program" in note),
}


@pytest.mark.parametrize("kind", BREAKDOWNS)
def test_a_function_that_breaks_down_fails_its_own_tests_only(demo: Path, kind: str) -> None:
    body, expected = BREAKDOWNS[kind]
    put(demo, "text_reverse", f"void _exit(int);\nvoid text_reverse(char *text)\n{{\n{body}\n}}\n")
    run = make(demo)
    outcome = results(run)
    assert outcome["text_reverse"] == {False}
    assert outcome["text_copy"] == outcome["list_push"] == {True}
    assert expected(run.stdout)
