"""The history: similar messages, files that change together, and its cache."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from copilot_tui.core.config import ExplorationSettings
from copilot_tui.index.code_index import CodeIndex
from copilot_tui.index.history import History, HistoryCache, message_stems

Commit = Callable[..., str]


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    folder.mkdir()
    _git(folder, "init", "--quiet")
    return folder


@pytest.fixture
def commit(repository: Path) -> Commit:
    def make(message: str, *paths: str, amend: bool = False) -> str:
        for path in paths:
            (repository / path).parent.mkdir(parents=True, exist_ok=True)
            with (repository / path).open("a") as file:
                file.write(f"int x; /* {message} */\n")
        _git(repository, "add", "--all")
        _git(repository, "commit", "--quiet", "-m", message, *(["--amend"] if amend else []))
        return _git(repository, "rev-parse", "HEAD").strip()

    return make


def _git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    done = subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)
    return done.stdout.decode()


def _read(repository: Path, tmp_path: Path) -> History:
    cache = HistoryCache(repository, tmp_path / "cache" / "history.msgpack")
    cache.refresh()
    return cache.history()


def test_similar_messages_lead_to_the_files_of_their_commits(
    repository: Path, commit: Commit, tmp_path: Path
) -> None:
    commit("Parser: handle escaped quotes", "parser.c")
    commit("Network: retry after a lost connection", "net.c")
    commit("Parsing of quotes at the end", "parser.c", "scanner.c")
    found = _read(repository, tmp_path).similar(message_stems("escaping a quote"))
    assert max(found, key=lambda path: found[path].strength) == "parser.c"
    assert (found["parser.c"].commits, "net.c" in found) == (2, False)


def test_files_that_change_together_are_known(repository: Path, commit: Commit, tmp_path: Path) -> None:
    for number in range(3):
        commit(f"Step {number}", "one.c", "one.h")
    commit("Alone", "two.c")
    history = _read(repository, tmp_path)
    assert set(history.together("one.c")) == {"one.h"}
    assert history.activity()["one.c"] > history.activity()["two.c"]


def test_the_cache_follows_new_and_rewritten_commits(
    repository: Path, commit: Commit, tmp_path: Path
) -> None:
    commit("First words", "one.c")
    assert len(_read(repository, tmp_path)) == 1
    commit("Second words", "two.c")
    assert len(_read(repository, tmp_path)) == 2
    commit("Other story", "three.c", amend=True)
    history = _read(repository, tmp_path)
    assert (len(history), set(history.similar({"second"})), set(history.similar({"story"}))) == (
        2,
        set(),
        {"two.c", "three.c"},
    )


def test_a_damaged_cache_and_a_folder_without_git_do_no_harm(
    repository: Path, commit: Commit, tmp_path: Path
) -> None:
    commit("Words", "one.c")
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "history.msgpack").write_bytes(b"\xff\x00nonsense")
    assert len(_read(repository, tmp_path)) == 1
    plain = tmp_path / "plain"
    plain.mkdir()
    assert len(_read(plain, tmp_path / "other")) == 0


def test_the_history_of_a_subfolder_names_paths_from_there(
    repository: Path, commit: Commit, tmp_path: Path
) -> None:
    commit("Words of the part", "part/one.c")
    commit("Words of the rest", "rest/two.c")
    assert set(_read(repository / "part", tmp_path).similar({"word"})) == {"one.c"}


def test_the_search_uses_the_history_and_says_so(
    repository: Path, commit: Commit, tmp_path: Path, settings: Callable[..., ExplorationSettings]
) -> None:
    for number in range(3):
        commit(f"Frobnicate better {number}", "engine.c", "table.c")
    index = CodeIndex(repository, tmp_path / "index", settings())
    index.refresh()
    (best,) = [file for file in index.rank("frobnicate", 5) if file.path == "engine.c"]
    assert "changed by 3 commits with similar messages" in best.reasons
    assert "changes together with table.c" in {
        reason for file in index.rank("frobnicate table", 5) for reason in file.reasons
    }
