"""Updates in stages and in several processes: nothing is lost, doubled, or read for nothing."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from copilot_tui.core.cancellation import CancelToken
from copilot_tui.core.config import ExplorationSettings
from copilot_tui.core.errors import Cancelled
from copilot_tui.index.catalogue import Incomplete
from copilot_tui.index.code_index import CodeIndex
from copilot_tui.index.facts import FileFacts
from copilot_tui.index.reading_pool import TOO_HARD, UNREADABLE, Lost, _Pool, read_all

Make = Callable[..., ExplorationSettings]


def _many(root: Path, count: int) -> list[Incomplete]:
    for number in range(count):
        (root / f"f{number}.c").write_text(f"int function_{number}(void) {{ return call_{number}(); }}\n")
    return [Incomplete(number, f"f{number}.c", "c", 60) for number in range(count)]


def test_a_new_time_alone_changes_nothing(index: CodeIndex, code_base: Path) -> None:
    os.utime(code_base / "src/text.c", (1, 1))
    index.refresh()
    assert (index.statistics.read, index.statistics.unchanged) == (0, 5)
    assert dict(index.definitions_by_file(["src/text.c"]))
    index.refresh()
    assert index.statistics.read == 0


def test_words_can_be_searched_before_symbols_are_read(
    code_base: Path, tmp_path: Path, settings: Make
) -> None:
    index = CodeIndex(code_base, tmp_path / "index", settings())
    other = CodeIndex(code_base, tmp_path / "index", settings())
    seen: dict[str, object] = {}

    def look(what: str, done: float, total: float) -> None:
        if what == "symbols" and not seen:
            seen["hits"] = [hit.path for hit in other.search("greatest common divisor", 3)]
            seen["waiting"] = other.counts()["files_without_symbols_yet"]
            # Another process that wants the index now gets it at once: all words are there.
            other.refresh()
            seen["busy"] = other.statistics.busy

    index.refresh(look)
    assert seen == {"hits": ["src/number.c"], "waiting": 5, "busy": True}
    assert index.counts()["files_without_symbols_yet"] == 0


def test_what_a_stopped_update_left_undone_is_done_by_the_next(
    code_base: Path, tmp_path: Path, settings: Make
) -> None:
    cancel = CancelToken()

    def stop(what: str, done: float, total: float) -> None:
        if what == "symbols":
            cancel.cancel()

    index = CodeIndex(code_base, tmp_path / "index", settings())
    with pytest.raises(Cancelled):
        index.refresh(stop, cancel)
    index.refresh()
    assert index.statistics.read == 0
    assert index.counts()["files_without_symbols_yet"] == 0
    assert index.callers_of("text_reverse") == ("tests/test_text.c",)


def test_many_files_are_read_by_several_processes(tmp_path: Path) -> None:
    files = _many(tmp_path, 200)
    (tmp_path / "f7.c").unlink()
    answers = list(read_all(files, tmp_path, 100_000, CancelToken()))
    assert [answer for answer in answers if isinstance(answer, Lost)] == [Lost(7, "f7.c", UNREADABLE)]
    found = {answer.number: answer.symbols[0][0] for answer in answers if isinstance(answer, FileFacts)}
    assert found == {number: f"function_{number}" for number in range(200) if number != 7}


def test_a_relative_source_is_found_by_the_processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = _many(tmp_path, 60)
    monkeypatch.chdir(tmp_path)
    answers = list(read_all(files, Path(), 100_000, CancelToken()))
    assert sum(isinstance(answer, FileFacts) for answer in answers) == 60


def test_a_process_that_dies_costs_nothing(tmp_path: Path) -> None:
    files = _many(tmp_path, 400)
    answers = read_all(files, tmp_path, 100_000, CancelToken())
    numbers = [next(answers).number]
    for child in psutil.Process().children():
        if "copilot_tui.index.reading_worker" in child.cmdline():
            child.send_signal(signal.SIGKILL)
    numbers += [answer.number for answer in answers if isinstance(answer, FileFacts)]
    assert sorted(numbers) == list(range(400))


_SMALL_WORKER = """
import resource
from copilot_tui.index.reading_worker import main
resource.setrlimit(resource.RLIMIT_AS, (400_000_000, 400_000_000))
main()
"""


def test_a_text_that_exhausts_the_parser_costs_that_file_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # With the memory that a worker has by default, a slow machine may run out of patience first.
    whole = _Pool.start

    def start(pool: _Pool) -> subprocess.Popen[bytes]:
        pool._command[1:3] = ["-c", _SMALL_WORKER]
        return whole(pool)

    monkeypatch.setattr(_Pool, "start", start)
    files = _many(tmp_path, 60)
    (tmp_path / "bad.cpp").write_text("a<" * 300_000)  # a gigabyte and more for the grammar of C++
    files.insert(10, Incomplete(1000, "bad.cpp", "cpp", 600_000))
    answers = list(read_all(files, tmp_path, 600_000, CancelToken()))
    assert sorted(answer.number for answer in answers) == [*range(60), 1000]
    assert [answer for answer in answers if isinstance(answer, Lost)] == [Lost(1000, "bad.cpp", TOO_HARD)]


def test_processes_end_with_the_update(tmp_path: Path) -> None:
    answers = read_all(_many(tmp_path, 400), tmp_path, 100_000, CancelToken())
    next(answers)
    answers.close()
    commands = [" ".join(child.cmdline()) for child in psutil.Process().children()]
    assert not any("reading_worker" in command for command in commands)
    assert not any(thread.name == "index-reading" for thread in threading.enumerate())


_BUILDER = """
import sys
from pathlib import Path
from copilot_tui.core.config import ExplorationSettings
from copilot_tui.index.code_index import CodeIndex
settings = ExplorationSettings(True, False, 10000, True, 0.0, 100000, semantic=False)
index = CodeIndex(Path(sys.argv[1]), Path(sys.argv[2]), settings)
index.refresh(lambda what, done, total: print(what, int(done), flush=True))
"""


@pytest.mark.parametrize("moment", ["words 0", "words 128", "symbols 0", "symbols 128", "symbols 256"])
def test_killed_while_several_processes_read_the_next_start_works(
    tmp_path: Path, settings: Make, moment: str
) -> None:
    source, directory = tmp_path / "code", tmp_path / "index"
    source.mkdir()
    _many(source, 300)
    command = [sys.executable, "-c", _BUILDER, str(source), str(directory)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as builder:
        assert builder.stdout is not None
        for line in builder.stdout:
            if line.strip() == moment:
                break
        workers = psutil.Process(builder.pid).children()
        builder.kill()
    assert psutil.wait_procs(workers, timeout=30)[1] == []  # none outlives the program
    index = CodeIndex(source, directory, settings(semantic=False))
    index.refresh()
    assert index.counts() == {
        "files": 300, "symbols": 300, "files_with_breadcrumbs": 0, "files_without_symbols_yet": 0,
    }  # fmt: skip
    assert [hit.path for hit in index.search("function_77", 1)] == ["f77.c"]
    assert index.callers_of("call_123") == ("f123.c",)


def test_an_index_of_an_older_version_answers_nothing_until_it_is_made_anew(
    code_base: Path, tmp_path: Path, settings: Make
) -> None:
    CodeIndex(code_base, tmp_path / "index", settings()).refresh()
    catalogue = sqlite3.connect(tmp_path / "index" / "catalogue.db")
    with catalogue:
        catalogue.execute("UPDATE meta SET value = '1' WHERE key = 'version'")
        catalogue.execute("DROP TABLE facts")
    catalogue.close()
    later = CodeIndex(code_base, tmp_path / "index", settings())
    assert later.rank("greatest common divisor", 3) == ()
    later.refresh()
    assert later.rank("greatest common divisor", 3)[0].path == "src/number.c"


def test_what_is_packed_of_a_file_leaves_with_it(index: CodeIndex, code_base: Path) -> None:
    assert index.outlines_named(["text_reverse"]) and index.callers_of("text_reverse")
    (code_base / "src/text.c").write_text(
        '#include "number.h"\nint text_other(void) { return number_gcd(); }\n'
    )
    (code_base / "tests/test_text.c").unlink()
    index.refresh()
    assert "src/text.c" not in {path for path, _ in index.outlines_named(["text_reverse"])}
    assert not index.callers_of("text_reverse")
    assert "src/text.c" in index.callers_of("number_gcd")
    assert index.definitions_named(["text_other"])[0][1].signature == "int text_other(void)"


@pytest.mark.parametrize("moment", ["words", "symbols"])
def test_a_file_that_changes_while_it_is_read_is_read_again(
    code_base: Path, tmp_path: Path, settings: Make, moment: str
) -> None:
    index = CodeIndex(code_base, tmp_path / "index", settings())
    texts = iter(["int zebra(void) { return 1; }\n", "int giraffe(void) { return 2; }\n"])

    def change(what: str, done: float, total: float) -> None:
        if what == moment and (text := next(texts, "")):
            (code_base / "src/number.c").write_text(text)

    index.refresh(change)
    index.refresh(change)
    index.refresh()
    assert [path for path, _ in index.outlines_named(["giraffe"])] == ["src/number.c"]
    assert not index.outlines_named(["zebra"])
    assert [hit.path for hit in index.search("giraffe", 3)] == ["src/number.c"]
    assert index.search("zebra", 3) == []


def test_a_file_that_outgrows_the_limit_or_goes_while_it_is_read_is_left_out(
    code_base: Path, tmp_path: Path, settings: Make
) -> None:
    index = CodeIndex(code_base, tmp_path / "index", settings())

    def change(what: str, done: float, total: float) -> None:
        if what == "words":
            (code_base / "src/number.c").write_text("int x;\n" * 200_000)
            (code_base / "src/text.c").unlink(missing_ok=True)

    index.refresh(change)
    assert {"src/number.c", "src/text.c"}.isdisjoint(index.paths())
    assert index.statistics.unreadable == ("src/number.c", "src/text.c")
