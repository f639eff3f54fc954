"""Reason: think the task through, as separate fields that a person can read and edit.

The reply is constrained to a JSON form; the files it may name are those that the task's text names (new
ones too) and those that exploration found, or the one file that the task came from.
Earlier attempts and their errors are in the prompt.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from copilot_tui.core.artefacts import Plan, PlannedFile, Task
from copilot_tui.core.errors import GenerationError
from copilot_tui.core.events import Event, Noticed, PlanProduced
from copilot_tui.core.session_state import SessionState
from copilot_tui.index.symbols import language_of
from copilot_tui.phases.asking import Question, Reply, ask_json
from copilot_tui.phases.mentions import asked_names, clean_path, named_paths, speaks_of
from copilot_tui.phases.phase import PhaseContext
from copilot_tui.phases.prompting import attempts_to_tell, knowledge_sections, shared_sections
from copilot_tui.phases.stamping import is_test

PLANNED_FILES = 3

PLANS = 2
"""Tries at a plan that is not one of those which a fresh start gave up."""

PLANS_TOLD = 2
WARMER = 0.3
"""Added to the temperature where the likeliest plan has failed."""


class ReasonPhase:
    """Yields the model's text as it comes, then the :class:`Plan`."""

    name = "reason"

    async def run(self, context: PhaseContext) -> AsyncIterator[Event]:
        state = context.state
        targets = await asyncio.to_thread(plan_targets, context)
        sections = shared_sections(context.prompts, state)
        sections += knowledge_sections(context.prompts, state, context.settings, plan=False)
        sections.append(
            context.prompts.instruction(
                "reason",
                task=state.task,
                targets=() if targets == (state.task.path,) else targets,
                failed=bool(attempts_to_tell(state, context.settings)),
                given_up=given_up_strategies(state),
            )
        )
        plan = Plan()
        for again in range(PLANS if state.given_up else 1):
            reply = Reply()
            warmer = WARMER * (again + 1) if state.given_up else 0.0
            question = Question(
                self.name,
                "llm",
                sections,
                schema=plan_schema(targets),
                salt=again * 31,
                extra_temperature=warmer,
            )
            try:
                async for event in ask_json(context, question, reply):
                    yield event
            except GenerationError as error:
                if not state.task.path:
                    raise
                # The task names its place, so the code can be written without a plan.
                yield Noticed(f"{error} Going on without a plan.", "warning")
            plan = plan_of(reply.answer, state.task, targets)
            if plan.strategy not in {given_up.strategy for given_up in state.given_up}:
                break
            if again < PLANS - 1:
                yield Noticed("This plan failed before; asking for another.")
        yield PlanProduced(plan)


def given_up_strategies(state: SessionState) -> tuple[str, ...]:
    """The plans of the newest fresh starts, each in one line: the next one must be another."""
    told = [" ".join(plan.strategy) for plan in state.given_up if plan.strategy]
    return tuple(dict.fromkeys(told))[-PLANS_TOLD:]


def plan_targets(context: PhaseContext) -> tuple[str, ...]:
    """The paths a plan may name: the task's own, those in its text, and those that exploration found.

    Empty without an exploration, since then nothing is known that a free choice could miss.
    """
    task, exploration = context.state.task, context.state.exploration
    if task.path and task.symbol:
        return (task.path,)
    named = named_paths(task.text, context.index.paths())
    if task.path:
        return tuple(dict.fromkeys((task.path, *named)))
    if exploration is None or not exploration.files:
        return ()
    return tuple(dict.fromkeys((*named, *(file.path for file in exploration.files))))


def plan_schema(targets: Sequence[str]) -> Mapping[str, Any]:
    """The form of a plan. Without known files the model names one freely (a new file)."""
    files = min(PLANNED_FILES, max(1, len(targets)))

    def lines(most: int) -> Mapping[str, Any]:
        return {
            "type": "array",
            "items": {"type": "string", "maxLength": 120},
            "minItems": 1,
            "maxItems": most,
        }

    path: Mapping[str, Any] = {"enum": list(targets)} if targets else {"type": "string", "maxLength": 120}
    file = {
        "type": "object",
        "properties": {
            "path": path,
            "function": {"type": "string", "maxLength": 80},
            "change": {"type": "string", "maxLength": 120},
        },
        "required": ["path", "function", "change"],
        "additionalProperties": False,
    }
    return {
        "type": "object",
        "properties": {
            "requirements": lines(3),
            "strategy": lines(4),
            "challenges": lines(2),
            "files": {"type": "array", "items": file, "minItems": 1, "maxItems": files},
        },
        "required": ["requirements", "strategy", "challenges", "files"],
        "additionalProperties": False,
    }


def plan_of(answer: Mapping[str, Any], task: Task, targets: Sequence[str] = ()) -> Plan:
    """The model's answer as a plan; a task that names its function gets that function alone.

    Folders, paths out of the code base and files of no known language are left out, except ``targets``.
    """
    items = [item for item in _list(answer, "files") if isinstance(item, Mapping)]
    files = _distinct(
        [
            PlannedFile(path, str(item.get("change", "")), _symbol(item))
            for item in items
            if (path := _path(item, targets)) is not None
        ]
    )
    if task.path and (task.symbol or not files):
        change = files[0].change if files else task.text
        files = (PlannedFile(task.path, change, task.symbol),)
    if not task.symbol:
        files = tuple(_to_the_point(files, task.text, targets))
    return Plan(
        requirements=_lines(answer, "requirements"),
        strategy=_lines(answer, "strategy"),
        challenges=_lines(answer, "challenges"),
        files=files,
    )


def _to_the_point(files: Sequence[PlannedFile], text: str, targets: Sequence[str]) -> Sequence[PlannedFile]:
    """The plan of a task that asks for functions by name, put right where it cannot be meant.

    Small models plan to change what they were shown last, and leave files out that the task names.
    """
    asked = asked_names(text)
    if not asked:
        return files
    listed = [_about(file, text, asked) for file in files]
    planned = {file.path for file in listed}
    named = [path for path in named_paths(text, targets) if path not in planned]
    sources = [path for path in named if not is_test(path) and not path.endswith(".h")]
    if sources and all(is_test(path) or path.endswith(".h") for path in planned):
        listed.insert(0, _entry(sources[0], asked))
    listed += [_entry(path, asked) for path in named if path not in sources]
    return listed[:PLANNED_FILES]


def _about(file: PlannedFile, text: str, asked: Sequence[str]) -> PlannedFile:
    """The entry without a function that the task never speaks of, or that a test cannot define."""
    if file.symbol is None or file.symbol == "main":
        return file
    tested = is_test(file.path) and file.symbol in asked and "test" not in file.symbol.lower()
    return _entry(file.path, asked) if tested or not speaks_of(text, file.symbol) else file


def _entry(path: str, asked: Sequence[str]) -> PlannedFile:
    """What a file has to do with the functions that are asked for."""
    names = ", ".join(asked)
    if is_test(path):
        return PlannedFile(path, f"Test {names}.")
    if path.endswith(".h"):
        return PlannedFile(path, f"Declare {names}.")
    return PlannedFile(path, f"Add {names}.", asked[0] if len(asked) == 1 else None)


def _list(answer: Mapping[str, Any], key: str) -> Sequence[object]:
    value = answer.get(key)
    return value if isinstance(value, list) else ()


def _lines(answer: Mapping[str, Any], key: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for value in _list(answer, key) if (text := str(value).strip())))


def _path(item: Mapping[str, Any], targets: Sequence[str]) -> str | None:
    path = clean_path(str(item.get("path", "")).strip())
    return path if path in targets or (path and language_of(path)) else None


def _symbol(item: Mapping[str, Any]) -> str | None:
    """The bare name of a function as a model may write it: ``int foo(void)`` is ``foo``."""
    head = str(item.get("function", "")).split("(")[0].replace("*", " ").split()
    return head[-1] if head and head[-1].isidentifier() else None


def _distinct(files: Sequence[PlannedFile]) -> tuple[PlannedFile, ...]:
    """One entry a path, the changes of repeated entries joined."""
    merged: dict[str, PlannedFile] = {}
    for file in files:
        known = merged.get(file.path)
        if known is None:
            merged[file.path] = file
        elif file.change not in known.change:
            merged[file.path] = PlannedFile(file.path, f"{known.change} {file.change}", None)
    return tuple(merged.values())
