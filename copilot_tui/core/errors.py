"""The one exception tree of the project, and the exit code that belongs to each branch.

    CopilotError                        1
    +-- UsageError                      2   wrong argument, no such folder, nothing to do
    |   +-- ConfigurationError          2   unknown key, wrong type; names file, line, key
    |   +-- SessionNotFoundError        2
    +-- StoreError                      1
    |   +-- StoreLockedError            1   another process works on this code base
    +-- ModelError                      3
    |   +-- ModelNotFoundError          3   not installed, or unknown name
    |   +-- ModelFileError              3   cut short, wrong hash, not a model
    |   +-- DownloadError               3
    |   +-- ModelLoadError              3
    |   +-- GenerationError             3
    |   +-- ContextOverflowError        3   the prompt cannot fit the window; names both numbers
    +-- BuildError                      1
    |   +-- BuildToolMissingError       4
    +-- WorkspaceError                  1
    |   +-- PathRefusedError            1   outside the code base, into .git, through a symlink
    |   +-- FileConflictError           1   the file changed since it was read
    |   +-- EditFormatError             1   a model reply that holds no usable code
    +-- Cancelled                       130

Each message says what happened and where; ``hint`` says what to do. Frontends print both and exit
with ``exit_code``; nothing else maps errors to exit codes.
"""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """Exit codes of every command, as documented in ``docs/commands.md``."""

    DONE = 0
    NOT_SOLVED = 1
    USAGE = 2
    NO_MODEL = 3
    NO_BUILD_TOOL = 4
    INTERRUPTED = 130


class CopilotError(Exception):
    """Something went wrong that a person can act on.

    ``message`` says what happened and where, ``hint`` what to do about it (may be empty).
    """

    exit_code: ExitCode = ExitCode.NOT_SOLVED

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class UsageError(CopilotError):
    """An argument that cannot work: a folder that does not exist, no task, a bad number."""

    exit_code = ExitCode.USAGE


class ConfigurationError(UsageError):
    """A configuration file, environment variable or flag that does not fit the schema."""


class SessionNotFoundError(UsageError):
    """No stored session has this id, or several share the given prefix."""


class StoreError(CopilotError):
    """The database or a log file could not be read or written."""


class StoreLockedError(StoreError):
    """Another process holds the write lock of this code base's store."""


class ModelError(CopilotError):
    """A model could not be found, fetched, loaded or run."""

    exit_code = ExitCode.NO_MODEL


class ModelNotFoundError(ModelError):
    """The named model is not in the catalogue, or is not installed."""


class ModelFileError(ModelError):
    """A model file is cut short, has the wrong hash or is no model at all."""


class DownloadError(ModelError):
    """No source could deliver the model."""


class ModelLoadError(ModelError):
    """The engine refused the model: out of memory, wrong format, missing library."""


class GenerationError(ModelError):
    """The engine failed while it produced text."""


class ContextOverflowError(ModelError):
    """What must be in the prompt is larger than the model's window."""


class BuildError(CopilotError):
    """The build could not be started or observed (a failing compile is a result, not an error)."""


class BuildToolMissingError(BuildError):
    """The compiler or build tool that the code base needs is not installed."""

    exit_code = ExitCode.NO_BUILD_TOOL


class WorkspaceError(CopilotError):
    """A change to the code base was refused or failed; the code base is as it was before."""


class PathRefusedError(WorkspaceError):
    """A path outside the code base, inside ``.git``, or through a symbolic link."""


class FileConflictError(WorkspaceError):
    """A file is no longer what it was when the change was made."""


class EditFormatError(WorkspaceError):
    """A model reply that holds no code, or code that fits nowhere."""


class Cancelled(CopilotError):
    """The person asked to stop. Not a failure: boundaries turn it into a clean end."""

    exit_code = ExitCode.INTERRUPTED

    def __init__(self, message: str = "Stopped.", hint: str = "") -> None:
        super().__init__(message, hint)
