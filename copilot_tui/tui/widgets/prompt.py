"""The prompt: a task in plain words, a slash command or a shell's, with completion while it is typed.

Enter sends, Ctrl+J (or Shift+Enter, where the terminal tells it apart) begins another line, up and down
on the first and last line go through the history, Ctrl+R searches it. A pasted text of any length stays
one entry.
"""

from __future__ import annotations

from collections.abc import Callable

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.events import Key
from textual.message import Message
from textual.widgets import OptionList, Static, TextArea
from textual.widgets.option_list import Option

from copilot_tui.core.text import printable_line
from copilot_tui.session.commands import ArgumentKind
from copilot_tui.session.completion import ArgumentChoices, Completion, complete_line
from copilot_tui.session.names import NameIndex
from copilot_tui.session.prompt_history import PromptHistory
from copilot_tui.tui.widgets.vi_keys import ViKeys

POPUP_ROWS = 8
PLACEHOLDER = "State a task (@ names a file), / for commands, ! for the shell   F1 help"


def no_choices(kind: ArgumentKind) -> NameIndex:
    """Before a code base is open there is nothing to choose from."""
    return NameIndex()


class CompletionPopup(OptionList, can_focus=False):
    """The ways to go on, above the prompt; the prompt moves its cursor."""

    def __init__(self) -> None:
        super().__init__(id="completions", markup=False)
        self._completions: tuple[Completion, ...] = ()

    @property
    def is_open(self) -> bool:
        return bool(self.display)

    @property
    def chosen(self) -> Completion | None:
        if not self.is_open or self.highlighted is None:
            return None
        return self._completions[self.highlighted]

    def show(self, completions: tuple[Completion, ...]) -> None:
        """Offer these; none closes the popup."""
        self.display = bool(completions)
        if completions == self._completions:
            return
        self._completions = completions
        width = max((len(c.label) for c in completions), default=0)
        self.set_options(Option(_completion_line(c, width)) for c in completions)
        self.highlighted = 0 if completions else None
        rows = min(POPUP_ROWS, len(completions))
        self.styles.height = rows
        self.styles.offset = (0, -rows)


class PromptArea(TextArea):
    """The text itself. Keys that mean something to the prompt are told to it at once: what is typed right
    after Enter belongs to the next line.

    ``wished`` is told one of: send, complete, offer, close, older, newer, next, previous, search or mode.
    """

    def __init__(self, wished: Callable[[str], None]) -> None:
        super().__init__(
            id="prompt-text",
            placeholder=PLACEHOLDER,
            soft_wrap=True,
            tab_behavior="focus",
            show_line_numbers=False,
            compact=True,
            highlight_cursor_line=False,
        )
        self._wished = wished
        self.popup_open = False
        self.working = False
        self.vi: ViKeys | None = None

    @property
    def typed(self) -> str:
        """The line up to the cursor."""
        row, column = self.cursor_location
        return self.document.get_line(row)[:column]

    async def _on_key(self, event: Key) -> None:
        if self.vi is not None and self._taken_by_vi(self.vi, event):
            event.stop()
            event.prevent_default()
            self._wished("mode")
            return
        wish = self._wish(event.key)
        if wish is None:
            if event.key in {"ctrl+j", "shift+enter"}:
                event.stop()
                event.prevent_default()
                self.insert("\n")
                return
            await super()._on_key(event)
            return
        event.stop()
        event.prevent_default()
        self._wished(wish)

    def _taken_by_vi(self, vi: ViKeys, event: Key) -> bool:
        """Whether the key meant something to vi; Esc is left alone where it stops what runs."""
        if vi.inserting:
            if event.key != "escape" or self.popup_open or self.working:
                return False
            vi.leave_insertion()
            return True
        if event.character is None or not event.is_printable:
            return False
        at_edge = {"k": self.cursor_at_first_line, "j": self.cursor_at_last_line}.get(event.character)
        if at_edge:
            self._wished("older" if event.character == "k" else "newer")
        else:
            vi.press(event.character)
        return True

    def _wish(self, key: str) -> str | None:
        if key in {"enter", "ctrl+r"}:
            return "send" if key == "enter" else "search"
        if self.popup_open:
            return {"tab": "complete", "escape": "close", "up": "previous", "down": "next"}.get(key)
        if key == "tab" and self.text.strip():
            return "offer"  # the next keys are meant for the text, not for a pane
        if key == "up" and self.cursor_at_first_line:
            return "older"
        if key == "down" and self.cursor_at_last_line:
            return "newer"
        return None


class Prompt(Vertical):
    """Text, popup and history together."""

    class Submitted(Message):
        """A person pressed Enter on this text."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    def __init__(self) -> None:
        super().__init__(id="prompt")
        self.history = PromptHistory()
        self.choices: ArgumentChoices = no_choices
        self._recalled = ""
        self._offered_for = ""

    def compose(self) -> ComposeResult:
        yield CompletionPopup()
        yield PromptArea(self._wished)
        yield Static("vi: normal mode, i inserts", id="prompt-mode")

    def on_mount(self) -> None:
        self.popup.display = False
        self._show_mode()

    def use_vi_keys(self, wanted: bool) -> None:
        """Let the text be edited with the keys of vi, or not."""
        self.area.vi = ViKeys(self.area) if wanted else None
        self._show_mode()

    def _show_mode(self) -> None:
        vi = self.area.vi
        self.query_one("#prompt-mode").display = vi is not None and not vi.inserting

    @property
    def area(self) -> PromptArea:
        return self.query_one(PromptArea)

    @property
    def popup(self) -> CompletionPopup:
        return self.query_one(CompletionPopup)

    def insert(self, text: str) -> None:
        """Put a text where the cursor is."""
        self.area.insert(text)

    @on(TextArea.Changed)
    def _changed(self) -> None:
        self._offered_for = self.area.text
        typed = self.area.typed
        offered: tuple[Completion, ...] = ()
        # A line taken from the history is not being typed: Up must go on to the next older one.
        if self._recalled and self.area.text == self._recalled:
            pass
        elif not typed.startswith("/") or self.area.document.line_count == 1:
            offered = complete_line(typed, self.choices)
        if len(offered) == 1 and not offered[0].unfinished and offered[0].line.rstrip() == typed.rstrip():
            offered = ()
        self._offer(offered)

    def _offer(self, completions: tuple[Completion, ...]) -> None:
        self.popup.show(completions)
        self.area.popup_open = bool(completions)

    def put_away(self) -> bool:
        """Clear the prompt; Up brings the text back. False where there is none."""
        text = self.area.text
        if not text:
            return False
        self._offer(())
        self.history.add(text)
        self.area.clear()
        self._recalled = ""
        return True

    def _wished(self, what: str) -> None:
        if what in {"send", "complete"} and self.area.text != self._offered_for:
            self._changed()  # typed so quickly that the popup is behind
        match what:
            case "send":
                self._send()
            case "complete":
                self._complete()
            case "offer":
                self._changed()
            case "close":
                self._offer(())
            case "next":
                self.popup.action_cursor_down()
            case "previous":
                self.popup.action_cursor_up()
            case "search":
                self._search()
            case "mode":
                self._show_mode()
            case "older":
                self._recall(self.history.older(self.area.text))
            case "newer":
                self._recall(self.history.newer())

    @on(OptionList.OptionSelected)
    def _clicked(self, message: OptionList.OptionSelected) -> None:
        message.stop()
        self._complete()
        self.area.focus()

    def _send(self) -> None:
        chosen = self.popup.chosen
        if chosen is not None and _goes_on(self.area.typed, chosen):
            self._complete()
            if chosen.unfinished:
                return
        text = self.area.text
        self._offer(())
        if text.strip():
            self.post_message(self.Submitted(text))
            self.area.clear()
            self._recalled = ""

    def _complete(self) -> None:
        chosen = self.popup.chosen
        if chosen is not None:
            row, column = self.area.cursor_location
            self.area.replace(chosen.line, (row, 0), (row, column))
        self._offer(())

    def _search(self) -> None:
        from copilot_tui.tui.screens.history_search import HistorySearch

        def taken(entry: str | None) -> None:
            self._recall(entry)
            self.area.focus()

        self.app.push_screen(HistorySearch(self.history.entries, self.area.text.strip()), taken)

    def _recall(self, text: str | None) -> None:
        if text is not None:
            self._recalled = text
            self.area.text = text
            self.area.move_cursor(self.area.document.end)


def _goes_on(text: str, completion: Completion) -> bool:
    """Whether Enter takes the completion first: what is typed so far is not a whole command or path yet."""
    typed = text.strip()
    if not typed.startswith("/"):
        return True
    return " " not in typed and (completion.unfinished or typed != completion.line.strip())


def _completion_line(completion: Completion, width: int) -> Content:
    label = printable_line(completion.label)
    return Content.assemble((f"{label:{width}}", "bold"), (f"  {completion.help}", "$foreground-muted"))
