"""Edits take place as a whole, keep each file's manner, and can be taken back, or nothing happens."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from copilot_tui.core.artefacts import FileChange
from copilot_tui.core.errors import FileConflictError, PathRefusedError, WorkspaceError
from copilot_tui.workspace import journal as journal_module
from copilot_tui.workspace.apply import Workspace
from tests.workspace.crash_driver import CHANGES, build_tree, snapshot


@pytest.fixture
def source(tmp_path: Path) -> Path:
    root = tmp_path / "source"
    build_tree(root)
    return root


@pytest.fixture
def workspace(source: Path, tmp_path: Path) -> Workspace:
    return Workspace(source, tmp_path / "journal")


def test_an_edit_keeps_encoding_line_ends_final_newline_and_mode(workspace: Workspace, source: Path) -> None:
    workspace.apply(CHANGES)
    assert (source / "main.c").read_bytes() == b"int main;\nnew\ncaf\xe9\n"
    assert (source / "main.c").stat().st_mode & 0o7777 == 0o755
    assert (source / "src" / "windows.c").read_bytes() == b"a\r\nB\r\nc"
    assert (source / "new" / "deep" / "file.c").read_bytes() == b"int file;\n"
    assert not (source / "old.h").exists()
    assert not list(source.rglob(".copilot-tui*"))


def test_undo_keeps_the_mode_that_the_user_gave_since(workspace: Workspace, source: Path) -> None:
    edit = workspace.apply(CHANGES)
    (source / "main.c").chmod(0o600)
    workspace.undo(edit)
    assert (source / "main.c").stat().st_mode & 0o7777 == 0o600


def test_undo_and_redo_work_in_another_process_and_leave_no_trace(source: Path, tmp_path: Path) -> None:
    before = snapshot(source)
    edit = Workspace(source, tmp_path / "journal").apply(CHANGES, label="session 1")
    after = snapshot(source)
    Workspace(source, tmp_path / "journal").undo(edit)
    assert snapshot(source) == before
    Workspace(source, tmp_path / "journal").redo(edit)
    assert snapshot(source) == after
    (entry,) = Workspace(source, tmp_path / "journal").edits()
    assert (entry.identifier, entry.applied, entry.label) == (edit, True, "session 1")
    assert entry.paths == tuple(change.path for change in CHANGES)


def test_edits_are_listed_oldest_first_and_undone_out_of_order(workspace: Workspace, source: Path) -> None:
    first = workspace.apply([FileChange("a.c", None, "a\n")])
    second = workspace.apply([FileChange("b.c", None, "b\n")])
    workspace.undo(first)
    assert [(e.identifier, e.state) for e in workspace.edits()] == [(first, "undone"), (second, "applied")]
    assert not (source / "a.c").exists()


@pytest.mark.parametrize(
    ("change", "word"),
    [
        (FileChange("main.c", "int other;\n", "x\n"), "changed since"),
        (FileChange("main.c", None, "x\n"), "exists already"),
        (FileChange("absent.c", "x\n", "y\n"), "no longer there"),
        (FileChange("src/other.c", "€ is not in the file\n", None), "changed since"),
    ],
)
def test_a_file_that_is_not_what_the_edit_was_made_from_stops_all(
    workspace: Workspace, source: Path, change: FileChange, word: str
) -> None:
    before = snapshot(source)
    with pytest.raises(FileConflictError, match=rf"{change.path}.*{word}"):
        workspace.apply([FileChange("fine.c", None, "x\n"), change])
    assert snapshot(source) == before
    assert not workspace.edits()


def test_undo_is_refused_when_a_file_was_changed_since(workspace: Workspace, source: Path) -> None:
    edit = workspace.apply(CHANGES)
    (source / "new" / "deep" / "file.c").write_text("the user's own work\n")
    now = snapshot(source)
    with pytest.raises(FileConflictError, match=r"new/deep/file\.c"):
        workspace.undo(edit)
    assert snapshot(source) == now
    assert workspace.edits()[0].applied


def test_undo_keeps_folders_that_hold_something_else_by_now(workspace: Workspace, source: Path) -> None:
    edit = workspace.apply(CHANGES)
    (source / "new" / "built.o").write_bytes(b"\0")
    workspace.undo(edit)
    assert (source / "new" / "built.o").exists()
    assert not (source / "new" / "deep").exists()


def test_a_read_only_file_is_refused_and_not_made_writable(workspace: Workspace, source: Path) -> None:
    (source / "main.c").chmod(0o444)
    before = snapshot(source)
    with pytest.raises(WorkspaceError, match=r"main\.c is read-only") as caught:
        workspace.apply(CHANGES)
    assert "chmod" in caught.value.hint
    assert snapshot(source) == before


@pytest.mark.parametrize(
    "path", ["../out.c", "link/new.c", "main.link", ".git/hooks/pre-commit", "/etc/passwd"]
)
def test_paths_that_lead_out_are_refused_in_reading_and_writing(
    workspace: Workspace, source: Path, tmp_path: Path, path: str
) -> None:
    (tmp_path / "outside").mkdir()
    (source / "link").symlink_to(tmp_path / "outside")
    (source / "main.link").symlink_to("main.c")
    with pytest.raises(PathRefusedError):
        workspace.read(path)
    with pytest.raises(PathRefusedError):
        workspace.apply([FileChange("fine.c", None, "x\n"), FileChange(path, None, "x\n")])
    assert not (source / "fine.c").exists()
    assert not list((tmp_path / "outside").iterdir())


def test_undo_does_not_follow_a_link_that_was_put_in_the_place_of_a_folder(
    workspace: Workspace, source: Path, tmp_path: Path
) -> None:
    edit = workspace.apply([FileChange("new/x.c", None, "x\n")])
    (source / "new").rename(tmp_path / "moved")
    (source / "new").symlink_to(tmp_path / "moved")
    with pytest.raises(PathRefusedError):
        workspace.undo(edit)
    assert (tmp_path / "moved" / "x.c").exists()


def test_one_file_under_two_names_is_refused(workspace: Workspace, source: Path) -> None:
    (source / "alias").symlink_to("src")
    with pytest.raises(WorkspaceError, match="twice"):
        workspace.apply(
            [
                FileChange("src/other.c", "untouched\n", "1\n"),
                FileChange("alias/other.c", "untouched\n", "2\n"),
            ]
        )


def test_an_edit_that_collides_with_itself_changes_nothing(workspace: Workspace, source: Path) -> None:
    before = snapshot(source)
    with pytest.raises(WorkspaceError, match="both a file and a folder"):
        workspace.apply([FileChange("a/b.c", None, "x\n"), FileChange("a", None, "x\n"), *CHANGES])
    assert snapshot(source) == before
    assert not workspace.edits()


def test_reading_gives_none_for_an_absent_file_and_an_error_for_a_folder(workspace: Workspace) -> None:
    assert workspace.read("absent/x.c") is None
    with pytest.raises(WorkspaceError, match="not a regular file"):
        workspace.read("src")
    source = workspace.read("main.c")
    assert source is not None
    assert (source.encoding, source.text) == ("iso-8859-1", "int main;\ncafé\n")


def test_a_missing_final_line_end_in_the_text_is_no_conflict(workspace: Workspace, source: Path) -> None:
    workspace.apply([FileChange("src/windows.c", "a\nb\n", "a\nc\n")])
    assert (source / "src" / "windows.c").read_bytes() == b"a\r\nc"


def test_a_character_the_file_cannot_hold_names_the_file(workspace: Workspace) -> None:
    with pytest.raises(WorkspaceError, match=r"main\.c: Line 1 .*U\+20AC"):
        workspace.apply([FileChange("main.c", "int main;\ncafé\n", "€ café\n")])


def test_unknown_and_finished_edits_are_told_apart(workspace: Workspace) -> None:
    edit = workspace.apply(CHANGES)
    with pytest.raises(WorkspaceError, match="no edit"):
        workspace.undo("../../etc/passwd")
    with pytest.raises(WorkspaceError, match="is applied"):
        workspace.redo(edit)


def test_a_damaged_record_of_a_broken_edit_does_not_block_the_start(
    workspace: Workspace, source: Path, tmp_path: Path
) -> None:
    good = workspace.apply([FileChange("a.c", None, "a\n")])
    bad = "00000002-0123abcd"
    (tmp_path / "journal" / f"{bad}.applying.json").write_bytes(b'{"identifier": "000')
    (tmp_path / "journal" / ".00000003-0123abcd.applying.json.77aa").write_bytes(b"half")
    (source / "src" / f".copilot-tui-{bad}-0.tmp").write_bytes(b"stray")
    (told,) = workspace.recover()
    assert "damaged" in told
    assert bad in told
    assert not list(source.rglob(".copilot-tui*"))
    assert sorted(p.suffix for p in (tmp_path / "journal").iterdir()) == [".damaged", ".json"]
    assert workspace.recover() == ()
    workspace.undo(good)


def test_recovery_leaves_a_file_alone_that_somebody_changed_after_the_crash(
    workspace: Workspace, source: Path, tmp_path: Path
) -> None:
    edit = workspace.apply(CHANGES)
    path = tmp_path / "journal" / f"{edit}.applied.json"
    path.rename(path.with_name(f"{edit}.applying.json"))  # as if the commit had not been reached
    (source / "main.c").write_bytes(b"the user's own work\n")
    (told,) = workspace.recover()
    assert "Left alone" in told
    assert "main.c" in told
    assert (source / "main.c").read_bytes() == b"the user's own work\n"
    assert (source / "old.h").read_bytes() == b"gone\n"
    assert not (source / "new").exists()


def test_the_journal_forgets_the_oldest_edits(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_module, "KEPT_EDITS", 3)
    made = [workspace.apply([FileChange(f"{number}.c", None, "x\n")]) for number in range(5)]
    assert [entry.identifier for entry in workspace.edits()] == made[-3:]


@pytest.mark.skipif(os.geteuid() != 0, reason="only the superuser can own files as somebody else")
def test_the_owner_of_a_file_is_kept(workspace: Workspace, source: Path) -> None:
    os.chown(source / "main.c", 12345, 23456)
    workspace.apply(CHANGES)
    information = (source / "main.c").stat()
    assert (information.st_uid, information.st_gid) == (12345, 23456)


def test_a_journal_that_cannot_be_used_stops_the_edit_before_it_begins(source: Path, tmp_path: Path) -> None:
    (tmp_path / "journal").write_text("a file where the folder should be")
    workspace = Workspace(source, tmp_path / "journal")
    before = snapshot(source)
    for action in (workspace.recover, workspace.edits, lambda: workspace.apply(CHANGES)):
        with pytest.raises(WorkspaceError, match="journal"):
            action()
    assert snapshot(source) == before
