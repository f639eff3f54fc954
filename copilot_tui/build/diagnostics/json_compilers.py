"""Messages of compilers in JSON: gcc's own form, rustc's and cargo's, and SARIF (gcc, clang, linters)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from urllib.parse import unquote, urlsplit

from copilot_tui.build.diagnostics.parser import count
from copilot_tui.core.artefacts import Diagnostic, Note, Severity
from copilot_tui.core.text import printable_line

_SEVERITIES: dict[str, Severity] = {"warning": "warning", "note": "note", "none": "note", "help": "note"}
_MAX_NOTES = 50


def compiler_messages(item: Mapping[str, object]) -> Iterator[Diagnostic]:
    """The message of gcc, rustc or cargo in ``item``, its children as notes."""
    inner = item.get("message")
    if item.get("reason") == "compiler-message" and isinstance(inner, dict):
        item = inner
    if isinstance(item.get("spans"), list):
        yield from _rustc(item)
    elif isinstance(item.get("locations"), list) and isinstance(item.get("kind"), str):
        diagnostic = _gcc(item)
        if diagnostic is not None:
            notes = [_gcc(child) for child in _dicts(item.get("children"))[:_MAX_NOTES]]
            yield replace(diagnostic, notes=tuple(_note(note) for note in notes if note is not None))


def _rustc(item: Mapping[str, object]) -> Iterator[Diagnostic]:
    message = _line(item.get("message"))
    spans = _dicts(item.get("spans"))
    if not message or (not spans and str(item.get("level")) == "failure-note"):
        return
    place = next((span for span in spans if span.get("is_primary")), {})
    if not place and (message.startswith("aborting due to") or " warning" in message):
        return
    code = item.get("code")
    notes = [
        Note(
            _line(span.get("label")),
            _line(span.get("file_name")),
            count(span.get("line_start")),
            count(span.get("column_start")),
        )
        for span in spans
        if span is not place and span.get("label")
    ]
    for child in _dicts(item.get("children")):
        at = next(iter(_dicts(child.get("spans"))), {})
        file = _line(at.get("file_name")) or None
        notes.append(
            Note(
                _line(child.get("message")), file, count(at.get("line_start")), count(at.get("column_start"))
            )
        )
    yield Diagnostic(
        "rustc",
        _SEVERITIES.get(str(item.get("level")), "error"),
        message,
        file=_line(place.get("file_name")) or None,
        line=count(place.get("line_start")),
        column=count(place.get("column_start")),
        end_line=count(place.get("line_end")),
        end_column=count(place.get("column_end")),
        code=_line(code.get("code")) if isinstance(code, dict) else None,
        notes=tuple(notes[:_MAX_NOTES]),
    )


def _gcc(item: Mapping[str, object]) -> Diagnostic | None:
    message = _line(item.get("message"))
    if not message:
        return None
    location = next(iter(_dicts(item.get("locations"))), {})
    caret, finish = _dict(location.get("caret")), _dict(location.get("finish"))
    return Diagnostic(
        "gcc",
        _SEVERITIES.get(str(item.get("kind")), "error"),
        message,
        file=_line(caret.get("file")) or None,
        line=count(caret.get("line")),
        column=count(caret.get("column", caret.get("display-column"))),
        end_line=count(finish.get("line")),
        end_column=count(finish.get("column", finish.get("display-column"))),
        code=_line(item.get("option")) or None,
    )


def sarif_results(document: Mapping[str, object]) -> Iterator[Diagnostic]:
    """Every result of every run of a SARIF 2.1.0 document; notes of compilers belong to what they follow."""
    for run in _dicts(document.get("runs")):
        driver = _dict(_dict(run.get("tool")).get("driver"))
        tool = _line(driver.get("name")).lower() or "generic"
        tool = "gcc" if tool.startswith("gnu c") else tool
        pending: Diagnostic | None = None
        for result in _dicts(run.get("results")):
            diagnostic = _sarif_result(result, tool)
            if diagnostic is None:
                continue
            if pending is not None and diagnostic.severity == "note" and tool in _COMPILERS:
                notes = (*pending.notes, _note(diagnostic), *diagnostic.notes)
                pending = replace(pending, notes=notes[:_MAX_NOTES])
                continue
            if pending is not None:
                yield pending
            pending = diagnostic
        if pending is not None:
            yield pending


_COMPILERS = ("gcc", "clang")
_NO_RULE = {"error", "warning", "note", "fatal error"}


def _sarif_result(result: Mapping[str, object], tool: str) -> Diagnostic | None:
    message = _line(_dict(result.get("message")).get("text"))
    if not message:
        return None
    locations = _dicts(result.get("locations"))
    # clang lists what it underlines first, and the place itself last.
    location = locations[-1 if tool == "clang" else 0] if locations else {}
    place, region = _sarif_note(location, message), _region(location)
    related = [_sarif_note(location, "") for location in _dicts(result.get("relatedLocations"))]
    end_column = count(region.get("endColumn"))
    rule = _line(result.get("ruleId"))
    grave = "error" if rule == "fatal error" else str(result.get("level", "warning"))
    return Diagnostic(
        tool,
        _SEVERITIES.get(grave, "error"),
        message,
        file=place.file,
        line=place.line,
        column=place.column,
        end_line=count(region.get("endLine")) or (place.line if end_column else None),
        end_column=end_column,
        # clang numbers its messages anew in each version, which is no name.
        code=None if not rule or rule in _NO_RULE or (tool == "clang" and rule.isdigit()) else rule,
        notes=tuple(note for note in related if note.message)[:_MAX_NOTES],
    )


def _region(location: Mapping[str, object]) -> Mapping[str, object]:
    return _dict(_dict(location.get("physicalLocation")).get("region"))


def _sarif_note(location: Mapping[str, object], message: str) -> Note:
    physical = _dict(location.get("physicalLocation"))
    uri = urlsplit(_line(_dict(physical.get("artifactLocation")).get("uri")))
    region = _region(location)
    text = message or _line(_dict(location.get("message")).get("text"))
    return Note(
        text, unquote(uri.path) or None, count(region.get("startLine")), count(region.get("startColumn"))
    )


def _note(diagnostic: Diagnostic) -> Note:
    return Note(diagnostic.message, diagnostic.file, diagnostic.line, diagnostic.column)


def _dict(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _dicts(value: object) -> list[Mapping[str, object]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _line(value: object) -> str:
    return printable_line(value).strip() if isinstance(value, str) else ""
