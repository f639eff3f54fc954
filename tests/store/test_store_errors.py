from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copilot_tui.core.errors import StoreError, UsageError
from copilot_tui.store.database import Database
from copilot_tui.store.errors import MAX_CONTEXTS, ErrorStore

OF_THE_SEED: dict[str, Any] = {
    "9f3c": {
        "message": "undefined reference to `foo'",
        "first_seen": "2025-10-01T10:00:00.123456",
        "occurrences": 3,
        "contexts": [{"file": "a.c"}, {"file": "b.c"}],
        "resolutions": [
            {"timestamp": "2025-10-02T10:00:00", "resolution": "add foo.o", "fix_commit": "abc123"},
            {"timestamp": "2025-10-03T10:00:00", "resolution": "link libfoo", "fix_commit": None},
        ],
        "status": "resolved",
    }
}


def test_occurrences_are_counted_and_the_first_message_and_moment_stay(errors: ErrorStore) -> None:
    assert errors.record("f", "first", {"n": 1}, "2026-01-01T00:00:00.000+00:00") == 1
    assert errors.record("f", "second", {"n": 2}, "2026-01-02T00:00:00.000+00:00") == 2
    entry = errors.lookup("f")
    assert entry is not None
    assert (entry.message, entry.occurrences, entry.status) == ("first", 2, "unresolved")
    assert (entry.first_seen[:10], entry.last_seen[:10]) == ("2026-01-01", "2026-01-02")
    assert errors.lookup("unknown") is None


def test_only_the_newest_contexts_are_kept(errors: ErrorStore) -> None:
    for number in range(MAX_CONTEXTS + 5):
        errors.record("f", "m", {"n": number})
    entry = errors.lookup("f")
    assert entry is not None
    assert entry.occurrences == MAX_CONTEXTS + 5
    assert [context["n"] for context in entry.contexts] == list(range(5, MAX_CONTEXTS + 5))


def test_a_verified_fix_resolves_an_error_and_a_guess_does_not(errors: ErrorStore) -> None:
    errors.record("f", "m", {})
    errors.resolve("f", "declare it", "+int x;", False, {})
    entry = errors.lookup("f")
    assert entry is not None
    assert (entry.status, entry.verified_resolution) == ("unresolved", None)
    errors.resolve("f", "declare it", "+int x;", True, {"fix_commit": "abc"})
    entry = errors.lookup("f")
    assert entry is not None
    assert entry.status == "resolved"
    (resolution,) = entry.resolutions
    assert resolution == entry.verified_resolution
    assert (resolution.rule, resolution.patch, resolution.fix_commit) == ("declare it", "+int x;", "abc")
    errors.resolve("f", "declare it", "+int x;", False, {})
    entry = errors.lookup("f")
    assert entry is not None
    assert entry.resolutions[0].verified


def test_an_error_that_was_never_recorded_cannot_be_resolved(errors: ErrorStore) -> None:
    with pytest.raises(StoreError, match="never recorded"):
        errors.resolve("f", "rule", "", True, {})


def test_entries_come_most_seen_first(errors: ErrorStore) -> None:
    for fingerprint, times in (("rare", 1), ("often", 3), ("some", 2)):
        for _ in range(times):
            errors.record(fingerprint, "m", {})
    assert [entry.fingerprint for entry in errors.entries()] == ["often", "some", "rare"]
    assert [entry.fingerprint for entry in errors.entries(limit=1)] == ["often"]


def test_the_export_has_the_form_of_the_seed(errors: ErrorStore) -> None:
    errors.record("f", "m", {"file": "a.c"}, "2026-01-01T00:00:00.000+00:00")
    errors.resolve("f", "rule", "diff", True, {})
    entry = errors.export()["f"]
    assert {"message", "first_seen", "occurrences", "contexts", "resolutions", "status"} <= set(entry)
    assert {"timestamp", "resolution", "fix_commit"} <= set(entry["resolutions"][0])
    assert entry["resolutions"][0]["resolution"] == "rule"


def test_what_the_seed_exported_comes_back_out(errors: ErrorStore) -> None:
    assert errors.merge(OF_THE_SEED) == 1
    exported = errors.export()
    for known, given_ in zip(
        exported["9f3c"].pop("resolutions"), OF_THE_SEED["9f3c"]["resolutions"], strict=True
    ):
        assert {**known, **given_} == known
    wanted = {k: v for k, v in OF_THE_SEED["9f3c"].items() if k != "resolutions"}
    assert {**exported["9f3c"], **wanted} == exported["9f3c"]


_texts = st.text(max_size=4)
_exports = st.dictionaries(
    st.sampled_from(["a", "b", "c"]),
    st.fixed_dictionaries(
        {"message": _texts},
        optional={
            "first_seen": st.sampled_from(["", "2025-01-01", "2026-01-01"]),
            "occurrences": st.integers(1, 9),
            "contexts": st.lists(
                st.fixed_dictionaries({"n": st.integers(0, 40)}) | st.integers() | _texts, max_size=30
            ),
            "resolutions": st.lists(
                st.fixed_dictionaries(
                    {"resolution": st.sampled_from(["x", "y"])},
                    optional={
                        "patch": st.sampled_from(["", "p"]),
                        "timestamp": st.sampled_from(["2025", "2026"]),
                        "fix_commit": st.none() | _texts,
                        "verified": st.booleans(),
                        "context": st.dictionaries(_texts, _texts, max_size=1),
                    },
                ),
                max_size=4,
            ),
            "status": st.sampled_from(["resolved", "unresolved", "open"]),
        },
    ),
)


@settings(max_examples=40)
@given(first=_exports, second=_exports)
def test_merging_the_same_export_twice_changes_nothing(
    tmp_path_factory: pytest.TempPathFactory, first: dict[str, Any], second: dict[str, Any]
) -> None:
    with Database.open(tmp_path_factory.mktemp("merge")) as database:
        errors = ErrorStore(database)
        errors.merge(first)
        errors.merge(second)
        once = errors.export()
        assert errors.merge(second) == 0
        assert errors.merge(copy.deepcopy(once)) == 0
        assert errors.export() == once
    with Database.open(tmp_path_factory.mktemp("copy")) as database:
        assert ErrorStore(database).merge(once) == len(once)
        assert ErrorStore(database).export() == once


@settings(max_examples=40, deadline=None)
@given(first=_exports, second=_exports, third=_exports)
def test_what_several_machines_know_is_the_same_in_whatever_order_it_is_put_together(
    tmp_path_factory: pytest.TempPathFactory, first: Any, second: Any, third: Any
) -> None:
    known = []
    for order in ((first, second, third), (third, second, first), (second, first, third, first)):
        with Database.open(tmp_path_factory.mktemp("order")) as database:
            for export in order:
                ErrorStore(database).merge(export)
            known.append(ErrorStore(database).export())
    with Database.open(tmp_path_factory.mktemp("left")) as left:
        ErrorStore(left).merge(first)
        ErrorStore(left).merge(second)
        with Database.open(tmp_path_factory.mktemp("right")) as right:
            ErrorStore(right).merge(third)
            ErrorStore(right).merge(ErrorStore(left).export())
            known.append(ErrorStore(right).export())
    assert all(sorted_keys(export) == sorted_keys(known[0]) for export in known)


def sorted_keys(export: dict[str, Any]) -> str:
    return json.dumps(export, sort_keys=True)


def test_counts_of_two_machines_add_up_once(tmp_path: Path) -> None:
    with Database.open(tmp_path / "a") as one, Database.open(tmp_path / "b") as two:
        here, there = ErrorStore(one), ErrorStore(two)
        for store, times in ((here, 2), (there, 3)):
            for _ in range(times):
                store.record("f", "m", {})
            store.resolve("f", "rule", "diff", True, {})
            store.count("f", "rule", "diff", hits=times, successes=1, harm=times - 2)
        for _ in range(2):
            here.merge(there.export())
            there.merge(here.export())
        for store in (here, there):
            entry = store.lookup("f")
            assert entry is not None
            (fix,) = entry.resolutions
            assert (entry.occurrences, fix.hits, fix.successes, fix.harm) == (5, 5, 2, 1)


def test_a_fix_that_is_noted_again_keeps_its_counts(errors: ErrorStore) -> None:
    errors.record("f", "m", {})
    errors.resolve("f", "rule", "diff", True, {"line": 1})
    errors.count("f", "rule", "diff", hits=2, harm=1)
    errors.resolve("f", "rule", "diff", True, {"line": 2})
    entry = errors.lookup("f")
    assert entry is not None
    assert (entry.resolutions[0].hits, entry.resolutions[0].harm) == (2, 1)
    assert entry.resolutions[0].context == {"line": 2}
    assert errors.count("f", "another", "diff", hits=1) is None


@pytest.mark.parametrize(
    ("data", "named"),
    [
        ([], "object"),
        ({"a": 1}, "object"),
        ({"a": {"occurrences": 1}}, "message"),
        ({"a": {"message": "m", "occurrences": "many"}}, "occurrences"),
        ({"a": {"message": "m", "occurrences": 0}}, "occurrences"),
        ({"a": {"message": "m", "occurrences": 2**70}}, "occurrences"),
        ({"a": {"message": "m", "resolutions": [{"timestamp": ""}]}}, "resolution"),
        ({"a": {"message": "m", "contexts": [object()]}}, "object"),
    ],
)
def test_a_malformed_export_is_refused_whole(errors: ErrorStore, data: Any, named: str) -> None:
    whole = {"good": {"message": "m"}, **data} if isinstance(data, dict) else data
    with pytest.raises(UsageError, match=named):
        errors.merge(whole)
    assert errors.export() == {}


def test_text_that_no_file_can_hold_is_stored_readably(errors: ErrorStore) -> None:
    errors.merge({"a": {"message": "caf\udce9", "contexts": [{"file": "caf\udce9.c"}]}})
    errors.record("a", "caf\udce9", {"file": "\udce9"})
    errors.resolve("a", "\udce9", "\udce9", True, {"file": "\udce9"})
    entry = errors.lookup("a")
    assert entry is not None
    assert entry.message == "caf?"
    assert [context["file"] for context in entry.contexts] == ["caf?.c", "?"]
    assert entry.resolutions[0].rule == "?"


def test_errors_survive_their_log(errors: ErrorStore, database: Database, tmp_path: Path) -> None:
    errors.merge(OF_THE_SEED)
    with Database.open(tmp_path / "other") as other:
        ErrorStore(other).merge(errors.export())
        assert ErrorStore(other).export() == errors.export()
