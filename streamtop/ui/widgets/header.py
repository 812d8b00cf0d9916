"""The first line: the server, the trouble, and the last look."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from streamtop import figures
from streamtop.model.text import printable

if TYPE_CHECKING:
    from textual.app import RenderResult

    from streamtop.model.snapshot import Snapshot
    from streamtop.model.verdict import Kind


@dataclass(frozen=True, slots=True)
class ServerStatus:
    """What the header shows."""

    url: str = ""
    snapshot: Snapshot | None = None
    trouble: tuple[tuple[Kind, int], ...] = ()
    """Verdicts with the number of groups that have them, the worst first."""
    failure: str = ""
    """Why the last look failed; empty if it did not."""
    stale_seconds: float = 0.0
    """How old the snapshot is."""
    paused: bool = False
    every: float = 1.0
    read_only: bool = False


_NARROWING = (
    (0, 0),
    (0, 1),
    (1, 1),
    (1, 2),
    (2, 2),
    (2, 3),
    (2, 4),
    (3, 3),
    (3, 4),
    (9, 4),
    (9, 9),
)
"""The lowest ranks kept on the left and on the right, from wide terminals to narrow ones."""


class Header(Widget):
    """One line; the least important parts are dropped first when the terminal narrows."""

    status: reactive[ServerStatus] = reactive(ServerStatus())

    def render(self) -> RenderResult:
        """The line, in the full width."""
        room = self.size.width - 2
        left, right = self._left(), self._right()
        for drop_left, drop_right in _NARROWING:
            starts = [part for rank, part in left if rank >= drop_left]
            ends = [part for rank, part in right if rank >= drop_right]
            line_left, line_right = Content("  ").join(starts), Content("  ").join(ends)
            spare = room - line_left.cell_length - line_right.cell_length
            if spare >= 2:
                break
        line = Content.assemble(" ", line_left, " " * max(1, spare), line_right)
        return line.truncate(self.size.width, ellipsis=True)

    def _left(self) -> list[tuple[int, Content]]:
        """Parts with their ranks; the lowest are dropped first."""
        now = self.status
        parts = [
            (9, Content.styled("streamtop", "bold $text-accent")),
            (2, Content(printable(now.url))),
        ]
        if now.snapshot is not None:
            server = now.snapshot.server
            name = {"unknown": "Redis?"}.get(server.flavour, server.flavour.capitalize())
            parts.append((1, Content(printable(f"{name} {server.version}"))))
            if server.role == "slave":
                parts.append((2, Content.styled("replica: idle times unreliable", "$text-warning")))
            else:
                parts.append((1, Content(server.role)))
            if server.cluster:
                parts.append((1, Content.styled("one node of a cluster", "$text-warning")))
        if now.read_only:
            parts.append((3, Content.styled("read-only", "$text-warning")))
        return parts

    def _right(self) -> list[tuple[int, Content]]:
        now = self.status
        if now.failure:
            age = "" if now.snapshot is None else f"{figures.duration(now.stale_seconds * 1000)} "
            return [(9, Content.styled(f"✖ stale {age}─ {printable(now.failure)}", "$text-error"))]
        if now.snapshot is None:
            return [(9, Content.styled("connecting…", "$foreground 60%"))]
        parts: list[tuple[int, Content]] = []
        for kind, number in now.trouble:
            rank = 0 if kind == "warming_up" else 4
            parts.append(
                (rank, Content.styled(f"{number:,} {kind.replace('_', ' ')}", _tone(kind)))
            )
        if all(kind == "warming_up" for kind, _ in now.trouble):
            parts.insert(0, (4, Content.styled("no trouble seen", "$text-success")))
        snapshot = now.snapshot
        streams = len(snapshot.streams)
        more = "" if snapshot.complete else "… scanning"
        parts.append((2, Content(f"{streams:,} {'stream' if streams == 1 else 'streams'}{more}")))
        pace = "paused" if now.paused else f"every {now.every:g} s"
        parts.append((3, Content.styled(pace, "$text-warning" if now.paused else "")))
        cost = snapshot.cost
        parts.append((1, Content(f"look {figures.duration(round(cost.seconds * 1000, 1) or 1)}")))
        parts.append((0, Content(f"{cost.commands:,} commands")))
        return parts


def _tone(kind: Kind) -> str:
    tone = figures.SIGNS[kind][1]
    return "$foreground 60%" if tone == "dim" else f"$text-{tone} bold"
