"""Python's garbage collector while the app starts: it would look again and again at what was just loaded."""

from __future__ import annotations

import gc


def collect_again() -> None:
    """End the pause that the command line gave it, if it did.

    What was loaded until now stays to the end, so it is never looked at: that would make keys wait.
    """
    if not gc.isenabled():
        gc.freeze()
        gc.enable()
