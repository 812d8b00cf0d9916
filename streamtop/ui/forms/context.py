"""What every wish is completed with: whom to ask, and what was last seen."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeVar

from streamtop.model.text import printable
from streamtop.operations.pending_search import gather
from streamtop.ui import rows
from streamtop.ui.dialogs.form import Form
from streamtop.ui.dialogs.form_fields import NameField, NameOption
from streamtop.ui.task_progress import TaskProgress

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from textual.screen import ModalScreen

    from streamtop.model.abilities import Abilities
    from streamtop.model.pending_entries import PendingEntries
    from streamtop.model.selection import Selection
    from streamtop.model.snapshot import Group, Snapshot, Stream
    from streamtop.source import Source
    from streamtop.ui.dialogs.form_fields import Answers, Field
    from streamtop.ui.messages import ActionRequested

T = TypeVar("T")
UNSHOWN = 0.3
"""Seconds that work may take before its progress is shown."""


class ShowDialog(Protocol):
    """Shows a dialog and waits for what was answered."""

    def __call__(self, screen: ModalScreen[T], /) -> Awaitable[T | None]: ...


@dataclass(frozen=True)
class FormContext:
    """One wish, and all that is needed to complete it."""

    wish: ActionRequested
    ask: ShowDialog
    snapshot: Snapshot
    judge: rows.Judge
    source: Source
    abilities: Abilities

    @property
    def now_ms(self) -> int:
        """The server's clock, or else this machine's."""
        at = self.snapshot.time_ms
        return int(self.snapshot.taken_at.timestamp() * 1000) if at is None else at

    @property
    def stream(self) -> Stream | None:
        """The stream of the wish, if it is still there."""
        return self.snapshot.stream(self.wish.stream)

    @property
    def group(self) -> Group | None:
        """The group of the wish, if it is still there."""
        stream, name = self.stream, self.wish.group
        return None if stream is None or name is None else stream.group(name)

    async def form(
        self,
        heading: str,
        *fields: Field[object],
        told: Sequence[str] = (),
        problem: str = "",
    ) -> Answers | None:
        """Ask for these fields; `None` if the user left."""
        return await self.ask(Form(heading, fields, told=told, problem=problem))

    async def tell(self, heading: str, *sentences: str) -> None:
        """Tell why there is nothing to choose."""
        await self.ask(Form(heading, (), told=sentences))

    def consumers(self, *, but: str | None = None) -> list[NameOption]:
        """The group's consumers and what is known of them; those that are gone come last."""
        group = self.group
        if group is None or self.wish.group is None:
            return []
        past = self.judge.history.changes(self.wish.stream, self.wish.group)
        found = rows.consumer_rows(group, self.snapshot, self.judge.limits, past)
        return [
            NameOption(row.consumer.name, f"{row.state} {row.consumer.pending:,} pending".strip())
            for row in sorted(found, key=lambda row: row.gone)
            if row.consumer.name != but
        ]

    def taker(self, label: str, *, but: str | None = None) -> NameField:
        """The field for the consumer that is to get entries."""
        return NameField(label, self.consumers(but=but), new="a new consumer", unfit=_taker(but))

    def stream_field(self, label: str, preset: str, *, but: str | None = None) -> NameField:
        """The field for the stream that is to get entries."""
        names = [
            NameOption(stream.name, stream.error or f"{stream.length:,} entries")
            for stream in self.snapshot.streams
            if stream.name != but
        ]
        if preset not in {name for name, _ in names}:
            names.insert(0, NameOption(preset, "a new stream"))
        return NameField(label, names, new="a new stream", preset=preset, unfit=_stream(but))

    async def gather(self, title: str, what: str, selection: Selection) -> PendingEntries | None:
        """The group's pending entries that are meant; `None` if the user stopped it."""
        total = self.group.pending if self.group is not None else 0
        under_way = TaskProgress(title, what, total, found=0)
        found = await self.watched(
            under_way,
            gather(
                self.source,
                self.wish.stream,
                self.wish.group or "",
                selection,
                progress=under_way.look_at,
                stop=under_way.stop,
            ),
        )
        return None if under_way.stop.is_set() else found

    async def watched(self, under_way: TaskProgress, work: Awaitable[T]) -> T:
        """Do it; how far it is, is shown where that takes a while."""
        from streamtop.ui.dialogs.progress import ShowProgress

        working = asyncio.ensure_future(work)
        working.add_done_callback(lambda _: under_way.ended.set())
        try:
            await asyncio.wait({working}, timeout=UNSHOWN)
            if not working.done():
                await self.ask(ShowProgress(under_way))
            return await working
        finally:
            working.cancel()


def _taker(but: str | None) -> Callable[[str], str | None]:
    def unfit(name: str) -> str | None:
        if name == but:
            return f"They are held by {printable(name)} already."
        return None if name else "Type a name, or choose one."

    return unfit


def _stream(but: str | None) -> Callable[[str], str | None]:
    def unfit(name: str) -> str | None:
        if name == but:
            return f"They are in {printable(name)} already."
        return None if name else "Type a name, or choose one."

    return unfit
