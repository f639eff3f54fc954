"""The prompt: a task in plain words or a slash command, with completion while it is typed.

Enter sends, Ctrl+J (or Shift+Enter, where the terminal tells it apart) begins another line, up and down
on the first and last line go through the history. A pasted text of any length stays one entry.
"""

from __future__ import annotations

from collections.abc import Sequence

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.events import Key
from textual.message import Message
from textual.widgets import OptionList, TextArea
from textual.widgets.option_list import Option

from copilot_tui.core.text import printable_line
from copilot_tui.session.commands import ArgumentChoices, ArgumentKind, Completion, complete_line
from copilot_tui.session.prompt_history import PromptHistory

POPUP_ROWS = 8
PLACEHOLDER = "State a task, or / for commands   F1 help"


def no_choices(kind: ArgumentKind) -> Sequence[str]:
    """Before a code base is open there is nothing to choose from."""
    return ()


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
    """The text itself. Keys that mean something to the prompt are told to it as messages."""

    class Wished(Message):
        """``what``: send, complete, close, older, newer, next or previous."""

        def __init__(self, what: str) -> None:
            super().__init__()
            self.what = what

    def __init__(self) -> None:
        super().__init__(
            id="prompt-text",
            placeholder=PLACEHOLDER,
            soft_wrap=True,
            tab_behavior="focus",
            show_line_numbers=False,
            compact=True,
            highlight_cursor_line=False,
        )
        self.popup_open = False

    async def _on_key(self, event: Key) -> None:
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
        self.post_message(self.Wished(wish))

    def _wish(self, key: str) -> str | None:
        if key == "enter":
            return "send"
        if self.popup_open:
            return {"tab": "complete", "escape": "close", "up": "previous", "down": "next"}.get(key)
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

    def compose(self) -> ComposeResult:
        yield CompletionPopup()
        yield PromptArea()

    def on_mount(self) -> None:
        self.popup.display = False

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
        text = self.area.text
        # A line taken from the history is not being typed: Up must go on to the next older one.
        offered = () if text == self._recalled else complete_line(text, self.choices)
        if len(offered) == 1 and not offered[0].unfinished and offered[0].line.rstrip() == text.rstrip():
            offered = ()
        self._offer(offered)

    def _offer(self, completions: tuple[Completion, ...]) -> None:
        self.popup.show(completions)
        self.area.popup_open = bool(completions)

    @on(PromptArea.Wished)
    def _wished(self, message: PromptArea.Wished) -> None:
        message.stop()
        match message.what:
            case "send":
                self._send()
            case "complete":
                self._complete()
            case "close":
                self._offer(())
            case "next":
                self.popup.action_cursor_down()
            case "previous":
                self.popup.action_cursor_up()
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
        if chosen is not None and _goes_on(self.area.text, chosen):
            self._complete()
            if chosen.unfinished:
                return
        text = self.area.text
        self._offer(())
        if text.strip():
            self.post_message(self.Submitted(text))
            self.area.clear()

    def _complete(self) -> None:
        chosen = self.popup.chosen
        if chosen is not None:
            self.area.text = chosen.line
            self.area.move_cursor(self.area.document.end)
        self._offer(())

    def _recall(self, text: str | None) -> None:
        if text is not None:
            self._recalled = text
            self.area.text = text
            self.area.move_cursor(self.area.document.end)


def _goes_on(text: str, completion: Completion) -> bool:
    """Whether Enter takes the completion first: what is typed so far is not a whole command yet."""
    typed = text.strip()
    return " " not in typed and (completion.unfinished or typed != completion.line.strip())


def _completion_line(completion: Completion, width: int) -> Content:
    label = printable_line(completion.label)
    return Content.assemble((f"{label:{width}}", "bold"), (f"  {completion.help}", "$foreground-muted"))
