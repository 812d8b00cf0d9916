"""What every form uses: the request, the last look, dialogs, and the planning behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from streamtop.model.pending_entries import PendingEntries
from streamtop.model.text import printable
from streamtop.planning.plan import PlanContext
from streamtop.ui import rows
from streamtop.ui.dialogs.form import Form, NameField, NameOption
from streamtop.ui.dialogs.progress import TaskProgress

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Coroutine, Sequence

    from streamtop.model.abilities import Abilities
    from streamtop.model.observed_changes import ObservedChanges
    from streamtop.model.snapshot import Group, Snapshot, Stream
    from streamtop.planning.plan import Plan
    from streamtop.source import Source
    from streamtop.ui.actions import ActionRequested
    from streamtop.ui.dialog_host import DialogHost
    from streamtop.ui.dialogs.form import Answers, Field

RequestT = TypeVar("RequestT")


@dataclass(frozen=True)
class FormContext:
    """The request for an action, and what its form needs."""

    request: ActionRequested
    dialogs: DialogHost
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
        """The stream of the request, if it still exists."""
        return self.snapshot.stream(self.request.stream)

    @property
    def group(self) -> Group | None:
        """The group of the request, if it still exists."""
        stream, name = self.stream, self.request.group
        return None if stream is None or name is None else stream.group(name)

    @property
    def group_name(self) -> str:
        """The name of that group; empty for none."""
        return self.request.group or ""

    @property
    def all_pending(self) -> int:
        """The number of entries pending in that group."""
        return self.group.pending if self.group is not None else 0

    @property
    def pending(self) -> PendingEntries:
        """The entries of the request, which were seen pending."""
        entries = self.request.entries
        if not isinstance(entries, PendingEntries):
            raise TypeError(f"{self.request.action} is for pending entries")
        return entries

    # Dialogs

    async def form(
        self,
        heading: str,
        *fields: Field[object],
        notes: Sequence[str] = (),
        problem: str = "",
    ) -> Answers | None:
        """The answers to these fields; `None` if the user left."""
        return await self.dialogs.ask(Form(heading, fields, notes=notes, problem=problem))

    async def tell(self, heading: str, *sentences: str) -> None:
        """Say why there is nothing to choose."""
        await self.dialogs.ask(Form(heading, (), notes=sentences))

    @property
    def _past(self) -> ObservedChanges | None:
        return self.judge.history.changes(self.request.stream, self.group_name)

    @property
    def never_retried(self) -> bool:
        """Whether no pending entry of the group was ever seen to be delivered again."""
        group, past = self.group, self._past
        if group is None or (past is not None and past.habits.retry_ms):
            return False
        known = (group.oldest_pending, group.most_delivered)
        return all(entry is None or entry.deliveries <= 1 for entry in known)

    def consumers(self, *, but: str | None = None, last: Collection[str] = ()) -> list[NameOption]:
        """The group's consumers with their states; those that are gone come last.

        Args:
            but: The name of one that is left out.
            last: The names of others that come last.
        """
        return [
            NameOption(row.consumer.name, f"{row.state} {row.consumer.pending:,} pending".strip())
            for row in sorted(
                self.consumer_rows, key=lambda row: (row.gone, row.consumer.name in last)
            )
            if row.consumer.name != but
        ]

    @property
    def consumer_rows(self) -> list[rows.ConsumerRow]:
        """The group's consumers with their states."""
        group = self.group
        if group is None:
            return []
        return rows.consumer_rows(group, self.snapshot, self.judge.limits, self._past)

    def consumer_field(
        self, label: str, *, but: str | None = None, last: Collection[str] = ()
    ) -> NameField:
        """A field for the consumer that gets entries; nobody who is gone is proposed.

        Args:
            label: What the name is for.
            but: The consumer that holds them all, which is refused.
            last: Consumers that hold some of them, which are not proposed.
        """
        names = self.consumers(but=but, last=last)
        unproposed = {row.consumer.name for row in self.consumer_rows if row.gone}.union(last)
        return NameField(
            label,
            names,
            new="a new consumer",
            choose=not names or names[0].name not in unproposed,
            unfit=_unless(but, "They are held by {} already."),
        )

    def stream_field(self, label: str, preset: str, *, but: str | None = None) -> NameField:
        """A field for the stream that gets entries."""
        names = [
            NameOption(stream.name, stream.error or f"{stream.length:,} entries")
            for stream in self.snapshot.streams
            if stream.name != but
        ]
        if preset not in {name for name, _ in names}:
            names.insert(0, NameOption(preset, "a new stream"))
        unfit = _unless(but, "They are in {} already.")
        return NameField(label, names, new="a new stream", preset=preset, unfit=unfit)

    # Planning

    @property
    def planning(self) -> PlanContext:
        """The context of a plan that is made at once."""
        return PlanContext(self.source, self.snapshot)

    async def plan(
        self,
        planner: Callable[[PlanContext, RequestT], Coroutine[object, object, Plan]],
        request: RequestT,
        title: str = "Plan",
        what: str = "Reading from the server",
        total: int = 0,
    ) -> Plan | None:
        """Make a plan; its progress is shown if it takes a while.

        Args:
            planner: The function that makes it.
            request: What it is made from.
            title: The head of the progress dialog.
            what: What is being looked for.
            total: The number of entries to look at; 0 for unknown.

        Returns:
            The plan; `None` if the user stopped it.

        Raises:
            UnsuitableError: If the request cannot be planned.
            SourceError: If the server could not be asked.
        """
        progress = TaskProgress(title, what, total, found=0)
        context = PlanContext(self.source, self.snapshot, progress.look_at, progress.stop)
        plan = await self.dialogs.run(planner(context, request), progress)
        return None if progress.stop.is_set() else plan


def _unless(but: str | None, reason: str) -> Callable[[str], str | None]:
    """Says why a name is unfit: it is empty, or the one that is excluded."""

    def unfit(name: str) -> str | None:
        if name == but:
            return reason.format(printable(name))
        return None if name else "Type a name, or choose one."

    return unfit
