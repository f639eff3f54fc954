"""``copilot-tui models``: list, recommend, fetch, inspect, convert and remove models."""

from __future__ import annotations

import sys
import time
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

import click

from copilot_tui.cli import recommend
from copilot_tui.cli.output import data, json_line, say
from copilot_tui.console.progress_line import ProgressLine
from copilot_tui.core.cancellation import CancelToken
from copilot_tui.core.config import Settings
from copilot_tui.core.errors import DownloadError, ModelError, ModelNotFoundError
from copilot_tui.models.catalog import EVERYTHING, CatalogEntry, find_anything
from copilot_tui.models.model_store import ModelStore
from copilot_tui.models.pull import PullProgress, pull_or_smaller
from copilot_tui.store.settings import load_settings

_LIVE_SECONDS = 0.1
_PLAIN_STEP = 10  # per cent between two lines where no terminal is


@click.group(help="List, recommend, fetch, inspect, convert or remove models.")
def command() -> None:
    pass


command.add_command(recommend.command)


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per model.")
def list_models(as_json: bool) -> None:
    """Show the models that can be fetched, and which are here."""
    store = ModelStore.from_settings(_settings())
    installed = store.installed()
    if as_json:
        for entry in EVERYTHING:
            json_line(_facts(entry, store))
        return
    data(f"{'name':20} {'size':>9}  {'installed':9}  {'window':>7}  licence")
    for entry in EVERYTHING:
        here = "yes" if entry in installed else "no"
        data(f"{entry.name:20} {_size(entry.bytes):>9}  {here:9}  {entry.window or '':>7}  {entry.licence}")


@command.command()
@click.argument("name")
@click.option("--yes", is_flag=True, help="Take the next smaller model without asking if need be.")
@click.option("--offline", is_flag=True, help="Fetch nothing; say whether the model is here.")
def pull(name: str, yes: bool, offline: bool) -> None:
    """Fetch the model NAME, check it, and keep it in the model store."""
    settings = _settings()
    fetch(find_anything(name), settings, yes=yes, offline=offline)


@command.command()
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.option("--verify", is_flag=True, help="Read the whole file and check its hash.")
def info(name: str, as_json: bool, verify: bool) -> None:
    """Show all that is known about the model NAME."""
    entry = find_anything(name)
    store = ModelStore.from_settings(_settings())
    if verify:
        store.verify(name)
    if as_json:
        json_line(_facts(entry, store))
        return
    path = _path(entry, store)
    data(f"{entry.name}: {entry.title}")
    data(f"  parameters  {entry.parameters}")
    if entry.window:
        data(f"  window      {entry.window} tokens")
    data(f"  licence     {entry.licence}")
    data(f"  size        {entry.bytes:,} bytes")
    data(f"  SHA-256     {entry.sha256}{' (checked just now)' if verify else ''}")
    data(f"  sources     {', then '.join(map(str, entry.sources))}")
    data(f"  file        {path or 'not installed'}")


@command.command()
@click.argument("name")
def convert(name: str) -> None:
    """Make a checkpoint for the transformers engine from the model NAME, or from a .gguf file.

    It is made at the first use anyway; this takes the wait of up to two minutes beforehand.
    """
    file = Path(name).expanduser() if name.lower().endswith(".gguf") else _installed_file(name)
    if not file.is_file():
        raise ModelNotFoundError(f"There is no model file {file}.", "Check the path.")
    from copilot_tui.models.gguf_conversion import convert as make  # keeps torch out of the other commands

    with ThreadPoolExecutor(max_workers=1) as executor:
        display = ProgressLine(name) if sys.stderr.isatty() else None
        shares = [0.0]
        making = executor.submit(make, file, say, shares.append)
        began = time.monotonic()
        while not wait([making], timeout=1).done:
            if display is not None:
                seconds = time.monotonic() - began
                display.update(f"converting, {100 * shares[-1]:.0f} % of the weights, {seconds:.0f} s")
        if display is not None:
            display.close()
        data(str(making.result()))


def _installed_file(name: str) -> Path:
    path = ModelStore.from_settings(_settings()).path(name)
    if path is None:
        raise ModelNotFoundError(f"{name} is not installed.", f"Fetch it: copilot-tui models pull {name}")
    return path


@command.command()
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
def remove(name: str, yes: bool) -> None:
    """Delete the model NAME from the model store."""
    entry = find_anything(name)
    store = ModelStore.from_settings(_settings())
    partly = store.partial(entry).exists()
    if not store.blob(entry).exists() and not partly:
        say(f"{name} is not installed.")
        return
    if not yes and sys.stdin.isatty():
        click.confirm(f"Remove {name} ({_size(entry.bytes)})?", abort=True, err=True)
    say(f"Removed {name}; {_size(store.remove(name))} are free again.")


def fetch(
    entry: CatalogEntry, settings: Settings, *, yes: bool = False, offline: bool = False
) -> CatalogEntry:
    """Make sure that a model is installed, and show how far it is. Returns the model that is here now.

    When no source has it, the next smaller one is taken: after a question in a terminal, at once
    with ``yes`` or without a terminal. Raises :class:`DownloadError`.
    """
    store = ModelStore.from_settings(settings)
    if entry in store.installed():
        say(f"{entry.name} is installed.")
        return entry
    display = _Display()
    try:
        fetched = pull_or_smaller(
            entry,
            store,
            display.show,
            CancelToken(),
            agree=lambda smaller, error: _agree(smaller, error, display, yes=yes),
            offline=offline or settings.models.offline,
        )
    except KeyboardInterrupt:
        display.close()
        say(f"What was fetched is kept; `copilot-tui models pull {entry.name}` goes on from there.")
        raise
    finally:
        display.close()
    say(f"{fetched.name} is installed; its hash is right.")
    if fetched != entry:
        say(f"To use it instead of {entry.name}: --model {fetched.name}, or set model_path to it.")
    return fetched


def _agree(smaller: CatalogEntry, error: DownloadError, display: _Display, *, yes: bool) -> bool:
    display.close()
    say(error.message)
    offer = f"the next smaller model, {smaller.name} ({_size(smaller.bytes)})"
    if yes or not sys.stdin.isatty():
        say(f"Taking {offer}.")
        return True
    return click.confirm(f"Fetch {offer}?", default=True, err=True)


class _Display:
    """One rewritten line in a terminal; elsewhere a plain line for every ten per cent."""

    def __init__(self) -> None:
        self._live = sys.stderr.isatty()
        self._line: ProgressLine | None = None
        self._subject = ("", "")
        self._began = self._shown = 0.0
        self._first = 0
        self._step = ("", -1)

    def show(self, progress: PullProgress) -> None:
        now = time.monotonic()
        subject = (progress.model, progress.source)
        if subject != self._subject:
            self._subject, self._began, self._first = subject, now, progress.done
        if self._live:
            self._show_live(progress, now)
        else:
            self._show_plain(progress, now)

    def close(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None

    def _show_live(self, progress: PullProgress, now: float) -> None:
        if now - self._shown < _LIVE_SECONDS and progress.done < progress.total:
            return
        self._shown = now
        self._line = self._line or ProgressLine(progress.model)
        self._line.update(self._text(progress, now))

    def _show_plain(self, progress: PullProgress, now: float) -> None:
        step = (progress.state + progress.source, 100 * progress.done // progress.total // _PLAIN_STEP)
        if step != self._step and (step[0] != self._step[0] or progress.state == "fetching"):
            self._step = step
            say(f"{progress.model}: {self._text(progress, now)}")

    def _text(self, progress: PullProgress, now: float) -> str:
        if progress.state == "waiting":
            return f"waiting for {progress.source}"
        if progress.done == 0:
            return f"asking {progress.source}"
        percent = f"{100 * progress.done // progress.total} % of {_size(progress.total)}"
        if progress.state == "checking":
            return f"checking the hash, {percent}" if self._live else "checking the hash"
        seconds = now - self._began
        speed = (progress.done - self._first) / seconds if seconds > 0.5 else 0.0
        rate = f", {_size(int(speed))}/s" if speed > 0 else ""
        return f"{percent} from {progress.source}{rate}"


def _facts(entry: CatalogEntry, store: ModelStore) -> dict[str, object]:
    path = _path(entry, store)
    return {
        "name": entry.name,
        "title": entry.title,
        "parameters": entry.parameters,
        "bytes": entry.bytes,
        "window": entry.window,
        "licence": entry.licence,
        "sha256": entry.sha256,
        "sources": [str(source) for source in entry.sources],
        "installed": path is not None,
        "path": str(path) if path else None,
    }


def _path(entry: CatalogEntry, store: ModelStore) -> Path | None:
    """The file, or None; a damaged one is told and counts as not installed."""
    try:
        return store.path(entry.name)
    except ModelError as error:
        say(str(error))
        return None


def _settings() -> Settings:
    return load_settings(Path.cwd())


def _size(count: int) -> str:
    return f"{count / 1e9:.2f} GB" if count >= 10**9 else f"{count / 1e6:.0f} MB"
