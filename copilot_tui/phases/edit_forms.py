"""In which form a model is asked for a change, and what becomes of its reply.

Four forms: whole functions, the whole file, search and replace, a unified diff. Which one a model keeps to is
measured: each reply is stored as having fitted or not, and with ``generation.edit_format = "auto"`` the form
with the best rate is asked for. Before anything is measured a guess by the model's size stands in for it:
small models write functions well and quote badly. A reply of the last two forms that fits nowhere twice is
asked for as a whole function, or as the whole file, the third time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Literal, cast

from copilot_tui.core.artefacts import FileChange
from copilot_tui.core.config import Settings
from copilot_tui.core.errors import EditFormatError
from copilot_tui.index.symbols import definitions, language_of
from copilot_tui.models.catalog import CATALOG
from copilot_tui.phases.demands import GRAMMARS
from copilot_tui.phases.opening import Opening
from copilot_tui.phases.whole_files import CHARACTERS_PER_TOKEN
from copilot_tui.workspace.edit_formats import described_changes

EditForm = Literal["function", "file", "replace", "diff"]

MISSES_BEFORE_FALLBACK = 2

_GUESS_WEIGHT = 4
"""As many replies the guess counts for."""

_LARGE_MODEL = 6e9
_GUESSES: Mapping[bool, Mapping[EditForm, float]] = {
    False: {"function": 0.9, "file": 0.8, "replace": 0.5, "diff": 0.2},
    True: {"function": 0.85, "file": 0.8, "replace": 0.9, "diff": 0.7},
}
_SIZE = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?)\s?([bm])(?![a-z0-9])", re.I)
_MOVES = re.compile(
    r"\b(?:delete|remove|rename|move)\b.*\bfiles?\b|\bfiles?\b.*\b(?:delete|remove|rename|move)d?\b", re.I
)


def choose_form(
    settings: Settings, path: str, before: str | None, counts: Mapping[str, tuple[int, int]]
) -> EditForm:
    """The form to ask for; ``counts`` are the model's replies by form, asked for and fitting."""
    if before is None:
        return "file"
    wanted = settings.generation.edit_format
    if wanted != "auto":
        return cast(EditForm, wanted)
    possible = _possible(path, before, settings.codegen.max_length)
    guesses = _GUESSES[model_size(settings.codegen.model_path) >= _LARGE_MODEL]

    def rate(form: EditForm) -> float:
        asked, fitted = counts.get(form, (0, 0))
        return (guesses[form] * _GUESS_WEIGHT + fitted) / (_GUESS_WEIGHT + asked)

    return max(possible, key=rate)


def fallback_form(form: EditForm, path: str, before: str | None, max_tokens: int, misses: int) -> EditForm:
    """The form to go on with after so many replies that did not fit."""
    if form not in ("replace", "diff") or misses < MISSES_BEFORE_FALLBACK or before is None:
        return form
    return next(
        (other for other in _possible(path, before, max_tokens) if other in ("function", "file")), form
    )


def model_size(model: str) -> float:
    """How many parameters a model has, by the catalogue or by its name; 0 where neither tells."""
    known = next((entry.parameters for entry in CATALOG if entry.name == model), model)
    found = _SIZE.findall(known.replace("-", " ").replace("_", " "))
    return max((float(number) * (1e9 if unit in "bB" else 1e6) for number, unit in found), default=0.0)


def described_opening(form: EditForm, path: str, task: str) -> Opening:
    """How a reply of search and replace or of a diff begins, and where it ends.

    Where files may have to be moved, nothing is put into the model's mouth: it would then have to edit.
    """
    if _MOVES.search(task):
        return Opening("", ())
    if form == "replace":
        return Opening(f"{path}\n<<<<<<< SEARCH\n", ())
    return Opening(f"```diff\n--- a/{path}\n+++ b/{path}\n@@", ("\n```",))


def fit_described(
    reply: str, form: EditForm, path: str, read: Callable[[str], str | None]
) -> tuple[tuple[FileChange, ...], tuple[str, ...]]:
    """The changes that the reply describes, and the definitions that they touch."""
    described = cast(Literal["replace", "diff"], form)
    changes = described_changes(reply, described, path, read)
    if not changes:
        raise EditFormatError("The reply changes nothing.", "Ask again, or use a larger model.")
    return changes, tuple(name for change in changes for name in _touched(change))


def _possible(path: str, before: str, max_tokens: int) -> tuple[EditForm, ...]:
    forms: list[EditForm] = ["replace", "diff"]
    if len(before) <= max_tokens * CHARACTERS_PER_TOKEN:
        forms.insert(0, "file")
    if language_of(path) in GRAMMARS:
        # With functions, a whole file is only a way to lose lines.
        forms = ["function", *(form for form in forms if form != "file")]
    return tuple(forms)


def _touched(change: FileChange) -> tuple[str, ...]:
    language = language_of(change.path) or ""
    if language not in GRAMMARS or change.after is None:
        return ()
    old, new = _texts(change.before or "", language), _texts(change.after, language)
    return tuple(name for name, text in new.items() if old.get(name) != text)


def _texts(text: str, language: str) -> dict[str, str]:
    lines = text.split("\n")
    return {d.name: "\n".join(lines[d.start - 1 : d.end]) for d in definitions(text, language)}
