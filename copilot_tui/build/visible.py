"""What a build may see of the machine, and what it may change: places and environment variables.

The system is visible, read-only. Of a home folder, ordinary files are visible too, since code bases include
each other; of what begins with a dot only the tool chains in :data:`_TOOLS` are, because everything else
there (keys, tokens, keyrings, browser profiles, histories, this program's own state) is of no use to a build.
Changed may be the code base without its ``.git``, a temporary folder, and a cache that belongs to the
sandbox alone: what the person's own builds use is not written to, and cannot be poisoned.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from copilot_tui.build.recipe import outside_directory
from copilot_tui.store.locations import data_directory, state_directory, user_config_path
from copilot_tui.store.settings import PROJECT_FILE

_TOOLS = (
    *(".asdf", ".bun", ".cabal", ".cargo", ".conda", ".deno", ".dotnet", ".elan", ".fnm", ".gem", ".ghcup"),
    *(".gradle", ".ivy2", ".jenv", ".m2", ".mambaforge", ".miniconda3", ".nimble", ".node-gyp", ".npm"),
    *(".npm-global", ".nuget", ".nvm", ".opam", ".pnpm-store", ".pyenv", ".rbenv", ".rustup", ".sbt"),
    *(".sdkman", ".stack", ".venv", ".venvs", ".virtualenvs", ".volta", ".yarn", ".gitconfig"),
    *(".config/git", ".config/go", ".cache/pypoetry", ".cache/node-gyp", ".cache/go-build"),
    *(".local/bin", ".local/include", ".local/lib", ".local/opt", ".local/pipx"),
    *(f".local/share/{name}" for name in ("fnm", "mise", "pipx", "pnpm", "pyenv", "rtx", "rustup", "uv")),
    ".local/share/virtualenvs",
)
_SECRETS_IN_TOOLS = (
    *(".cargo/credentials", ".cargo/credentials.toml", ".gem/credentials", ".gradle/gradle.properties"),
    *(
        ".m2/settings.xml",
        ".m2/settings-security.xml",
        ".nuget/NuGet",
        ".sbt/credentials",
        ".ivy2/.credentials",
    ),
)
_SECRET_NAMES = re.compile(r"(?i)snap|id_(rsa|dsa|ecdsa|ed25519).*|.*\.(kdbx?|pem|p12|pfx|key|gpg|asc|ppk)")
_TOOL_VARIABLES = (
    *("ANDROID_HOME", "CARGO_HOME", "CONDA_PREFIX", "GOMODCACHE", "GOPATH", "GOROOT", "GRADLE_HOME"),
    *("JAVA_HOME", "M2_HOME", "MAVEN_HOME", "NVM_DIR", "PYENV_ROOT", "RUSTUP_HOME", "SDKMAN_DIR"),
    *("VIRTUAL_ENV", "VOLTA_HOME"),
)
_SECRET_VARIABLE = re.compile(
    r"(?i).*(token|secret|passw|credential|api_?key|private_?key|access_?key|auth_sock|authority|cookie).*"
    r"|dbus_.*|display|wayland_.*|xdg_runtime_dir|gpg_.*|ssh_.*|aws_.*|azure_.*|google_.*|docker_.*|kube.*"
)
_RUNNING = ("/run", "/var/run")
_NEEDED_OF_RUN = ("/run/current-system", "/run/wrappers", "/run/opengl-driver")


@dataclass(frozen=True, slots=True)
class Places:
    """Absolute, resolved paths. ``hidden`` wins over ``visible`` above it and loses to what lies below it.

    ``kept`` lies in ``tree`` and is read-only all the same. ``outputs`` is where builds go that leave no
    trace in the code base. ``contents`` is what the build finds at
    ``tree``: that folder itself, or a copy of it.
    """

    tree: Path
    cache: Path
    outputs: Path
    hidden: tuple[Path, ...]
    visible: tuple[Path, ...]
    kept: tuple[Path, ...]
    contents: Path

    @property
    def tree_holds_a_home(self) -> bool:
        """Then nothing could be hidden from a build that may write everywhere in its tree."""
        return any(home.is_relative_to(self.tree) for home in homes())


def places_for(source: Path, contents: Path | None = None) -> Places:
    """The places of a build of the code base at ``source``, perhaps with other ``contents``.

    Makes the folders outside that it needs; reads the disk.
    """
    tree = source.resolve()
    own = state_directory(tree)
    cache = Path(platformdirs.user_cache_dir("copilot-tui", appauthor=False)).resolve() / "builds" / own.name
    outputs = outside_directory(tree)
    for folder in (cache, outputs):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    hidden = [Path(place).resolve() for place in _RUNNING if _there(Path(place))]
    hidden += [home for home in homes() if _there(home)]
    visible = [Path(place) for place in _NEEDED_OF_RUN if _there(Path(place))]
    visible += _tool_places()
    visible += _git_folders(tree)
    for home in homes():
        if home != Path.home().resolve() and not tree.is_relative_to(home):
            continue  # another person's
        visible += _ordinary(home)
        visible += [home / name for name in _TOOLS if _there(home / name)]
        hidden += [home / name for name in _SECRETS_IN_TOOLS if _there(home / name)]
    hidden += [
        place.resolve()
        for place in (own.parent, data_directory(), user_config_path().parent)
        if _there(place) and not tree.is_relative_to(place.resolve())
    ]
    kept = tuple(place for name in (".git", PROJECT_FILE) if _there(place := tree / name))
    return Places(tree, cache, outputs, _unique(hidden), _unique(visible), kept, contents or tree)


def homes() -> tuple[Path, ...]:
    """The home folders of this machine: the user's own, and those that usually hold others."""
    found = [Path.home(), Path("/root")]
    if sys.platform == "linux":
        import pwd

        try:
            found.append(Path(pwd.getpwuid(os.geteuid()).pw_dir))
        except KeyError:
            pass  # a container's user without an entry: HOME tells
    try:
        found += [place for place in Path("/home").iterdir() if place.is_dir()]
    except OSError:
        pass  # none, or not to be listed by us: then not by a build either
    return _unique(place.resolve() for place in found if place.resolve() != Path("/"))


def readable(places: Places) -> Iterator[Path]:
    """All that is visible, for a mechanism that can only allow: what is hidden is left out piece by piece."""
    yield from _around(Path("/"), (*places.hidden, Path("/tmp"), Path("/var/tmp")))
    for place in places.visible:
        yield from _around(place, [hidden for hidden in places.hidden if hidden != place])


def _around(folder: Path, avoided: Sequence[Path]) -> Iterator[Path]:
    if folder in avoided:
        return
    below = [place for place in avoided if place.is_relative_to(folder)]
    if not below:
        yield folder
        return
    try:
        entries = sorted(folder.iterdir())
    except OSError:
        return  # what we may not list cannot be allowed either
    for entry in entries:
        if not entry.is_symlink():
            yield from _around(entry, below)


def without_secrets(environment: Mapping[str, str], cache: Path, temporary: Path) -> dict[str, str]:
    """``environment`` without tokens and ways to services; its caches and temporary files lie elsewhere."""
    kept = {name: value for name, value in environment.items() if not _SECRET_VARIABLE.fullmatch(name)}
    return kept | {
        "XDG_CACHE_HOME": str(cache),
        "CCACHE_DIR": str(cache / "ccache"),
        "SCCACHE_DIR": str(cache / "sccache"),
        "GOCACHE": str(cache / "go-build"),
        "npm_config_cache": str(cache / "npm"),
        "PIP_CACHE_DIR": str(cache / "pip"),
        "UV_CACHE_DIR": str(cache / "uv"),
        "TMPDIR": str(temporary),
    }


def _ordinary(home: Path) -> Iterator[Path]:
    try:
        entries = sorted(home.iterdir())
    except OSError:
        return
    for entry in entries:
        name = entry.name
        if not name.startswith(".") and not _SECRET_NAMES.fullmatch(name) and not entry.is_symlink():
            yield entry


def _tool_places() -> Iterator[Path]:
    """Where the environment says that tools are; never a home as a whole, nor what lies above one."""
    named = [os.environ.get(name, "") for name in _TOOL_VARIABLES]
    named += os.environ.get("PATH", "").split(os.pathsep)
    named += [sys.prefix, sys.base_prefix, str(Path(sys.executable).resolve().parent)]
    for text in named:
        place = Path(text)
        if text and place.is_absolute() and _there(place):
            place = place.resolve()
            if not any(home.is_relative_to(place) for home in homes()):
                yield place


def _git_folders(tree: Path) -> Iterator[Path]:
    """Where the history of a git worktree is: its ``.git`` is a file that names the folder."""
    pointer = tree / ".git"
    if not pointer.is_file():
        return
    named = pointer.read_text(encoding="utf-8", errors="surrogateescape").partition("gitdir:")[2].strip()
    folder = (tree / named).resolve()
    if (folder / "commondir").is_file():
        folder = (folder / (folder / "commondir").read_text(errors="surrogateescape").strip()).resolve()
    # The code base wrote that pointer: it must not make a folder of secrets visible.
    if named and (folder / "HEAD").is_file() and all((folder / n).is_dir() for n in ("objects", "refs")):
        yield folder


def _there(place: Path) -> bool:
    """Whether there is something that this user may look at; Path's own question raises where not."""
    return os.path.exists(place)  # noqa: PTH110


def _unique(places: Iterable[Path]) -> tuple[Path, ...]:
    return tuple(dict.fromkeys(places))
