"""A stretch of work without the search for reference cycles.

A query makes tens of thousands of small objects, none of them in a cycle, and each search for cycles among
them walks over all that the index keeps in memory. Counting references frees them without that.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """For milliseconds, not for seconds: other threads of the process go without, too."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()
