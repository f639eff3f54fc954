"""What a frontend is opened with, and the slow part of opening it.

The session manager and what it needs are imported here, late, so that the first screen is painted
before them. Everything here blocks and belongs in a thread.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from copilot_tui.core.events import EventRecord
from copilot_tui.session.notices import ToldNotices

if TYPE_CHECKING:
    from copilot_tui.core.config import Settings
    from copilot_tui.models.loader import LocalModelLoader
    from copilot_tui.session.manager import SessionManager

RecordSink = Callable[[EventRecord], None]


@dataclass(frozen=True, slots=True)
class Opening:
    """Which code base, where its state goes (None: the usual place), and the flags of this call.

    ``make_loader`` gives the models for the settings; None takes the installed ones. ``told`` goes on when
    the code base is opened again with another model.
    """

    source: Path
    logs: Path | None = None
    flags: Mapping[str, Any] = field(default_factory=dict)
    make_loader: Callable[[Settings], LocalModelLoader] | None = None
    told: ToldNotices = field(default_factory=ToldNotices)

    def with_model(self, name: str) -> Opening:
        """The same with another model for both roles."""
        flags = {**self.flags, "codegen.model_path": name, "llm.model_path": name}
        return replace(self, flags=flags)


@dataclass(frozen=True, slots=True)
class Opened:
    """An open code base: close the manager first, then the models."""

    manager: SessionManager
    models: LocalModelLoader
    branch: str


def open_code_base(opening: Opening, on_record: RecordSink) -> Opened:
    """Read the settings, take the lock, open the store. Raises what the app shows with its hint."""
    from copilot_tui.models.loader import LocalModelLoader
    from copilot_tui.session.manager import SessionManager, Workplace
    from copilot_tui.store.settings import load_settings

    place = Workplace.at(opening.source, opening.logs)
    settings = load_settings(place.source, opening.flags)
    models = (opening.make_loader or LocalModelLoader)(settings)
    try:
        manager = SessionManager(place, settings, models, on_record=on_record, told=opening.told)
    except BaseException:
        models.close()
        raise
    return Opened(manager, models, git_branch(place.source))


def check_models(opening: Opening) -> None:
    """Raise what keeps the models from being loaded, as far as it is known without loading them."""
    from copilot_tui.models.loader import LocalModelLoader
    from copilot_tui.session.workplace import Workplace
    from copilot_tui.store.settings import load_settings

    source = Workplace.at(opening.source, opening.logs).source
    models = (opening.make_loader or LocalModelLoader)(load_settings(source, opening.flags))
    try:
        models.specification("codegen")
        models.specification("llm")
    finally:
        models.close()


def git_branch(source: Path) -> str:
    """The checked-out branch, or the first letters of a detached commit; empty outside of git."""
    for folder in (source, *source.parents):
        head = folder / ".git" / "HEAD"
        try:
            text = head.read_text(encoding="utf-8", errors="replace").strip()
        except OSError:
            continue
        return text.removeprefix("ref: refs/heads/") if text.startswith("ref:") else text[:8]
    return ""
