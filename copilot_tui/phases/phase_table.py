"""Which phases there are: the six of the package, and those that other packages add or put in their place."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import entry_points

from copilot_tui.phases.compile import CompilePhase
from copilot_tui.phases.explore import ExplorePhase
from copilot_tui.phases.generate import GeneratePhase
from copilot_tui.phases.learn import LearnPhase
from copilot_tui.phases.phase import Phase
from copilot_tui.phases.reason import ReasonPhase
from copilot_tui.phases.review import ReviewPhase

ENTRY_POINT_GROUP = "copilot_tui.phases"


def load_phases() -> Mapping[str, Phase]:
    """The six phases by name, and any that other packages registered or put in their place."""
    own: tuple[Phase, ...] = (
        ExplorePhase(),
        ReasonPhase(),
        GeneratePhase(),
        ReviewPhase(),
        CompilePhase(),
        LearnPhase(),
    )
    phases: dict[str, Phase] = {phase.name: phase for phase in own}
    for point in entry_points(group=ENTRY_POINT_GROUP):
        phase: Phase = point.load()()
        phases[phase.name] = phase
    return phases
