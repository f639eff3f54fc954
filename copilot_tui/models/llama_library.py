"""Importing xllamacpp, with threads that do not starve each other.

Its OpenMP threads wait for each other by spinning, at each layer of each token. As soon as anything
else wants a core, the default spin makes generation more than ten times slower (two cores, one other
busy process: 1.6 tokens a second instead of 23); a short one costs nothing on an idle machine. OpenMP
reads the setting once, when the library is loaded, so everyone has to import it through here.
"""

from __future__ import annotations

import os
import sys
from typing import Any

from copilot_tui.core.errors import ModelLoadError

_SPIN_VARIABLES = ("GOMP_SPINCOUNT", "OMP_WAIT_POLICY")
_SPIN_COUNT = "1000"


def import_library() -> Any:
    """The module ``xllamacpp``. Raises :class:`ModelLoadError` when it cannot be imported.

    A choice that the person made in the environment is respected; ours is taken back at once, so
    that programs started from here do not inherit it.
    """
    chosen = "xllamacpp" in sys.modules or any(name in os.environ for name in _SPIN_VARIABLES)
    if not chosen:
        os.environ["GOMP_SPINCOUNT"] = _SPIN_COUNT
    try:
        import xllamacpp
    except ImportError as error:
        raise ModelLoadError(
            f"xllamacpp, which runs GGUF models, cannot be imported: {error}.",
            "Install it: pip install xllamacpp (wheels exist for Linux, macOS and Windows).",
        ) from error
    finally:
        if not chosen:
            os.environ.pop("GOMP_SPINCOUNT", None)
    return xllamacpp
