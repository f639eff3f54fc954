"""Only plain names below the code base become paths on disk."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot_tui.core.errors import PathRefusedError
from copilot_tui.core.text import printable
from copilot_tui.workspace.paths import resolve_inside


@pytest.fixture
def source(tmp_path: Path) -> Path:
    root = tmp_path / "source"
    (root / "src" / "deep").mkdir(parents=True)
    (root / "src" / "main.c").write_text("int main;\n")
    (root / ".git").mkdir()
    (root / ".git" / "config").write_text("")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret.c").write_text("")
    return root


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("src/main.c", "src/main.c"),
        ("./src//./main.c", "src/main.c"),
        ("new/folder/x.c", "new/folder/x.c"),
        (".gitignore", ".gitignore"),
        ("src/ünïcode name.c", "src/ünïcode name.c"),
        ("..c/...d", "..c/...d"),
    ],
)
def test_plain_names_are_resolved(source: Path, name: str, expected: str) -> None:
    assert resolve_inside(source, name) == source.resolve() / expected


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("", "empty"),
        ("  ", "empty"),
        (".", "itself"),
        ("/etc/passwd", "absolute"),
        ("../../etc/passwd", "climbs"),
        ("src/../../x", "climbs"),
        ("src/..", "climbs"),
        ("C:/windows/x.c", "drive"),
        ("c:x.c", "drive"),
        ("..\\x.c", "backslash"),
        ("~/x.c", "home"),
        (".git/config", "git"),
        ("src/.git/hooks/pre-commit", "git"),
        (".GIT/config", "git"),
        (".git. /config", "git"),
        (".g\u200cit/config", "git"),
        ("GIT~1/config", "git"),
        ("a\nb.c", "control"),
        ("a\0b.c", "control"),
        ("\x1b[31mred.c", "control"),
        ("\ud800.c", "control"),
        ("x\u202ec.txt", "reorder"),
        ("src/main.c/more.c", "not a folder"),
        ("x" * 5000, "cannot be looked at"),
    ],
)
def test_everything_else_is_refused_with_the_reason(source: Path, name: str, reason: str) -> None:
    with pytest.raises(PathRefusedError, match=reason) as caught:
        resolve_inside(source, name)
    assert caught.value.hint
    assert printable(caught.value.message) == caught.value.message
    assert len(caught.value.message) < 400


def test_links_that_lead_out_or_stand_last_are_refused(source: Path, tmp_path: Path) -> None:
    (source / "out").symlink_to(tmp_path / "outside")
    (source / "file.c").symlink_to(source / "src" / "main.c")
    (source / "broken").symlink_to(tmp_path / "outside" / "absent")
    (source / "loop").symlink_to("loop")
    (source / "repository").symlink_to(".git")
    for name in (
        "out/secret.c",
        "out/new.c",
        "file.c",
        "broken",
        "broken/x.c",
        "loop/x.c",
        "repository/config",
    ):
        with pytest.raises(PathRefusedError, match="symbolic link"):
            resolve_inside(source, name)


def test_a_link_to_a_folder_inside_gives_the_one_path_of_the_file(source: Path) -> None:
    (source / "alias").symlink_to("src")
    assert resolve_inside(source, "alias/main.c") == resolve_inside(source, "src/main.c")


def test_the_code_base_itself_may_be_reached_by_a_link(source: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(source)
    assert resolve_inside(tmp_path / "link", "src/main.c") == source.resolve() / "src/main.c"


def test_devices_and_pipes_are_refused(source: Path) -> None:
    os.mkfifo(source / "pipe.c")
    with pytest.raises(PathRefusedError, match="pipe"):
        resolve_inside(source, "pipe.c")


@given(st.text(alphabet=st.sampled_from("./\\a~:\0 \ngit.GIT\u200d"), max_size=20))
def test_no_name_ever_leads_out(tmp_path_factory: pytest.TempPathFactory, name: str) -> None:
    root = tmp_path_factory.getbasetemp().resolve() / "fuzzed"
    root.mkdir(exist_ok=True)
    try:
        path = resolve_inside(root, name)
    except PathRefusedError:
        return
    assert path != root
    assert Path(os.path.normpath(path)).is_relative_to(root)
    assert ".git" not in path.parts
