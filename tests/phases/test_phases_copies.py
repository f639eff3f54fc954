"""What a failed attempt copied is not shown again, and a copy is not quoted."""

from __future__ import annotations

from dataclasses import replace

from copilot_tui.core.artefacts import BuildReport, Candidate, Exploration, FileChange, Snippet, Task
from copilot_tui.core.session_state import Attempt, SessionState
from copilot_tui.phases.copies import copied_snippets, last_copy
from copilot_tui.phases.prompting import PromptLibrary, attempt_sections, shared_sections
from copilot_tui.store.settings import load_settings

REMOVE = """\
int list_remove(struct Node **head, struct Node *node)
{
    struct Node **link = head;

    while (*link != NULL && *link != node)
        link = &(*link)->next;
    if (*link == NULL)
        return 0;
    *link = node->next;
    return 1;
}
"""
COUNT = """\
int list_count(const struct Node *head)
{
    int count = 0;

    for (; head != NULL; head = head->next)
        count++;
    return count;
}
"""
COPY = REMOVE.replace("list_remove", "list_insert").replace("return 0;", "return 0; /* not found */")
OWN = """\
void list_insert(struct Node **head, struct Node *node)
{
    while (*head != NULL && (*head)->value <= node->value)
        head = &(*head)->next;
    node->next = *head;
    *head = node;
}
"""
FAILED = BuildReport(compiled=True, success=False, reason="1 of 2 tests fails")


def session(*codes: str, build: BuildReport = FAILED, repair: str = "") -> SessionState:
    snippets = tuple(
        Snippet("list.c", 1, 9, f"/* What it does. */\n{text}", name)
        for name, text in (("list_remove", REMOVE), ("list_count", COUNT), ("list_insert", OWN))
    )
    attempts = tuple(
        Attempt(
            1,
            Candidate(
                n, f"{n}", (FileChange("list.c", "", code),), code, symbols=("list_insert",), repair=repair
            ),
            build=build,
        )
        for n, code in enumerate(codes, 1)
    )
    exploration = Exploration(query="", snippets=snippets)
    return SessionState(task=Task("Insert."), iteration=2, exploration=exploration, attempts=attempts)


def copied(state: SessionState) -> list[str | None]:
    return [snippet.symbol for snippet in copied_snippets(state)]


def test_a_failed_attempt_that_is_a_snippet_under_another_name_is_seen() -> None:
    assert copied(session(COPY)) == ["list_remove"]
    assert copied(session(OWN, COPY, OWN)) == ["list_remove"]
    assert "copy of list_remove" in last_copy(session(OWN, COPY))
    assert last_copy(session(COPY, OWN)) == ""


def test_code_of_its_own_a_green_attempt_and_a_repair_are_no_copies() -> None:
    assert copied(session()) == []
    assert copied(session(OWN)) == []
    assert copied(session(COPY, build=replace(FAILED, success=True))) == []
    assert copied(session(COPY, repair="a semicolon was added")) == []


def test_prompts_leave_out_what_was_copied_and_the_code_of_the_copy() -> None:
    prompts, settings = PromptLibrary(), load_settings(None)
    state = session(COPY)
    text = "\n".join(section.text for section in shared_sections(prompts, state))
    assert "list_count" in text
    assert "list_remove" not in text
    (told,) = attempt_sections(prompts, state, settings)
    assert "1 of 2 tests fails" in told.text
    assert "link" not in told.text
    (told,) = attempt_sections(prompts, session(OWN), settings)
    assert "node->next = *head;" in told.text
