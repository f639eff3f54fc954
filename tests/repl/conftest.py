"""The calculator library and a model that solves its task at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import GOOD_BODY, configure, conversation


@pytest.fixture
def solvable(calc_project: Path) -> Path:
    configure(calc_project, conversation(GOOD_BODY))
    return calc_project
