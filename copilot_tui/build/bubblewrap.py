"""The arguments of bubblewrap: a world of its own for one command, put together out of mounts.

The whole system is mounted read-only, then, from the outermost folder inwards, what is hidden is covered
by empty folders and what is visible or writable is mounted again on top. Networks, processes and shared
memory are apart; the kernel ends everything inside when bubblewrap or this program ends.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from copilot_tui.build.bounds import Bounds

DOES_NOTHING = ("/bin/sh", "-c", ":")
"""A command to try a mechanism with; by its path, since PATH may be the code base's own."""

_SYSTEM = ("--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc")
_SETTINGS_OF_THE_KERNEL = (
    "sys",
    "sysrq-trigger",
    "irq",
    "bus",
    "acpi",
    "scsi",
    "fs",
)  # root could write them
_OF_OTHER_OWNERS = ("CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FOWNER", "CAP_FSETID")
_SHARED_MEMORY_BYTES = 2**30
_COVERED_BYTES = 2**26  # what may be written where a home folder would be; it vanishes with the command


@dataclass(frozen=True, slots=True)
class Bubblewrap:
    """The program as it works on this machine: ``as_root`` means without a user namespace."""

    program: str
    as_root: bool
    prlimit: str | None

    def trial(self) -> tuple[str, ...]:
        """A command that succeeds where the mechanism works."""
        return (*self._apart(network=False), *_SYSTEM, "--", *DOES_NOTHING)

    def wrap(self, command: Sequence[str], directory: Path, bounds: Bounds, temporary: Path) -> Iterator[str]:
        """``command`` inside; ``temporary`` stands for ``/tmp`` there."""
        yield from self._apart(network=bounds.network)
        yield from _SYSTEM
        for name in _SETTINGS_OF_THE_KERNEL:
            yield from ("--ro-bind-try", f"/proc/{name}", f"/proc/{name}")
        yield from ("--size", str(_SHARED_MEMORY_BYTES), "--tmpfs", "/dev/shm")
        for _, mount in sorted(_mounts(bounds, temporary), key=lambda entry: len(entry[0].parts)):
            yield from mount
        yield from ("--chdir", str(directory), "--")
        if self.prlimit is not None:
            yield from (self.prlimit, "--core=0", f"--fsize={bounds.limits.file_bytes}")
            yield from (f"--nproc={bounds.limits.processes}", "--")
        yield from command

    def _apart(self, *, network: bool) -> Iterator[str]:
        yield from (self.program, "--die-with-parent", "--unshare-cgroup-try")
        yield from ("--unshare-pid", "--unshare-ipc", "--unshare-uts")
        if not network:
            yield "--unshare-net"
        if not self.as_root:
            yield "--unshare-user"
            return
        yield from ("--cap-drop", "ALL")
        for capability in _OF_OTHER_OWNERS:
            yield from ("--cap-add", capability)


def _mounts(bounds: Bounds, temporary: Path) -> Iterator[tuple[Path, tuple[str, ...]]]:
    """Place and arguments of each mount, for one depth in the order in which they lie on each other."""
    places = bounds.places
    for place in (Path("/tmp"), Path("/var/tmp")):
        if place.is_dir() and not place.is_symlink():
            yield place, ("--bind", str(temporary), str(place))
    for place in places.hidden:
        if place.is_dir():
            yield place, ("--size", str(_COVERED_BYTES), "--tmpfs", str(place))
        elif place.exists():
            yield place, ("--ro-bind", "/dev/null", str(place))
    for place in places.visible:
        yield place, ("--ro-bind", str(place), str(place))
    yield places.tree, ("--bind", str(places.contents), str(places.tree))
    for place in (places.cache, places.outputs, *bounds.writable):
        if place.exists():
            yield place, ("--bind", str(place), str(place))
    for place in places.kept:
        yield place, ("--ro-bind", str(place), str(place))
