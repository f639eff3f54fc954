"""``copilot-tui explore``: the search alone, with or without the model's reading of it."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from copilot_tui.cli.options import settings_for
from copilot_tui.cli.output import data, json_line, say
from copilot_tui.console.progress_line import ProgressLine
from copilot_tui.core.artefacts import Exploration, Task, to_json
from copilot_tui.core.config import Settings
from copilot_tui.core.errors import UsageError
from copilot_tui.core.events import EventRecord, Noticed
from copilot_tui.core.text import printable_line
from copilot_tui.phases.search import search
from copilot_tui.session.indexing import open_code_index
from copilot_tui.session.workplace import Workplace


@click.command(name="explore")
@click.argument("query")
@click.option("--source", type=click.Path(path_type=Path), default=".", help="The code base (default: here).")
@click.option("--limit", type=click.IntRange(1, 1000), default=10, show_default=True, help="Files to list.")
@click.option("--no-model", is_flag=True, help="Only search; needs no model.")
@click.option("--set", "assignments", multiple=True, metavar="KEY=VALUE", help="Set any key of config.toml.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(
    query: str, source: Path, limit: int, no_model: bool, assignments: tuple[str, ...], as_json: bool
) -> int:
    """Find the files and functions of a code base that matter for QUERY, best first."""
    if not query.strip():
        raise UsageError("The query is empty.", "Say what to look for.")
    started = time.monotonic()
    place = Workplace.at(source)
    settings = settings_for(source, assignments)
    line = ProgressLine("Exploring")
    try:
        if no_model:
            exploration, notice = _search(place, settings, query, limit, line)
            if notice:
                line.close()
                say(notice)
        else:
            from copilot_tui.cli.models_needed import with_installed_models  # see _explore

            settings = with_installed_models(settings, yes=False)
            read = asyncio.run(_explore(place, settings, query, line))
            found, _ = _search(place, settings, query, limit, line)
            exploration = replace(found, insights=read.insights, timing={**found.timing, **read.timing})
    finally:
        line.close()
    if as_json:
        json_line(exploration_object(exploration, limit, time.monotonic() - started))
    else:
        _print(exploration, limit)
    return 0 if exploration.files else 1


def _search(
    place: Workplace, settings: Settings, query: str, limit: int, line: ProgressLine
) -> tuple[Exploration, str]:
    """What was found, and what a person should know of the search."""
    index = open_code_index(place.source, place.state / "index", settings)
    return search(index, Task(query), files=limit, progress=line.advance), index.notice


async def _explore(place: Workplace, settings: Settings, query: str, line: ProgressLine) -> Exploration:
    # Here, because these take longer to load than the search takes, which needs none of them.
    from copilot_tui.console.narrator import show_progress
    from copilot_tui.models.loader import LocalModelLoader
    from copilot_tui.session.manager import SessionManager

    def show(record: EventRecord) -> None:
        if isinstance(record.event, Noticed):
            line.close()
            say(record.event.message)
        show_progress(record.event, line)

    models = LocalModelLoader(settings)
    manager = SessionManager(place, settings, models, on_record=show)
    try:
        await manager.start(Task(query), context={"command": "explore"})
        state = await manager.run_phase("explore")
        await manager.end("explored")
        return state.exploration or Exploration(query)
    finally:
        await manager.close()
        models.close()


def exploration_object(exploration: Exploration, limit: int, seconds: float) -> dict[str, Any]:
    """The object that ``explore --json`` prints: the documented keys, paths relative to the source."""
    whole = to_json(exploration)
    return {
        "query": whole["query"],
        "files": [
            {key: file[key] for key in ("path", "score", "reasons", "spans")}
            for file in whole["files"][:limit]
        ],
        "breadcrumbs": whole["breadcrumbs"],
        "patterns": whole["patterns"],
        "insights": whole["insights"],
        "timing": {**whole["timing"], "total": seconds},
    }


def _print(exploration: Exploration, limit: int) -> None:
    for rank, file in enumerate(exploration.files[:limit], 1):
        data(f"{rank:3}. {printable_line(file.path)}  {file.score:.2f}  {'; '.join(file.reasons)}")
        for span in file.spans:
            data(f"       {span.start}-{span.end} {span.symbol or ''}".rstrip())
    for line in exploration.patterns:
        data(f"  pattern: {line}")
    if exploration.insights:
        data(exploration.insights)
    if not exploration.files:
        data("Nothing found.")
