"""The programs of the repair benchmark, each as a small code base of its own.

A program is one file in ``repair_programs/c`` or ``repair_programs/python``: the code, and behind it
its tests, one expression a line that must be true. In a C file ``/* code */`` ends the part that goes
into the header, and ``/* libs: -lm */`` names what is linked. In a Python file ``# setup`` begins code
of the tests. From it comes a folder as a person would have it: ``NAME.c``, ``NAME.h``, ``test.c`` and
a Makefile, or ``NAME.py`` and ``test_NAME.py``.
"""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PROGRAMS = Path(__file__).with_name("repair_programs")
SECONDS = 20.0
"""How long a build or the tests of one program may take before they count as hanging."""

_INCLUDES = ["ctype", "limits", "math", "stdbool", "stddef", "stdint", "stdio", "stdlib", "string"]
_SYSTEM_INCLUDE = re.compile(r"#include <[^>]+>\n")
_FUNCTION = re.compile(r"^(?!static\b)([A-Za-z_][^\n;{}]*\))\n\{", re.MULTILINE)

_TEST_C = """\
static int failures = 0;

static void check(int number, int line, int good, const char *what)
{
    printf("%s %d - %s\\n", good ? "ok" : "not ok", number, what);
    if (!good) {
        printf("# test.c:%d: this is not true: %s\\n", line, what);
        failures++;
    }
}
"""


@dataclass(frozen=True)
class Program:
    """One program: its files by name, the file to repair, and how it is built and tested."""

    name: str
    language: str
    files: Mapping[str, str]
    main: str
    build: str
    test: str

    def write(self, folder: Path, files: Mapping[str, str] | None = None) -> None:
        """The program as a code base, with ``files`` (default: its own, unbroken) in it."""
        folder.mkdir(exist_ok=True)
        for name, text in (files or self.files).items():
            (folder / name).write_text(text)
        commands = f"build_command = {json.dumps(self.build)}\ntest_command = {json.dumps(self.test)}\n"
        (folder / ".copilot-tui.toml").write_text(f"[build]\n{commands}timeout_seconds = {SECONDS:.0f}\n")


@cache
def programs() -> tuple[Program, ...]:
    """All programs, C first, by name."""
    found = [_c_program(path) for path in sorted((PROGRAMS / "c").glob("*.c"))]
    return (*found, *(_python_program(path) for path in sorted((PROGRAMS / "python").glob("*.py"))))


def fate(program: Program, folder: Path) -> str:
    """What happens to the code base in ``folder``: ``passes``, or ``build``, ``tests`` or ``hangs``."""
    for step, command in (("build", program.build), ("tests", program.test)):
        try:
            done = subprocess.run(
                shlex.split(command), cwd=folder, capture_output=True, timeout=SECONDS, check=False
            )
        except subprocess.TimeoutExpired:
            return "hangs"
        if done.returncode != 0:
            return step
    return "passes"


def _c_program(path: Path) -> Program:
    name, text = path.stem, path.read_text()
    code, tests = text.split("/* tests\n")
    expressions = [line for line in tests.split("*/")[0].splitlines() if line.strip()]
    libraries = re.search(r"/\* libs: (.*?) \*/\n", code)
    code = re.sub(r"/\* libs: .*? \*/\n", "", code)
    declared, body = code.split("/* code */\n") if "/* code */\n" in code else ("", code)
    includes = "".join(_SYSTEM_INCLUDE.findall(declared + body))
    declared, body = (_SYSTEM_INCLUDE.sub("", part).strip("\n") for part in (declared, body))
    guard = f"{name.upper()}_H"
    prototypes = "\n".join(f"{match[1]};" for match in _FUNCTION.finditer(body))
    middle = "\n\n".join(part for part in (declared, prototypes) if part)
    files = {
        f"{name}.c": f'{includes}#include "{name}.h"\n\n{body}\n',
        f"{name}.h": f"#ifndef {guard}\n#define {guard}\n\n{middle}\n\n#endif\n",
        "test.c": _c_tests(name, expressions),
        "Makefile": _makefile(name, libraries[1] if libraries else ""),
    }
    return Program(name, "c", files, f"{name}.c", "make", "make test")


def _c_tests(name: str, expressions: list[str]) -> str:
    includes = "".join(f"#include <{header}.h>\n" for header in _INCLUDES)
    quoted = [line.replace("\\", "\\\\").replace('"', '\\"') for line in expressions]
    calls = "".join(
        f'    check({number}, __LINE__, ({line}), "{text}");\n'
        for number, (line, text) in enumerate(zip(expressions, quoted, strict=True), 1)
    )
    main = (
        f'int main(void)\n{{\n    printf("1..{len(expressions)}\\n");\n{calls}    return failures != 0;\n}}\n'
    )
    return f'{includes}#include "{name}.h"\n\n{_TEST_C}\n{main}'


def _makefile(name: str, libraries: str) -> str:
    linked = " $(LDLIBS)" if libraries else ""
    definition = f"LDLIBS = {libraries}\n" if libraries else ""
    return (
        "CC = gcc\n"
        "CFLAGS = -Wall -Wextra -std=gnu11 -Werror=implicit-function-declaration\n"
        f"{definition}\n"
        "all: run_tests\n\n"
        f"{name}.o: {name}.c {name}.h\n"
        f"\t$(CC) $(CFLAGS) -c -o {name}.o {name}.c\n\n"
        f"run_tests: test.c {name}.o\n"
        f"\t$(CC) $(CFLAGS) -o run_tests test.c {name}.o{linked}\n\n"
        "test: run_tests\n"
        "\t./run_tests\n\n"
        ".PHONY: all test\n"
    )


def _python_program(path: Path) -> Program:
    name, text = path.stem, path.read_text()
    code, tests = text.split("# tests\n")
    code, _, setup = code.partition("# setup\n")
    prepared = "".join(f"{line[2:]}\n" for line in setup.splitlines())
    expressions = [line[2:] for line in tests.splitlines() if line.strip()]
    functions = "".join(
        f"\n\ndef test_{number}():\n    assert {line}\n" for number, line in enumerate(expressions, 1)
    )
    files = {f"{name}.py": code, f"test_{name}.py": f"from {name} import *\n\n{prepared}{functions}"}
    build = f"{shlex.quote(sys.executable)} -B {name}.py"
    test = f"{shlex.quote(sys.executable)} -B -m pytest -v --tb=short --color=no -p no:cacheprovider"
    return Program(name, "python", files, f"{name}.py", build, test)
