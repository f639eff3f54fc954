"""Which files belong together: who includes or imports whom, who calls what.

What a file imports is stored as written (see ``imports``) and resolved when somebody asks, because a new
file can change what an old ``#include`` means. Among several files that fit, the one whose folder is
nearest wins, as a compiler's search path would mostly have it. Limits: search paths and module files
(``-I``, ``go.mod``, ``tsconfig``) are not read; of a file that everything includes only the first importers
are listed.
"""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cached_property

from copilot_tui.index.catalogue import Catalogue
from copilot_tui.index.imports import import_key
from copilot_tui.index.languages import language_of
from copilot_tui.index.path_table import PathTable

MOST_IMPORTERS = 2000
_MOST_IN_FOLDER = 50
_MOST_RESOLVED = 100_000
_SCRIPT = (".ts", ".tsx", ".d.ts", ".js", ".jsx", ".mjs", ".cjs", ".mts", ".cts")
_ENDINGS: Mapping[str, tuple[str, ...]] = {
    "python": (".py", ".pyi", "/__init__.py", "/__init__.pyi"),
    "rust": (".rs", "/mod.rs", "/lib.rs", "/src/lib.rs"),
    "java": (".java",),
    "javascript": ("", *_SCRIPT, "/index.js", "/index.ts", "/index.tsx"),
    "shell": ("", ".sh", ".bash"),
}
_FAMILIES: Mapping[str, str] = {"typescript": "javascript", "tsx": "javascript"}
_STANDS_FOR_FOLDER = frozenset({"__init__", "mod", "lib", "index"})


class Relations:
    """The relations among ``paths``, the files of one code base as of the last refresh; ``table`` has the
    same."""

    def __init__(self, catalogue: Catalogue, paths: Collection[str], table: PathTable) -> None:
        self._catalogue = catalogue
        self._paths = paths
        self._table = table
        self._resolved: dict[tuple[str, str, str], tuple[str, ...]] = {}

    def includes_of(self, path: str) -> tuple[str, ...]:
        """The files of the code base that ``path`` includes or imports, in its order."""
        found: dict[str, None] = {}
        for target in self._catalogue.imports_in(path):
            found.update(dict.fromkeys(self.resolve(path, target)))
        found.pop(path, None)
        return tuple(found)

    def included_by(self, path: str, most: int = MOST_IMPORTERS) -> tuple[str, ...]:
        """The files of the code base that include or import ``path``, by path.

        Empty where more than ``most`` do so by the look of it: that says nothing of any of them.
        """
        found: set[str] = set()
        possible = self._catalogue.imports_named(_keys_of(path), most + 1)
        if len(possible) > most:
            return ()
        for importer, target in possible:
            if importer in self._paths and importer not in found and path in self.resolve(importer, target):
                found.add(importer)
        found.discard(path)
        return tuple(sorted(found))

    def callers_of(self, name: str) -> tuple[str, ...]:
        """The files that call ``name``, by path; letter case counts."""
        return tuple(path for path in self._catalogue.callers_of(name) if path in self._paths)

    def calls_in(self, path: str) -> tuple[str, ...]:
        """The names that ``path`` calls, each once."""
        return self._catalogue.calls_in(path)

    def resolve(self, importer: str, target: str) -> tuple[str, ...]:
        """The files that ``target`` means when ``importer`` says it; empty for what lies elsewhere."""
        language = language_of(importer) or ""
        language = _FAMILIES.get(language, language)
        # Files of one folder and language mean the same by one target.
        key = (importer.rpartition("/")[0], language, target)
        found = self._resolved.get(key)
        if found is None:
            if len(self._resolved) >= _MOST_RESOLVED:
                self._resolved.clear()
            found = self._resolved[key] = self._meant(importer, language, target)
        return found

    def _meant(self, importer: str, language: str, target: str) -> tuple[str, ...]:
        if language == "go":
            return self._folder(importer, target, ".go")
        if target.endswith("/*"):
            return self._folder(importer, target[:-2], ".java")
        folder = importer.rpartition("/")[0]
        endings = _ENDINGS.get(language, ("",))
        if target.startswith("."):
            return self._relative(folder, target, endings)
        if language == "javascript" and "/" not in target:
            return ()  # a package, not a file
        if language in {"c", "cpp", "objc", "shell"} and (beside := self._relative(folder, target, endings)):
            return beside
        wanted = target.strip("/")
        for ending in endings:
            if fitting := self._table.ending_exactly(wanted + ending):
                return (_nearest(importer, fitting),)
        return ()

    def _relative(self, folder: str, target: str, endings: Iterable[str]) -> tuple[str, ...]:
        base = posixpath.normpath(posixpath.join(folder, target))
        bare = base[: -len(".js")] if base.endswith(".js") and ".ts" in endings else base
        for ending in endings:
            for path in (base + ending, bare + ending):
                if path in self._paths:
                    return (path,)
        return ()

    @cached_property
    def _by_folder(self) -> dict[str, list[str]]:
        """The files of languages that import folders, by the last part of theirs."""
        found: dict[str, list[str]] = {}
        for path in sorted(path for path in self._paths if path.endswith((".go", ".java"))):
            found.setdefault(path.rpartition("/")[0].rpartition("/")[2], []).append(path)
        return found

    def _folder(self, importer: str, target: str, ending: str) -> tuple[str, ...]:
        """The files of the folder that a package's import path ends with, tests left out."""
        fitting: dict[str, list[str]] = {}
        for path in self._by_folder.get(target.rpartition("/")[2], ()):
            folder = path.rpartition("/")[0]
            if path.endswith(ending) and not path.endswith(f"_test{ending}"):
                fitting.setdefault(folder, []).append(path)
        if not fitting:
            return ()
        # Of "x.org/project/net/http" the folder net/http says more than another http.
        longest = max(_shared_end(folder, target) for folder in fitting)
        best = _nearest(importer, [folder for folder in fitting if _shared_end(folder, target) == longest])
        return tuple(fitting[best][:_MOST_IN_FOLDER])


def _keys_of(path: str) -> tuple[str, ...]:
    """The keys under which imports of ``path`` may be filed."""
    folder, _, name = path.rpartition("/")
    bare = name.partition(".")[0].lower()
    above = folder.rpartition("/")[2].lower()
    parents = folder.rpartition("/")[0].rpartition("/")[2].lower()
    keys = {bare, import_key(name)}
    if name.endswith((".go", ".java")) or bare in _STANDS_FOR_FOLDER:
        keys.add(above)
    if bare == "lib":
        keys.add(parents)
    return tuple(sorted(key for key in keys if key))


def _nearest(importer: str, paths: Sequence[str]) -> str:
    if len(paths) == 1:
        return paths[0]
    parts = importer.split("/")
    return min(paths, key=lambda path: (-_shared_beginning(parts, path.split("/")), len(path), path))


def _shared_end(folder: str, target: str) -> int:
    return _shared_beginning(reversed(folder.split("/")), reversed(target.split("/")))


def _shared_beginning(one: Iterable[str], other: Iterable[str]) -> int:
    count = 0
    for mine, theirs in zip(one, other, strict=False):
        if mine != theirs:
            break
        count += 1
    return count
