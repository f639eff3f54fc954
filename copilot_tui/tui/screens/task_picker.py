"""Choosing an open task of the code base: a breadcrumb that is PARTIAL or NOT_STARTED. Gives it, or None."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import shorten
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from copilot_tui.core.artefacts import Task
from copilot_tui.core.text import printable_line
from copilot_tui.tui.hanging import Hanging

SHOWN_CHARACTERS = 400


class TaskPicker(ModalScreen[Task | None]):
    """Up and down choose, Enter takes the task, Esc none."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss(None)", "None of them")]

    def __init__(self, tasks: Sequence[Task]) -> None:
        super().__init__()
        self._tasks = tuple(tasks)

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialogue") as dialogue:
            dialogue.border_title = f"Open tasks ({len(self._tasks)}), most urgent first"
            dialogue.border_subtitle = "Enter takes it · Esc none"
            options = (Option(Hanging(task_line(task))) for task in self._tasks)
            yield OptionList(*options, id="task-list", markup=False)

    @on(OptionList.OptionSelected)
    def _selected(self, message: OptionList.OptionSelected) -> None:
        self.dismiss(self._tasks[message.option_index])


def task_line(task: Task) -> Content:
    """Phase, function and place, and below them what is to be done."""
    place = printable_line(f"{task.path}:{task.line}") if task.path else ""
    title = printable_line(" ".join(part for part in (task.phase, task.symbol) if part)) or "(no name)"
    text = shorten(printable_line(task.text), SHOWN_CHARACTERS, placeholder=" …")
    return Content.assemble((title, "bold"), (f"  {place}", "$foreground-muted"), f"\n  {text}")
