"""The index follows the code base, survives what may happen to it, and ranks with reasons."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from copilot_tui.core.artefacts import Task
from copilot_tui.core.cancellation import CancelToken
from copilot_tui.core.config import ExplorationSettings
from copilot_tui.core.errors import Cancelled, PathRefusedError, UsageError
from copilot_tui.index.breadcrumbs import tasks
from copilot_tui.index.code_index import CodeIndex

Make = Callable[..., ExplorationSettings]


def _paths(index: CodeIndex, query: str, **options: object) -> list[str]:
    return [file.path for file in index.rank(query, 10, **options)]  # type: ignore[arg-type]


def test_only_changed_files_are_read_and_deleted_ones_leave(index: CodeIndex, code_base: Path) -> None:
    assert index.statistics.read == 5
    index.refresh()
    assert (index.statistics.read, index.statistics.unchanged) == (0, 5)

    (code_base / "src/number.c").write_text("int number_lcm(int a, int b) { return a * b; }\n")
    (code_base / "README.md").unlink()
    index.refresh()

    assert (index.statistics.read, index.statistics.removed) == (1, 1)
    assert _paths(index, "number_lcm") == ["src/number.c"]
    assert "src/number.c" not in _paths(index, "greatest common divisor")
    assert "README.md" not in _paths(index, "reverse")


def test_without_caching_every_file_is_read_again(code_base: Path, tmp_path: Path, settings: Make) -> None:
    index = CodeIndex(code_base, tmp_path / "index", settings(enable_caching=False))
    for _ in range(2):
        index.refresh()
        assert (index.statistics.read, index.statistics.rebuilt) == (5, True)


def test_disabled_exploration_leaves_pins_and_the_task(
    code_base: Path, tmp_path: Path, settings: Make
) -> None:
    CodeIndex(code_base, tmp_path / "index", settings()).refresh()
    index = CodeIndex(code_base, tmp_path / "index", settings(enabled=False))

    assert index.refresh().files == ()
    assert _paths(index, "reverse") == []
    task = Task("reverse", path="src/text.c", symbol="text_reverse")
    assert _paths(index, "reverse", pins=["src/number.c"], task=task) == ["src/number.c", "src/text.c"]


def test_ranking_gives_reasons_and_spans(index: CodeIndex) -> None:
    best = index.rank("how is a string reversed in text_reverse", 3)[0]
    assert best.path == "src/text.c"
    assert "defines text_reverse" in best.reasons
    assert any(reason.startswith("words: ") for reason in best.reasons)
    assert (best.spans[0].symbol, best.spans[0].start, best.spans[0].end) == ("text_reverse", 3, 9)


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ("look at src/number.c please", "src/number.c"),
        ("text.h is wrong", "include/text.h"),
        ("greatest common divisors", "src/number.c"),
        ("`number_gcd` loops", "src/number.c"),
        ('where is "Turn letters into capitals"', "src/text.c"),
        ("the test of reverse", "tests/test_text.c"),
    ],
)
def test_what_the_query_names_comes_first(index: CodeIndex, query: str, path: str) -> None:
    assert _paths(index, query)[0] == path


def test_tests_and_documents_stand_behind_sources(index: CodeIndex) -> None:
    found = _paths(index, "reverse string")
    assert found.index("src/text.c") < found.index("tests/test_text.c")
    assert found.index("src/text.c") < found.index("README.md")


def test_pins_come_first_and_drops_never(index: CodeIndex) -> None:
    files = index.rank("reverse a string", 3, pins=["src/number.c", "missing.c"], drops=["src/text.c"])
    assert (files[0].path, files[0].pinned, files[0].reasons[0]) == ("src/number.c", True, "pinned")
    assert all(file.path not in {"src/text.c", "missing.c"} for file in files)
    assert len(files) == 3


def test_the_threshold_cuts_weak_files(code_base: Path, tmp_path: Path, settings: Make) -> None:
    index = CodeIndex(code_base, tmp_path / "index", settings(similarity_threshold=1.0))
    index.refresh()
    assert _paths(index, "text_reverse") == ["src/text.c"]


def test_the_place_of_a_task_comes_first(index: CodeIndex) -> None:
    (task,) = tasks(index.breadcrumbs())
    assert (task.symbol, task.path) == ("text_upper", "src/text.c")
    files = index.rank("", 3, task=task)
    assert files[0].path == "src/text.c"
    assert "the task stands here" in files[0].reasons
    assert files[0].spans[0].symbol == "text_upper"


def test_snippets_are_whole_functions_then_the_types_they_use(index: CodeIndex, code_base: Path) -> None:
    snippets = index.snippets(index.rank("text_reverse", 2), 6)
    lines = (code_base / "src/text.c").read_text().split("\n")
    assert snippets[0].text == "\n".join(lines[2:9])
    assert ("include/text.h", "span") in [(item.path, item.symbol) for item in snippets]
    assert index.snippets((), 6) == ()


def test_patterns_cite_lines_that_say_so(index: CodeIndex, code_base: Path) -> None:
    lines = index.patterns(index.rank("text reverse", 5))
    assert any(line.startswith("names: functions begin with text_") for line in lines)
    for line in lines:
        path, number = line.rstrip(")").split()[-1].strip("(").rsplit(":", 1)
        assert (code_base / path).read_text().split("\n")[int(number) - 1].strip()


def test_texts_keep_their_characters_whatever_the_encoding(index: CodeIndex, code_base: Path) -> None:
    (code_base / "old.c").write_bytes(b"/* Gr\xf6\xdfe */\r\nint size;\r\n")
    assert index.read("old.c") == "/* Größe */\nint size;\n"
    with pytest.raises(PathRefusedError):
        index.read("../index/catalogue.db")
    with pytest.raises(UsageError, match=r"missing\.c"):
        index.read("missing.c")


@pytest.mark.parametrize(
    "query", ["", "   ", "?!", "the of and", "größe ändern 文字列 反転", "x" * 100_000, "a b " * 25_000]
)
def test_odd_queries_get_a_sane_answer(index: CodeIndex, query: str) -> None:
    assert index.rank(query, 5) == ()


def test_directories_narrow_the_answers_without_emptying_the_index(
    code_base: Path, tmp_path: Path, settings: Make
) -> None:
    whole = CodeIndex(code_base, tmp_path / "index", settings())
    whole.refresh()
    part = CodeIndex(code_base, tmp_path / "index", settings(), ["include"])
    part.refresh()
    assert part.statistics.read == part.statistics.removed == 0
    assert _paths(part, "text_reverse") == ["include/text.h"]
    assert part.breadcrumbs() == ()
    whole.refresh()
    assert whole.statistics.read == 0


@pytest.mark.parametrize(
    "damage",
    ["catalogue.db", "words/meta.json", "words/identity", "words segment", "catalogue gone", "words gone"],
)
def test_a_damaged_index_is_rebuilt(
    index: CodeIndex, tmp_path: Path, damage: str, code_base: Path, settings: Make
) -> None:
    directory = tmp_path / "index"
    if damage.endswith("gone"):
        for path in sorted(directory.rglob("*"), reverse=True):
            if damage.split()[0] in str(path.relative_to(directory)) and path.is_file():
                path.unlink()
    else:
        victims = [directory / damage] if " " not in damage else list((directory / "words").glob("*.*"))
        for victim in victims:
            if victim.name != "meta.json" or damage == "words/meta.json":
                victim.write_bytes(b"garbage" * 20)
    fresh = CodeIndex(code_base, directory, settings())
    fresh.refresh()
    assert _paths(fresh, "text_reverse")[0] == "src/text.c"
    assert len(fresh.breadcrumbs()) == 1


def test_damage_met_while_answering_is_mended(index: CodeIndex, tmp_path: Path) -> None:
    database = tmp_path / "index" / "catalogue.db"
    index.close()
    content = database.read_bytes()
    assert content.count(b"text_upper") > 1
    database.write_bytes(content.replace(b"text_upper", b"text_\xff\xffper"))
    assert index.breadcrumbs()[0].symbol == "text_upper"
    assert _paths(index, "text_upper")[0] == "src/text.c"


def test_a_file_that_vanishes_between_scan_and_reading_is_reported(
    code_base: Path, tmp_path: Path, settings: Make
) -> None:
    index = CodeIndex(code_base, tmp_path / "index", settings())

    def vanish(what: str, done: float, total: float) -> None:
        if what == "words":
            (code_base / "src/number.c").unlink(missing_ok=True)

    index.refresh(vanish)
    assert index.statistics.unreadable == ("src/number.c",)
    assert index.statistics.read == 4


def test_a_stopped_refresh_leaves_a_usable_index(index: CodeIndex, code_base: Path) -> None:
    (code_base / "src/extra.c").write_text("int extra_thing;\n")
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        index.refresh(cancel=cancel)
    assert _paths(index, "text_reverse")[0] == "src/text.c"
    index.refresh()
    assert _paths(index, "extra_thing") == ["src/extra.c"]


_WORKER = """
import sys
from pathlib import Path
from copilot_tui.core.config import ExplorationSettings
from copilot_tui.index.code_index import CodeIndex
index = CodeIndex(Path(sys.argv[1]), Path(sys.argv[2]), ExplorationSettings(True, False, 10000, False, 0.0, 100000))
print("ready", flush=True)
for _ in range(int(sys.argv[3])):
    index.refresh()
"""


def _worker(code_base: Path, directory: Path, rounds: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", _WORKER, str(code_base), str(directory), str(rounds)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def test_killed_at_any_moment_the_next_start_works(code_base: Path, tmp_path: Path, settings: Make) -> None:
    directory = tmp_path / "index"
    for delay in (0.0, 0.01, 0.03, 0.06, 0.1):
        worker = _worker(code_base, directory, 1000)
        assert worker.stdout is not None
        worker.stdout.readline()
        time.sleep(delay)
        os.kill(worker.pid, signal.SIGKILL)
        worker.communicate()
        index = CodeIndex(code_base, directory, settings())
        index.refresh()
        assert _paths(index, "text_reverse")[0] == "src/text.c"
        assert index.counts()["files"] == 5


def test_two_processes_do_not_harm_each_other(code_base: Path, tmp_path: Path, settings: Make) -> None:
    directory = tmp_path / "index"
    workers = [_worker(code_base, directory, 4) for _ in range(2)]
    for worker in workers:
        _, errors = worker.communicate(timeout=60)
        assert (worker.returncode, errors) == (0, b"")
    index = CodeIndex(code_base, directory, settings())
    index.refresh()
    assert _paths(index, "text_reverse")[0] == "src/text.c"


def test_a_signal_can_be_left_out(index: CodeIndex) -> None:
    (with_it,) = index.rank("number_gcd", 1)
    (without,) = index.rank("number_gcd", 1, without={"symbols"})
    assert "defines number_gcd" in with_it.reasons
    assert "defines number_gcd" not in without.reasons
    assert without.score < with_it.score
