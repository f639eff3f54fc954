"""``copilot-tui index``: build, inspect or query the search index of a code base; no model needed."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import click

from copilot_tui.cli.output import data, json_line, say
from copilot_tui.console.progress_line import ProgressLine
from copilot_tui.core.artefacts import RankedFile
from copilot_tui.core.errors import UsageError
from copilot_tui.index.code_index import CodeIndex
from copilot_tui.index.scan import ScanResult
from copilot_tui.session.indexing import open_code_index
from copilot_tui.store.locations import state_directory
from copilot_tui.store.settings import load_settings

_SOURCE = click.option(
    "--source", type=click.Path(path_type=Path), default=".", show_default=True, help="The code base."
)
_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object per line.")


@click.group("index")
def command() -> None:
    """Build, inspect or query the search index of a code base."""


@command.command("build")
@_SOURCE
@_JSON
def build(source: Path, as_json: bool) -> None:
    """Read what changed since the last time; the index is made on first use."""
    index = open_index(source)
    result = refresh(index)
    statistics = index.statistics
    if as_json:
        json_line(_scan_summary(result) | {"update": statistics})
        return
    data(
        f"{len(result.files)} files: {statistics.read} read, {statistics.unchanged} unchanged, "
        f"{statistics.removed} removed, in {result.seconds + statistics.seconds:.2f} s"
    )
    for line in skipped_lines(result):
        say(line)
    if statistics.busy:
        say("Another process is writing this index at the moment; it was left as it is.")


@command.command("status")
@_SOURCE
@click.option("--left-out", is_flag=True, help="List every file that was left out, with the reason.")
@_JSON
def status(source: Path, left_out: bool, as_json: bool) -> None:
    """Print what the index holds and where it lies, without building it."""
    directory = index_directory(source)
    index = open_index(source)
    entries = index.left_out()
    if left_out:
        for reason, path in entries:
            if as_json:
                json_line({"path": path, "reason": reason})
            else:
                data(f"{path}  ({reason})")
        return
    counts = index.counts()
    reasons = Counter(reason for reason, _ in entries)
    size = sum(path.stat().st_size for path in directory.rglob("*") if path.is_file())
    if as_json:
        json_line({"directory": str(directory), "bytes": size, **counts, "left_out": reasons})
        return
    data(f"directory  {directory}")
    data(f"size       {size / 1_000_000:.1f} MB")
    for name, count in counts.items():
        data(f"{name.replace('_', ' '):<10} {count}")
    for reason, count in reasons.most_common():
        data(f"left out   {count}, {reason}")
    if not counts["files"]:
        say("The index is empty; `copilot-tui index build` fills it.")


@command.command("search")
@click.argument("query", nargs=-1, required=True)
@_SOURCE
@click.option("--limit", type=click.IntRange(1, 1000), default=10, show_default=True, help="At most so many.")
@click.option("--as-is", is_flag=True, help="Do not look for changed files first; faster in a large tree.")
@_JSON
def search(query: tuple[str, ...], source: Path, limit: int, as_is: bool, as_json: bool) -> None:
    """Print the files that matter for QUERY, best first, and why."""
    index = open_index(source)
    if not as_is:
        refresh(index)
    found = index.rank(" ".join(query), limit)
    for file in found:
        if as_json:
            json_line(file)
        else:
            data(_shown(file))
    if not found:
        say("Nothing matches. Other words, a file name or a function name may help.")


def open_index(source: Path) -> CodeIndex:
    """The index of ``source`` with the settings that hold there; a missing folder is a usage error."""
    if not source.is_dir():
        raise UsageError(f"{source} is not a folder.", "Give the folder of a code base with --source.")
    return open_code_index(source, index_directory(source), load_settings(source))


def index_directory(source: Path) -> Path:
    """Where the index of ``source`` lies."""
    return state_directory(source) / "index"


def refresh(index: CodeIndex) -> ScanResult:
    """Bring the index up to date, with a progress line in a terminal."""
    line = ProgressLine("index")
    try:
        return index.refresh(line.advance)
    finally:
        line.close()


def skipped_lines(result: ScanResult) -> list[str]:
    """One line for each reason for which files were left out, with an example or two."""
    return [
        f"left out, {reason}: {count} ({', '.join(result.examples.get(reason, ())[:2])})"
        for reason, count in sorted(result.skipped.items(), key=lambda pair: -pair[1])
    ]


def _scan_summary(result: ScanResult) -> dict[str, object]:
    return {
        "files": len(result.files),
        "skipped": result.skipped,
        "examples": result.examples,
        "listed_by": result.listed_by,
        "seconds": round(result.seconds, 4),
    }


def _shown(file: RankedFile) -> str:
    spans = "".join(f"\n    {span.start}-{span.end} {span.symbol or ''}".rstrip() for span in file.spans)
    return f"{file.score:6.3f}  {file.path}  ({'; '.join(file.reasons)}){spans}"
