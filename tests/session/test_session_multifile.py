"""Tasks in plain words over several files: what is written is what was asked for, or nothing is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from copilot_tui.core import events as ev
from copilot_tui.core.artefacts import Task
from tests.conftest import CALC_HEADER, CALC_SOURCE, CALC_TEST, Script
from tests.session.conftest import Bench, OpenBench

TRIPLE = "int calc_triple(int value)\n{\n    return 3 * value;\n}"
ADD = "int calc_add(int left, int right)\n{\n    return left + right;\n}"
GREEN = CALC_TEST.replace('    check(2, "calc_double: seven", calc_double(7), 14);\n', "").replace(
    "1..2", "1..1"
)
NEW_MAIN = GREEN[GREEN.index("int main") :].replace("1..1", "1..2")
NEW_MAIN = NEW_MAIN.replace("    return", '    check(2, "calc_triple", calc_triple(2), 6);\n    return')


@pytest.fixture
def green_project(calc_project: Path) -> Path:
    """The project with tests that pass already, so that a change of nothing would look solved."""
    (calc_project / "test.c").write_text(GREEN)
    return calc_project


def planned(codes: list[str], *files: tuple[str, str]) -> Script:
    script = Script(codes)
    entries: list[Any] = [{"path": p, "function": f, "change": "Change it."} for p, f in files]
    script.plan["files"] = entries
    return script


def texts(project: Path) -> dict[str, str]:
    """What the project's own files hold."""
    files = (path for path in project.iterdir() if path.is_file() and not path.name.startswith("."))
    return {path.name: path.read_text() for path in files}


def told(bench: Bench) -> str:
    return "\n".join(r.event.message for r in bench.shown if isinstance(r.event, ev.Noticed))


async def test_header_source_and_test_are_written_together(
    open_bench: OpenBench, green_project: Path
) -> None:
    script = planned(
        [TRIPLE, NEW_MAIN],
        ("calc.h", "calc_triple"),
        ("test.c", "main"),
        ("./calc.c", "int calc_triple(int)"),
    )
    bench = await open_bench(script)
    await bench.manager.start(Task("Add calc_triple to calc.c and calc.h, and a test in test.c."))
    state = await bench.manager.run(1)
    assert state.status == "solved"
    header = CALC_HEADER.replace("double(int value);", "double(int value);\nint calc_triple(int value);")
    assert (green_project / "calc.h").read_text() == header
    source = (green_project / "calc.c").read_text()
    assert source.startswith(CALC_SOURCE)
    assert source.count("AI_PHASE: CALC_TRIPLE") == 1
    assert (green_project / "test.c").read_text() == GREEN[: GREEN.index("int main")] + NEW_MAIN
    prompts = bench.prompts("generate")
    assert "The new function is named `calc_triple`." in prompts[0]
    assert "write `main` too" in prompts[1]
    assert "`calc_triple` is written already" in prompts[1]
    assert len(prompts) == 2, "the header follows from the source"


async def test_a_header_that_needs_more_than_the_declaration_is_written_by_the_model(
    open_bench: OpenBench, green_project: Path
) -> None:
    declaration = "struct pair { int left; int right; };\n\nint calc_triple(int value);"
    script = planned([TRIPLE, declaration], ("calc.h", "calc_triple"), ("calc.c", "calc_triple"))
    bench = await open_bench(script)
    await bench.manager.start(Task("Add calc_triple to calc.c, and it and a struct pair to calc.h."))
    assert (await bench.manager.run(1)).status == "solved"
    assert "without function bodies" in bench.prompts("generate")[1]
    assert "struct pair" in (green_project / "calc.h").read_text()


async def test_a_new_test_begins_and_is_called_like_the_others(
    open_bench: OpenBench, green_project: Path
) -> None:
    main = GREEN.index("int main")
    old = 'static void test_add(void)\n{\n    check(1, "calc_add", calc_add(1, 2), 3);\n}\n\n'
    program = GREEN[:main] + old + 'int main(void)\n{\n    puts("1..1");\n    test_add();\n    return 0;\n}\n'
    (green_project / "test.c").write_text(program)
    new = '{\n    if (calc_triple(2) != 6)\n        puts("not ok 2");\n}'
    script = planned([TRIPLE, new], ("calc.c", "calc_triple"), ("calc.h", ""), ("test.c", ""))
    bench = await open_bench(script)
    await bench.manager.start(Task("Add calc_triple to calc.c, declare it in calc.h, and test it in test.c."))
    assert (await bench.manager.run(1)).status == "solved"
    text = (green_project / "test.c").read_text()
    assert f"static void test_calc_triple(void)\n{new}" in text
    assert "    test_add();\n    test_calc_triple();\n    return 0;" in text


async def test_a_test_never_defines_what_it_tests(open_bench: OpenBench, green_project: Path) -> None:
    codes = [TRIPLE, TRIPLE, f"{TRIPLE}\n\n{NEW_MAIN}"]
    script = planned(codes, ("calc.c", "calc_triple"), ("calc.h", ""), ("test.c", ""))
    bench = await open_bench(script)
    await bench.manager.start(Task("Add calc_triple to calc.c, declare it in calc.h, and test it in test.c."))
    assert (await bench.manager.run(1)).status == "solved"
    assert "int calc_triple(int value)\n{" not in (green_project / "test.c").read_text()
    assert "defines calc_triple again" in told(bench)


async def test_a_test_speaks_of_what_it_is_to_test(open_bench: OpenBench, green_project: Path) -> None:
    idle = "static int unrelated(void)\n{\n    return 0;\n}\n\n" + GREEN[GREEN.index("int main") :]
    idle = idle.replace("    return", "    unrelated();\n    return")
    script = planned([TRIPLE, idle, NEW_MAIN], ("calc.c", "calc_triple"), ("calc.h", ""), ("test.c", ""))
    bench = await open_bench(script)
    await bench.manager.start(Task("Add calc_triple to calc.c, declare it in calc.h, and test it in test.c."))
    assert (await bench.manager.run(1)).status == "solved"
    assert "does not test calc_triple" in told(bench)


@pytest.mark.parametrize(
    "files",
    [
        (("calc.c", "calc_add"), ("calc.h", "calc_add"), ("test.c", "check")),
        (("calc.h", "calc_triple"), ("test.c", "calc_triple")),
        (("calc.c", "calc_triple"),),
    ],
    ids=["about another function", "without the source", "only the source"],
)
async def test_a_plan_that_cannot_be_meant_is_put_right(
    open_bench: OpenBench, green_project: Path, files: tuple[tuple[str, str], ...]
) -> None:
    script = planned([TRIPLE, NEW_MAIN], *files)
    bench = await open_bench(script)
    task = "Add int calc_triple(int value) to calc.c that triples, declare it in calc.h, test it in test.c."
    await bench.manager.start(Task(task))
    state = await bench.manager.run(1)
    assert state.status == "solved"
    assert state.plan is not None
    assert {file.path for file in state.plan.files} == {"calc.c", "calc.h", "test.c"}
    assert {f.symbol for f in state.plan.files if f.path != "calc.h"} == {"calc_triple", None}
    assert bench.prompts("generate")[0].endswith("int calc_triple(int value)\n{\n")


async def test_a_file_that_stays_as_it_is_is_no_part_of_the_candidate(
    open_bench: OpenBench, green_project: Path
) -> None:
    script = planned(
        [TRIPLE, "int calc_add(int left, int right);"], ("calc.c", "calc_triple"), ("calc.h", "")
    )
    bench = await open_bench(script)
    await bench.manager.start(Task("Add calc_triple to calc.c, without a new type."))
    state = await bench.manager.run(1)
    assert state.status == "solved"
    assert state.candidate is not None
    assert [change.path for change in state.candidate.changes] == ["calc.c"]


@pytest.mark.parametrize(
    ("task", "file", "reply", "reason"),
    [
        ("Add calc_triple to calc.c, and a test", ("calc.c", "calc_triple"), ADD, "changes nothing"),
        (
            "Add int calc_triple(int) to calc.c and calc.h",
            ("calc.h", "calc_triple"),
            "int calc_triple(int v);",
            "asks for calc_triple",
        ),
        (
            "Add a function calc_triple to calc.c",
            ("calc.c", ""),
            TRIPLE.replace("calc_triple", "triple"),
            "asks for calc_triple",
        ),
        (
            "Add a test to test.c",
            ("test.c", ""),
            'static void test_add(void)\n{\n    check(1, "a", 1, 1);\n}',
            "Nothing in test.c calls test_add",
        ),
        ("Say in README.md that it works", ("README.md", ""), "# Calc\n\nUse it so:\n", "leaves out"),
        ("Say in README.md that it works", ("README.md", ""), "word " * 2000, "cut off at max_length"),
    ],
)
async def test_what_does_not_do_the_task_is_not_solved(
    open_bench: OpenBench, green_project: Path, task: str, file: tuple[str, str], reply: str, reason: str
) -> None:
    readme = "# Calc\n\nUse it:\n\n```c\ncalc_add(1, 2);\n```\n\nMore text.\n"
    (green_project / "README.md").write_text(readme)
    before = texts(green_project)
    bench = await open_bench(planned([reply], file), {"codegen.max_length": 600})
    await bench.manager.start(Task(task))
    state = await bench.manager.run(1)
    assert state.status == "unsolved"
    assert reason in told(bench)
    hints = [r.event.hint for r in bench.shown if isinstance(r.event, ev.PhaseFailed)]
    assert not any("Name the source file" in hint for hint in hints)  # it was named
    assert {name: texts(green_project)[name] for name in before} == before


async def test_a_readme_with_code_blocks_is_rewritten_whole(
    open_bench: OpenBench, green_project: Path
) -> None:
    readme = "# Calc\n\nUse it:\n\n```c\ncalc_add(1, 2);\n```\n\nMore text.\n"
    (green_project / "README.md").write_text(readme)
    new = readme.replace("More text.", "It works.")
    bench = await open_bench(planned([f"{new}````\n"], ("README.md", "")))
    await bench.manager.start(Task("Say in README.md that it works"))
    assert (await bench.manager.run(1)).status == "solved"
    assert (green_project / "README.md").read_text() == new


async def test_a_new_file_that_the_task_names_can_be_planned(
    open_bench: OpenBench, green_project: Path
) -> None:
    script = planned(["int half(int value)\n{\n    return value / 2;\n}\n"], ("half.c", "half"))
    bench = await open_bench(script)
    await bench.manager.start(Task("Write half.c with a function that halves a number."))
    assert (await bench.manager.run(1)).status == "solved"
    assert (green_project / "half.c").read_text().startswith("int half")
    assert "one of half.c, " in bench.prompts("reason")[0]


@pytest.mark.parametrize("path", ["src/", "src", "../x.c", "/etc/passwd"])
async def test_a_plan_cannot_make_a_folder_a_file(
    open_bench: OpenBench, green_project: Path, path: str
) -> None:
    before = texts(green_project)
    bench = await open_bench(planned([TRIPLE], (path, "calc_triple")), {"exploration.enabled": False})
    await bench.manager.start(Task("add calc_triple"))
    assert (await bench.manager.run(1)).status == "unsolved"
    assert texts(green_project).keys() - {"calc.o", "run_tests"} == before.keys()


async def test_the_word_todo_in_the_task_does_not_block_its_own_candidate(
    open_bench: OpenBench, green_project: Path
) -> None:
    bench = await open_bench(planned([TRIPLE], ("calc.c", "calc_triple")))
    await bench.manager.start(Task("Implement the TODO: add calc_triple to calc.c"))
    assert (await bench.manager.run(1)).status == "solved"
    assert bench.manager.state.candidate is not None
    assert bench.manager.state.candidate.seed == bench.engine.requests[2].seed


async def test_without_a_usable_plan_the_files_of_the_text_are_written(
    open_bench: OpenBench, green_project: Path
) -> None:
    bench = await open_bench(planned([TRIPLE], ("src/", "calc_triple")), {"exploration.enabled": False})
    await bench.manager.start(Task("Add calc_triple to calc.c"))
    assert (await bench.manager.run(1)).status == "solved"
    assert "calc_triple" in (green_project / "calc.c").read_text()


async def test_a_member_that_the_task_names_is_not_taken_for_a_function(
    open_bench: OpenBench, green_project: Path
) -> None:
    bench = await open_bench(planned(["struct calc { int calc_limit; };"], ("calc.h", "")))
    await bench.manager.start(Task("Add calc_limit to a new struct in calc.h"))
    assert (await bench.manager.run(1)).status == "solved"


async def test_a_name_in_prose_does_not_stand_for_the_function(
    open_bench: OpenBench, green_project: Path
) -> None:
    (green_project / "README.md").write_text("# Calc\n")
    script = planned(
        [ADD + "\n\nint other(void)\n{\n    return 1;\n}", "# Calc\n\ncalc_triple\n"],
        ("calc.c", ""),
        ("README.md", ""),
    )
    bench = await open_bench(script)
    await bench.manager.start(Task("Add calc_triple to calc.c and tell of it in README.md"))
    assert (await bench.manager.run(1)).status == "unsolved"
    assert "asks for calc_triple" in told(bench)
