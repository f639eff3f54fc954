"""Doing again what cleared an error before: a lesson's patch, freed from the names and lines of its place.

A recipe is read from the patch and from the message that it cleared. Names that the message mentions
become variables, which the message of the next error binds anew; so ``cuont`` -> ``count`` becomes "write
the second name for the first". What stays a name of its own in the new text, and belongs to no language,
cannot be carried elsewhere; then there is no recipe, and the lesson is only told in words.

Only small patches make recipes: an include, an import, one changed line near the error, or one line added
there or at the top of the function. Failures of tests make none: their place is not where the mistake is.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from copilot_tui.core.artefacts import Diagnostic
from copilot_tui.memory.fingerprint import plain_quotes, tool_family
from copilot_tui.memory.fixes.fix import AddImport, AddInclude, CodeView, Fix, ReplaceLine, renamed
from copilot_tui.memory.patches import same_file
from copilot_tui.memory.vocabulary import known_names

LEVEL = "    "
NEAR = 2
"""How many lines a change may be away from the error that it cleared."""

_HUNK = re.compile(r"@@ -(\d+)(?:,(\d+))? ")
_INCLUDE = re.compile(r"\s*#\s*include\s*(<[^>]+>|\"[^\"]+\")\s*$")
_IMPORT = re.compile(r"(?:import [\w.]+|from [\w.]+ import [\w, ]+)\s*$")
_TOKEN = re.compile(r"[A-Za-z_]\w*|\d[\w.]*|\"(?:[^\"\\]|\\.)*\"|'(?:[^'\\]|\\.)*'|[-+*/%&|<>=!^]{1,3}|\S")
_NAME = re.compile(r"[A-Za-z_]\w*$")
_PATCHED = re.compile(r"^\+\+\+ b/(.+)$", re.MULTILINE)
_OF_CLASSES = frozenset({"self", "cls"})
_QUOTED = re.compile(r"'([A-Za-z_][\w.]*)'")


@dataclass(frozen=True, slots=True)
class Recipe:
    """What to do for an error of the kind. ``old`` and ``new`` are tokens, or the line whose indentation is
    taken; ``$1`` is the first name of the
    message. ``left`` and ``right`` stand around them; ``offset`` counts lines from that of the error."""

    kind: Literal["include", "import", "change", "insert", "insert at top", "indent"]
    new: tuple[str, ...]
    old: tuple[str, ...] = ()
    left: str = ""
    right: str = ""
    offset: int = 0


@dataclass(frozen=True, slots=True)
class _Change:
    """One place of a patch: the lines taken out from line ``start`` on, those put in, and the line before."""

    start: int
    removed: tuple[str, ...]
    added: tuple[str, ...]
    above: str


@dataclass(frozen=True, slots=True)
class _Names:
    """``variables``: name to ``$1``, ``$2`` ..., for the names that a message quotes, in its order; and the
    names of the language."""

    variables: Mapping[str, str]
    known: frozenset[str]

    @classmethod
    def of(cls, error: Diagnostic) -> _Names:
        known = known_names(tool_family(error.tool)) | _OF_CLASSES
        quoted = dict.fromkeys(_QUOTED.findall(plain_quotes(error.message)))
        own = [name for name in quoted if name not in known]
        return cls({name: f"${place}" for place, name in enumerate(own, 1)}, known)

    def general(self, tokens: Sequence[str], also: frozenset[str] = frozenset()) -> tuple[str, ...] | None:
        """The tokens with variables for names; None where a name is left that means nothing elsewhere."""
        result = []
        for token in tokens:
            if token in self.variables:
                result.append(self.variables[token])
            elif _NAME.match(token) and token not in self.known and token not in also:
                return None
            else:
                result.append(token)
        return tuple(result)


def recipe_of(error: Diagnostic, patch: str) -> Recipe | None:
    """The recipe in a patch that cleared the error; None where there is none."""
    changes = _changes(patch)
    if error.file and not all(same_file(error.file, path) for path in _PATCHED.findall(patch)):
        return None  # what was changed elsewhere is not found again from the error's place
    added = [text for change in changes for text in change.added if text.strip()]
    removed = [text for change in changes for text in change.removed if text.strip()]
    if not removed and added and all(_INCLUDE.match(text) for text in added):
        targets = tuple(match[1] for text in added if (match := _INCLUDE.match(text)))
        return None if len(targets) > 2 else Recipe("include", targets)
    if not removed and len(added) == 1 and _IMPORT.match(added[0]):
        return Recipe("import", (added[0].strip(),))
    if len(changes) != 1 or error.line is None:
        return None
    return _line_recipe(_Names.of(error), error.line, changes[0])


def applied(recipe: Recipe, error: Diagnostic, code: CodeView) -> Fix | None:
    """The recipe done at the place of another error of its kind; None where it does not fit."""
    path = code.path_of(error.file)
    if path is None or error.test is not None:
        return None
    if recipe.kind == "include":
        own = [target.strip('"') for target in recipe.new if target.startswith('"')]
        if not all(
            any(known == name or known.endswith(f"/{name}") for known in code.paths()) for name in own
        ):
            return None  # a header of another code base
        words = " and ".join(f"`#include {target}`" for target in recipe.new)
        return Fix(f"adding {words}", tuple(AddInclude(path, target) for target in recipe.new))
    if recipe.kind == "import":
        return Fix(f"adding `{recipe.new[0]}`", (AddImport(path, recipe.new[0]),))
    if error.line is None:
        return None
    variables = _Names.of(error).variables
    names = {variable: name for name, variable in variables.items()}
    if recipe.kind == "indent":
        return _indented(recipe, error.line, path, code)
    if recipe.kind == "change":
        return _changed(recipe, error.line, path, code, names)
    return _inserted(recipe, error.line, path, code, names)


def _line_recipe(names: _Names, line: int, change: _Change) -> Recipe | None:
    removed, added = change.removed, change.added
    offset = change.start - line
    if len(removed) == len(added) == 1 and abs(offset) <= NEAR:
        if removed[0].strip() == added[0].strip():
            return _indent_recipe(change, offset)
        return _change_recipe(names, removed[0], added[0], offset)
    if not removed and len(added) == 1 and added[0].strip():
        tokens = names.general(_tokens(added[0]))
        if tokens is None:
            return None
        if change.above.startswith("{") or re.match(r"[A-Za-z_].*\{$", change.above):
            return Recipe("insert at top", tokens)
        return Recipe("insert", tokens, offset=offset) if abs(offset) <= NEAR else None
    return None


def _indent_recipe(change: _Change, offset: int) -> Recipe | None:
    """The line takes the indentation of the line above, or one level more."""
    indent, above = _indent(change.added[0]), _indent(change.above)
    if not change.above.strip() or indent not in (above, above + LEVEL):
        return None
    return Recipe("indent", ("above" if indent == above else "deeper",), offset=offset)


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]


def _change_recipe(names: _Names, before: str, after: str, offset: int) -> Recipe | None:
    old, new = _tokens(before), _tokens(after)
    if old == new:
        return None
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    steps = [step for step in matcher.get_opcodes() if step[0] != "equal"]
    if len(steps) != 1:
        return None
    _, start, end, new_start, new_end = steps[0]
    if end - start > 4 or new_end - new_start > 6:
        return None
    taken = names.general(old[start:end], frozenset(old))
    put = names.general(new[new_start:new_end], frozenset(old[start:end]))
    if taken is None or put is None:
        return None
    left = _kind(old[start - 1]) if start else "^"
    right = _kind(old[end]) if end < len(old) else "$"
    return Recipe("change", put, taken, left, right, offset)


def _changed(recipe: Recipe, number: int, path: str, code: CodeView, names: Mapping[str, str]) -> Fix | None:
    """The one place in the line where the old tokens stand between the same neighbours."""
    at = number + recipe.offset
    lines = code.lines(path)
    old, new = _bound(recipe.old, names), _bound(recipe.new, names)
    if old is not None and new is not None and len(old) == len(new) == 1 and recipe.old[0].startswith("$"):
        return renamed(code, path, old[0], new[0])
    if old is None or new is None or not 1 <= at <= len(lines):
        return None
    line = lines[at - 1]
    spans = [match.span() for match in _TOKEN.finditer(line)]
    tokens = [line[start:end] for start, end in spans]
    places = _places(recipe, tokens, old)
    if len(places) != 1:
        return None
    place = places[0]
    end = spans[place + len(old) - 1][1] if old else (spans[place - 1][1] if place else spans[0][0])
    start = spans[place][0] if old else end
    changed = line[:start] + _spaced(new, line[:start], line[end:]) + line[end:]
    words = f"writing `{' '.join(new)}`" + (f" for `{' '.join(old)}`" if old else "")
    if not new:
        words = f"removing `{' '.join(old)}`"
    return Fix(f"{words} in line {at}", (ReplaceLine(path, at, line, (changed,)),))


def _indented(recipe: Recipe, number: int, path: str, code: CodeView) -> Fix | None:
    at = number + recipe.offset
    lines = code.lines(path)
    if not 2 <= at <= len(lines) or not lines[at - 2].strip():
        return None
    indent = _indent(lines[at - 2]) + (LEVEL if recipe.new == ("deeper",) else "")
    new = indent + lines[at - 1].lstrip()
    words = f"indenting line {at} as the one above" + (
        ", one level deeper" if recipe.new == ("deeper",) else ""
    )
    return None if new == lines[at - 1] else Fix(words, (ReplaceLine(path, at, lines[at - 1], (new,)),))


def _places(recipe: Recipe, tokens: Sequence[str], old: Sequence[str]) -> list[int]:
    """Where the old tokens stand; of several places, and for a gap, those between the same neighbours."""
    found = [at for at in range(len(tokens) - len(old) + 1) if tokens[at : at + len(old)] == list(old)]
    if old and len(found) == 1:
        return found

    def fits(at: int) -> bool:
        left = _kind(tokens[at - 1]) if at else "^"
        right = _kind(tokens[at + len(old)]) if at + len(old) < len(tokens) else "$"
        if recipe.right == "$" and not old:
            return right == "$"  # the end of the line is a place of its own
        return (left, right) == (recipe.left, recipe.right)

    return [at for at in found if fits(at)]


def _inserted(recipe: Recipe, number: int, path: str, code: CodeView, names: Mapping[str, str]) -> Fix | None:
    new = _bound(recipe.new, names)
    lines = code.lines(path)
    at = number + recipe.offset
    if recipe.kind == "insert at top":
        tops = [
            i for i in range(min(number, len(lines)), 0, -1) if re.match(r"\{|[A-Za-z_].*\{$", lines[i - 1])
        ]
        at = tops[0] + 1 if tops else 0
    if new is None or not 1 <= at <= len(lines):
        return None
    below = lines[at - 1]
    text = below[: len(below) - len(below.lstrip())] + _joined(new)
    return Fix(f"adding `{text.strip()}` in line {at}", (ReplaceLine(path, at, below, (text, below)),))


def _changes(patch: str) -> list[_Change]:
    """The places of a unified diff; none of a patch that was cut."""
    found: list[_Change] = []
    number, above = 0, ""
    removed: list[str] = []
    added: list[str] = []
    for line in [*patch.splitlines(), " "]:
        if line.startswith("... ("):
            return []
        if line.startswith(("---", "+++")):
            continue
        match = _HUNK.match(line)
        if line.startswith("-") and match is None:
            removed.append(line[1:])
            number += 1
        elif line.startswith("+"):
            added.append(line[1:])
        else:
            if removed or added:
                found.append(_Change(number - len(removed), tuple(removed), tuple(added), above))
                removed, added = [], []
            if match is not None:
                number = int(match[1])
                above = ""
            else:
                number += 1
                above = line[1:]
    return [change for change in found if any(t.strip() for t in (*change.removed, *change.added))]


def _bound(tokens: Sequence[str], names: Mapping[str, str]) -> tuple[str, ...] | None:
    if any(token.startswith("$") and token not in names for token in tokens):
        return None
    return tuple(names.get(token, token) for token in tokens)


def _tokens(line: str) -> list[str]:
    return _TOKEN.findall(line)


def _kind(token: str) -> str:
    """A neighbour as it is compared: names, numbers and texts each count as one."""
    if _NAME.match(token):
        return token if token in known_names() else "NAME"
    return "NUMBER" if token[0].isdigit() else "TEXT" if token[0] in "\"'" else token


def _spaced(new: Sequence[str], before: str, behind: str) -> str:
    """The new tokens as they fit between two texts: words never run together."""
    text = _joined(new)
    front = " " if text and re.search(r"\w$", before) and re.match(r"\w", text) else ""
    back = " " if text and re.search(r"\w$", text) and re.match(r"\w", behind) else ""
    return f"{front}{text}{back}"


def _joined(tokens: Sequence[str]) -> str:
    text = ""
    for token in tokens:
        apart = text and (
            re.match(r"\w|=|[-+*/%<>]=?$", token) and not text.endswith(("(", "[", ".", "!", "*", "&"))
        )
        text += f" {token}" if apart else token
    return text
