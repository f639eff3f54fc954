"""Editing an artefact on the spot, or from here in the person's own editor.

A text with characters that a terminal must not be shown cannot be edited in the form, for it would be
saved without them; the editor of the person's choice gets it as it is.
"""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult, SuspendNotSupported
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static, TextArea

from copilot_tui.core.errors import UsageError
from copilot_tui.core.text import printable, printable_line
from copilot_tui.session.drafts import Draft
from copilot_tui.session.external_editor import edit_in_editor

KEYS = "Ctrl+S saves · Ctrl+O opens $EDITOR · Esc leaves"
UNSAVED = "There are changes that were not saved. Esc again drops them; Ctrl+S saves."
NOT_SHOWN = "It holds control characters, which this form would lose. Ctrl+O opens it in $EDITOR."


class EditorScreen(ModalScreen[str | None]):
    """Gives the text to be saved, or None."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "save", "Save", priority=True),
        Binding("ctrl+o", "open_editor", "Open $EDITOR", priority=True),
        Binding("escape", "cancel", "Leave", priority=True),
    ]

    def __init__(self, draft: Draft) -> None:
        super().__init__()
        self._draft = draft
        self._warned = False

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialogue -large") as dialogue:
            dialogue.border_title = printable_line(self._draft.title)
            dialogue.border_subtitle = KEYS
            yield TextArea.code_editor(printable(self._draft.text), id="draft", tab_behavior="indent")
            yield Static(Content(""), id="draft-error")

    def on_mount(self) -> None:
        self.area.focus()
        line = max(1, min(self._draft.line, self.area.document.line_count))
        self.area.move_cursor((line - 1, 0), center=True)
        if self._unshowable:
            self.area.read_only = True
            self._say(NOT_SHOWN)

    @property
    def area(self) -> TextArea:
        return self.query_one("#draft", TextArea)

    @property
    def _unshowable(self) -> bool:
        return printable(self._draft.text) != self._draft.text

    @on(TextArea.Changed)
    def _changed(self) -> None:
        self._warned = False

    def action_save(self) -> None:
        if not self._unshowable:
            self._finish(self.area.text)

    def action_cancel(self) -> None:
        changed = not self._unshowable and self.area.text != self._draft.text
        if changed and not self._warned:
            self._warned = True
            self._say(UNSAVED)
        else:
            self.dismiss(None)

    def action_open_editor(self) -> None:
        """Give the terminal to the editor until it is left; what it saved is checked and taken."""
        text = self._draft.text if self._unshowable else self.area.text
        try:
            with self.app.suspend():
                saved = edit_in_editor(text, self._draft.name)
        except SuspendNotSupported:
            self._say("No other program can have this terminal; edit the text here.")
        except UsageError as error:
            self._say(str(error))
        else:
            if saved is None:
                self._say("The editor saved nothing.")
            else:
                self._finish(saved)

    def _finish(self, text: str) -> None:
        try:
            self._draft.check(text)
        except UsageError as error:
            if printable(text) == text:
                self.area.text = text
            self._say(str(error))
        else:
            self.dismiss(text)

    def _say(self, what: str) -> None:
        self.query_one("#draft-error", Static).update(Content(printable_line(what)))
