"""Where tasks come from: the PARTIAL and NOT_STARTED breadcrumbs of a project, or a sentence.

A project is a name from ``[projects.NAME]``, a folder of the code base, or the code base's own name.
Nothing is ever invented: when there is no task, that is said.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path

from copilot_tui.core.artefacts import Task
from copilot_tui.core.cancellation import CancelToken
from copilot_tui.core.config import Settings
from copilot_tui.core.errors import UsageError
from copilot_tui.index.breadcrumbs import tasks
from copilot_tui.index.code_index import CodeIndex
from copilot_tui.phases.search import Progress


def project_directories(project: str, source: Path, settings: Settings) -> tuple[str, ...]:
    """The folders that a project's tasks are looked for in; empty means the whole code base.

    Raises UsageError for a name that is neither configured nor a folder.
    """
    if project in settings.projects:
        return settings.project(project).directories
    if project in {"", ".", source.resolve().name}:
        return ()
    if (source / project).is_dir() and (source / project).resolve().is_relative_to(source.resolve()):
        return (project,)
    raise UsageError(
        f"{project!r} is neither a project of the configuration nor a folder of {source}.",
        _project_hint(project, source, settings),
    )


def _project_hint(project: str, source: Path, settings: Settings) -> str:
    if "/" in project:
        return f"The code base is the third argument: copilot-tui run . 10 {project}"
    near = difflib.get_close_matches(project, [*settings.projects, *_folders(source)], n=1)
    if near:
        return f"Did you mean {near[0]!r}?"
    return f"Use . for the whole code base, or add [projects.{project}] to the configuration."


def find_tasks(
    index: CodeIndex,
    directories: Sequence[str],
    cancel: CancelToken | None = None,
    progress: Progress | None = None,
) -> tuple[Task, ...]:
    """The open tasks of the code base, most urgent first, each after those it depends on.

    A code base that was never read may take minutes: ``progress`` hears how far the reading has come.
    """
    index.refresh(progress, cancel)
    breadcrumbs = index.breadcrumbs()
    if directories:
        inside = tuple(f"{directory.rstrip('/')}/" for directory in directories)
        breadcrumbs = tuple(b for b in breadcrumbs if b.path.startswith(inside))
    return tasks(breadcrumbs)


def _folders(source: Path) -> list[str]:
    return [path.name for path in source.iterdir() if path.is_dir() and not path.name.startswith(".")]
