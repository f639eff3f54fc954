"""make and ninja.

Most of what make says repeats that a command failed, after the command has said why; such lines count
only where nobody else reported an error. A missing rule, a broken makefile or a crash is news.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from copilot_tui.build.diagnostics.output import Output
from copilot_tui.build.diagnostics.parser import Found, NoTests, located, number
from copilot_tui.core.artefacts import Diagnostic

_STOP = re.compile(r"(?:\S*/)?(?:g|b|mingw32-)?make(?:\.exe)?(?:\[\d+\])?: \*\*\* (?P<message>.+)")
_RECIPE = re.compile(r"\[(?:(?P<file>[^\[\]]+?):(?P<line>\d+): )?(?P<target>[^\[\]]+)\] (?P<what>.+)")
_MAKEFILE = re.compile(r"(?P<file>[^\s:][^:]*):(?P<line>\d+): \*\*\* (?P<message>.+)")
_MISSING = re.compile(
    r"(?:\S*/)?g?make(?:\[\d+\])?: (?P<what>[^\s:*]+: (?:No such file or directory|Permission denied))$"
)
# "Error 2", in any language
_EXIT = re.compile(r"\w+ \d+(?: \(.+\))?$")
_ASIDES = ("Waiting for unfinished jobs", "Deleting ")
_FAILED = re.compile(r"FAILED: (?P<target>.+)")
_NINJA = re.compile(r"ninja: (?P<kind>error|build stopped): (?P<message>.+)")


class Make(NoTests):
    name = "make"
    marks = (
        r": \*\*\* ",
        r": No such file or directory",
        r": Permission denied",
        r"\nFAILED: ",
        r"\nninja: (?:error|build stopped): ",
    )

    def diagnostics(self, output: Output) -> Iterator[Found]:
        for index, line in output.suspects:
            if ": *** " in line:
                found = _stop(index, line)
                if found is not None:
                    yield found
            elif match := _MISSING.match(line):
                yield _missing(index, match["what"], output)
            elif match := _FAILED.match(line):
                message = f"the command for {match['target']} failed"
                yield Found(Diagnostic("ninja", "error", message), (index,), consequence=True)
            elif match := _NINJA.match(line):
                place = located(match["message"])
                file, row, column, message = place or (None, None, None, match["message"])
                diagnostic = Diagnostic("ninja", "error", message, file, row, column)
                yield Found(diagnostic, (index,), consequence=match["kind"] != "error")


def _missing(index: int, what: str, output: Output) -> Found:
    """A program that is not there; the next line tells which recipe wanted it."""
    stop = _STOP.match(output[index + 1]) if index + 1 < len(output) else None
    recipe = _RECIPE.match(stop["message"]) if stop else None
    file, line = (recipe["file"], number(recipe["line"])) if recipe and recipe["file"] else (None, None)
    return Found(Diagnostic("make", "error", what, file, line), (index, index + 1) if recipe else (index,))


def _stop(index: int, line: str) -> Found | None:
    match = _STOP.match(line)
    if match is None:
        broken = _MAKEFILE.match(line)
        if broken is None:
            return None
        diagnostic = Diagnostic(
            "make", "error", broken["message"], file=broken["file"], line=number(broken["line"])
        )
        return Found(diagnostic, (index,))
    recipe = _RECIPE.match(match["message"])
    if recipe is None:
        aside = match["message"].startswith(_ASIDES)
        return Found(Diagnostic("make", "error", match["message"]), (index,), consequence=aside)
    what = recipe["what"]
    diagnostic = Diagnostic(
        "make",
        "error",
        f"{recipe['target']}: {what}",
        file=recipe["file"],
        line=number(recipe["line"]),
    )
    # "Error 2" repeats what a command said; "Segmentation fault" is said nowhere else.
    return Found(diagnostic, (index,), consequence=_EXIT.match(what) is not None)
