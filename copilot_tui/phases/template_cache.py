"""Compiled prompt templates, kept between runs.

Compiling the templates costs some thirty milliseconds a process, loading them two. Jinja keys each by its
name and the hash of its source, and passes over what another version wrote. Limits: a cache that cannot be
written (a full disk, a read-only home) or that is spoilt costs the time and nothing else.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from pickle import UnpicklingError

import platformdirs
from jinja2.bccache import Bucket, FileSystemBytecodeCache


class TemplateCache(FileSystemBytecodeCache):
    """In a folder that only the person can write to, for what is loaded from it is run."""

    def dump_bytecode(self, bucket: Bucket) -> None:
        with suppress(OSError):
            super().dump_bytecode(bucket)

    def load_bytecode(self, bucket: Bucket) -> None:
        with suppress(OSError, EOFError, ValueError, UnpicklingError):
            super().load_bytecode(bucket)


def template_cache() -> TemplateCache:
    """The one of this account. Makes its folder where it can."""
    folder = Path(platformdirs.user_cache_dir("copilot-tui", appauthor=False)) / "prompts"
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return TemplateCache(str(folder))
