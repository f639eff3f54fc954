"""How the four panes share the screen: split from 100 columns on, as tabs below that.

Each can be focused by a key, zoomed to the whole deck, and hidden; the splits move by key and by mouse.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.events import Click, DescendantFocus, MouseDown, MouseMove, MouseUp, Resize
from textual.message import Message
from textual.widgets import Static

from copilot_tui.tui.widgets.code import CodePane
from copilot_tui.tui.widgets.compiler import CompilerPane
from copilot_tui.tui.widgets.conversation import Conversation
from copilot_tui.tui.widgets.exploration import ExplorationPane
from copilot_tui.tui.widgets.pane import PANES, Pane, PaneName
from copilot_tui.tui.widgets.splits import Split, Splits

WIDE_COLUMNS = 100
COLUMNS = {"left": ("conversation", "exploration"), "right": ("code", "compiler")}


def visible_panes(*, wide: bool, active: str, zoomed: bool, hidden: Collection[str]) -> frozenset[str]:
    """Which panes are on the screen. The active one always is."""
    if zoomed or not wide:
        return frozenset({active})
    return frozenset(
        pane.identifier for pane in PANES if pane.identifier not in hidden or pane.identifier == active
    )


class PaneTab(Static):
    """A pane's name in the row of tabs."""

    class Chosen(Message):
        def __init__(self, pane: PaneName) -> None:
            super().__init__()
            self.pane = pane

    def __init__(self, pane: PaneName) -> None:
        super().__init__(Content(""), id=f"tab-{pane.identifier}", classes="pane-tab")
        self.pane = pane
        self.show(active=False, news=False)

    def show(self, *, active: bool, news: bool) -> None:
        """Mark the pane that is on the screen, and one out of sight that has something new."""
        mark = "▶" if active else "•" if news else " "
        self.set_class(active, "-active")
        self.update(Content(f"{mark}{self.pane.key.upper()} {self.pane.title}"))

    @on(Click)
    def _clicked(self) -> None:
        self.post_message(self.Chosen(self.pane))


class PaneDeck(Vertical):
    """Lays the panes out; what they show is their own business."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+left", "share('left', -1)", "Narrower"),
        Binding("ctrl+right", "share('left', 1)", "Wider"),
        Binding("ctrl+up", "share('top', -1)", "Lower"),
        Binding("ctrl+down", "share('top', 1)", "Higher"),
    ]

    def __init__(self, source: Path) -> None:
        super().__init__(id="deck")
        self._source = source
        self._panes: tuple[Pane, ...] = ()
        self._active = PANES[0].identifier
        self._zoomed = False
        self._wide = False
        self._hidden: set[str] = set()
        self._news: set[str] = set()
        self._splits = Splits()
        self._dragging: Split | None = None

    def compose(self) -> ComposeResult:
        # Before anything is in the deck: later, each change of a class restyles all of it.
        self._wide = self.app.size.width >= WIDE_COLUMNS
        self.set_class(not self._wide, "-single")
        with Horizontal(id="pane-tabs"):
            for pane in PANES:
                yield PaneTab(pane)
        with Horizontal(id="columns"):
            with Vertical(id="left"):
                yield Conversation()
                yield ExplorationPane()
            with Vertical(id="right"):
                yield CodePane(self._source)
                yield CompilerPane()

    @property
    def panes(self) -> tuple[Pane, ...]:
        if len(self._panes) < len(PANES):  # asked for with each token, so they are looked up only once
            self._panes = tuple(self.query(Pane))
        return self._panes

    @property
    def active_pane(self) -> Pane:
        return self.query_one(f"#{self._active}", Pane)

    @property
    def is_filled(self) -> bool:
        """Every pane holds its contents."""
        return all(pane.is_filled for pane in self.panes)

    @property
    def is_zoomed(self) -> bool:
        return self._zoomed

    def shown(self) -> frozenset[str]:
        """The identifiers of the panes on the screen."""
        return visible_panes(wide=self._wide, active=self._active, zoomed=self._zoomed, hidden=self._hidden)

    def activate(self, identifier: str, *, focus: bool = True) -> None:
        """Bring a pane on the screen and, if wanted, give it the keyboard."""
        self._active = identifier
        self._hidden.discard(identifier)
        self._arrange()
        if focus:
            self.active_pane.take_focus()

    def toggle_zoom(self) -> None:
        self._zoomed = not self._zoomed
        self._arrange()

    def toggle_hidden(self) -> bool:
        """Hide the active pane, the next one becoming active; with some hidden already, show them.

        False when there is nothing to hide: one pane is always there.
        """
        if self._hidden:
            self._hidden.clear()
        elif not self._wide or self._zoomed:
            return False
        else:
            self._hidden.add(self._active)
            rest = [pane.identifier for pane in PANES if pane.identifier not in self._hidden]
            self._active = rest[0]
            self.active_pane.take_focus()
        self._arrange()
        return True

    def action_share(self, split: Split, steps: int) -> None:
        """Move a split by some twentieths of the deck."""
        self._splits = self._splits.moved(split, steps)
        self._arrange()

    @on(MouseDown)
    def _take_hold(self, event: MouseDown) -> None:
        """Begin to drag the split under the mouse."""
        area = self.query_one("#columns").region
        if len(self.shown()) == 1 or not area.contains(int(event.screen_x), int(event.screen_y)):
            return
        x, y = int(event.screen_x) - area.x, int(event.screen_y) - area.y
        self._dragging = self._splits.at(x, y, area.width, area.height)
        if self._dragging is not None:
            event.stop()
            self.capture_mouse()

    @on(MouseMove)
    def _drag(self, event: MouseMove) -> None:
        if self._dragging is None:
            return
        area = self.query_one("#columns").region
        sideways = self._dragging == "left"
        offset = int(event.screen_x) - area.x if sideways else int(event.screen_y) - area.y
        splits = self._splits.dragged(self._dragging, offset, area.width if sideways else area.height)
        if splits != self._splits:
            self._splits = splits
            self._arrange()

    @on(MouseUp)
    def _let_go(self) -> None:
        if self._dragging is not None:
            self._dragging = None
            self.release_mouse()

    def on_mount(self) -> None:
        self._arrange()

    async def fill(self) -> None:
        """Put into the panes what is in them."""
        for pane in self.panes:
            await pane.fill()

    @on(Resize)
    def _resized(self) -> None:
        wide = self.app.size.width >= WIDE_COLUMNS
        if wide != self._wide:
            self._wide = wide
            self._arrange()

    @on(DescendantFocus)
    def _focused(self, event: DescendantFocus) -> None:
        for widget in event.widget.ancestors_with_self:
            if isinstance(widget, Pane) and widget.pane.identifier != self._active:
                self._active = widget.pane.identifier
                self._arrange()

    @on(PaneTab.Chosen)
    def _chosen(self, message: PaneTab.Chosen) -> None:
        message.stop()
        self.activate(message.pane.identifier)

    @on(Pane.Touched)
    def _touched(self, message: Pane.Touched) -> None:
        message.stop()
        identifier = message.pane.identifier
        if identifier not in self.shown() and identifier not in self._news:
            self._news.add(identifier)
            self._show_tabs()

    def _arrange(self) -> None:
        shown = self.shown()
        self._news -= shown
        for pane in self.panes:
            pane.display = pane.pane.identifier in shown
        for column, members in COLUMNS.items():
            self.query_one(f"#{column}").display = any(member in shown for member in members)
        left, top = self._splits.left, self._splits.top
        self.query_one("#left").styles.width = f"{left}fr"
        self.query_one("#right").styles.width = f"{100 - left}fr"
        for upper, lower in COLUMNS.values():
            self.query_one(f"#{upper}").styles.height = f"{top}fr"
            self.query_one(f"#{lower}").styles.height = f"{100 - top}fr"
        self.set_class(len(shown) == 1, "-single")
        self._show_tabs()

    def _show_tabs(self) -> None:
        shown = self.shown()
        self.query_one("#pane-tabs").display = len(shown) < len(PANES)
        for tab in self.query(PaneTab):
            identifier = tab.pane.identifier
            tab.show(active=identifier in shown, news=identifier in self._news)
