from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from copilot_tui.build.capture import Capture
from copilot_tui.core.text import printable


@given(st.lists(st.binary(max_size=300)), st.integers(64, 2000))
def test_what_fits_is_kept_whole_and_the_rest_never_exceeds_the_limit(
    pieces: list[bytes], limit: int
) -> None:
    capture = Capture(limit)
    for piece in pieces:
        capture.feed(piece)
    whole = b"".join(pieces)
    if len(whole) <= limit - 64:
        assert not capture.truncated
        assert capture.text() == printable(whole.decode("utf-8", "replace"))
    else:
        assert capture.truncated
        assert len(capture.text()) <= limit


@given(st.integers(200, 3000), st.integers(50, 500), st.integers(1, 4000))
def test_head_and_tail_are_whole_lines_and_the_notice_is_exact(lines: int, limit: int, size: int) -> None:
    whole = b"".join(b"line %d\n" % number for number in range(lines))
    capture = Capture(limit + 64)
    for start in range(0, len(whole), size):
        capture.feed(whole[start : start + size])
    head, _, tail = capture.text().partition("[... ")
    missing, _, tail = tail.partition(" bytes left out ...]\n")
    assert whole.startswith(head.encode())
    assert whole.endswith(tail.encode())
    assert head.endswith("\n")
    assert tail.startswith("line ")
    assert int(missing) == len(whole) - len(head) - len(tail)
