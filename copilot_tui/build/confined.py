"""The program that a command starts through where there is no bubblewrap: Landlock, seccomp, namespaces.

Run as a script, ``confined.py POLICY -- COMMAND``, with the standard library alone, since it has to start
in milliseconds. It limits itself for ever and then becomes the command:

* Landlock lets it read and write only below the places that the policy names, and send signals only to
  what it started itself (Linux 6.12).
* Namespaces of its own for network and processes, where the machine allows them to this user. The kernel
  then ends everything as soon as the command is over, and localhost is private.
* seccomp refuses Unix sockets, by which services outside could be asked to do what is forbidden here,
  io_uring and, where the network could not be taken away otherwise, every socket.

The process that was started stays outside the namespaces as a keeper: it ends as the command ended, and
ends what the command left behind. Without namespaces it inherits what lost its parent, and kills that.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import json
import os
import platform
import resource
import signal
import socket
import struct
import sys
from pathlib import Path
from typing import TypedDict

_LIBC = ctypes.CDLL(None, use_errno=True)

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_NEW_MOUNTS, _NEW_USER, _NEW_PROCESSES, _NEW_NETWORK, _NEW_IPC = (
    0x00020000,
    0x10000000,
    0x20000000,
    0x40000000,
    0x08000000,
)
_READ_ONLY, _REMOUNT, _BIND, _RECURSIVE, _PRIVATE = 1, 0x20, 0x1000, 0x4000, 0x40000
_SHARED_TEMPORARY = ["/tmp", "/var/tmp"]
_SET_DEATH_SIGNAL, _DROP_CAPABILITY, _NO_NEW_PRIVILEGES, _SUBREAPER = 1, 24, 38, 36
_KEPT_CAPABILITIES = frozenset({0, 1, 3, 4})  # CHOWN, DAC_OVERRIDE, FOWNER, FSETID: files of other owners

_EXECUTE, _WRITE, _READ, _READ_FOLDER, _TRUNCATE, _IOCTL = 1, 1 << 1, 1 << 2, 1 << 3, 1 << 14, 1 << 15
_OF_FILES = _EXECUTE | _WRITE | _READ | _TRUNCATE | _IOCTL
_READING = _EXECUTE | _READ | _READ_FOLDER | _IOCTL
_RIGHTS = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 4: (1 << 15) - 1}
_SCOPES = 0b11  # abstract Unix sockets and signals

_ARCHITECTURES = {  # audit number, socket, io_uring_setup
    "x86_64": (0xC000003E, 41, 425),
    "aarch64": (0xC00000B7, 198, 425),
}


class Policy(TypedDict):
    """What the command may do; the argument POLICY in JSON.

    ``apart`` says whether to try for namespaces. With one for mounts ``kept`` is read-only within ``write``,
    and ``temporary`` stands for ``/tmp``.
    """

    read: list[str]
    write: list[str]
    kept: list[str]
    temporary: str
    network: bool
    apart: bool
    processes: int
    file_bytes: int


def landlock_version() -> int:
    """The version of Landlock that the kernel offers; 0 where there is none."""
    return max(0, int(_LIBC.syscall(_CREATE_RULESET, None, 0, 1)))


def can_filter() -> bool:
    """Whether the socket filter knows this machine's processor."""
    return platform.machine() in _ARCHITECTURES


def main(arguments: list[str]) -> None:
    policy: Policy = json.loads(arguments[0])
    command = arguments[2:]
    _check(_LIBC.prctl(_SET_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0), "PR_SET_PDEATHSIG")
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # the command gets it too, and may take its time
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _lower(resource.RLIMIT_FSIZE, policy["file_bytes"])
    if policy["apart"] and _unshare(policy["network"]):
        _mount_temporary(policy)
        _keep(policy["kept"])
        _wait_as_first(policy, command, alone=not policy["network"])
    policy["write"] += _SHARED_TEMPORARY  # some programs know no other place
    _check(_LIBC.prctl(_SUBREAPER, 1, 0, 0, 0), "PR_SET_CHILD_SUBREAPER")
    child = os.fork()
    if child == 0:
        _become(policy, command, own_network=False, own_processes=False)
    status = _reap_until(child)
    _end_adopted()
    _end_as(status)


def _wait_as_first(policy: Policy, command: list[str], *, alone: bool) -> None:
    """Let a child be the first process of the new namespace, and end as it ends."""
    reading, writing = os.pipe()
    first = os.fork()
    if first == 0:
        _check(_LIBC.prctl(_SET_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0), "PR_SET_PDEATHSIG")
        os.close(reading)
        child = os.fork()
        if child == 0:
            os.close(writing)
            _become(policy, command, own_network=alone, own_processes=True)
        os.write(writing, struct.pack("i", _reap_until(child)))
        os._exit(0)
    os.close(writing)
    told = os.read(reading, 4)
    _, status = os.waitpid(first, 0)
    _end_as(struct.unpack("i", told)[0] if len(told) == 4 else status)


def _unshare(network: bool) -> bool:
    """Namespaces of one's own, with a user namespace where only that makes it possible."""
    wanted = _NEW_MOUNTS | _NEW_PROCESSES | _NEW_IPC | (0 if network else _NEW_NETWORK)
    user, group = os.geteuid(), os.getegid()
    if _LIBC.unshare(wanted) == 0:
        pass
    elif _LIBC.unshare(wanted | _NEW_USER) == 0:
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
    else:
        return False
    if not network:
        _start_loopback()
    return True


def _keep(places: list[str]) -> None:
    """Make ``places`` read-only, in the mount namespace of one's own."""
    for place in places:
        _bind(place, place)
        flags = _BIND | _REMOUNT | _READ_ONLY
        _check(_LIBC.mount(None, os.fsencode(place), None, flags, None), f"mount -o ro {place}")


def _mount_temporary(policy: Policy) -> None:
    """Put the command's own folder in the place of ``/tmp``, with what the policy names below that."""
    _check(_LIBC.mount(b"none", b"/", None, _RECURSIVE | _PRIVATE, None), "mount --make-rprivate /")
    here = str(Path.cwd())
    covered = tuple(f"{place}/" for place in _SHARED_TEMPORARY)
    named = sorted({here, *policy["read"], *policy["write"]} - {policy["temporary"]}, key=len)
    kept = {place: os.open(place, os.O_PATH) for place in named if place.startswith(covered)}
    source = policy["temporary"]
    for place in _SHARED_TEMPORARY:
        if Path(place).is_dir():
            _bind(source, place)
            source = place  # where it was before is covered now
    for place, descriptor in kept.items():
        if Path(place).exists():
            continue  # below one that is there again
        target = Path(place)
        if Path(f"/proc/self/fd/{descriptor}").is_dir():
            target.mkdir(parents=True)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.touch()
        _bind(f"/proc/self/fd/{descriptor}", place)
        os.close(descriptor)
    os.chdir(here)
    policy["write"] = [place for place in policy["write"] if place != policy["temporary"]] + ["/tmp"]
    os.environ["TMPDIR"] = "/tmp"


def _bind(source: str, target: str) -> None:
    flags = _BIND | _RECURSIVE
    result = _LIBC.mount(os.fsencode(source), os.fsencode(target), None, flags, None)
    _check(result, f"mount --bind {source} {target}")


def _start_loopback() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, 0x8914, struct.pack("16sH14x", b"lo", 0x41))


def _become(policy: Policy, command: list[str], *, own_network: bool, own_processes: bool) -> None:
    """Give up everything that the policy does not allow, and run the command. Never returns."""
    try:
        _check(_LIBC.prctl(_SET_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0), "PR_SET_PDEATHSIG")
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        others = 0 if own_processes else _processes_of(os.geteuid())
        _lower(resource.RLIMIT_NPROC, policy["processes"] + others)
        _drop_capabilities()
        _check(_LIBC.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0), "PR_SET_NO_NEW_PRIVS")
        _restrict_files(policy)
        _filter_sockets(everything=not own_network and not policy["network"])
        os.execvp(command[0], command)
    except OSError as error:
        print(f"{command[0]} cannot be run in the sandbox: {error}", file=sys.stderr, flush=True)
    os._exit(127)


def _lower(limit: int, value: int) -> None:
    _, hard = resource.getrlimit(limit)
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(limit, (value, value))


def _processes_of(user: int) -> int:
    """How many threads the user runs already: the kernel counts them all against the limit."""
    count = 0
    for name in filter(str.isdigit, os.listdir("/proc")):  # noqa: PTH208 (starts in milliseconds)
        try:
            if Path("/proc", name).stat().st_uid == user:
                count += len(os.listdir(f"/proc/{name}/task"))  # noqa: PTH208
        except OSError:
            continue  # ended meanwhile
    return count


def _drop_capabilities() -> None:
    for number in range(64):
        if number not in _KEPT_CAPABILITIES and _LIBC.prctl(_DROP_CAPABILITY, number, 0, 0, 0):
            if ctypes.get_errno() in (errno.EINVAL, errno.EPERM):
                return  # behind the last one, or nothing to drop for an ordinary user
            _check(-1, "PR_CAPBSET_DROP")


def _restrict_files(policy: Policy) -> None:
    version = landlock_version()
    handled = _RIGHTS.get(version, (1 << 16) - 1)
    numbers = (handled, 0, _SCOPES) if version >= 6 else (handled,)
    attributes = struct.pack(f"{len(numbers)}Q", *numbers)
    rules = _check(_LIBC.syscall(_CREATE_RULESET, attributes, len(attributes), 0), "landlock_create_ruleset")
    for places, rights in ((policy["read"], _READING), (policy["write"], handled)):
        for place in places:
            _allow(rules, place, rights & handled)
    _check(_LIBC.syscall(_RESTRICT_SELF, rules, 0), "landlock_restrict_self")
    os.close(rules)


def _allow(rules: int, place: str, rights: int) -> None:
    try:
        descriptor = os.open(place, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return  # gone since the places were listed, so there is nothing to allow
    if not os.path.isdir(f"/proc/self/fd/{descriptor}"):  # noqa: PTH112 (starts in milliseconds)
        rights &= _OF_FILES
    rule = struct.pack("=Qi", rights, descriptor)
    _check(_LIBC.syscall(_ADD_RULE, rules, 1, rule, 0), f"landlock_add_rule for {place}")
    os.close(descriptor)


def _filter_sockets(*, everything: bool) -> None:
    """A seccomp filter on ``socket`` (not ``socketpair``), for this processor's own system calls.

    System calls by another convention (32-bit programs, x32) are refused, since they could evade it.
    """
    audit, socket_call, ring_call = _ARCHITECTURES[platform.machine()]
    load, equal, at_least, give = 0x20, 0x15, 0x35, 0x06
    refused, absent, allowed = 0x00050000 | errno.EACCES, 0x00050000 | errno.ENOSYS, 0x7FFF0000
    families = [] if everything else [int(socket.AF_UNIX), int(getattr(socket, "AF_VSOCK", 40))]
    steps = [
        (load, 0, 0, 4),
        (equal, 1, 0, audit),
        (give, 0, 0, absent),
        (load, 0, 0, 0),
        (at_least, 0, 1, 0x40000000),
        (give, 0, 0, absent),
        (equal, 0, 1, ring_call),
        (give, 0, 0, absent),
        (equal, 1, 0, socket_call),
        (give, 0, 0, allowed),
        (load, 0, 0, 16),
        *[(equal, len(families) - number, 0, family) for number, family in enumerate(families)],
        *([] if everything else [(give, 0, 0, allowed)]),
        (give, 0, 0, refused),
    ]
    program = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))
    filters = struct.pack("HxxxxxxP", len(steps), ctypes.addressof(program))
    _check(_LIBC.prctl(22, 2, filters, 0, 0), "PR_SET_SECCOMP")


def _reap_until(child: int) -> int:
    """Wait for ``child``, and for all strangers that end before it; its status."""
    while True:
        ended, status = os.waitpid(-1, 0)
        if ended == child:
            return status


def _end_adopted() -> None:
    """Kill, again and again, whatever lost its parent and came to this process."""
    while True:
        listed = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
        for pid in listed:
            try:
                os.kill(int(pid), signal.SIGKILL)
            except OSError:
                continue  # ended meanwhile
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return


def _end_as(status: int) -> None:
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        if number not in (signal.SIGKILL, signal.SIGSTOP):
            signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)
    os._exit(os.waitstatus_to_exitcode(status))


def _check(result: int, what: str) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{what}: {os.strerror(number)}")
    return result


if __name__ == "__main__":
    main(sys.argv[1:])
