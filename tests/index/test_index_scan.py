"""The scan lists what is worth reading and accounts for everything else."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from copilot_tui.core.cancellation import CancelToken
from copilot_tui.core.config import ExplorationSettings
from copilot_tui.core.errors import Cancelled, PathRefusedError, UsageError
from copilot_tui.index.reading import read_bytes
from copilot_tui.index.scan import KnownFile, scan

Make = Callable[..., ExplorationSettings]


def _git(folder: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=n", "-c", "user.email=e@example.org", "-c", "init.defaultBranch=main"]
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


def _paths(source: Path, settings: ExplorationSettings, *directories: str) -> list[str]:
    return [file.path for file in scan(source, settings, directories).files]


def test_ignore_rules_of_git_count_also_below_the_top(tmp_path: Path, settings: Make) -> None:
    _git(tmp_path, "init")
    (tmp_path / ".gitignore").write_text("*.gen.c\n")
    (tmp_path / "sub").mkdir()
    for name in ("sub/tracked.c", "sub/new.c", "sub/made.gen.c", "top.c"):
        (tmp_path / name).write_text("int x;\n")
    _git(tmp_path, "add", "sub/tracked.c", "top.c")

    assert _paths(tmp_path, settings()) == ["sub/new.c", "sub/tracked.c", "top.c"]
    assert _paths(tmp_path / "sub", settings()) == ["new.c", "tracked.c"]
    assert scan(tmp_path, settings()).listed_by == "git"


def test_ignore_files_count_without_git_as_they_do_with_it(tmp_path: Path, settings: Make) -> None:
    rules = {
        ".gitignore": "# remark\n*.gen.c\n/top.c\nout/\n**/deep/x*.c\n!kept.gen.c\n\\#odd.c\n[ab].c\nsub/*/only.c\n[\n",
        "sub/.gitignore": "!wanted.gen.c\nlocal.c   \n",
        "sub/deep/.gitignore": "*\n!yes.c\n",
    }
    files = """
    top.c sub/top.c a.gen.c kept.gen.c out/a.c sub/out/b.c sub/wanted.gen.c sub/other.gen.c local.c sub/local.c
    sub/deep/x1.c sub/deep/yes.c sub/deep/no.c deep/x2.c deep/y.c #odd.c a.c c.c sub/mid/only.c sub/only.c
    out.c sub/mid/low/only.c
    """
    for name in (*files.split(), *rules):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(rules.get(name, "int x;\n"))
    walked = scan(tmp_path, settings())
    _git(tmp_path, "init")
    listed = scan(tmp_path, settings())
    assert (walked.listed_by, listed.listed_by) == ("walk", "git")
    assert [file.path for file in walked.files] == [file.path for file in listed.files]
    assert {"top.c", "sub/deep/no.c"} <= {*walked.left_out["ignored by .gitignore"]}


def test_nested_repositories_are_entered_and_deleted_files_are_not_listed(
    tmp_path: Path, settings: Make
) -> None:
    _git(tmp_path, "init")
    (tmp_path / "gone.c").write_text("int x;\n")
    _git(tmp_path, "add", "gone.c")
    (tmp_path / "gone.c").unlink()
    (tmp_path / "inner").mkdir()
    _git(tmp_path / "inner", "init")
    (tmp_path / "inner" / "a.c").write_text("int a;\n")

    assert _paths(tmp_path, settings()) == ["inner/a.c"]


def test_submodules_are_entered_where_they_are_checked_out(tmp_path: Path, settings: Make) -> None:
    library, whole, copy = tmp_path / "library", tmp_path / "whole", tmp_path / "copy"
    for folder in (library, whole):
        folder.mkdir()
        _git(folder, "init")
        (folder / f"{folder.name}.c").write_text("int x;\n")
        _git(folder, "add", ".")
        _git(folder, "commit", "-m", "first")
    _git(whole, "-c", "protocol.file.allow=always", "submodule", "add", str(library), "deep/library")
    _git(whole, "commit", "-m", "second")
    assert _paths(whole, settings()) == ["deep/library/library.c", "whole.c"]

    _git(tmp_path, "clone", str(whole), str(copy))
    result = scan(copy, settings())
    assert [file.path for file in result.files] == ["whole.c"]
    assert result.left_out["submodule that is not checked out"] == ["deep/library"]


def test_a_loop_of_links_ends(tmp_path: Path, settings: Make) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "up").symlink_to("..")
    (tmp_path / "a" / "self.c").symlink_to("self.c")
    (tmp_path / "a" / "x.c").write_text("int x;\n")
    assert _paths(tmp_path, settings()) == ["a/x.c"]


def test_a_repository_cannot_make_the_scan_start_a_program(tmp_path: Path, settings: Make) -> None:
    _git(tmp_path, "init")
    (tmp_path / "a.c").write_text("int a;\n")
    _git(tmp_path, "add", "a.c")
    hook = tmp_path / "hook.sh"
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/started\n")
    hook.chmod(0o755)
    _git(tmp_path, "config", "core.fsmonitor", str(hook))

    scan(tmp_path, settings())

    assert not (tmp_path / "started").exists()


def test_each_file_that_is_left_out_has_a_reason(tmp_path: Path, settings: Make) -> None:
    (tmp_path / "good.c").write_bytes(b"/* gr\xfc\xdfe */\r\nint a;\r\n")
    (tmp_path / "binary.c").write_bytes(b"int\0a;")
    (tmp_path / "page.min.js").write_text("x=1\n")
    (tmp_path / "wide.js").write_text("a" * 9000)
    for name, text in {
        "vendor/lib/x.go": "package x\n",
        "src/third_party/y.c": "int y;\n",
        "api.pb.go": "package api\n",
        "lexer.c": "/* A lexical scanner generated by flex */\n",
        "config.h.in": "x\n",
        "table.c": "// This file was automatically generated by make_table.\n// Do not edit it.\n",
        "maker.c": "int generated_by_hand;\n",
        "maker.py": 'print("/* Generated by maker.py, do not edit. */")\n',
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / "picture.png").write_bytes(b"\x89PNG")
    (tmp_path / "node_modules").mkdir()
    (tmp_path / "node_modules" / "x.js").write_text("x\n")
    with (tmp_path / "huge.c").open("wb") as file:
        file.truncate(100_000_000)
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "outside.c").symlink_to("/etc/passwd")
    os.mkfifo(tmp_path / "pipe.c")
    (tmp_path / "line\nbreak.c").write_text("int b;\n")
    (Path(os.fsdecode(os.fsencode(tmp_path) + b"/bad\xff.c"))).write_text("int b;\n")

    result = scan(tmp_path, settings())

    assert [file.path for file in result.files] == ["good.c", "maker.c", "maker.py"]
    assert result.skipped == {
        "binary": 1,
        "minified": 2,
        "vendored": 2,
        "generated": 3,
        "unknown language": 2,
        "build or dependency folder": 1,
        "larger than 100,000 bytes": 1,
        "symbolic link": 2,
        "not a regular file": 1,
        "odd file name": 2,
    }
    for names in result.examples.values():
        assert all(name.isprintable() for name in names)


def test_a_file_without_permission_is_skipped(tmp_path: Path, settings: Make) -> None:
    (tmp_path / "closed.c").write_text("int a;\n")
    if os.geteuid() == 0:
        pytest.skip("root may read everything")
    (tmp_path / "closed.c").chmod(0)

    assert scan(tmp_path, settings()).skipped == {"unreadable": 1}


def test_max_files_to_scan_is_never_exceeded_and_prefers_sources(tmp_path: Path, settings: Make) -> None:
    for name in ("a.md", "b.c", "c.c", "d.c"):
        (tmp_path / name).write_text("x\n")

    result = scan(tmp_path, settings(max_files_to_scan=2))

    assert [file.path for file in result.files] == ["b.c", "c.c"]
    assert result.skipped == {"beyond max_files_to_scan": 2}
    assert scan(tmp_path, settings(max_files_to_scan=0)).files == ()


def test_disabled_exploration_scans_nothing(tmp_path: Path, settings: Make) -> None:
    (tmp_path / "a.c").write_text("x\n")

    assert scan(tmp_path, settings(enabled=False)).files == ()


def test_directories_narrow_the_scan(tmp_path: Path, settings: Make) -> None:
    for name in ("arch/x86/kernel/a.c", "arch/arm/kernel/b.c", "arch/arm/boot/c.c", "rom/d.c", "romance/e.c"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x\n")

    assert _paths(tmp_path, settings(), "arch/*/kernel", "rom") == [
        "arch/arm/kernel/b.c",
        "arch/x86/kernel/a.c",
        "rom/d.c",
    ]
    assert scan(tmp_path, settings(), ["rom", "nowhere"]).skipped["no such directory"] == 1
    with pytest.raises(UsageError, match="nowhere"):
        scan(tmp_path, settings(), ["nowhere"])
    with pytest.raises(UsageError, match="inside the code base"):
        scan(tmp_path, settings(), ["../elsewhere"])


def test_what_is_no_readable_folder_is_named(tmp_path: Path, settings: Make) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match=r"no folder .*missing"):
        scan(tmp_path / "missing", settings())
    with pytest.raises(UsageError, match="is not a folder"):
        scan(tmp_path / "file", settings())
    assert scan(tmp_path, settings()).files == ()


def test_an_unchanged_file_is_not_opened_again(tmp_path: Path, settings: Make) -> None:
    (tmp_path / "a.c").write_bytes(b"\0")
    status = (tmp_path / "a.c").stat()

    known = {"a.c": KnownFile(status.st_size, status.st_mtime_ns)}
    assert [file.path for file in scan(tmp_path, settings(), known=known).files] == ["a.c"]

    known = {"a.c": KnownFile(status.st_size, status.st_mtime_ns + 1)}
    assert scan(tmp_path, settings(), known=known).skipped == {"binary": 1}


def test_a_stop_is_honoured(tmp_path: Path, settings: Make) -> None:
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        scan(tmp_path, settings(), cancel=cancel)


@pytest.mark.parametrize(
    "path", ["../x.c", "/etc/passwd", "a/../../x", "link.c", "linked/passwd", "pipe.c", "a\0b"]
)
def test_reading_never_leaves_the_code_base(tmp_path: Path, path: str) -> None:
    (tmp_path / "link.c").symlink_to("/etc/passwd")
    (tmp_path / "linked").symlink_to("/etc")
    os.mkfifo(tmp_path / "pipe.c")
    with pytest.raises(PathRefusedError):
        read_bytes(tmp_path, path, 1000)
