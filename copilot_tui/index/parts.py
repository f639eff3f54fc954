"""All that an index is opened with, as one value: it is handed to another process, too."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from copilot_tui.core.config import ExplorationSettings
from copilot_tui.index.code_index import CodeIndex


@dataclass(frozen=True, slots=True)
class IndexParts:
    """See :class:`CodeIndex`, whose parameters these are."""

    source: str
    directory: str
    settings: ExplorationSettings
    directories: tuple[str, ...] = ()
    table: str | None = None
    encoder: str | None = None

    def open(self) -> CodeIndex:
        """Raises :class:`ModelFileError` when the table's file has a wrong size."""
        return CodeIndex(
            Path(self.source),
            Path(self.directory),
            self.settings,
            self.directories,
            Path(self.table) if self.table is not None else None,
            Path(self.encoder) if self.encoder is not None else None,
        )
