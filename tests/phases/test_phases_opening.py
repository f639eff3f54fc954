"""The beginning of a reply: a Python function's head and docstring need not be written by the model."""

from __future__ import annotations

import pytest

from copilot_tui.phases.opening import FREE_SAMPLE, opening

MODULE = '''import math


def area(radius: float,
         exact: bool = True) -> float:
    """The area of a circle.

    >>> area(1.0, False)
    3
    """


def bare(value):
    return value


def one_line(value): return value


class Box:
    def method(self):
        """Inside."""
'''


def test_a_python_reply_begins_with_the_head_and_the_docstring() -> None:
    start = opening(MODULE, "python", "area", 0)
    wanted = MODULE[MODULE.index("def area") : MODULE.index("\n\n\ndef bare")]
    assert start.beginning == f"```python\n{wanted}\n"
    assert {"\n```", "\ndef "} <= set(start.stop) and len(start.stop) <= 4
    assert opening(MODULE, "python", "bare", 1).beginning == "```python\ndef bare(value):\n"


@pytest.mark.parametrize(
    ("text", "symbol", "sample"),
    [
        (MODULE, "area", FREE_SAMPLE - 1),  # which may add imports and helpers
        (MODULE, "one_line", 0),
        (MODULE, "method", 0),
        ("def broken(:\n    pass\n", "broken", 0),
        (MODULE, "absent", 0),
    ],
)
def test_elsewhere_the_model_writes_the_head_itself(text: str, symbol: str, sample: int) -> None:
    start = opening(text, "python", symbol, sample)
    assert (start.beginning, start.stop) == ("```python\n", ("\n```",))
