"""Opening the index of a code base with all that is installed for it: one place for every frontend."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from copilot_tui.core.config import Settings
from copilot_tui.index.code_index import CodeIndex
from copilot_tui.index.parts import IndexParts
from copilot_tui.models.catalog import SEARCH_TABLE, TEXT_ENCODER
from copilot_tui.models.model_store import ModelStore


def open_code_index(
    source: Path, directory: Path, settings: Settings, directories: Sequence[str] = ()
) -> CodeIndex:
    """The index of ``source`` in ``directory``, with what is installed to compare meanings.

    Raises :class:`ModelFileError` when the table's file has a wrong size.
    """
    return index_parts(source, directory, settings, directories).open()


def index_parts(
    source: Path, directory: Path, settings: Settings, directories: Sequence[str] = ()
) -> IndexParts:
    """What :func:`open_code_index` opens."""
    store = ModelStore.from_settings(settings)
    table, encoder = (store.path(entry.name) for entry in (SEARCH_TABLE, TEXT_ENCODER))
    return IndexParts(
        str(source.absolute()),
        str(directory.absolute()),
        settings.exploration,
        tuple(directories),
        str(table) if table is not None else None,
        str(encoder) if encoder is not None else None,
    )
