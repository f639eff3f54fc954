"""What the tests of the store share: open stores in a folder of their own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from copilot_tui.store.database import Database
from copilot_tui.store.errors import ErrorStore
from copilot_tui.store.sessions import SessionStore


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with Database.open(tmp_path / "state") as opened:
        yield opened


@pytest.fixture
def sessions(database: Database) -> SessionStore:
    return SessionStore(database)


@pytest.fixture
def errors(database: Database) -> ErrorStore:
    return ErrorStore(database)
