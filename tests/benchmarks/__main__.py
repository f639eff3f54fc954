"""``python -m tests.benchmarks NAME [ARGUMENT ...]``; without a name, all of them."""

from __future__ import annotations

import sys

from tests.benchmarks import (
    app,
    demo,
    diagnose,
    engines,
    humaneval,
    localisation,
    overhead,
    parallel,
    repair,
    sandbox,
    scale,
    startup,
)
from tests.benchmarks.machine import describe

BENCHMARKS = {
    "startup": startup.main,
    "app": app.main,
    "overhead": overhead.main,
    "diagnose": diagnose.main,
    "demo": demo.main,
    "localisation": localisation.main,
    "parallel": parallel.main,
    "repair": repair.main,
    "engines": engines.main,
    "humaneval": humaneval.main,
    "sandbox": sandbox.main,
    "scale": scale.main,
}


def main(arguments: list[str]) -> None:
    names = arguments[:1] or list(BENCHMARKS)
    print(describe())
    for name in names:
        print(f"\n## {name}\n")
        BENCHMARKS[name](arguments[1:])


if __name__ == "__main__":
    main(sys.argv[1:])
