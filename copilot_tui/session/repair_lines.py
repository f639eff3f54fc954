"""What a person is told of repairs without a model, and of progress: one line each, the same everywhere."""

from __future__ import annotations

from copilot_tui.core import events as ev
from copilot_tui.core.artefacts import Candidate, Progress
from copilot_tui.core.text import printable_line


def repair_line(candidate: Candidate) -> str:
    """``Mended by rule, no model asked: adding `#include <string.h>```; empty for what a model wrote."""
    if not candidate.repair:
        return ""
    return printable_line(f"Mended by rule, no model asked: {candidate.repair}")


def progress_line(progress: Progress) -> str:
    """``Progress: 2 errors cleared, 1 left``; empty where the errors are as before."""
    if not progress.cleared and not progress.added:
        return ""
    counts = ((progress.cleared, "cleared"), (progress.kept, "left"), (progress.added, "new"))
    (first, how), *more = [(len(marks), word) for marks, word in counts if marks]
    parts = [f"{first} {'error' if first == 1 else 'errors'} {how}", *(f"{n} {word}" for n, word in more)]
    return f"{'Progress' if progress.better else 'No progress'}: {', '.join(parts)}"


def lesson_line(event: ev.LessonJudged) -> str:
    """What became of a fix that was known from before; empty where it helped, which the build tells."""
    if event.helped:
        return ""
    lesson = event.lesson
    return printable_line(
        f"The known fix did not help here ({lesson.successes} of {lesson.hits} times so far): {lesson.rule}"
    )
