"""What the exploration learnt beside the ranking: insights, breadcrumbs and patterns, each at its place.

A line that names a place opens the file there. The places of insights and patterns are read from their
texts (``src/text.c:12``), which both make of places that exist; what cannot be opened says so in the code
pane, like any other file.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from textual import on
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from copilot_tui.core.artefacts import Breadcrumb, Exploration
from copilot_tui.core.text import printable_line
from copilot_tui.tui.hanging import Hanging
from copilot_tui.tui.messages import FileWanted

BREADCRUMBS_SHOWN = 40
NOTHING = "Nothing explored yet: /explore, or /step."
UNDER_WAY = "Exploring ..."
STOPPED = "The exploration was stopped; so far it had found the files above. /explore does it again."
PLACE = re.compile(r"(?P<path>[^\s:()]+):(?P<line>\d{1,9})\b")


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the list; ``path`` is empty where it opens nothing."""

    content: Content
    path: str = ""
    line: int = 0


class Findings(OptionList):
    """The lines under their headings; Enter or a click opens the place of one."""

    def __init__(self) -> None:
        super().__init__(id="findings", markup=False)
        self._findings: Sequence[Finding] = ()

    def show(self, exploration: Exploration | None, nothing: str = NOTHING) -> None:
        """What was learnt, or why there is nothing."""
        self._findings = findings(exploration) if exploration is not None else (Finding(Content(nothing)),)
        self.set_options(
            Option(Hanging(finding.content), disabled=not finding.path) for finding in self._findings
        )

    def begin(self) -> None:
        """An exploration is under way; before the first one there is nothing better to show."""
        if not any(finding.path for finding in self._findings):
            self._findings = (Finding(Content(UNDER_WAY)),)
            self.set_options([Option(UNDER_WAY, disabled=True)])

    def on_focus(self) -> None:
        """The keyboard begins at the first line that opens something."""
        if self.highlighted is None:
            self.action_first()

    @on(OptionList.OptionSelected)
    def _open(self, message: OptionList.OptionSelected) -> None:
        message.stop()
        finding = self._findings[message.option_index]
        self.post_message(FileWanted(finding.path, finding.line))


def findings(exploration: Exploration) -> tuple[Finding, ...]:
    """All that is told below the ranking."""
    lines: list[Finding] = []
    insights = [line for line in exploration.insights.split("\n") if line.strip()]
    if insights:
        lines += [_heading("Insights"), *map(_cited, insights)]
    crumbs = exploration.breadcrumbs
    if crumbs:
        lines += [_heading(f"Breadcrumbs ({len(crumbs)})"), *map(_crumb, crumbs[:BREADCRUMBS_SHOWN])]
    if exploration.patterns:
        lines += [_heading("Patterns"), *map(_cited, exploration.patterns)]
    skipped = f", {exploration.files_skipped:,} left out" if exploration.files_skipped else ""
    scanned = f"{exploration.files_scanned:,} files scanned{skipped}."
    return (*lines, Finding(Content.styled(scanned, "$foreground-muted")))


def _heading(text: str) -> Finding:
    return Finding(Content.styled(text, "bold $text-primary"))


def _cited(text: str) -> Finding:
    """A sentence, and the first place that it names."""
    place = PLACE.search(text)
    content = Content(printable_line(text)).highlight_regex(PLACE, style="underline", maximum_highlights=1)
    return Finding(content, place["path"], int(place["line"])) if place else Finding(content)


def _crumb(crumb: Breadcrumb) -> Finding:
    note = printable_line(crumb.get("AI_NOTE") or crumb.get("AI_STRATEGY"))
    content = Content.assemble(
        (printable_line(crumb.phase), "bold"),
        f" {printable_line(crumb.status)} ",
        (printable_line(f"{crumb.path}:{crumb.line}"), "underline"),
        f"\n  {note}" if note else "",
    )
    return Finding(content, crumb.path, crumb.line)
