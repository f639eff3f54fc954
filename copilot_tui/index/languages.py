"""Which language a file is in, by its name, and how that language writes comments.

Names only: nothing here opens a file. A name that is not listed has no language, and the scan leaves
such a file out with that reason. Headers (``.h``) count as C.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

_MOST_REMEMBERED = 50_000


@dataclass(frozen=True, slots=True)
class CommentStyle:
    """``line`` holds the markers of line comments, the preferred one first; ``block`` tells whether
    the language also has ``/* */``."""

    line: tuple[str, ...]
    block: bool


_SLASHES = CommentStyle(("//",), True)
_HASH = CommentStyle(("#",), False)
_DASHES = CommentStyle(("--",), False)
_SEMICOLON = CommentStyle((";",), False)
_PERCENT = CommentStyle(("%",), False)

ANY_COMMENT_STYLE = CommentStyle(("//", "#", "--", ";", "%"), True)
"""For a text whose language is not known."""

COMMENT_STYLES: Mapping[str, CommentStyle] = {
    "c": _SLASHES,
    "cpp": _SLASHES,
    "csharp": _SLASHES,
    "dart": _SLASHES,
    "go": _SLASHES,
    "groovy": _SLASHES,
    "java": _SLASHES,
    "javascript": _SLASHES,
    "kotlin": _SLASHES,
    "objc": _SLASHES,
    "php": CommentStyle(("//", "#"), True),
    "rust": _SLASHES,
    "scala": _SLASHES,
    "swift": _SLASHES,
    "tsx": _SLASHES,
    "typescript": _SLASHES,
    "zig": CommentStyle(("//",), False),
    "assembly": CommentStyle((";", "//", "#", "@", "|"), True),
    "cmake": _HASH,
    "elixir": _HASH,
    "julia": _HASH,
    "make": _HASH,
    "meson": _HASH,
    "nim": _HASH,
    "perl": _HASH,
    "python": _HASH,
    "r": _HASH,
    "ruby": _HASH,
    "shell": _HASH,
    "tcl": _HASH,
    "toml": _HASH,
    "yaml": _HASH,
    "configuration": CommentStyle(("#", ";"), False),
    "ada": _DASHES,
    "haskell": _DASHES,
    "lua": _DASHES,
    "sql": CommentStyle(("--",), True),
    "vhdl": _DASHES,
    "clojure": _SEMICOLON,
    "lisp": _SEMICOLON,
    "scheme": _SEMICOLON,
    "erlang": _PERCENT,
    "matlab": _PERCENT,
    "prolog": CommentStyle(("%",), True),
    "tex": _PERCENT,
}

_SUFFIXES: Mapping[str, str] = {
    "ada": "adb ads",
    "assembly": "s asm",
    "c": "c h",
    "clojure": "clj cljs cljc",
    "cmake": "cmake",
    "configuration": "conf cfg ini",
    "cpp": "cc cpp cxx c++ hh hpp hxx h++ inl ipp tpp cu cuh",
    "csharp": "cs",
    "dart": "dart",
    "elixir": "ex exs",
    "erlang": "erl hrl",
    "fortran": "f f90 f95 f03 for",
    "go": "go",
    "groovy": "groovy gradle",
    "haskell": "hs",
    "java": "java",
    "javascript": "js jsx mjs cjs",
    "julia": "jl",
    "kotlin": "kt kts",
    "lisp": "lisp lsp el cl",
    "lua": "lua",
    "make": "mk mak make",
    "markdown": "md markdown",
    "matlab": "m",
    "nim": "nim",
    "objc": "mm",
    "ocaml": "ml mli",
    "perl": "pl pm",
    "php": "php",
    "prolog": "pro",
    "python": "py pyi pyx",
    "r": "r",
    "restructuredtext": "rst",
    "ruby": "rb",
    "rust": "rs",
    "scala": "scala",
    "scheme": "scm ss",
    "shell": "sh bash zsh",
    "sql": "sql",
    "swift": "swift",
    "tcl": "tcl",
    "tex": "tex sty",
    "toml": "toml",
    "tsx": "tsx",
    "typescript": "ts mts cts",
    "vhdl": "vhd vhdl",
    "yaml": "yml yaml",
    "zig": "zig",
}
_BY_SUFFIX = {suffix: language for language, suffixes in _SUFFIXES.items() for suffix in suffixes.split()}
_BY_NAME: Mapping[str, str] = {
    "makefile": "make",
    "gnumakefile": "make",
    "mmakefile": "make",
    "mmakefile.src": "make",
    "makefile.am": "make",
    "makefile.in": "make",
    "cmakelists.txt": "cmake",
    "meson.build": "meson",
    "configure.ac": "shell",
    "rakefile": "ruby",
    "gemfile": "ruby",
}
_PROSE = frozenset({"markdown", "restructuredtext", "configuration", "toml", "yaml"})


@lru_cache(maxsize=_MOST_REMEMBERED)
def language_of(path: str) -> str | None:
    """The language of a file by its name, or None where the name tells nothing; remembered, since the same
    files come up in every query."""
    name = path.rpartition("/")[2].lower()
    if name in _BY_NAME:
        return _BY_NAME[name]
    return _BY_SUFFIX.get(name.rpartition(".")[2]) if "." in name else None


def is_prose(language: str) -> bool:
    """Whether files of this language speak about the program rather than being it."""
    return language in _PROSE


def comment_style(language: str | None) -> CommentStyle:
    """How ``language`` writes comments; every known way where the language is not known."""
    return COMMENT_STYLES.get(language or "", ANY_COMMENT_STYLE)
