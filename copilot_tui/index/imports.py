"""What a source text imports, written as paths: ``a/b.h``, ``./x``, ``package/module``.

One spelling for all languages makes one look-up possible (see ``relations``). A name that may stand for a
module or for something inside one is given as both. Limits: paths that are computed at run time are unknown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

_MOST_TARGETS = 500
_LONGEST = 300
_PYTHON_FROM = re.compile(r"from\s+(\.*)\s*([\w.]*)\s+import\s+(.*)", re.DOTALL)
_PYTHON_NAME = re.compile(r"([\w.]+)(?:\s+as\s+\w+)?")
_PYTHON_COMMENT = re.compile(r"#[^\n]*")
_JAVA = re.compile(r"import\s+(static\s+)?(\w+(?:\.\w+)*)(\.\*)?")
_SHELL_VARIABLE = re.compile(r"^(?:\$\{?\w+\}?|\$\([^)]*\))/?")
_RUST_ALIAS = re.compile(r"\s+as\s+\w+")


def import_targets(found: Iterable[tuple[str, str]], language: str) -> tuple[str, ...]:
    """The targets of the captured imports, each once, in order; ``found`` holds capture name and text."""
    targets: dict[str, None] = {}
    for kind, text in found:
        for target in _targets(kind, text, language):
            if 0 < len(target) <= _LONGEST:
                targets.setdefault(target)
        if len(targets) >= _MOST_TARGETS:
            break
    return tuple(targets)[:_MOST_TARGETS]


def import_key(target: str) -> str:
    """What an import and the file that it means have in common: the last part, without its ending."""
    name = target.rstrip("/*").rpartition("/")[2]
    return name.partition(".")[0].lower() or name.lower()


def _targets(kind: str, text: str, language: str) -> Iterator[str]:
    match language:
        case "python":
            yield from _python(_PYTHON_COMMENT.sub("", text))
        case "rust":
            yield from (f"./{text}",) if kind == "module" else _rust(text)
        case "java":
            match = _JAVA.match(text)
            if match is not None:
                static, name, everything = match.groups()
                path = name.replace(".", "/")
                yield (
                    path.rpartition("/")[0]
                    if static and not everything
                    else path + ("/*" if everything else "")
                )
        case "shell":
            yield _SHELL_VARIABLE.sub("", text.strip("\"'")).strip("\"'")
        case _:
            yield text.strip("\"'`<> \t\n").replace("\\", "/")


def _python(text: str) -> Iterator[str]:
    match = _PYTHON_FROM.match(text)
    if match is None:
        for name in _PYTHON_NAME.findall(text.partition("import")[2]):
            yield name.replace(".", "/")
        return
    dots, module, names = match.groups()
    base = ("./" + "../" * (len(dots) - 1) if dots else "") + module.replace(".", "/")
    if module:
        yield base
    for name in _PYTHON_NAME.findall(names.strip("() \t\n\\")):
        yield f"{base}/{name}" if module else f"{base}{name}"


def _rust(text: str) -> Iterator[str]:
    """Every path of a use tree, and the module that it lies in, braces multiplied out."""
    stack: list[str] = []
    prefix = ""
    word = ""
    for character in _RUST_ALIAS.sub("", text) + ",":
        if character == "{":
            stack.append(prefix)
            prefix, word = prefix + word, ""
        elif character in ",}":
            name = (prefix + word).strip("/")
            if word and name:
                yield from _rust_path(name)
            word = ""
            if character == "}":
                prefix = stack.pop() if stack else ""
        elif not character.isspace():
            word += (
                "/" if character == ":" and not word.endswith("/") else character if character != ":" else ""
            )


def _rust_path(name: str) -> Iterator[str]:
    parts = [part for part in name.split("/") if part not in {"crate", "self", "*"}]
    while parts and parts[0] == "super":
        parts.pop(0)
    if parts:
        yield "/".join(parts)
    if len(parts) > 1:
        yield "/".join(parts[:-1])
