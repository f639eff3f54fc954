"""make and ninja.

Most of what make says repeats that a command failed, after the command has said why; such lines count
only where nobody else reported an error. A missing rule, a broken makefile or a crash is news.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from copilot_tui.build.diagnostics.output import Output
from copilot_tui.build.diagnostics.parser import Found, NoTests, number
from copilot_tui.core.artefacts import Diagnostic

_STOP = re.compile(r"(?:\S*/)?(?:g|b|mingw32-)?make(?:\.exe)?(?:\[\d+\])?: \*\*\* (?P<message>.+)")
_RECIPE = re.compile(r"\[(?:(?P<file>[^\[\]]+?):(?P<line>\d+): )?(?P<target>[^\[\]]+)\] (?P<what>.+)")
_MAKEFILE = re.compile(r"(?P<file>[^\s:][^:]*):(?P<line>\d+): \*\*\* (?P<message>.+)")
_MISSING = re.compile(
    r"(?:\S*/)?g?make(?:\[\d+\])?: (?P<what>[^\s:*]+: (?:No such file or directory|Permission denied))$"
)
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
                yield Found(Diagnostic("make", "error", match["what"]), (index,))
            elif match := _FAILED.match(line):
                message = f"the command for {match['target']} failed"
                yield Found(Diagnostic("ninja", "error", message), (index,), consequence=True)
            elif match := _NINJA.match(line):
                stopped = match["kind"] != "error"
                yield Found(Diagnostic("ninja", "error", match["message"]), (index,), consequence=stopped)


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
    return Found(diagnostic, (index,), consequence=what.startswith("Error "))
