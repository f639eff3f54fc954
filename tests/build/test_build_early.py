"""What a change touched is looked at first, with the project's own flags; only what is certain ends the build."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from copilot_tui.build.compile_commands import CompileCommand, printed_commands, read_commands
from copilot_tui.build.detect import detect
from copilot_tui.build.early import with_early_steps
from copilot_tui.build.judge import BuildEvent, Focus, build_and_test, judge_against
from copilot_tui.build.recipe import BuildRecipe, BuildStep
from copilot_tui.core.artefacts import BuildReport, TestResult
from copilot_tui.core.cancellation import CancelToken
from copilot_tui.core.config import BuildSettings
from copilot_tui.core.events import BuildStepStarted

MAKEFILE = (
    "app: a.o lib/b.o\n\ttouch built\n%.o: %.c\n\t@$(CC) -DLIMIT=3 -Ilib -MD -c -o $@ $<\ntest: app\n\ttrue\n"
)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    (folder / "lib").mkdir(parents=True)
    (folder / "Makefile").write_text(MAKEFILE)
    (folder / "a.c").write_text("int a(void) { return LIMIT; }\n")
    (folder / "lib/b.c").write_text("int b(void) { return LIMIT; }\n")
    return folder


async def run(
    source: Path, settings: BuildSettings, *changed: str, known_failing: tuple[str, ...] = ()
) -> tuple[BuildReport, list[str]]:
    events: list[BuildEvent] = []
    recipe = detect(source, settings)
    focus = Focus(changed, frozenset(known_failing))
    report = await build_and_test(source, recipe, settings, CancelToken(), events.append, focus)
    return report, [" ".join(event.command) for event in events if isinstance(event, BuildStepStarted)]


async def test_a_broken_file_is_found_before_anything_is_built(
    project: Path, settings: BuildSettings
) -> None:
    (project / "lib/b.c").write_text("int b(void) { return LIMIT + nothing; }\n")
    report, started = await run(project, settings, "lib/b.c")
    assert [(error.file, error.line) for error in report.errors] == [("lib/b.c", 1)]
    assert report.early
    assert not report.compiled
    assert not (project / "built").exists()
    assert started == ["cc -fsyntax-only -DLIMIT=3 -Ilib lib/b.c"]
    assert not list(project.rglob("*.[od]"))


async def test_a_good_file_is_followed_by_the_whole_build(project: Path, settings: BuildSettings) -> None:
    report, started = await run(project, settings, "a.c")
    assert (report.compiled, report.success, report.early) == (True, True, False)
    assert len(started) == 3
    assert [step.kind for step in report.steps] == ["build", "test"]


async def test_what_only_the_build_can_make_is_no_fault(project: Path, settings: BuildSettings) -> None:
    (project / "Makefile").write_text("a.o: made.h\n" + MAKEFILE + "made.h:\n\techo 'int made;' > made.h\n")
    (project / "a.c").write_text('#include "made.h"\nint a(void) { return made; }\n')
    report, started = await run(project, settings, "a.c")
    assert report.compiled
    assert "-fsyntax-only" in started[0]


async def test_the_tests_that_speak_of_a_change_run_first(tmp_path: Path, settings: BuildSettings) -> None:
    write(
        tmp_path,
        {
            "one.py": "value = 2\n",
            "test_one.py": "import one\n\n\ndef test_one():\n    assert one.value == 1\n",
        },
    )
    write(
        tmp_path,
        {"test_other.py": "from pathlib import Path\n\n\ndef test_other():\n    Path('ran').touch()\n"},
    )
    report, started = await run(tmp_path, settings, "one.py")
    assert report.early
    assert report.failed_tests == {"test_one.py::test_one"}
    assert started[-1].endswith("test_one.py")
    assert not (tmp_path / "ran").exists()
    before = BuildReport(True, True, "", tests=(TestResult("test_other.py::test_other", True),))
    judged = judge_against(report, before)
    assert not judged.success
    assert "test_one" in judged.reason
    assert "test_other" not in judged.reason  # it was not lost, it was not asked


async def test_a_test_that_failed_before_does_not_end_it(tmp_path: Path, settings: BuildSettings) -> None:
    write(
        tmp_path,
        {
            "one.py": "value = 2\n",
            "test_one.py": "import one\n\n\ndef test_one():\n    assert one.value == 1\n",
        },
    )
    write(tmp_path, {"test_other.py": "def test_other():\n    pass\n"})
    report, _ = await run(tmp_path, settings, "one.py", known_failing=("test_one.py::test_one",))
    assert not report.early
    assert {test.name for test in report.tests} == {"test_one.py::test_one", "test_other.py::test_other"}


async def test_a_syntax_error_in_python_needs_no_test_run(tmp_path: Path, settings: BuildSettings) -> None:
    write(tmp_path, {"one.py": "def f(:\n    pass\n", "test_one.py": "def test_one():\n    pass\n"})
    report, started = await run(tmp_path, settings, "one.py")
    assert [(error.file, error.line) for error in report.errors] == [("one.py", 1)]
    assert len(started) == 1


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


@pytest.mark.parametrize(
    ("text", "directory", "compiler"),
    [
        ("gcc -O2 -c -o src/a.o src/a.c", "/p", "gcc"),
        ("cd src && x86_64-aros-gcc -O2 -c a.c -o a.o; echo done", "/p/src", "x86_64-aros-gcc"),
        ("ccache clang-14 -c src/a.c", "/p", "clang-14"),
        ("/bin/bash ./libtool --mode=compile cc -c -o a.lo src/a.c", "/p", "cc"),
        ("make[1]: Entering directory '/p/src'\ncc \\\n  -c a.c\n", "/p/src", "cc"),
        ("make[1]: Entering directory '/p/x'\nmake[1]: Leaving directory '/p/x'\ncc -c src/a.c", "/p", "cc"),
        ("echo unclosed ' a.c\nif test -f a; then gcc -c src/a.c; fi", "/p", "gcc"),
    ],
)
def test_the_command_of_a_file_is_found_in_what_a_build_prints(
    text: str, directory: str, compiler: str
) -> None:
    (command,) = printed_commands(text, "/p", ["/p/src/a.c"])
    assert (command.directory, command.arguments[0]) == (directory, compiler)


@pytest.mark.parametrize(
    "text", ["", "gcc -o app src/a.o", "rm src/a.c", "gcc -c src/aa.c", "echo gcc src/a.c"]
)
def test_other_commands_are_no_compilation_of_it(text: str) -> None:
    assert printed_commands(text, "/p", ["/p/src/a.c"]) == ()


def test_a_check_keeps_the_flags_and_makes_nothing() -> None:
    words = [
        "m68k-elf-gcc",
        "-O2",
        "-Iinc",
        "-DX=1",
        "-MD",
        "-MF",
        "a.d",
        "-MT",
        "a.o",
        "-Wp,-MD,x",
        "-include",
        "c.h",
        "-c",
        "a.c",
        "-o",
        "a.o",
        "-Wall",
    ]
    checked = CompileCommand("/p", "/p/a.c", tuple(words)).syntax_only()
    assert checked == (
        "m68k-elf-gcc",
        "-fsyntax-only",
        "-O2",
        "-Iinc",
        "-DX=1",
        "-include",
        "c.h",
        "a.c",
        "-Wall",
    )


def test_flags_come_from_compile_commands_where_there_are_some(tmp_path: Path) -> None:
    entries = [
        {"directory": str(tmp_path / "build"), "file": "../a.c", "command": f"{sys.executable} -c x"},
        {"directory": str(tmp_path / "build"), "file": "../b.c", "arguments": ["cc", "-DB", "-c", "../b.c"]},
        {"directory": "/", "file": 3},
        "nonsense",
    ]
    write(tmp_path, {"build/compile_commands.json": json.dumps(entries), "b.c": "int b;\n"})
    (command,) = read_commands(tmp_path, tmp_path)
    assert (command.file, command.arguments) == (str(tmp_path / "b.c"), ("cc", "-DB", "-c", "../b.c"))
    recipe = BuildRecipe((BuildStep("build", ("make",)),), "test")
    first = with_early_steps(recipe, tmp_path, ["b.c"]).steps[0]
    assert (first.command, first.directory) == (
        ("cc", "-fsyntax-only", "-DB", "../b.c"),
        str(tmp_path / "build"),
    )
    write(tmp_path, {"build/compile_commands.json": "[{"})
    assert read_commands(tmp_path, tmp_path) == ()
