"""Looking up the programs that a build needs, and saying how to get one that is missing."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from copilot_tui.core.errors import BuildToolMissingError

_PACKAGES = {
    "make": "make",
    "gmake": "make",
    "gcc": "gcc",
    "cc": "gcc",
    "g++": "g++",
    "c++": "g++",
    "clang": "clang",
    "clang++": "clang",
    "cpp": "gcc",
    "ld": "binutils",
    "ar": "binutils",
    "as": "binutils",
    "ranlib": "binutils",
    "objcopy": "binutils",
    "cmake": "cmake",
    "ctest": "cmake",
    "ninja": "ninja-build",
    "npm": "npm",
    "node": "nodejs",
    "flex": "flex",
    "bison": "bison",
    "yacc": "bison",
    "nasm": "nasm",
    "perl": "perl",
    "python": "python3",
    "python3": "python3",
    "pkg-config": "pkg-config",
    "autoconf": "autoconf",
    "automake": "automake",
    "libtool": "libtool",
    "valgrind": "valgrind",
}
_ELSEWHERE = {
    "cargo": "Install Rust from https://rustup.rs.",
    "rustc": "Install Rust from https://rustup.rs.",
    "pytest": "Install it with: python -m pip install pytest.",
    "go": "Install Go from https://go.dev/dl.",
}
_COMPILER_SUFFIXES = ("-gcc", "-g++", "-cc", "-c++", "-clang", "-ld", "-ar", "-as")


def is_build_tool(name: str) -> bool:
    """Whether a missing program of this name is a missing tool, and not a failure of the code base."""
    return name in _PACKAGES or name in _ELSEWHERE or name.endswith(_COMPILER_SUFFIXES)


def missing_tool(name: str, why: str) -> BuildToolMissingError:
    """The error for a tool that is not installed; ``why`` says what needs it."""
    hint = _ELSEWHERE.get(name)
    if hint is None:
        package = _PACKAGES.get(name, name)
        hint = (
            f"Install it (Debian, Ubuntu: apt install {package}; Fedora: dnf install {package}; "
            f"macOS: brew install {package} or xcode-select --install), or set build.build_command."
        )
    return BuildToolMissingError(f"{name} is not on PATH; {why}.", hint)


def first_present(names: Sequence[str], why: str) -> str:
    """The first of ``names`` that is installed; raises :class:`BuildToolMissingError` for the first."""
    for name in names:
        if name and shutil.which(name):
            return name
    raise missing_tool(next(name for name in names if name), why)


def require(program: str, directory: Path, why: str) -> None:
    """Raise :class:`BuildToolMissingError` unless ``program`` can be run in ``directory``."""
    if os.sep in program:
        if os.access(directory / program, os.X_OK):
            return
    elif shutil.which(program):
        return
    raise missing_tool(program, why)
