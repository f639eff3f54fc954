"""Small tests of one Python function: a file of plain pytest functions, and a runner that needs no pytest.

The runner puts the candidate's modules in the place of those of the code base, so that everything else, the
package around them too, is imported from where it is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from copilot_tui.build.trial import SECONDS_A_TEST, Command
from copilot_tui.core.artefacts import GeneratedTest

_HEAD = '''\
"""Tests of {symbol}, written by copilot-tui from the words of the task: nobody has looked at them yet.

Keep what is right and delete the rest.
"""

from {module} import {names}
'''

_RUNNER = """\
import importlib.abc, importlib.util, os, signal, sys

word, top, file, symbol, count, *modules = sys.argv[1:]
del sys.argv[1:]
sys.path[:0] = [top]
sys.dont_write_bytecode = True
overlay = dict(module.split("=", 1) for module in modules)


class Candidate(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name not in overlay:
            return None
        package = overlay[name].endswith("__init__.py")
        folder = os.path.join(top, *name.split("."))
        return importlib.util.spec_from_file_location(
            name, overlay[name], submodule_search_locations=[folder] if package else None
        )


sys.meta_path.insert(0, Candidate())
specification = importlib.util.spec_from_file_location("generated_tests", file)
tests = importlib.util.module_from_spec(specification)
specification.loader.exec_module(tests)
children = []
for number in range(1, int(count) + 1):
    children.append(os.fork())
    if children[-1] == 0:
        status = 1
        try:
            signal.alarm({seconds})
            silent = os.open(os.devnull, os.O_WRONLY)
            os.dup2(silent, 1)
            os.dup2(silent, 2)
            getattr(tests, f"test_{{symbol}}_{{number}}")()
            status = 0
        finally:
            os._exit(status)
for number, child in enumerate(children, 1):
    passed = os.waitpid(child, 0)[1] == 0
    print(f"{{word}}{{'ok' if passed else 'not ok'}} {{number}}", flush=True)
"""


@dataclass(frozen=True, slots=True)
class PythonHarness:
    """Tests of ``symbol`` in ``path``; ``names`` are the names of the module that the tests may use."""

    root: Path
    path: str
    symbol: str
    names: tuple[str, ...]
    interpreter: str

    @property
    def test_path(self) -> str:
        tests = next((name for name in ("tests", "test") if (self.root / name).is_dir()), "tests")
        return f"{tests}/generated/test_{self.symbol}.py"

    def text(self, tests: Sequence[GeneratedTest]) -> str:
        functions = (self._function(number, test) for number, test in enumerate(tests, 1))
        return self._head(tests) + "".join(functions)

    def lines_of(self, tests: Sequence[GeneratedTest]) -> Sequence[range]:
        ranges, at = [], self._head(tests).count("\n") + 1
        for number, test in enumerate(tests, 1):
            length = self._function(number, test).count("\n")
            ranges.append(range(at, at + length))
            at += length
        return ranges

    def commands(self, folder: Path, files: Sequence[str], count: int, word: str) -> Sequence[Command]:
        modules = []
        for path in files:
            if path.endswith(".py"):
                name, _ = module_of(self.root, path)
                modules.append(f"{name}={folder / path}")
        top = module_of(self.root, self.path)[1]
        runner = _RUNNER.format(seconds=SECONDS_A_TEST)
        arguments = (word, str(top), str(folder / self.test_path), self.symbol, str(count), *modules)
        return [((self.interpreter, "-B", "-c", runner, *arguments), str(self.root))]

    def _head(self, tests: Sequence[GeneratedTest]) -> str:
        text = "\n".join(f"{test.setup}\n{test.check}" for test in tests)
        used = [name for name in self.names if re.search(rf"\b{re.escape(name)}\b", text)]
        module, _ = module_of(self.root, self.path)
        return _HEAD.format(symbol=self.symbol, module=module, names=", ".join(used or [self.symbol]))

    def _function(self, number: int, test: GeneratedTest) -> str:
        setup = "".join(f"    {line}\n" for line in test.setup.split("\n") if line.strip())
        return f"\n\ndef test_{self.symbol}_{number}():\n{setup}    assert {test.check}\n"


def module_of(root: Path, path: str) -> tuple[str, Path]:
    """The name by which a file is imported, and the folder that must be searched for that."""
    pure = PurePosixPath(path)
    parts = [] if pure.name == "__init__.py" else [pure.stem]
    folder = (root / pure).parent
    while (folder / "__init__.py").is_file() and folder != root.parent:
        parts.insert(0, folder.name)
        folder = folder.parent
    return ".".join(parts) or pure.parent.name, folder
