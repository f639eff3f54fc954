"""Opening the index of a code base with all that is installed for it: one place for every frontend."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from copilot_tui.core.config import Settings
from copilot_tui.index.code_index import CodeIndex
from copilot_tui.models.catalog import SEARCH_TABLE, TEXT_ENCODER
from copilot_tui.models.model_store import ModelStore


def open_code_index(
    source: Path, directory: Path, settings: Settings, directories: Sequence[str] = ()
) -> CodeIndex:
    """The index of ``source`` in ``directory``, with what is installed to compare meanings.

    Raises :class:`ModelFileError` when the table's file has a wrong size.
    """
    store = ModelStore.from_settings(settings)
    table, encoder = store.path(SEARCH_TABLE.name), store.path(TEXT_ENCODER.name)
    return CodeIndex(source, directory, settings.exploration, directories, table, encoder)
