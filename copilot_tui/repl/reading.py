"""Where the lines come from: a person at a terminal, or a pipe or file.

At a terminal prompt_toolkit reads, with completion, history, its search by Ctrl+R and, as an option, the
keys of vi. A terminal that can do nothing (``TERM=dumb``, a shell in an editor) gets plain lines, and no
escape sequence at all. From a pipe each line is one entry, read only when the one before is done.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Protocol, TextIO

from prompt_toolkit import PromptSession
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.enums import DEFAULT_BUFFER
from prompt_toolkit.filters import has_focus, is_searching
from prompt_toolkit.history import History
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent

from copilot_tui.core.text import printable_line
from copilot_tui.session.completion import ArgumentChoices, complete_line
from copilot_tui.session.prompt_history import load_entries, save_entry

PROMPT = "copilot> "


class Reader(Protocol):
    """``interactive`` says whether there is somebody who can be asked."""

    interactive: bool

    async def read(self) -> str:
        """The next entry. Raises EOFError at the end, KeyboardInterrupt for Ctrl+C."""
        ...

    async def ask(self, question: str) -> str:
        """The answer to a question; empty where there is none."""
        ...


class LineReader:
    """Lines of a stream; with ``out``, of a person, who is shown a prompt there.

    A thread waits for them, one at a time, so that a signal is heard meanwhile.
    """

    def __init__(self, stream: TextIO, out: TextIO | None = None) -> None:
        self._stream = stream
        self._out = out
        self.interactive = out is not None

    async def read(self) -> str:
        return await self._line(PROMPT)

    async def ask(self, question: str) -> str:
        if not self.interactive:
            return ""
        try:
            return await self._line(f"{question}: ")
        except EOFError:
            return ""

    async def _line(self, prompt: str) -> str:
        if self._out is not None:
            self._out.write(prompt)
            self._out.flush()
        loop = asyncio.get_running_loop()
        line: asyncio.Future[str] = loop.create_future()

        def wait() -> None:
            try:
                text = self._stream.readline()
            except (OSError, ValueError):
                text = ""  # closed under our hands: the end
            loop.call_soon_threadsafe(_answer, line, text)

        # A daemon, because nothing can end a read that waits, and leaving must not wait for it.
        threading.Thread(target=wait, name="lines", daemon=True).start()
        text = await line
        if not text:
            raise EOFError
        return text.rstrip("\r\n")


def _answer(line: asyncio.Future[str], text: str) -> None:
    if not line.done():  # cancelled, where the program is being left
        line.set_result(text)


class TerminalReader:
    """A person at a terminal. ``status`` gives the line at the bottom."""

    interactive = True

    def __init__(
        self, state: Path, choices: ArgumentChoices, status: Callable[[], str], *, vi_keys: bool
    ) -> None:
        self._session: PromptSession[str] = PromptSession(
            PROMPT,
            history=SharedHistory(state),
            completer=LineCompleter(choices),
            complete_while_typing=True,
            complete_in_thread=False,
            vi_mode=vi_keys,
            enable_suspend=True,
            key_bindings=_bindings(),
            multiline=True,
            prompt_continuation="        > ",
            bottom_toolbar=status,
            reserve_space_for_menu=6,
        )
        self._questions: PromptSession[str] = PromptSession(vi_mode=vi_keys, enable_suspend=True)

    async def read(self) -> str:
        return await self._session.prompt_async()

    async def ask(self, question: str) -> str:
        try:
            return await self._questions.prompt_async(f"{question}: ")
        except (EOFError, KeyboardInterrupt):
            return ""


def _bindings() -> KeyBindings:
    """Enter sends, Alt+Enter begins another line.

    Ctrl+J, which does so in the app, has to send here: a terminal makes it of an Enter that was typed
    ahead, while a phase ran.
    """
    bindings = KeyBindings()

    @bindings.add("enter", filter=has_focus(DEFAULT_BUFFER) & ~is_searching)
    def _send(event: KeyPressEvent) -> None:
        event.current_buffer.validate_and_handle()

    @bindings.add("escape", "enter")
    def _new_line(event: KeyPressEvent) -> None:
        event.current_buffer.insert_text("\n")

    return bindings


class LineCompleter(Completer):
    """The app's completion."""

    def __init__(self, choices: ArgumentChoices) -> None:
        self._choices = choices

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterable[Completion]:
        line = document.current_line_before_cursor
        if line.startswith("/") and "\n" in document.text:
            return
        for found in complete_line(line, self._choices):
            yield Completion(
                found.line,
                start_position=-len(line),
                display=printable_line(found.label),
                display_meta=found.help,
            )


class SharedHistory(History):
    """The entries that the app knows too."""

    def __init__(self, state: Path) -> None:
        super().__init__()
        self._state = state

    def load_history_strings(self) -> Iterable[str]:
        return reversed(load_entries(self._state))

    def store_string(self, string: str) -> None:
        save_entry(self._state, string)
