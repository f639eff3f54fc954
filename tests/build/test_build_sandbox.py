"""What the sandbox promises, each promise by an attempt to break it, with every mechanism of this machine."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from copilot_tui.build.bounds import Limits
from copilot_tui.build.detect import detect
from copilot_tui.build.runner import CommandResult, run_command
from copilot_tui.build.sandbox import Sandbox, bubblewrap, described, landlock_works, sandbox_for
from copilot_tui.core.cancellation import CancelToken
from copilot_tui.core.config import BuildSettings
from copilot_tui.core.errors import BuildError, ConfigurationError
from copilot_tui.store.settings import load_settings
from tests.build.conftest import wait_for_pid
from tests.conftest import processes_in

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the mechanisms are Linux's")

SECRETS = (
    *(".ssh/id_ed25519", ".aws/credentials", ".gnupg/private-keys-v1.d/key", ".netrc", ".git-credentials"),
    *(".config/google-chrome/Default/Login Data", ".mozilla/firefox/x.default/logins.json", "login.kdbx"),
    *(".local/share/keyrings/login.keyring", ".local/state/copilot-tui/base/copilot.db"),
    *(".config/copilot-tui/config.toml", ".cargo/credentials.toml", ".m2/settings.xml", ".npmrc"),
)
CONNECT = """
import socket, sys
kind, address = sys.argv[1], sys.argv[2]
family, type = {"tcp": (2, 1), "udp": (2, 2), "unix": (1, 1), "abstract": (1, 1)}[kind]
target = ("127.0.0.1", int(address)) if family == 2 else address.replace("@", chr(0))
with socket.socket(family, type) as s:
    s.settimeout(5)
    s.connect(target)
    s.send(b"secret")
print("sent")
"""


@pytest.fixture
def outside() -> Iterator[Path]:
    """A folder that no mechanism replaces as a whole, as it does /tmp: next to the installed packages."""
    with tempfile.TemporaryDirectory(prefix="copilot-tui-test-", dir=sys.prefix) as folder:
        yield Path(folder).resolve()


@pytest.fixture
def home(outside: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = outside / "home"
    for name in SECRETS:
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text("# secret")
    (home / ".cargo" / "registry").mkdir()
    (home / ".cargo" / "registry" / "crate").write_text("public")
    (home / "include").mkdir()
    (home / "include" / "shared.h").write_text("public")
    monkeypatch.setenv("HOME", str(home))
    for name in ("XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    return home


@pytest.fixture(params=["bubblewrap", "landlock", "landlock alone"])
def box(request: pytest.FixtureRequest, home: Path, settings: BuildSettings) -> Sandbox:
    """The sandbox of a code base in the home folder, by each mechanism."""
    tree = home / "code"
    (tree / ".git" / "hooks").mkdir(parents=True)
    made = sandbox_for(tree, settings)
    assert made is not None
    if request.param == "bubblewrap":
        if bubblewrap() is None:
            pytest.skip("bubblewrap is not installed, or not allowed here")
        return made
    if not landlock_works():
        pytest.skip("this kernel has no Landlock")
    return replace(made, bubblewrap=None, apart=request.param == "landlock")


async def run(box: Sandbox, *command: str, timeout: float = 60) -> CommandResult:
    return await run_command(
        command,
        box.bounds.places.tree,
        timeout=timeout,
        max_output_bytes=100_000,
        cancel=CancelToken(),
        merge_streams=True,
        sandbox=box,
    )


def limited(box: Sandbox, **limits: int) -> Sandbox:
    return replace(box, bounds=replace(box.bounds, limits=replace(box.bounds.limits, **limits)))


def test_some_mechanism_works_here() -> None:
    assert bubblewrap() is not None or landlock_works()


async def test_no_secret_of_the_home_folder_can_be_read(box: Sandbox, home: Path) -> None:
    script = 'for file; do cat "$file" && echo "read $file"; done'
    result = await run(box, "sh", "-c", script, "sh", *(str(home / name) for name in SECRETS))
    assert "secret" not in result.stdout
    assert "read /" not in result.stdout


async def test_tool_chains_and_shared_sources_can_be_read(box: Sandbox, home: Path) -> None:
    result = await run(box, "cat", str(home / ".cargo/registry/crate"), str(home / "include/shared.h"))
    assert (result.exit_code, result.stdout) == (0, "publicpublic")


@pytest.mark.parametrize(
    "place", ["", "new", ".bashrc", ".ssh/authorized_keys", ".cargo/registry/crate", "include/shared.h"]
)
async def test_nothing_is_written_to_the_home_folder(box: Sandbox, home: Path, place: str) -> None:
    before = sorted((path, path.is_file() and path.read_bytes()) for path in home.rglob("*"))
    target = home / place if place else home / "code" / ".." / "new"
    await run(box, "sh", "-c", 'echo broken > "$1"; rm -f "$1"; mkdir -p "$1.d"', "sh", str(target))
    after = sorted((path, path.is_file() and path.read_bytes()) for path in home.rglob("*"))
    own = box.bounds.places.cache.parent.parent
    assert [e for e in after if own not in e[0].parents] == [e for e in before if own not in e[0].parents]


async def test_neither_the_system_nor_the_programs_own_files_are_written(box: Sandbox, outside: Path) -> None:
    (outside / "package.py").write_text("mine")
    setting = Path("/proc/sys/kernel/core_pattern")
    before = setting.read_text()
    # What it writes to the kernel is what stands there already.
    script = 'for f in "$1" /etc/broken /usr/bin/broken; do echo x > "$f"; done; echo "$2" > "$3" && echo set'
    result = await run(
        box, "sh", "-c", script, "sh", str(outside / "package.py"), before.strip(), str(setting)
    )
    assert (outside / "package.py").read_text() == "mine"
    assert not Path("/etc/broken").exists()
    assert not Path("/usr/bin/broken").exists()
    assert not result.stdout.endswith("set\n")


@pytest.mark.parametrize("way", ["link", "/proc/self/root", "/proc/1/root", "/proc/self/cwd/.."])
async def test_neither_a_link_nor_proc_is_a_way_out(box: Sandbox, home: Path, way: str) -> None:
    link = home / "code" / "link"
    link.symlink_to(home / ".ssh")
    folder = {"link": str(link), "/proc/self/cwd/..": "/proc/self/cwd/../.ssh"}.get(way, f"{way}{home}/.ssh")
    result = await run(box, "sh", "-c", 'cat "$1/id_ed25519"; echo x > "$1/new"', "sh", folder)
    assert "secret" not in result.stdout
    assert not (home / ".ssh" / "new").exists()


async def test_the_code_base_and_a_temporary_folder_can_be_written(box: Sandbox, home: Path) -> None:
    script = 'echo made > here && echo t > "$TMPDIR/there" && cat "$TMPDIR/there" && echo "$TMPDIR"'
    result = await run(box, "sh", "-c", script)
    assert result.exit_code == 0, result.stdout
    assert (home / "code" / "here").read_text() == "made\n"
    kept, folder = result.stdout.split()
    assert kept == "t"
    assert not Path(folder, "there").exists()


async def test_programs_that_insist_on_tmp_work(box: Sandbox, tmp_path: Path) -> None:
    """make keeps the output of its jobs in what tmpfile() gives, and falls over where that fails."""
    name = f"copilot-tui-test-{os.getpid()}"
    makefile = f"all:\n\techo kept > /tmp/{name} && cat /tmp/{name} && rm /tmp/{name}\n"
    (box.bounds.places.tree / "Makefile").write_text(makefile)
    result = await run(box, "make", "-s", "-j2", "--output-sync")
    assert (result.exit_code, result.stdout) == (0, "kept\n")
    if await is_apart(box):
        (tmp_path / "of the user").write_text("private")
        result = await run(box, "cat", str(tmp_path / "of the user"))
        assert "private" not in result.stdout


async def test_a_code_base_below_tmp_is_found_there(
    settings: BuildSettings, tmp_path: Path, box: Sandbox
) -> None:
    made = sandbox_for(tmp_path, settings)
    assert made is not None
    box = replace(box, bounds=made.bounds)
    result = await run(box, "sh", "-c", "pwd && echo made > here && cat here")
    assert result.stdout == f"{tmp_path}\nmade\n"
    assert (tmp_path / "here").read_text() == "made\n"


async def test_a_build_outside_the_code_base_goes_on_from_its_outputs(
    box: Sandbox, settings: BuildSettings
) -> None:
    if shutil.which("cmake") is None:
        pytest.skip("cmake is not installed")
    tree = box.bounds.places.tree
    (tree / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.10)\nproject(x C)\nadd_executable(x x.c)\n"
    )
    (tree / "x.c").write_text("int main(void) { return 0; }\n")
    for _ in range(2):
        for step in detect(tree, settings).steps:
            result = await run(box, *step.command)
            assert result.exit_code == 0, result.stdout
    assert "Building" not in result.stdout
    assert {path.name for path in tree.iterdir()} == {".git", "CMakeLists.txt", "x.c"}


async def test_git_hooks_cannot_be_planted(box: Sandbox, home: Path) -> None:
    if box.bubblewrap is None and not await is_apart(box):
        pytest.skip("without a mount namespace .git cannot be kept; docs/safety.md says so")
    await run(box, "sh", "-c", "echo evil > .git/hooks/post-commit; rm -rf .git; mv .git away")
    assert list((home / "code" / ".git").iterdir()) == [home / "code" / ".git" / "hooks"]
    assert not list((home / "code" / ".git" / "hooks").iterdir())


async def is_apart(box: Sandbox) -> bool:
    """Whether the command got a process namespace of its own."""
    result = await run(box, "sh", "-c", "grep NSpid /proc/self/status")
    return len(result.stdout.split()) > 2 or box.bubblewrap is not None


@pytest.mark.parametrize("kind", ["tcp", "udp", "unix", "abstract"])
async def test_nothing_outside_can_be_reached(box: Sandbox, outside: Path, kind: str) -> None:
    if kind in ("tcp", "udp"):
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM if kind == "tcp" else socket.SOCK_DGRAM)
        listener.bind(("127.0.0.1", 0))
        address = str(listener.getsockname()[1])
    else:
        listener = socket.socket(socket.AF_UNIX)
        address = (
            f"@copilot-tui-{os.getpid()}" if kind == "abstract" else str(outside / "home/.gnupg/S.agent")
        )
        listener.bind(address.replace("@", "\0"))
    with listener:
        if kind != "udp":
            listener.listen()
        listener.setblocking(False)
        result = await run(box, sys.executable, "-c", CONNECT, kind, address)
        assert (kind == "udp") or (result.exit_code, "sent" in result.stdout) == (1, False)
        with pytest.raises(BlockingIOError):
            listener.recv(10) if kind == "udp" else listener.accept()


async def test_localhost_works_inside_and_the_network_where_it_is_allowed(box: Sandbox) -> None:
    serve = (
        "import socket\na = socket.create_server(('127.0.0.1', 0))\n"
        "b = socket.create_connection(a.getsockname()); a.accept(); print('met')"
    )
    if await is_apart(box):
        assert (await run(box, sys.executable, "-c", serve)).stdout == "met\n"
    box = replace(box, bounds=replace(box.bounds, network=True))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        result = await run(box, sys.executable, "-c", CONNECT, "tcp", str(listener.getsockname()[1]))
    assert result.stdout == "sent\n"


async def test_a_fork_bomb_is_ended(box: Sandbox, home: Path) -> None:
    bomb = "import os, time\nwhile True:\n    try:\n        os.fork()\n    except OSError:\n        time.sleep(0.01)\n"
    result = await run(limited(box, processes=60), sys.executable, "-c", bomb, timeout=5)
    assert result.timed_out or "processes at once" in result.exceeded
    assert not processes_in(home / "code")


async def test_a_build_that_fills_the_disk_is_ended_before_it_is_full(box: Sandbox, home: Path) -> None:
    free = psutil.disk_usage(str(home)).free
    fill = "i=0; while :; do head -c 20000000 /dev/zero > fill.$((i=i+1)); sleep 0.01; done"
    result = await run(limited(box, free_disk_bytes=free - 150_000_000), "sh", "-c", fill)
    assert "free on the disk" in result.exceeded
    assert "copilot-tui: the command was ended, it left only" in result.stdout
    assert not processes_in(home / "code")


async def test_a_file_may_only_grow_to_the_limit(box: Sandbox, home: Path) -> None:
    if box.bubblewrap is not None and box.bubblewrap.prlimit is None:
        pytest.skip("bubblewrap needs prlimit for this limit")
    await run(limited(box, file_bytes=100_000), "sh", "-c", "head -c 900000 /dev/zero > big")
    assert (home / "code" / "big").stat().st_size == 100_000


async def test_memory_is_limited_for_all_processes_together(box: Sandbox) -> None:
    hoard = "import os, time\nos.fork(); os.fork()\nkept = b'x' * 150_000_000\ntime.sleep(60)"
    result = await run(limited(box, memory_bytes=400_000_000), sys.executable, "-c", hoard)
    assert "GB of memory" in result.exceeded


async def test_the_program_cannot_be_killed_from_inside(box: Sandbox) -> None:
    script = f"kill -9 {os.getpid()}; kill -9 $PPID; kill -9 1; echo alive"
    with subprocess.Popen(["sleep", "1000"]) as bystander:
        result = await run(box, "sh", "-c", f"kill -9 {bystander.pid}; {script}")
        assert bystander.poll() is None
        bystander.kill()
    assert result.stdout.endswith("alive\n")


async def test_nothing_outlives_its_command(box: Sandbox, home: Path) -> None:
    daemon = (
        "import os, time\nif os.fork(): os._exit(0)\nos.setsid()\nif os.fork(): os._exit(0)\n"
        "open('pid', 'w').write('1')\nos.execve('/bin/sleep', ['sleep', '1000'], {})"
    )
    result = await run(box, "sh", "-c", f'{sys.executable} -c "{daemon}"; while [ ! -s pid ]; do :; done')
    assert (home / "code" / "pid").exists(), result.stdout
    assert not processes_in(home / "code")


def test_nothing_outlives_the_program(home: Path, tmp_path: Path) -> None:
    tree = home / "code"
    tree.mkdir()
    (tree / "Makefile").write_text("all:\n\tsetsid sleep 1000 & echo 1 > pid; sleep 1000\n")
    program = subprocess.Popen([sys.executable, "-m", "copilot_tui", "compile", "--source", str(tree)])
    wait_for_pid(tree / "pid")
    program.send_signal(signal.SIGKILL)
    program.wait()
    end = time.monotonic() + 20
    while (left := processes_in(tree)) and time.monotonic() < end:
        time.sleep(0.05)
    assert not left


async def test_tokens_and_agents_do_not_reach_the_build(
    box: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("GITHUB_TOKEN", "OPENAI_API_KEY", "AWS_SECRET_ACCESS_KEY", "SSH_AUTH_SOCK", "DB_PASSWORD"):
        monkeypatch.setenv(name, "secret")
    monkeypatch.setenv("CFLAGS", "-O1")
    result = await run(box, "env")
    assert "secret" not in result.stdout
    assert "CFLAGS=-O1" in result.stdout


@pytest.mark.skipif(os.geteuid() != 0, reason="only the superuser may write files of others")
async def test_the_superuser_can_build_what_belongs_to_others(box: Sandbox, home: Path) -> None:
    (home / "code" / "theirs").write_text("old")
    os.chown(home / "code", 12345, 12345)
    os.chown(home / "code" / "theirs", 12345, 12345)
    if box.bubblewrap is not None and not box.bubblewrap.as_root:
        pytest.skip("a user namespace is needed here, and takes that right away")
    result = await run(box, "sh", "-c", "echo new > theirs; echo x > more")
    assert (home / "code" / "theirs").read_text() == "new\n", result.stdout


async def test_a_missing_program_and_a_signal_are_told_as_without_a_sandbox(box: Sandbox) -> None:
    with pytest.raises(BuildError, match="no-such-compiler"):
        await run(box, "no-such-compiler")
    assert (await run(box, "sh", "-c", "kill -SEGV $$")).exit_code == 139
    assert (await run(box, "sh", "-c", "exit 7")).exit_code == 7


async def test_a_build_may_tidy_up_when_its_time_is_over(box: Sandbox, home: Path) -> None:
    script = "trap 'echo tidy > tidied; exit' TERM; while :; do sleep 0.01; done"
    result = await run(box, "sh", "-c", script, timeout=2)
    assert result.timed_out
    assert (home / "code" / "tidied").exists()


def test_the_settings_say_what_holds(home: Path, settings: BuildSettings) -> None:
    (home / "code").mkdir()
    assert sandbox_for(home / "code", replace(settings, sandbox="off")) is None
    with pytest.raises(BuildError, match="holds a home folder"):
        sandbox_for(home, settings)
    changed = replace(
        settings,
        sandbox_network=True,
        sandbox_writable=("~/include",),
        max_processes=20,
        max_memory_gb=1.0,
        max_file_gb=2.0,
        min_free_disk_gb=3.0,
    )
    made = sandbox_for(home / "code", changed)
    assert made is not None
    assert made.bounds.limits == Limits(20, 10**9, 2 * 10**9, 3 * 10**9)
    assert made.bounds.network
    assert made.bounds.writable == (home / "include",)


def test_tool_places_that_cannot_be_looked_at_are_left_out(
    home: Path, settings: BuildSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "code").mkdir()
    (home / "locked" / "jdk").mkdir(parents=True)
    (home / "locked").chmod(0)  # the superuser may look all the same, but not at a name this long
    monkeypatch.setenv("JAVA_HOME", str(home / "locked" / "jdk"))
    monkeypatch.setenv("GOROOT", "/" + "x" * 300)
    try:
        assert sandbox_for(home / "code", settings) is not None
    finally:
        (home / "locked").chmod(0o700)


def test_a_person_is_told_what_holds_the_builds(settings: BuildSettings) -> None:
    usable, detail, _ = described(settings)
    assert (usable, detail.partition(" ")[0].rstrip(":")) in {(True, "bubblewrap"), (True, "Landlock")}
    usable, detail, advice = described(replace(settings, sandbox="off"))
    assert (usable, "own rights" in detail, "build.sandbox" in advice) == (True, True, True)


async def test_more_folders_can_be_made_writable(box: Sandbox, home: Path) -> None:
    box = replace(box, bounds=replace(box.bounds, writable=(home / "include",)))
    await run(box, "sh", "-c", f"echo x > {home}/include/new")
    assert (home / "include" / "new").exists()


def test_a_code_base_cannot_loosen_its_own_sandbox(tmp_path: Path) -> None:
    (tmp_path / ".copilot-tui.toml").write_text('[build]\nsandbox = "off"\n')
    with pytest.raises(ConfigurationError, match=r"copilot-tui\.toml:2: build\.sandbox cannot be set"):
        load_settings(tmp_path)


def test_two_builds_at_once_do_not_meet(box: Sandbox) -> None:
    async def both() -> list[CommandResult]:
        script = 'echo $0 > "$TMPDIR/x"; sleep 0.2; cat "$TMPDIR/x"'
        return list(await asyncio.gather(*(run(box, "sh", "-c", script, name) for name in ("one", "two"))))

    assert [result.stdout for result in asyncio.run(both())] == ["one\n", "two\n"]
