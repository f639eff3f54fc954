"""A candidate is taken apart and put together again, whatever is left out."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from copilot_tui.core.artefacts import Candidate, FileChange
from copilot_tui.workspace.hunks import (
    changed_candidate,
    decided_together,
    diff_lines,
    hunks_of,
    without_hunks,
)

texts = st.lists(st.sampled_from(["a", "b", "c", "", "  d\t", "e\r"]), max_size=14).map("\n".join)
files = st.one_of(st.none(), texts)


@given(st.lists(st.tuples(files, files), max_size=3), st.data())
def test_what_is_left_holds_the_hunks_that_were_not_refused(pairs: list, data: st.DataObject) -> None:
    changes = [FileChange(f"f{n}", old, new) for n, (old, new) in enumerate(pairs) if old != new]
    hunks = hunks_of(changes)
    assert [hunk.number for hunk in hunks] == list(range(1, len(hunks) + 1))
    every = {hunk.number for hunk in hunks}
    assert without_hunks(changes, set()) == tuple(changes)
    assert without_hunks(changes, every) == ()
    refused = data.draw(st.sets(st.sampled_from(sorted(every)))) if every else set()
    rest = without_hunks(changes, refused)
    for change in rest:
        assert change.before == next(c.before for c in changes if c.path == change.path)
    # Refusing the rest of the rest leaves nothing, and what is gone is exactly what was refused.
    removed = sum(len(hunk.old_lines) for hunk in hunks if hunk.number not in refused)
    assert sum(len(hunk.old_lines) for hunk in hunks_of(rest)) <= removed
    assert without_hunks(rest, {hunk.number for hunk in hunks_of(rest)}) == ()


def test_runs_close_together_are_one_hunk() -> None:
    old = "\n".join("abcdefghij")
    near = hunks_of([FileChange("f", old, old.replace("b", "B").replace("e", "E"))])
    assert [diff_lines(hunk) for hunk in near] == [["-b", "-c", "-d", "-e", "+B", "+c", "+d", "+E"]]
    far = hunks_of([FileChange("f", old, old.replace("b", "B").replace("f", "F"))])
    assert [(hunk.old_start, diff_lines(hunk)) for hunk in far] == [(2, ["-b", "+B"]), (6, ["-f", "+F"])]


def test_the_code_of_what_is_left_does_not_hold_what_was_refused() -> None:
    before = "\n".join(f"line {n}" for n in range(20)) + "\n"
    change = FileChange("f", before, before.replace("line 3", "three").replace("line 15", "fifteen"))
    whole = Candidate(1, "digest", (change,), code="all of it")
    rest = changed_candidate(whole, without_hunks([change], {1}), 2)
    assert (rest.number, "fifteen" in rest.code, "three" in rest.code) == (2, True, False)
    assert rest.changes[0].after == before.replace("line 15", "fifteen")
    assert rest.digest not in {"digest", whole.digest}


def test_both_halves_of_a_renaming_are_decided_together() -> None:
    changes = [
        FileChange("other.c", "a", "b"),
        FileChange("old.c", "text", None),
        FileChange("new.c", None, "text", origin="old.c"),
    ]
    assert decided_together(changes, {1}) == {1}
    assert decided_together(changes, {2}) == decided_together(changes, {3}) == {2, 3}
