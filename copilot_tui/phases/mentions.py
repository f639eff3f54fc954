"""What the text of a task names: files, and functions that it asks for.

Words are taken for more than prose only where they look like code and stand where a name is asked
for ("add calc_half to ..."), since a name that is demanded wrongly can never be satisfied.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection

from copilot_tui.index.symbols import language_of

_WORD = re.compile(r"[\w./+-]{1,200}")
_VERB = r"(?:add|implement|write|create|define|introduce|provide|named|called|function|method)"
_BETWEEN = (
    r"(?:(?:an?|the|new|static|inline|public|function|method|helper|named|called|const|unsigned|signed|long|"
    r"short|void|int|char|bool|float|double|def|struct\s+\w+|\w+_t|[a-z]\w*(?=\s*\*))[\s*`]+)*"
)
_ASKED = re.compile(
    rf"\b{_VERB}[\s:]+(?:the\s+TODO:\s*)?{_BETWEEN}[`*]*(?P<name>[A-Za-z_]\w*)(?P<call>\([^()]*\))?"
    r"(?=[`*]*(?:[,;:!?)]|\.(?!\w)|\s*$|\s+(?:to|in|into|that|which|and|for|with|returning|from|using|so)\b))",
    re.IGNORECASE | re.MULTILINE,
)
_DECLARES = re.compile(
    r"\b(?:prototypes?|declarations?|declare(?!\s+(?:it|them)\b)|field|member|variable|constant)\b", re.I
)


def speaks_of(text: str, word: str) -> bool:
    """Whether ``word`` stands in ``text`` as a word of its own."""
    return re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text) is not None


def asked_names(text: str) -> tuple[str, ...]:
    """The functions that a task asks to write, as far as its words are clear."""
    if _DECLARES.search(text):
        return ()
    names = []
    for match in _ASKED.finditer(text):
        name = match["name"]
        inner_capital = re.search(r"[a-z][A-Z]", name) is not None
        code_like = "_" in name.strip("_") or inner_capital or match["call"] is not None
        if code_like and not name.isupper() and not name.endswith("_t"):
            names.append(name)
    return tuple(dict.fromkeys(names))


def clean_path(path: str) -> str | None:
    """``path`` in its shortest form; None for a folder and for what leaves the code base."""
    if not path or path.endswith("/") or path.startswith(("/", "~")) or "\\" in path or "\0" in path:
        return None
    normal = posixpath.normpath(path)
    return None if normal == "." or normal.split("/", 1)[0] == ".." else normal


def named_paths(text: str, known: Collection[str]) -> tuple[str, ...]:
    """The source files that ``text`` names, in its order; a bare name stands for the one known file."""
    found = []
    for word in _WORD.findall(text):
        path = clean_path(word.rstrip(".-"))
        if path is None or language_of(path) is None:
            continue
        if path not in known:
            same = [other for other in known if posixpath.basename(other) == path]
            path = same[0] if len(same) == 1 else path
        found.append(path)
    return tuple(dict.fromkeys(found))
