"""Live equals reload: what ``append`` returns, what ``records`` gives and what a log holds are one."""

from __future__ import annotations

import collections.abc
import tempfile
import types
import typing
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from copilot_tui.core.errors import StoreError
from copilot_tui.core.events import EVENT_TYPES, Progressed, SessionRenamed, from_wire, to_wire
from copilot_tui.store.database import Database
from copilot_tui.store.sessions import SessionStore

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)


def _values(kind: Any) -> st.SearchStrategy[Any]:
    """Any value of the type ``kind``, as far as events and artefacts use types."""
    origin, arguments = get_origin(kind), get_args(kind)
    if kind is Any or kind is object:
        return _JSON
    if origin is Literal:
        return st.sampled_from(arguments)
    if origin in (Union, types.UnionType):
        return st.one_of(*map(_values, arguments))
    if origin is tuple:
        if arguments[-1] is not ...:
            return st.tuples(*map(_values, arguments))
        return st.lists(_values(arguments[0]), max_size=2).map(tuple)
    if origin is collections.abc.Mapping:
        return st.dictionaries(_values(arguments[0]), _values(arguments[1]), max_size=2)
    if isinstance(kind, type) and is_dataclass(kind):
        hints = get_type_hints(kind)
        return st.builds(kind, **{field.name: _values(hints[field.name]) for field in fields(kind)})
    return {
        str: st.text(max_size=20),
        int: st.integers(-(2**53), 2**53),
        float: st.floats(allow_nan=False, allow_infinity=False),
        bool: st.booleans(),
        types.NoneType: st.none(),
    }[kind]


@pytest.fixture(scope="module")
def shared() -> typing.Iterator[SessionStore]:
    with tempfile.TemporaryDirectory() as folder, Database.open(Path(folder)) as database:
        yield SessionStore(database)


@pytest.mark.parametrize("name", EVENT_TYPES)
@settings(max_examples=10, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_every_event_survives_the_store_and_the_wire(
    name: str, shared: SessionStore, data: st.DataObject
) -> None:
    event = data.draw(_values(EVENT_TYPES[name]))
    record = shared.append(name, event)
    assert record.event == event
    assert shared.records(name, after=record.seq - 1) == [record]
    assert from_wire(msgspec.json.decode(msgspec.json.encode(to_wire(record)))) == record


def test_a_name_with_broken_bytes_is_stored_readably_and_live_equals_reload(sessions: SessionStore) -> None:
    record = sessions.append("s", SessionRenamed(b"caf\xe9.c".decode("utf-8", "surrogateescape")))
    assert record.event == SessionRenamed("caf?.c")
    assert sessions.records("s") == [record]


def test_what_json_cannot_hold_is_refused_before_it_is_stored(sessions: SessionStore) -> None:
    with pytest.raises(StoreError):
        sessions.append("s", Progressed("scan", float("nan")))
    assert sessions.overviews() == []
