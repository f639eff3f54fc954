"""TAP, the Test Anything Protocol, and the messages inside it.

``ok 1 - name`` and ``not ok 2 - name``; comment lines and a YAML block behind a failed test say what
went wrong. A ``file:line: message`` in there becomes the place of the diagnostic. Skipped tests are no
verdict, nor is a failure that is marked TODO. Subtests count by their own names.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from copilot_tui.build.diagnostics.output import MAX_LINE, Output
from copilot_tui.build.diagnostics.parser import Found, located, number
from copilot_tui.core.artefacts import Diagnostic, Note, TestResult

_POINT = re.compile(r"\s*(?P<not>not )?ok\b(?:\s+(?P<number>\d+))?(?:\s*-)?(?P<name>.*)")
_DIRECTIVE = re.compile(r"\s+#\s*(?P<kind>skip|todo)\b", re.IGNORECASE)
_BAIL = re.compile(r"\s*Bail out!\s*(?P<reason>.*)")
_FIELD = re.compile(r"\s+(?P<key>[A-Za-z]\w*):\s*(?P<value>.*)")
_ITEM = re.compile(r"\s+- (?P<place>[^\s:]+:\d+): [|>]")
_PLAN = re.compile(r"1\.\.(?P<count>\d{1,9})\b")
_PROSE = re.compile(
    r"(?:\d+ (?:of|/) \d+\b|(?:tests|suites|pass|fail|cancelled|skipped|todo|duration_ms) [\d.]+$"
    r"|Looks like |Failed \d+|Subtest: )"
)
"""Comments about the whole run, which are not about the test in front of them."""
_BLOCK = {"|", "|-", "|+", ">", ">-", ">+"}
_AT = re.compile(r"(?P<file>[^:]+):(?P<line>\d+)(?::(?P<column>\d+))?")
_MAX_NOTES = 30
_MAX_DETAILS = 2000


@dataclass(slots=True)
class _Point:
    """One test line and what was said about it."""

    line: int
    name: str
    passed: bool
    directive: str
    details: list[tuple[int, str]] = field(default_factory=list)
    fields: dict[str, str] = field(default_factory=dict)
    block: list[int] = field(default_factory=list)


class Tap:
    name = "tap"
    marks = (r"\nTAP version", r"\n *(?:1\.\.\d|(?:not )?ok\b|Bail out!)")
    test_marks = ()

    def diagnostics(self, output: Output) -> Iterator[Found]:
        if not _is_tap(output):
            return
        for index, line in output.suspects:
            if bail := _BAIL.match(line):
                message = bail["reason"] or "the test program gave up"
                yield Found(Diagnostic("tap", "error", f"Bail out! {message}"), (index,))
        points = list(_points(output))
        for point in points:
            if not point.passed and not point.directive:
                yield _failure(point)
        yield from _cut_short(output, points)

    def tests(self, output: Output) -> Iterator[TestResult]:
        if not _is_tap(output):
            return
        for point in _points(output):
            if point.directive == "skip" or (point.directive == "todo" and not point.passed):
                continue
            yield TestResult(point.name, point.passed, "" if point.passed else _message(point))


def _is_tap(output: Output) -> bool:
    """A plan, a version, or a numbered test line: "ok" alone is an English word."""
    return any(
        _PLAN.match(line.lstrip()) or line.startswith("TAP version") or _numbered(line)
        for _, line in output.suspects
    )


def _numbered(line: str) -> bool:
    match = _POINT.match(line)
    return match is not None and match["number"] is not None


def _points(output: Output) -> Iterator[_Point]:
    """Every test line, and what stands between a failed one and the next."""
    heads = [(index, match) for index, line in output.suspects if (match := _POINT.match(line))]
    read = 0
    for position, (index, match) in enumerate(heads):
        if index < read:
            continue  # the text of a test in front of it
        point = _point(index, match)
        if not point.passed:
            following = heads[position + 1][0] if position + 1 < len(heads) else len(output)
            read = _read_details(point, output, following)
        yield point


def _read_details(point: _Point, output: Output, following: int) -> int:
    """Take the comments and the YAML block in front of the next test line; the first line not read."""
    yaml: _Yaml | None = None
    at = point.line + 1
    while at < len(output) and (at < following or yaml is not None) and at - point.line < _MAX_DETAILS:
        stripped = output[at].strip()
        if yaml is not None:
            point.block.append(at)
            if stripped == "...":
                yaml = None
            else:
                yaml.feed(output[at])
        elif stripped.startswith("#"):
            text = stripped.lstrip("#").strip()
            if not _PROSE.match(text):
                point.details.append((at, text))
        elif stripped == "---":
            yaml = _Yaml(point.fields)
        at += 1
    return at


class _Yaml:
    """Reads the flat ``key: value`` lines of a YAML block, and texts of several lines."""

    def __init__(self, fields: dict[str, str]) -> None:
        self._fields = fields
        self._block = ""
        self._indent = 0

    def feed(self, line: str) -> None:
        indent = len(line) - len(line.lstrip())
        if self._block and (indent > self._indent or not line.strip()):
            before = self._fields[self._block]
            self._fields[self._block] = f"{before} {line.strip()}".strip()[:MAX_LINE]
            return
        self._block = ""
        if match := _FIELD.match(line):
            key, value = match["key"].lower(), match["value"].strip().strip("'\"")
            self._fields[key] = "" if value in _BLOCK else value
            if value in _BLOCK:
                self._block, self._indent = key, indent
        elif item := _ITEM.match(line):  # Criterion lists its failures by their places
            self._fields.setdefault("at", item["place"])
            self._fields.setdefault("message", "")
            self._block, self._indent = "message", indent


def _point(index: int, match: re.Match[str]) -> _Point:
    name, directive = match["name"], ""
    marked = _DIRECTIVE.search(name)
    if marked:
        name, directive = name[: marked.start()], marked["kind"].lower()
    name = name.strip().replace("\\#", "#") or f"test {match['number'] or '?'}"
    return _Point(index, name, match["not"] is None, directive)


def _cut_short(output: Output, points: Sequence[_Point]) -> Iterator[Found]:
    """A program that planned more tests than it ran has crashed or left early, with no other trace."""
    plans = [(index, match) for index, line in output.suspects if (match := _PLAN.match(line))]
    if len(plans) != 1 or any(_BAIL.match(line) for _, line in output.suspects):
        return
    index, plan = plans[0]
    planned, ran = int(plan["count"]), sum(1 for point in points if output[point.line][:1].strip())
    if ran < planned:
        message = f"{planned} tests were planned, {ran} ran"
        yield Found(Diagnostic("tap", "error", message), (index,))


def _failure(point: _Point) -> Found:
    place = next(((i, found) for i, text in point.details if (found := located(text))), None)
    file, line, column = _yaml_place(point)
    used = (point.line, *(index for index, _ in point.details), *point.block)
    if place is not None:
        (file, line, column, message), first = place[1], place[0]
    else:
        message, first = _message(point), -1
    texts = [text for index, text in point.details if index != first and text and text != message]
    diagnostic = Diagnostic(
        tool="tap",
        severity="error",
        message=message or f"{point.name} fails",
        file=file,
        line=line,
        column=column,
        notes=tuple(Note(text) for text in texts[:_MAX_NOTES]),
        test=point.name,
    )
    return Found(diagnostic, used)


def _message(point: _Point) -> str:
    said = point.fields.get("message") or point.fields.get("error")
    return said or next((text for _, text in point.details if text), "")


def _yaml_place(point: _Point) -> tuple[str | None, int | None, int | None]:
    fields = point.fields
    at = _AT.match(fields.get("at") or fields.get("location", ""))
    if at:
        return at["file"], number(at["line"]), number(at["column"])
    line = fields.get("line", "")
    return fields.get("file"), number(line) if line.isdecimal() else None, None
