"""A text in the person's own editor: $VISUAL, else $EDITOR, else what is installed. Blocks meanwhile."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from copilot_tui.core.errors import UsageError

SET_ONE = "Set EDITOR to the command of your editor."


def edit_in_editor(text: str, name: str) -> str | None:
    """The text as it was saved, or None where nothing was. ``name`` tells the editor the language.

    Raises UsageError when the editor cannot be started, fails, or saved something that is no UTF-8.
    """
    import click

    suffix = PurePosixPath(name).suffix
    extension = suffix if re.fullmatch(r"\.\w{1,10}", suffix, re.ASCII) else ".txt"
    try:
        saved = click.edit(text.encode(), extension=extension)
        return None if saved is None else saved.decode().replace("\r\n", "\n")
    except click.ClickException as error:
        raise UsageError(f"The editor failed: {error.message}.", SET_ONE) from error
    except UnicodeDecodeError as error:
        raise UsageError("The editor saved a text that is no UTF-8.", "Nothing was changed.") from error
    except ValueError as error:
        raise UsageError(f"The editor's command cannot be understood: {error}.", SET_ONE) from error
