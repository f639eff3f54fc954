"""Small tests of one C function: a program that includes the function's file, and runs each test in a child.

Including the file needs no knowledge of how the project links, and reaches ``static`` functions too. What
the file uses of others is left unresolved, so only a test that comes to it fails. The compiler and the
flags are the project's own. A result of a cross compiler does not run here; then no test passes.
"""

from __future__ import annotations

import os
import posixpath
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from copilot_tui.build.compile_commands import CompileCommand
from copilot_tui.build.trial import SECONDS_A_TEST, Command
from copilot_tui.core.artefacts import GeneratedTest

_HEAD = """\
/* Tests of {symbol}, written by copilot-tui from the words of the task: nobody has looked at them yet.
 * Keep what is right and delete the rest. The program includes the code under test: compile this one file
 * with the flags of {path}, and run it. */
#if defined(__STRICT_ANSI__) && !defined(_POSIX_C_SOURCE)
#define _POSIX_C_SOURCE 200809L
#endif
#define main main_under_test
#include "{included}"
#undef main

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
"""

_TAIL = """
struct generated_test {{
    int (*run)(void);
    const char *check;
}};

int main(int count, char **words)
{{
    static const struct generated_test tests[] = {{
{table}
        {{NULL, NULL}},
    }};
    const char *prefix = count > 1 ? words[1] : "";
    pid_t children[{count} + 1];
    int failures = 0;
    int number;

    printf("1..{count}\\n");
    fflush(stdout);
    for (number = 0; tests[number].run != NULL; number++) {{
        children[number] = fork();
        if (children[number] == 0) {{
            if (freopen("/dev/null", "w", stdout) == NULL)
                _exit(2);
            alarm({seconds});
            _exit(tests[number].run() ? 0 : 1);
        }}
    }}
    for (number = 0; tests[number].run != NULL; number++) {{
        int status = -1;
        pid_t child = children[number];
        int passed = child > 0 && waitpid(child, &status, 0) == child && status == 0;

        failures += !passed;
        printf("%s%s %d - %s\\n", prefix, passed ? "ok" : "not ok", number + 1, tests[number].check);
    }}
    return failures != 0;
}}
"""

_QUIET = ("-w", "-Wno-error", "-Wl,--unresolved-symbols=ignore-all")
_OF_A_LINK = ("-shared", "-r", "-static-pie")


@dataclass(frozen=True, slots=True)
class CHarness:
    """Tests of ``symbol`` in ``path``; ``flags`` is how the project compiles that file, None if not known."""

    root: Path
    path: str
    symbol: str
    flags: CompileCommand | None

    @property
    def test_path(self) -> str:
        # A folder of its own: many Makefiles build every C file beside their tests.
        tests = next((name for name in ("tests", "test") if (self.root / name).is_dir()), "tests")
        return f"{tests}/generated/{self.symbol}_test.c"

    def text(self, tests: Sequence[GeneratedTest]) -> str:
        parts = [self._head(), *(self._function(number, test) for number, test in enumerate(tests, 1))]
        table = "\n".join(
            f'        {{generated_test_{number}, "{_quoted(test.check)}"}},'
            for number, test in enumerate(tests, 1)
        )
        return "".join(parts) + _TAIL.format(table=table, count=len(tests), seconds=SECONDS_A_TEST)

    def lines_of(self, tests: Sequence[GeneratedTest]) -> Sequence[range]:
        ranges, at = [], self._head().count("\n") + 1
        for number, test in enumerate(tests, 1):
            length = self._function(number, test).count("\n")
            ranges.append(range(at, at + length))
            at += length
        return ranges

    def commands(self, folder: Path, files: Sequence[str], count: int, word: str) -> Sequence[Command]:
        program = str(folder / "generated_test")
        compiler, directory, options = self._options(folder)
        compiled = (*options, *_QUIET, "-o", program, str(folder / self.test_path), "-lm")
        return [((compiler, *compiled), directory), ((program, word), str(folder))]

    def _head(self) -> str:
        included = posixpath.relpath(self.path, posixpath.dirname(self.test_path))
        return _HEAD.format(symbol=self.symbol, path=self.path, included=included)

    def _function(self, number: int, test: GeneratedTest) -> str:
        setup = "".join(f"    {line.strip()}\n" for line in test.setup.split("\n") if line.strip())
        return (
            f"\nstatic int generated_test_{number}(void)\n{{\n{setup}    return ({test.check}) ? 1 : 0;\n}}\n"
        )

    def _options(self, folder: Path) -> tuple[str, str, list[str]]:
        """The compiler, the folder that it runs in, and its flags: the candidate's headers come first."""
        beside = posixpath.dirname(self.path)
        quoted = [f"-iquote{self.root / beside}"]
        if self.flags is None:
            return "cc", str(self.root), [*quoted, f"-I{folder}", f"-I{self.root}"]
        command = self.flags.syntax_only()
        directory = self.flags.directory
        kept = []
        for word in command[2:]:
            if word in _OF_A_LINK or os.path.normpath(Path(directory, word)) == self.flags.file:
                continue
            kept.append(word)
        return command[0], directory, [*_overlaid(kept, directory, self.root, folder), *kept, *quoted]


def _overlaid(words: Sequence[str], directory: str, root: Path, folder: Path) -> list[str]:
    """The project's own include folders as they are in the trial, where a changed header may lie."""
    found = []
    for word, following in zip(words, [*words[1:], ""], strict=True):
        for option in ("-I", "-iquote", "-isystem"):
            if word.startswith(option):
                place = word[len(option) :] or following
                inside = os.path.relpath(Path(directory, place), root)
                if not inside.startswith(".."):
                    found.append(f"-I{folder / inside}")
    return found


def _quoted(text: str) -> str:
    """``text`` inside a string of C, in one line."""
    plain = " ".join(text.split())
    return plain.replace("\\", "\\\\").replace('"', '\\"').replace("?", "\\?")
