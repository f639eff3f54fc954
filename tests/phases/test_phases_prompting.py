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
