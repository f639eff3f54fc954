"""Texts and outlines of the files that were looked at last, so that one query reads each file once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence

from copilot_tui.index.catalogue import Catalogue
from copilot_tui.index.file_outline import FileOutline
from copilot_tui.index.folded_text import FoldedText

_TEXTS = 64
_DEFINITIONS = 60_000


class FileCache:
    """``read`` gets a text, None for what cannot be read; ``catalogue`` has the outlines."""

    def __init__(self, catalogue: Catalogue, read: Callable[[str], str | None]) -> None:
        self._catalogue = catalogue
        self._read = read
        self._texts: OrderedDict[str, FoldedText | None] = OrderedDict()
        self._outlines: OrderedDict[str, FileOutline] = OrderedDict()
        self._definitions = 0

    def clear(self) -> None:
        """Forget everything; for when files may have changed."""
        self._texts.clear()
        self._outlines.clear()
        self._definitions = 0

    def text(self, path: str) -> FoldedText | None:
        if path in self._texts:
            self._texts.move_to_end(path)
            return self._texts[path]
        text = self._read(path)
        self._texts[path] = found = FoldedText(text) if text is not None else None
        if len(self._texts) > _TEXTS:
            self._texts.popitem(last=False)
        return found

    def outlines(self, paths: Sequence[str]) -> Iterator[tuple[str, FileOutline]]:
        """Those of ``paths`` whose facts are in the index, in this order."""
        fresh: dict[str, FileOutline] = {}
        missing = [path for path in dict.fromkeys(paths) if path not in self._outlines]
        for path, stamp, columns in self._catalogue.outlines(missing):
            fresh[path] = FileOutline(columns, stamp)
        for path in paths:
            outline = fresh[path] if path in fresh else self._outlines.get(path)
            if outline is not None:
                yield path, outline
        self._keep(fresh)

    def _keep(self, fresh: dict[str, FileOutline]) -> None:
        for path, outline in fresh.items():
            self._outlines[path] = outline
            self._definitions += len(outline)
        while self._definitions > _DEFINITIONS:
            _, oldest = self._outlines.popitem(last=False)
            self._definitions -= len(oldest)
