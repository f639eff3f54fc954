"""The figures of the status line, as a fold over records: every one was measured by an engine.

What the session's state does not keep (the prompt of the moment, progress) is folded here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from copilot_tui.core import events as ev
from copilot_tui.core.state import SessionState


@dataclass(frozen=True, slots=True)
class Meter:
    """``context_used`` of ``window`` tokens, prompt and reply together, for the newest prompt.

    ``errors`` and ``errors_before`` are those of the newest two builds of candidates, None where there is
    none. Until there is one ``errors`` are those of the code base as it was; they are not compared, for a
    candidate's build leaves out what failed before and is not to be mended.
    """

    window: int = 0
    context_used: int = 0
    cached_tokens: int = 0
    tokens_per_second: float = 0.0
    dropped: tuple[str, ...] = ()
    progress: str = ""
    iteration: int = 0
    errors: int | None = None
    errors_before: int | None = None
    of_code_base: bool = False
    """Whether ``errors`` are not a candidate's."""

    def after(self, record: ev.EventRecord, state: SessionState) -> Meter:
        """The figures after one more record."""
        meter = replace(self, iteration=state.iteration)
        match record.event:
            case ev.PromptPacked() as packed:
                return replace(
                    meter,
                    window=packed.window,
                    context_used=packed.prompt_tokens,
                    dropped=packed.dropped,
                    progress=f"reads {packed.prompt_tokens:,} tokens",
                )
            case ev.TokenStreamed() if meter.progress:
                return replace(meter, progress="")
            case ev.GenerationFinished(usage=usage):
                return replace(
                    meter,
                    context_used=usage.prompt_tokens + usage.new_tokens,
                    cached_tokens=usage.cached_tokens,
                    tokens_per_second=usage.tokens_per_second,
                )
            case ev.Progressed() as progressed:
                return replace(meter, progress=_progress(progressed))
            case ev.PhaseStarted() | ev.PhaseFinished() | ev.PhaseFailed():
                return replace(meter, progress="")
            case ev.BaselineRecorded(build=build):
                return replace(meter, errors_before=None, errors=len(build.errors), of_code_base=True)
            case ev.BuildProduced(build=build):
                before = None if meter.of_code_base else meter.errors
                return replace(meter, errors_before=before, errors=len(build.errors), of_code_base=False)
        return meter


def _progress(event: ev.Progressed) -> str:
    if event.total:
        return f"{event.what} {event.done:,.0f}/{event.total:,.0f} {event.unit}".rstrip()
    return f"{event.what} {event.done:,.0f} {event.unit}".rstrip()
