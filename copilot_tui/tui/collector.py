"""What Python does beside the program's own work, kept from making keys wait.

Its garbage collector would look again and again at what was just loaded while the app starts, and for some
hundredths of a second at all that there is while text streams. And a thread that computes keeps the
interpreter for 5 ms each time that the event loop wants it back, which a key press does several times.
"""

from __future__ import annotations

import gc
import sys

SWITCH_SECONDS = 0.000_5
THRESHOLDS = (2_000, 20, 500)
"""The whole heap is looked at rarely by itself, but after each piece of work: :func:`collect_now`."""


def collect_again() -> None:
    """End the pause that the command line gave the collector, if it did.

    What was loaded until now stays to the end, so it is never looked at.
    """
    sys.setswitchinterval(SWITCH_SECONDS)
    if not gc.isenabled():
        gc.freeze()
        gc.set_threshold(*THRESHOLDS)
        gc.enable()


def collect_now() -> None:
    """Look at everything in a moment when nothing streams, where that is little: most of it is frozen."""
    if gc.get_freeze_count():
        gc.collect()
