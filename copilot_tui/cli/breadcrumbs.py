"""``copilot-tui breadcrumbs``: list, check or draw the AI breadcrumbs of a code base."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path

import click

from copilot_tui.cli.index import open_index, refresh
from copilot_tui.cli.output import data, json_line, say
from copilot_tui.core.artefacts import Breadcrumb
from copilot_tui.core.errors import ExitCode, UsageError
from copilot_tui.index.breadcrumbs import STATUSES, related, task_order

_SOURCE = click.option(
    "--source", type=click.Path(path_type=Path), default=".", show_default=True, help="The code base."
)
_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object per line.")


@click.group("breadcrumbs")
def command() -> None:
    """List, check or draw the AI breadcrumbs of a code base."""


@command.command("list")
@_SOURCE
@click.option("--status", default=None, help="Only those with this status, such as NOT_STARTED.")
@_JSON
def list_breadcrumbs(source: Path, status: str | None, as_json: bool) -> None:
    """Print every breadcrumb with its place, status, phase and symbol."""
    found = _read(source)
    if status is not None:
        _check_status(status.upper(), found)
        found = tuple(item for item in found if item.status == status.upper())
    for item in found:
        if as_json:
            json_line(item)
        else:
            symbol = f"  {item.symbol}" if item.symbol else ""
            data(f"{item.path}:{item.line}  {item.status or '-'}  {item.phase or '-'}{symbol}")
    if not found:
        say("There are no breadcrumbs here." if status is None else f"No breadcrumb is {status.upper()}.")


@command.command("check")
@_SOURCE
@_JSON
def check(source: Path, as_json: bool) -> int:
    """Print every broken rule; exit with 1 when one of them is an error."""
    found = _read(source)
    problems = [
        (item.path, item.line, *problem.split(": ", 1)) for item in found for problem in item.problems
    ]
    for path, line, severity, message in problems:
        if as_json:
            json_line({"file": path, "line": line, "severity": severity, "message": message})
        else:
            data(f"{path}:{line}: {severity}: {message}")
    order_problems = task_order(found).problems
    for problem in order_problems:
        if as_json:
            json_line({"file": None, "line": None, "severity": "warning", "message": problem[9:]})
        else:
            data(problem)
    errors = sum(1 for _, _, severity, _ in problems if severity == "error")
    warnings = len(problems) - errors + len(order_problems)
    say(f"{len(found)} breadcrumbs, {errors} errors, {warnings} warnings")
    return ExitCode.NOT_SOLVED if errors else ExitCode.DONE


@command.command("graph")
@_SOURCE
@click.option("--dot", is_flag=True, help="Graphviz DOT instead of lines.")
def graph(source: Path, dot: bool) -> None:
    """Print how breadcrumbs are related: one line for each relation, or DOT."""
    found = _read(source)
    shown = {"depends on", "blocks", "marker", "same LINUX_REF", "same AMIGAOS_REF", "corrects"}
    symmetric = {"marker", "same LINUX_REF", "same AMIGAOS_REF"}
    edges = [
        (item, relation.kind, relation.breadcrumb)
        for item in found
        for relation in related(item, found)
        if relation.kind in shown
        and not (relation.kind in symmetric and _place(item) > _place(relation.breadcrumb))
    ]
    if dot:
        data("digraph breadcrumbs {")
        for item in found:
            data(f"  {_quoted(_name(item))} [label={_quoted(f'{item.phase} ({item.status})')}];")
        for one, kind, other in edges:
            data(f"  {_quoted(_name(one))} -> {_quoted(_name(other))} [label={_quoted(kind)}];")
        data("}")
        return
    for one, kind, other in edges:
        data(f"{one.phase} ({_name(one)})  {kind}  {other.phase} ({_name(other)})")
    if not edges:
        say("No breadcrumb is related to another.")


def _read(source: Path) -> tuple[Breadcrumb, ...]:
    index = open_index(source)
    refresh(index)
    return index.breadcrumbs()


def _check_status(status: str, found: Sequence[Breadcrumb]) -> None:
    """Raise UsageError for a status that is neither documented nor used in the code base."""
    known = sorted({*STATUSES, *(item.status for item in found if item.status)})
    if status not in known:
        near = difflib.get_close_matches(status, known, n=1)
        hint = f"Did you mean {near[0]}?" if near else f"Known: {', '.join(known)}."
        raise UsageError(f"There is no status {status!r}.", hint)


def _place(item: Breadcrumb) -> tuple[str, int]:
    return item.path, item.line


def _name(item: Breadcrumb) -> str:
    return f"{item.path}:{item.line}"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ") + '"'
