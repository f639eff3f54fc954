"""A code base may bring prompt templates of its own; a broken one is told where it is used, not before."""

from __future__ import annotations

from pathlib import Path

import pytest

from copilot_tui.core.artefacts import Task
from copilot_tui.core.errors import ConfigurationError
from copilot_tui.phases.prompting import PromptLibrary


def test_a_broken_template_of_the_code_base_is_named_with_its_line_when_it_is_used(tmp_path: Path) -> None:
    own = tmp_path / ".copilot-tui" / "prompts"
    own.mkdir(parents=True)
    (own / "plan.md.jinja").write_text("First line\n{% if %}\n")
    (own / "task.md.jinja").write_text("Ours: {{ task.text }}\n")
    prompts = PromptLibrary(tmp_path)
    prompts.compile_all()
    assert prompts.render("task", task=Task("double it")) == "Ours: double it"
    with pytest.raises(ConfigurationError, match=r"plan\.md\.jinja:2"):
        prompts.render("plan")


def test_compiled_templates_are_kept_and_a_spoilt_or_unwritable_cache_costs_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    task = {"task": Task("double it")}
    first = PromptLibrary().render("task", **task)
    kept = list((tmp_path / "copilot-tui" / "prompts").iterdir())
    assert kept
    for file in kept:
        file.write_bytes(file.read_bytes()[:30])
    assert PromptLibrary().render("task", **task) == first
    monkeypatch.setenv("XDG_CACHE_HOME", "/dev/null/nowhere")
    assert PromptLibrary().render("task", **task) == first
