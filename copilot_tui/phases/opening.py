"""How the reply begins: words put into the model's mouth.

A small model that has to write the first line itself repeats the comment, rewrites the header or starts
to explain. Given the code fence, the signature and the opening brace, it writes the body, which is what
was asked for, in half the time; and where the function ends the reply is stopped. A new function whose head
is known is begun in the same way. In Python the docstring is part of the beginning, and the reply ends where
something else begins. A function that needs
a helper or an include cannot say so in this form, so every third sample begins with the fence alone.
"""

from __future__ import annotations

import ast
import warnings
from dataclasses import dataclass

from copilot_tui.index.symbols import Definition, definitions
from copilot_tui.phases.fencing import fence_for

FREE_SAMPLE = 3
"""Every how many samples the model may write more than the one function."""

_BRACED = frozenset({"c", "cpp"})
_AFTER_PYTHON = ("\ndef ", "\n#", "\nprint(")
"""What a small model writes behind a function, helpers and demonstrations; some servers take four stops."""

_FENCED = frozenset({"", "markdown", "restructuredtext"})
"""Languages whose files may hold code blocks of their own."""


@dataclass(frozen=True, slots=True)
class Opening:
    """The beginning of a reply, where to stop it, and what a stopped reply lacks at its end."""

    beginning: str
    stop: tuple[str, ...]
    closing: str = ""


def opening(
    text: str | None, language: str, symbol: str | None, sample: int, new_head: str | None = None
) -> Opening:
    """For the function ``symbol`` of the file ``text``, as the sample number ``sample`` (from 0).

    ``new_head`` is the head of a function that the file shall have and has not.
    """
    ticks = fence_for(text or "")
    if language in _FENCED:
        ticks = max(ticks, "````")
    fence = f"{ticks}{language}\n"
    free = Opening(fence, (f"\n{ticks}",))
    if text is None or sample % FREE_SAMPLE == FREE_SAMPLE - 1:
        return free
    function = _function(text, language, symbol)
    if function is not None and language == "python" and (head := _python_head(text, function)):
        return Opening(fence + "\n".join(head) + "\n", (*free.stop, *_AFTER_PYTHON))
    if language not in _BRACED:
        return free
    if function is not None:
        head = head_lines(text, function)
    else:
        head = _with_brace(new_head, text, language) if new_head else []
    if not head or head[0][:1].isspace():
        return free
    return Opening(fence + "\n".join(head) + "\n", ("\n}", f"\n{ticks}"), "\n}")


def head_lines(text: str, function: Definition) -> list[str]:
    """The lines of a function up to its opening brace; empty where the brace does not end a line."""
    lines = text.split("\n")[function.start - 1 : function.end]
    for number, line in enumerate(lines):
        if line.rstrip().endswith("{"):
            return lines[: number + 1]
    return []


def _with_brace(head: str, text: str, language: str) -> list[str]:
    """The head with its brace where the file's functions have theirs."""
    functions = [d for d in definitions(text, language) if d.kind == "function"]
    same_line = [last for d in functions if (last := head_lines(text, d)[-1:]) and last[0].strip() != "{"]
    return [f"{head} {{"] if 2 * len(same_line) > len(functions) else [head, "{"]


def _python_head(text: str, function: Definition) -> list[str]:
    """The lines of a function of the module, its docstring included; empty where that cannot be told."""
    lines = text.split("\n")[function.start - 1 : function.end]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an odd escape in somebody's docstring
            found = ast.parse("\n".join(lines)).body[0]
    except (SyntaxError, ValueError, RecursionError):
        return []
    if not isinstance(found, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return []
    first = found.body[0]
    if ast.get_docstring(found, clean=False) is not None:
        return lines[: first.end_lineno]
    return lines[: first.lineno - 1]  # empty where all stands on one line


def _function(text: str | None, language: str, symbol: str | None) -> Definition | None:
    if text is None or symbol is None:
        return None
    found = (d for d in definitions(text, language) if d.name == symbol and d.kind == "function")
    return next(found, None)
