"""How long the index of a large tree takes, what it costs, and how fast it answers.

``python -m tests.benchmarks scale DIRECTORY``. The tree is copied first, because one file of it is changed.
The index is built without the table of word vectors; queries use it where it is installed, as a user has them.
Each step is a process of its own, whose memory is sampled together with that of its children.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from copilot_tui.core.config import ExplorationSettings
from copilot_tui.index.code_index import CodeIndex
from copilot_tui.models.catalog import SEARCH_TABLE
from copilot_tui.models.model_store import ModelStore
from copilot_tui.store.settings import load_settings

if TYPE_CHECKING:
    import psutil  # else imported late: the process that asks one query cold has no use for it

QUERIES = 200
COLD_QUERIES = 15
_SAMPLE_SECONDS = 0.05
_REFRESHES = 7
_WITH_TABLE = frozenset({"meaning", "query", "cold"})


def main(arguments: list[str]) -> None:
    if not arguments:
        print("Needs the directory of a large code base: python -m tests.benchmarks scale DIRECTORY")
        return
    if arguments[0] == "--step":
        step(arguments[1], Path(arguments[2]), Path(arguments[3]))
        return
    with tempfile.TemporaryDirectory(prefix="scale-") as folder:
        source, index = Path(folder) / "tree", Path(folder) / "index"
        subprocess.run(["git", "clone", "-q", "--shared", arguments[0], str(source)], check=True)
        measure(source, index)


def measure(source: Path, index: Path) -> None:
    tree = [path for path in source.rglob("*") if path.is_file() and ".git" not in path.parts]
    tree_size = sum(path.stat().st_size for path in tree)
    print(f"{len(tree)} files, {tree_size / 1e6:.0f} MB\n")
    print("| what | measured |")
    print("|---|---|")
    if shutil.which("ctags"):
        row(
            "`ctags -R` (two runs, the second)", f"{[ctags(source, index.parent) for _ in range(2)][1]:.1f} s"
        )
    first = run("build", source, index)
    row("first index: words can be searched after", f"{first['words']:.1f} s")
    row("first index: complete after", f"{first['seconds']:.1f} s")
    row("first index: processor time, all processes", f"{first['processor']:.1f} s")
    row("first index: most memory, all processes together", f"{first['peak'] / 1e6:.0f} MB")
    size = sum(path.stat().st_size for path in index.rglob("*") if path.is_file())
    text = first["text"]
    row(
        "size of the index",
        f"{size / 1e6:.0f} MB, {100 * size / text:.0f} % of {text / 1e6:.0f} MB indexed text",
    )
    row("files indexed, symbols", f"{first['files']:.0f}, {first['symbols']:.0f}")
    again = run("again", source, index)
    row(f"nothing changed (median of {_REFRESHES})", f"{again['unchanged']:.2f} s")
    row(f"one file changed (median of {_REFRESHES})", f"{again['changed']:.2f} s")
    vectors = run("meaning", source, index)
    with_table = "with the table of word vectors"
    if vectors["table"]:
        row(f"{with_table}, added to the index after", f"{vectors['seconds']:.1f} s")
        whole = sum(path.stat().st_size for path in index.rglob("*") if path.is_file())
        row(f"{with_table}, size of the index", f"{whole / 1e6:.0f} MB, {100 * whole / text:.0f} %")
    else:
        with_table = "WITHOUT the table of word vectors, which is not installed"
    query = run("query", source, index)
    for name in ("words", "whole"):
        what = {"words": "words alone", "whole": f"all signals and spans, {with_table}"}[name]
        row(f"query, warm, {what}: median, p95", f"{query[name]:.1f} ms, {query[f'{name} p95']:.1f} ms")
    run("cold", source, index)  # compiles the modules, as installing does
    cold = sorted(run("cold", source, index)["wall"] for _ in range(COLD_QUERIES))
    row(f"query from a cold process, start included, {with_table}: median, p95",
        f"{statistics.median(cold) * 1000:.0f} ms, {cold[int(len(cold) * 0.95)] * 1000:.0f} ms")  # fmt: skip


def row(what: str, value: str) -> None:
    print(f"| {what} | {value} |", flush=True)


def ctags(source: Path, folder: Path) -> float:
    began = time.perf_counter()
    subprocess.run(["ctags", "-R", "-f", str(folder / "tags"), str(source)], check=False, capture_output=True)
    return time.perf_counter() - began


def run(name: str, source: Path, index: Path) -> dict[str, float]:
    """One step in a process of its own; what it measured, and the most memory that it and its children took."""
    began = time.perf_counter()
    command = [sys.executable, "-m", "tests.benchmarks.scale", "--step", name, str(source), str(index)]
    # An installed program has its modules compiled, whatever this environment says of that.
    environment = {**os.environ, "PYTHONPYCACHEPREFIX": str(index.parent / "compiled")}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
    peak = [0]
    sampler = threading.Thread(target=sample, args=(process.pid, peak), daemon=True)
    if name == "build":
        sampler.start()
    output, _ = process.communicate()
    wall = time.perf_counter() - began
    return {**json.loads(output.splitlines()[-1]), "peak": peak[0], "wall": wall}


def sample(pid: int, peak: list[int]) -> None:
    import psutil

    try:
        process = psutil.Process(pid)
        while True:
            everyone = [process, *process.children(recursive=True)]
            peak[0] = max(peak[0], sum(memory(one) for one in everyone))
            time.sleep(_SAMPLE_SECONDS)
    except psutil.Error:
        return


def memory(process: psutil.Process) -> int:
    import psutil

    try:
        information = process.memory_full_info()
    except psutil.Error:
        return 0  # it ended in between
    return int(getattr(information, "pss", information.rss))


def step(name: str, source: Path, directory: Path) -> None:
    settings = ExplorationSettings(
        enabled=True,
        insights=False,
        max_files_to_scan=200_000,
        enable_caching=True,
        similarity_threshold=0.0,
        max_file_bytes=1_000_000,
        semantic=name in _WITH_TABLE,
    )
    table = ModelStore.from_settings(load_settings(None)).path(SEARCH_TABLE.name)
    index = CodeIndex(source, directory, settings, table=table if settings.semantic else None)
    steps = {"build": build, "again": again, "meaning": meaning, "query": query, "cold": cold}
    print(json.dumps(steps[name](index, source)))


def build(index: CodeIndex, source: Path) -> dict[str, float]:
    began = time.perf_counter()
    result = index.refresh()
    seconds = time.perf_counter() - began
    used = os.times()
    return {
        "seconds": seconds,
        "words": result.seconds + index.statistics.seconds_until_words,
        "processor": used.user + used.system + used.children_user + used.children_system,
        "text": sum(file.size for file in result.files),
        "files": len(result.files),
        "symbols": index.counts()["symbols"],
    }


def again(index: CodeIndex, source: Path) -> dict[str, float]:
    file = source / next(path for path in sorted(index.paths()) if path.endswith((".c", ".py", ".go", ".rs")))
    unchanged = [timed(index) for _ in range(_REFRESHES)]
    changed = []
    for number in range(_REFRESHES):
        with file.open("ab") as stream:
            stream.write(f"/* {number} */\n".encode())
        changed.append(timed(index))
    return {"unchanged": statistics.median(unchanged), "changed": statistics.median(changed)}


def timed(index: CodeIndex) -> float:
    began = time.perf_counter()
    index.refresh()
    return time.perf_counter() - began


def meaning(index: CodeIndex, source: Path) -> dict[str, float]:
    return {"seconds": timed(index), "table": float(not index.notice)}


def query(index: CodeIndex, source: Path) -> dict[str, float]:
    queries = some_queries(index)
    index.rank(queries[0], 10)
    found: dict[str, float] = {}
    for name, ask in (
        ("words", lambda text: index.search(text, 100)),
        ("whole", lambda text: index.rank(text, 10)),
    ):
        times = []
        for text in queries:
            began = time.perf_counter()
            ask(text)
            times.append((time.perf_counter() - began) * 1000)
        times.sort()
        found |= {name: statistics.median(times), f"{name} p95": times[int(len(times) * 0.95)]}
    return found


def some_queries(index: CodeIndex) -> list[str]:
    """What comments say functions do, taken from all over the tree."""
    paths = sorted(index.paths())
    sampled = paths[:: max(1, len(paths) // (20 * QUERIES))]
    documented = [x.doc for _, found in index.definitions_by_file(sampled) for x in found if len(x.doc) > 25]
    return documented[:: max(1, len(documented) // QUERIES)][:QUERIES]


def cold(index: CodeIndex, source: Path) -> dict[str, float]:
    return {"found": len(index.rank("allocate memory for a task", 10))}


if __name__ == "__main__":
    main(sys.argv[1:])
