"""The sandbox that builds and generated code run in, and which of its mechanisms this machine has.

Strongest first: bubblewrap (namespaces; what is hidden is not even there), Landlock with seccomp (what is
hidden cannot be opened). Which one works is found out by running something in it, once a process, since
containers and distributions forbid either in many ways. Where nothing works, nothing is run until the
person says so with ``build.sandbox = "off"``. ``docs/safety.md`` lists what is promised.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

from copilot_tui.build.bounds import Bounds, Limits
from copilot_tui.build.bubblewrap import DOES_NOTHING, Bubblewrap
from copilot_tui.build.visible import places_for, readable, without_secrets
from copilot_tui.core.config import BuildSettings
from copilot_tui.core.errors import BuildError
from copilot_tui.store.scratch import scratch_folder

if sys.platform == "linux":  # elsewhere it cannot even be imported, and nothing below comes to it
    from copilot_tui.build import confined

Mechanism = Literal["bubblewrap", "landlock"]

_PROBE_SECONDS = 5.0
_HOW_TO_CONSENT = (
    "Install bubblewrap (Debian, Ubuntu: apt install bubblewrap; Fedora: dnf install bubblewrap), or, if you "
    "trust this code base and the model, run builds with your own rights: --set build.sandbox=off."
)


@dataclass(frozen=True, slots=True)
class Launch:
    """A command as it is to be started."""

    command: tuple[str, ...]
    environment: Mapping[str, str]
    closing: ExitStack

    def close(self) -> None:
        """Remove the temporary folder with all that the command left there."""
        self.closing.close()


@dataclass(frozen=True, slots=True)
class Sandbox:
    """How commands of one code base are run: within which bounds, and by which mechanism.

    Without ``bubblewrap`` it is Landlock; ``apart`` lets that use namespaces where it can have them.
    """

    bounds: Bounds
    bubblewrap: Bubblewrap | None
    apart: bool = True

    @property
    def watched(self) -> tuple[Path, ...]:
        """Folders on disks that the command can fill."""
        return (self.bounds.places.tree, Path(tempfile.gettempdir()))

    def launch(self, command: Sequence[str], directory: Path, environment: Mapping[str, str]) -> Launch:
        """``command`` so that it starts inside. Makes the temporary folder: close the result."""
        closing = ExitStack()
        temporary = closing.enter_context(scratch_folder("copilot-tui-build-"))
        cache = self.bounds.places.cache
        if self.bubblewrap is not None:
            full = self.bubblewrap.wrap(command, directory, self.bounds, temporary)
            return Launch(tuple(full), without_secrets(environment, cache, Path("/tmp")), closing)
        policy = json.dumps(self._policy(temporary))
        inside = without_secrets(environment, cache, temporary)
        return Launch((*_CONFINED, policy, "--", *command), inside, closing)

    def _policy(self, temporary: Path) -> confined.Policy:
        bounds, places = self.bounds, self.bounds.places
        writable = (places.tree, places.cache, places.outputs, temporary, *bounds.writable, *_DEVICES)
        return confined.Policy(
            read=_texts(readable(bounds.places)),
            write=_texts(writable),
            kept=_texts(bounds.places.kept),
            temporary=str(temporary),
            network=bounds.network,
            apart=self.apart,
            processes=bounds.limits.processes,
            file_bytes=bounds.limits.file_bytes,
        )


_CONFINED = (sys.executable, "-I", "-S", confined.__file__)
_DEVICES = tuple(
    Path("/dev", name) for name in ("null", "zero", "full", "random", "urandom", "tty", "ptmx", "pts", "shm")
)


def can_stand_in(settings: BuildSettings) -> bool:
    """Whether a build can find a copy of the code base where the code base is."""
    return settings.sandbox != "off" and sys.platform == "linux" and bubblewrap() is not None


def sandbox_for(source: Path, settings: BuildSettings, contents: Path | None = None) -> Sandbox | None:
    """The sandbox for builds of ``source``, or None where the settings turn it off. Reads the disk.

    ``contents`` is a copy to be built in its place, where :func:`can_stand_in` allows that.

    Raises :class:`BuildError`, with the ways out as hint, where this machine has no mechanism.
    """
    if settings.sandbox == "off":
        return None
    if mechanism() is None:
        raise BuildError("Nothing is built: this machine has no sandbox to build in.", _HOW_TO_CONSENT)
    places = places_for(source, contents)
    if places.tree_holds_a_home:
        raise BuildError(
            f"Nothing is built: the code base {places.tree} holds a home folder, whose secrets could then "
            "not be kept from the build.",
            "Name a folder below it, or run builds with your own rights: --set build.sandbox=off.",
        )
    limits = Limits(
        settings.max_processes,
        int(settings.max_memory_gb * 1e9),
        int(settings.max_file_gb * 1e9),
        int(settings.min_free_disk_gb * 1e9),
    )
    writable = tuple(Path(text).expanduser().resolve() for text in settings.sandbox_writable)
    return Sandbox(Bounds(places, limits, settings.sandbox_network, writable), bubblewrap())


@lru_cache(maxsize=1)
def mechanism() -> Mechanism | None:
    """The strongest mechanism that works here; asks the machine once. Blocks for some milliseconds."""
    if sys.platform != "linux":
        return None
    if bubblewrap() is not None:
        return "bubblewrap"
    return "landlock" if landlock_works() else None


def described(settings: BuildSettings) -> tuple[bool, str, str]:
    """Whether builds can be run, what holds them, and what to do about it, for a person to read."""
    if settings.sandbox == "off":
        return True, "off: builds run with your own rights", "Set build.sandbox to auto to hold them."
    found = mechanism()
    if found == "bubblewrap":
        return True, "bubblewrap: namespaces for files, network and processes", ""
    if found == "landlock":
        advice = "With bubblewrap builds could use Unix sockets and a /tmp of their own: install it."
        return True, f"Landlock {confined.landlock_version()} with a filter of system calls", advice
    return False, "none works on this machine, so nothing is built", _HOW_TO_CONSENT


@lru_cache(maxsize=1)
def landlock_works() -> bool:
    """Whether Landlock and the filter of system calls hold a command here."""
    if not confined.landlock_version() or not confined.can_filter():
        return False
    policy = confined.Policy(
        read=["/"],
        write=[],
        kept=[],
        temporary="/tmp",
        network=False,
        apart=True,
        processes=1000,
        file_bytes=10**6,
    )
    return _runs((*_CONFINED, json.dumps(policy), "--", *DOES_NOTHING))


@lru_cache(maxsize=1)
def bubblewrap() -> Bubblewrap | None:
    """How bubblewrap works here; None where it does not.

    The superuser can do without a user namespace, and then keeps the right to files of other owners, which
    a code base that is mounted into a container may consist of.
    """
    program = shutil.which("bwrap")
    if program is None:
        return None
    for as_root in (True, False) if os.geteuid() == 0 else (False,):
        found = Bubblewrap(program, as_root, shutil.which("prlimit"))
        if _runs(found.trial()):
            return found
    return None


def _runs(command: Sequence[str]) -> bool:
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_PROBE_SECONDS,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return done.returncode == 0


def _texts(places: Iterable[Path]) -> list[str]:
    return [str(place) for place in places]
