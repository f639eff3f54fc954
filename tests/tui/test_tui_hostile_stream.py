"""What a model or a compiler may send, whole and in pieces, harms neither the screen nor plain lines."""

from __future__ import annotations

import io
import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copilot_tui.console.artefact_text import candidate_lines
from copilot_tui.console.narrator import Narrator, shell_lines
from copilot_tui.core import events as ev
from copilot_tui.core.artefacts import (
    BuildReport,
    Candidate,
    Diagnostic,
    FileChange,
    Plan,
    PlannedFile,
    StepResult,
    Task,
)
from copilot_tui.core.state import SessionState
from copilot_tui.repl.listener import PlainListener
from copilot_tui.session.moments import moments
from copilot_tui.tui.messages import Recorded
from copilot_tui.tui.rendering import shell_entry
from tests.tui.conftest import NARROW, OpenStage, Stage

HARMFUL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
PIECES = st.lists(
    st.one_of(
        st.text(max_size=20),
        st.text(
            alphabet=st.sampled_from("\x1b[]()@=31mJ\x07\x9b\x9d\u202e\r\t\n\\`#*_<>&|漢e\u0301👩\u200d💻"),
            max_size=12,
        ),
        st.sampled_from(
            ["\x1b", "]52;c;aGk=\x07", "\x1b[2J", "[red]", "```c\n", "\x1bP", "\x9b", "~~~", "\u202e"]
        ),
    ),
    max_size=12,
)
HOSTILE = (
    "\x1b[2J[red]x[/] \x1b]0;title\x07 `~~~\n# <b> \u202eevil\n"
    "漢字かな交じり文"
    + "e\u0301\u0302\u0303" * 50
    + "👩\u200d👩\u200d👧" * 50
    + "\n```c\nint unfinished(void)\n{\n"
)


@settings(max_examples=60)
@given(PIECES)
def test_a_stream_in_pieces_drives_no_plain_terminal(pieces: list[str]) -> None:
    out = io.StringIO()
    tell = Narrator(stream=out)
    for number, piece in enumerate(pieces, 1):
        tell(ev.EventRecord("s", number, "", ev.TokenStreamed("generate", piece)))
    assert HARMFUL.search(out.getvalue()) is None


@settings(max_examples=60)
@given(PIECES)
def test_no_event_drives_a_plain_terminal(pieces: list[str]) -> None:
    text = "".join(pieces)
    change = FileChange(text, text, text + "\nx")
    diagnostic = Diagnostic("t", "error", text, text, 1, 2, code=text)
    events: list[ev.Event] = [
        ev.SessionStarted(Task(text), text),
        ev.SessionRenamed(text),
        ev.FilesMentioned((text,)),
        ev.ShellRan(text, 1, text, 0.0),
        ev.PhaseFailed(text, 1, text, text, text),
        ev.Noticed(text),
        ev.PlanProduced(Plan((text,), (text,), (text,), (PlannedFile(text, text, text),))),
        ev.CandidateProposed(Candidate(1, text, (change,), text)),
        ev.DiagnosticFound(diagnostic),
        ev.BuildProduced(BuildReport(False, False, text, diagnostics=(diagnostic,))),
    ]
    out = io.StringIO()
    listener = PlainListener(out, out)
    records = [ev.EventRecord("s", number, "", event) for number, event in enumerate(events, 1)]
    for record in records:
        listener.recorded(record, SessionState())
    listener.replayed([(record, SessionState()) for record in records])
    listener.said(text, candidate_lines(Candidate(1, text, (change,), text)))
    listener.said(shell_lines(ev.ShellRan(text, None, text, 0.0)))
    assert HARMFUL.search(out.getvalue()) is None
    assert all(HARMFUL.search(moment.text) is None and "\n" not in moment.text for moment in moments(records))
    assert HARMFUL.search(shell_entry(ev.ShellRan(text, 1, text, 0.0)).content().plain) is None


async def tell(stage: Stage, *events: ev.Event) -> None:
    for number, event in enumerate(events, 1):
        stage.app.work_screen.post_message(Recorded(ev.EventRecord("s", number, "", event), SessionState()))
    await stage.pilot.pause()


LONG_LINE = "x" * 1_000_000
MANY_LINES = "\n".join(f"{number} [red]of many\x1b[31m" for number in range(100_000))


@pytest.mark.parametrize(
    "text", [HOSTILE, LONG_LINE, MANY_LINES, "```" * 2_000 + "\n", "> " * 500], ids=str.__len__
)
async def test_whatever_a_model_and_a_compiler_send_the_keyboard_goes_on(
    open_stage: OpenStage, text: str
) -> None:
    async with open_stage(size=NARROW) as stage:
        await stage.opened()
        pieces = [text[place : place + 50_000] for place in range(0, len(text), 50_000)]
        for phase in ("explore", "generate"):
            await tell(
                stage, ev.PhaseStarted(phase, 1), *(ev.TokenStreamed(phase, piece) for piece in pieces)
            )
            await stage.pilot.pause(0.1)
        step = StepResult("build", ("make", text[:100]), 1, 0.1, text, text)
        await tell(
            stage,
            ev.PhaseFinished("generate", 1, 0.1),
            ev.BuildProduced(BuildReport(False, False, text[:2_000], (step,))),
        )
        await stage.pilot.press("f5", "f2")
        stage.app.work_screen.prompt.area.focus()
        began = time.monotonic()
        await stage.pilot.press(*"still here")
        assert stage.app.work_screen.prompt.area.text == "still here"
        assert time.monotonic() - began < 30  # hung, not slow
        assert HARMFUL.search(stage.text()) is None
        assert "[red]x[/]" in stage.said() or text != HOSTILE
