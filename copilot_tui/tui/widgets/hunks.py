"""A candidate's hunks one below the other: go from one to the next, mark each to be taken or refused.

Marks are the view's own until Enter carries them out; nothing changes before that.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar, Literal, TypeAlias

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import ScrollableContainer
from textual.content import Content
from textual.events import Click, Resize
from textual.message import Message
from textual.widgets import Static

from copilot_tui.tui.diff_view import HunkDiff, side_by_side, unified
from copilot_tui.tui.messages import CommandWanted

Mark: TypeAlias = Literal["undecided", "taken", "refused"]
Standing: TypeAlias = Literal["open", "in code", "past"]
"""Of the candidate: it can be decided about, the same and it is in the code base, or a newer one is there."""
SIGNS: dict[Mark, tuple[str, str]] = {
    "undecided": ("○ undecided", "$foreground-muted"),
    "taken": ("✓ take", "bold $text-success"),
    "refused": ("✗ refuse", "bold $text-error"),
}


class HunkBlock(Static):
    """One hunk below its header line."""

    class Chosen(Message):
        """A person clicked on the hunk."""

        def __init__(self, number: int) -> None:
            super().__init__()
            self.number = number

    def __init__(self, diff: HunkDiff) -> None:
        super().__init__(classes="hunk")
        self.diff = diff
        self.mark: Mark = "undecided"
        self._body = Content("")

    def lay_out(self, width: int | None) -> None:
        """Side by side in this width, or one above the other."""
        self._body = unified(self.diff) if width is None else side_by_side(self.diff, width)
        self.draw()

    def draw(self, *, current: bool = False, standing: Standing = "open") -> None:
        """The header tells the mark, and by an arrow whether the keys mean this hunk."""
        hunk = self.diff.hunk
        sign, style = SIGNS[self.mark]
        if self.mark == "undecided" and standing != "open":
            sign = "● in the code" if standing == "in code" else ""
        heading = f"{self.diff.heading}\n" if self.diff.heading else ""
        self.update(
            Content.assemble(
                (heading, "bold $text-primary"),
                (
                    f"{'▶' if current else ' '} hunk {hunk.number} of {self.diff.total}",
                    "bold" if current else "",
                ),
                (
                    f"  line {hunk.new_start}  +{len(hunk.new_lines)} -{len(hunk.old_lines)}  ",
                    "$foreground-muted",
                ),
                (sign, style),
                "\n",
                self._body,
            )
        )
        self.set_class(current, "-current")

    @on(Click)
    def _clicked(self) -> None:
        self.post_message(self.Chosen(self.diff.hunk.number))


class HunkView(ScrollableContainer):
    """Keys work on the hunk with the arrow."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n,j", "move(1)", "Next hunk"),
        Binding("N,k", "move(-1)", "Previous hunk"),
        Binding("a", "mark('taken')", "Take the hunk"),
        Binding("x", "mark('refused')", "Refuse the hunk"),
        Binding("A", "mark_file('taken')", "Take the file"),
        Binding("X", "mark_file('refused')", "Refuse the file"),
        Binding("s", "toggle_sides", "Side by side"),
        Binding("enter", "carry_out", "Carry out"),
    ]

    class Marked(Message):
        """A mark was set or taken back."""

    def __init__(self) -> None:
        super().__init__(id="hunks")
        self._standing: Standing = "past"
        self._current = 0
        self._sides = False

    @property
    def blocks(self) -> list[HunkBlock]:
        return list(self.query(HunkBlock))

    @property
    def current(self) -> HunkBlock | None:
        blocks = self.blocks
        return blocks[self._current] if self._current < len(blocks) else None

    @property
    def text(self) -> str:
        """All that is shown, as plain text."""
        return "\n".join(
            f"{block.diff.heading}\n{block.diff.text}" if block.diff.heading else block.diff.text
            for block in self.blocks
        )

    async def show(self, diffs: Sequence[HunkDiff], count: int, standing: Standing) -> None:
        """Show other hunks, the first of ``count``; the marks of the old ones are forgotten."""
        self._standing = standing
        self._current = 0
        await self.remove_children()
        blocks = [HunkBlock(diff) for diff in diffs]
        more = count - len(diffs)
        rest = (
            [Static(Content(f"({more:,} more hunks; D shows the code as it was written.)"))]
            if more > 0
            else []
        )
        nothing = [] if diffs else [Static(Content("The candidate changes nothing."))]
        await self.mount_all([*blocks, *rest, *nothing])
        self._lay_out()
        self.scroll_home(animate=False)

    def marked(self, mark: Mark) -> frozenset[int]:
        """The numbers of the hunks with this mark."""
        return frozenset(block.diff.hunk.number for block in self.blocks if block.mark == mark)

    def action_move(self, step: int) -> None:
        blocks = self.blocks
        if blocks:
            self._go_to(min(len(blocks) - 1, max(0, self._current + step)))

    def action_mark(self, mark: Mark) -> None:
        """Mark the hunk, and go on to the next; the same mark again takes it back."""
        current = self.current
        if current is None or not self._may_decide():
            return
        again = current.mark == mark
        self._mark([current], "undecided" if again else mark)
        if not again:
            self.action_move(1)

    def action_mark_file(self, mark: Mark) -> None:
        current = self.current
        if current is None or not self._may_decide():
            return
        own = [block for block in self.blocks if block.diff.hunk.path == current.diff.hunk.path]
        self._mark(own, "undecided" if all(block.mark == mark for block in own) else mark)

    def action_toggle_sides(self) -> None:
        self._sides = not self._sides
        self._lay_out()

    def action_carry_out(self) -> None:
        """What the marks say becomes a command line, as if it had been typed."""
        if not self._may_decide():
            return
        taken, refused = self.marked("taken"), self.marked("refused")
        undecided = self.marked("undecided")
        if taken and undecided:
            self.app.notify(f"Undecided: hunk {_numbers(undecided)}. Mark them, or unmark what is taken.")
        elif taken:
            self.post_message(CommandWanted(f"/accept {_numbers(taken) if refused else ''}"))
        elif refused:
            self.post_message(CommandWanted(f"/reject {_numbers(refused) if undecided else ''}"))
        else:
            self.app.notify("Nothing is marked: A takes a hunk, X refuses it.")

    def _may_decide(self) -> bool:
        if self._standing == "past":
            self.app.notify("Only the newest candidate's hunks are decided; /accept #N takes an older one.")
        return self._standing != "past"

    def _mark(self, blocks: Iterable[HunkBlock], mark: Mark) -> None:
        for block in blocks:
            block.mark = mark
            block.draw(current=block is self.current, standing=self._standing)
        self.post_message(self.Marked())

    def _go_to(self, index: int) -> None:
        before = self.current
        self._current = index
        for block in (before, self.current):
            if block is not None:
                block.draw(current=block is self.current, standing=self._standing)
        if self.current is not None:
            self.scroll_to_widget(
                self.current, animate=False, top=self.current.size.height > self.size.height
            )

    def _lay_out(self) -> None:
        width = self.scrollable_content_region.width or self.size.width
        for index, block in enumerate(self.blocks):
            block.lay_out(max(40, width) if self._sides else None)
            block.draw(current=index == self._current, standing=self._standing)

    @on(Resize)
    def _resized(self) -> None:
        if self._sides:
            self._lay_out()

    @on(HunkBlock.Chosen)
    def _chosen(self, message: HunkBlock.Chosen) -> None:
        message.stop()
        numbers = [block.diff.hunk.number for block in self.blocks]
        if message.number in numbers:
            self._go_to(numbers.index(message.number))


def _numbers(chosen: frozenset[int]) -> str:
    return ",".join(str(number) for number in sorted(chosen))
