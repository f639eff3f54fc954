"""Tools that were asked for JSON: a record of each message is read out, whichever tool it was.

Two forms have a module of their own, since a message has parts there (:mod:`json_compilers`: gcc, rustc and
cargo, SARIF). The others are lists of flat records: eslint, shellcheck, ruff, mypy, pylint, pyright. A
document may stand among other output. What is broken or unknown is skipped; a stretch that was tried once
is not tried again, so that broken input takes linear time.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from copilot_tui.build.diagnostics.json_compilers import compiler_messages, sarif_results
from copilot_tui.build.diagnostics.output import Output
from copilot_tui.build.diagnostics.parser import Found, NoTests, count
from copilot_tui.core.artefacts import Diagnostic, Severity
from copilot_tui.core.text import printable_line

_MAX_TOO_DEEP = 20
_SEVERITIES: dict[object, Severity] = {
    **dict.fromkeys((2, "error", "fatal"), "error"),
    **dict.fromkeys((1, "warning", "style", "convention", "refactor"), "warning"),
    **dict.fromkeys(("note", "info", "information", "hint", "help"), "note"),
}


class JsonOutput(NoTests):
    name = "json"
    marks = (r"\n(?:\[[ \n]{0,40})?\{[ \n]{0,40}\"",)

    def diagnostics(self, output: Output) -> Iterator[Found]:
        read = 0
        too_deep = 0
        for index, line in output.suspects:
            if index < read or line[:1] not in {"[", "{"}:
                continue
            try:
                document, read = output.document(index)
            except json.JSONDecodeError as error:
                read = max(index + 1, output.line_at(error.pos, index))
                continue
            except RecursionError:
                too_deep += 1
                if too_deep > _MAX_TOO_DEEP:
                    return
                continue
            lines = tuple(range(index, read))
            for diagnostic in _messages(document):
                yield Found(diagnostic, lines, within=index)
                lines = ()


def _messages(document: object) -> Iterator[Diagnostic]:
    items = document if isinstance(document, list) else [document]
    for item in items:
        if not isinstance(item, dict):
            return
        if isinstance(item.get("runs"), list):
            yield from sarif_results(item)
        elif "locations" in item or "spans" in item or "reason" in item:
            yield from compiler_messages(item)
        else:
            yield from _flat(item)


def _flat(item: Mapping[str, object]) -> Iterator[Diagnostic]:
    """A record, or a file with its records (eslint, shellcheck's ``json1``, pyright)."""
    for key in ("messages", "comments", "generalDiagnostics"):
        records = item.get(key)
        if isinstance(records, list):
            for record in records:
                if isinstance(record, dict):
                    yield from _record({"file": item.get("filePath"), **record})
            return
    yield from _record(item)


def _record(record: Mapping[str, object]) -> Iterator[Diagnostic]:
    file = _text(record, "file", "filename", "path")
    message = _text(record, "message")
    if not file or not message:
        return
    line, column, end_line, end_column = _place(record)
    grave = next(
        (record[key] for key in ("severity", "level", "type") if record.get(key) is not None), "error"
    )
    severity = _SEVERITIES.get(grave.lower() if isinstance(grave, str) else grave, "error")
    code = next((record[key] for key in ("code", "ruleId", "rule", "symbol") if record.get(key)), None)
    tool = _tool(record)
    if tool == "shellcheck" and isinstance(code, int):
        code = f"SC{code}"
    yield Diagnostic(
        tool,
        severity,
        printable_line(message),
        file=printable_line(file),
        line=line,
        column=column,
        end_line=end_line,
        end_column=end_column,
        code=printable_line(str(code)) if code is not None else None,
    )


def _place(record: Mapping[str, object]) -> tuple[int | None, int | None, int | None, int | None]:
    span = record.get("range")
    if isinstance(span, dict):  # as in the language server protocol, from 0
        start, end = span.get("start"), span.get("end")
        numbers = [
            part.get(key) for part in (start, end) if isinstance(part, dict) for key in ("line", "character")
        ]
        whole = [number + 1 if isinstance(number, int) else None for number in numbers]
        return (*whole, None, None, None, None)[:4]  # type: ignore[return-value]
    places: list[object] = []
    for key in ("location", "end_location"):
        at = record.get(key)
        places += [at.get("row"), at.get("column")] if isinstance(at, dict) else [None, None]
    line = places[0] if places[0] is not None else record.get("line")
    column = places[1] if places[1] is not None else record.get("column")
    end_line = places[2] if places[2] is not None else record.get("endLine")
    end_column = places[3] if places[3] is not None else record.get("endColumn")
    return count(line), count(column), count(end_line), count(end_column)


def _tool(record: Mapping[str, object]) -> str:
    for key, tool in (
        ("end_location", "ruff"),
        ("ruleId", "eslint"),
        ("symbol", "pylint"),
        ("range", "pyright"),
    ):
        if key in record:
            return tool
    if "hint" in record:
        return "mypy"
    return "shellcheck" if isinstance(record.get("code"), int) else "generic"


def _text(record: Mapping[str, object], *keys: str) -> str:
    for key in keys:
        value = record.get(key)
        if isinstance(value, str) and value.strip():
            return value.strip()
    return ""
