"""The one place where the server is changed: operations are confirmed, run and reported."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

from streamtop.model.abilities import Abilities
from streamtop.planning.plan import Plan, PlanContext
from streamtop.source import SourceError
from streamtop.ui.actions import form_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from pathlib import Path

    from streamtop.model.entries import Fields
    from streamtop.model.pending_entries import PendingEntries
    from streamtop.model.recovery import Recovery
    from streamtop.model.snapshot import Snapshot
    from streamtop.operations import Log, Operation, Receipt
    from streamtop.source import Source
    from streamtop.ui.actions import ActionRequested
    from streamtop.ui.dialog_host import DialogHost
    from streamtop.ui.dialogs.progress import TaskProgress
    from streamtop.ui.messages import BulkMarkRequested
    from streamtop.ui.rows import Judge


class Session(Protocol):
    """The server as the app knows it."""

    judge: Judge
    snapshot: Snapshot | None
    source: Source | None
    abilities: Abilities | None
    """What server and user permit; `None` while that is not known."""


class OperationRunner:
    """Makes plans of requests, asks for a yes, runs them one at a time, and shows receipts.

    Its coroutines are for workers of the app: they wait for dialogs.
    """

    def __init__(
        self,
        session: Session,
        dialogs: DialogHost,
        *,
        journal: Path | None,
        mask: Callable[[Fields], Fields] | None,
        done: Callable[[Operation, Receipt], Awaitable[None]],
        look: Callable[[], None],
    ) -> None:
        """Make the runner.

        Args:
            session: The server as the app knows it.
            dialogs: Shows questions, progress and receipts.
            journal: The file in which operations are recorded; `None` to record none.
            mask: Hides values in what the journal keeps of deleted entries.
            done: Called with each operation that was run, and its receipt.
            look: Takes a new snapshot.
        """
        self.session = session
        self.dialogs = dialogs
        self.journal = journal
        self.mask = mask
        self.running: TaskProgress | None = None
        """The operation that is running."""
        self.last_words = ""
        """The receipt of an operation that ended as the app did."""
        self._done = done
        self._look = look
        self._leaving = False
        self._one_at_a_time = asyncio.Lock()

    # From a request to a receipt

    async def complete(self, request: ActionRequested) -> None:
        """Ask for what a request lacks, and go on as `confirm` does."""
        from streamtop.ui.forms.context import FormContext

        session = self.session
        if session.snapshot is None or session.source is None:
            return
        context = FormContext(
            request,
            self.dialogs,
            session.snapshot,
            session.judge,
            session.source,
            session.abilities or Abilities(),
        )
        try:
            plan = await form_of(request.action)(context)
        except SourceError as error:
            self.dialogs.refuse(str(error))
            return
        if plan is not None:
            await self.confirm(plan)

    async def confirm(self, plan: Plan) -> None:
        """Ask; after a yes run the operation, show the receipt, and look again."""
        from streamtop.ui.dialogs.confirm import Confirm

        source = self.session.source
        if source is None:
            return
        try:
            self.session.abilities = abilities = await source.abilities()
        except SourceError as error:
            self.dialogs.refuse(str(error))
            return
        why_not = abilities.why_not(*plan.operation.needs)
        if why_not is not None:
            self.dialogs.refuse(why_not)
        elif await self.dialogs.ask(Confirm(plan.operation, (*plan.left_out, *plan.notes))):
            async with self._one_at_a_time:
                await self._run(plan, source)

    async def _run(self, plan: Plan, source: Source) -> None:
        from streamtop.operations import NoLog
        from streamtop.planning.moved_entries import MovedEntries
        from streamtop.ui.dialogs.progress import TaskProgress

        operation, snapshot = plan.operation, self.session.snapshot
        log: Log = NoLog()
        if self.journal is not None and snapshot is not None:
            from streamtop.journal.writer import log_for

            log = log_for(self.journal, snapshot.server, mask=self.mask)
        moved = MovedEntries(operation, log)
        progress = TaskProgress(operation.verb, operation.question.rstrip("?"), operation.total)

        async def run() -> Receipt:
            try:
                receipt = await plan.run(source, moved, progress=progress.reach, stop=progress.stop)
            finally:
                self.running = None
            if self._leaving:
                known = f" (operation {receipt.operation_id})" if receipt.operation_id else ""
                self.last_words = f"{receipt.verb}: {receipt}{known}"
            return receipt

        self.running = progress
        try:
            # Never cancelled in the middle of a write, not even when the app ends.
            receipt = await self.dialogs.run(run(), progress, keep=True)
        except SourceError as error:
            self.dialogs.refuse(str(error))
        else:
            begun = self.session.judge.recoveries.begin(
                moved, receipt.operation_id, operation.verb, snapshot
            )
            if self._leaving:
                return
            await self._done(operation, receipt)
            self._report(receipt, operation, begun)
        self._look()

    def _report(self, receipt: Receipt, operation: Operation, begun: Sequence[Recovery]) -> None:
        """Show a receipt; of one entry that went well, a notice."""
        from streamtop.ui.dialogs.receipt import ShowReceipt

        one = receipt.outcomes[0] if len(receipt.outcomes) == 1 else None
        if receipt.error is not None and not receipt.outcomes:
            self.dialogs.refuse(str(receipt.error))
        elif receipt.clean and receipt.error is None and one is not None and not receipt.notes:
            about = f"{one.id}: " if one.id is not None else ""
            copied = f"copied as {one.copy}" if one.copy is not None else "done"
            self.dialogs.notify(f"{about}{one.reason or copied}", receipt.verb)
        else:
            can_undo = self._can_undo(receipt, operation)
            recoveries = self.session.judge.recoveries

            def recovery() -> str:
                return "\n".join(map(recoveries.in_words, begun))

            self.dialogs.show(
                ShowReceipt(receipt, can_undo=can_undo, recovery=recovery if begun else None)
            )

    def take_finished(self, finished: Sequence[Recovery]) -> None:
        """Record recoveries that have finished, and say so."""
        from streamtop.operations import UnrecordedError
        from streamtop.ui.text import as_sentence

        recoveries = self.session.judge.recoveries
        for recovery in finished:
            state = recoveries.state(recovery)
            title = "Recovered" if state.recovered else "Not all recovered"
            self.dialogs.notify(
                as_sentence(recoveries.in_words(recovery)), f"{recovery.aim.verb}: {title}"
            )
            try:
                self._record(recovery)
            except UnrecordedError as error:
                self.dialogs.refuse(str(error), "Not recorded")

    def _record(self, recovery: Recovery) -> None:
        """Record what has become of moved entries, if the operation was recorded.

        Raises:
            UnrecordedError: If it cannot be written.
        """
        if self.journal is None or not recovery.aim.operation_id:
            return
        from streamtop.journal.writer import record_recovery

        recoveries = self.session.judge.recoveries
        record_recovery(
            self.journal,
            recovery,
            recoveries.state(recovery),
            recoveries.in_words(recovery),
            at=datetime.now(UTC),
        )

    def _can_undo(self, receipt: Receipt, operation: Operation) -> bool:
        """Whether it can be undone, as far as that is known now."""
        from streamtop.planning.undo import why_never

        if self.journal is None or not receipt.done:
            return False
        return why_never(receipt.name, operation.params, receipt.operation_id) is None

    async def undo(self) -> None:
        """Ask which of the last operations to undo, and go on as `confirm` does."""
        from streamtop.journal.past_entries import read_entries
        from streamtop.journal.past_operations import UnreadableError
        from streamtop.planning.undo import CannotUndo, plan_undo, undo_of
        from streamtop.ui.dialogs.undo import Undo

        journal, snapshot = self.journal, self.session.snapshot
        source = self.session.source
        if journal is None or snapshot is None or source is None:
            return
        past = await self.dialogs.ask(Undo(journal, snapshot.server.url))
        if past is None:
            return
        try:
            undo = await asyncio.to_thread(lambda: undo_of(past, read_entries(journal, past.id)))
        except UnreadableError as error:
            self.dialogs.refuse(str(error))
            return
        if isinstance(undo, CannotUndo):
            self.dialogs.refuse(undo.reason)
        else:
            try:
                plan = await plan_undo(PlanContext(source, snapshot), past, undo)
            except SourceError as error:
                self.dialogs.refuse(str(error))
            else:
                await self.confirm(plan)

    # Many entries at once

    async def find(self, request: BulkMarkRequested) -> tuple[PendingEntries, bool] | None:
        """Ask which pending entries to mark, and find them.

        Returns:
            The entries, and whether the search was stopped before its end; `None` if the user
            left, or if the server could not be asked.
        """
        from streamtop.planning.pending_entries import MOST, gather
        from streamtop.ui.dialogs.progress import TaskProgress
        from streamtop.ui.dialogs.select import Select, in_words

        form = Select(request)
        answers = await self.dialogs.ask(form)
        source = self.session.source
        if answers is None or source is None:
            return None
        selection = form.selection(answers)
        progress = TaskProgress("Mark", in_words(selection), request.pending, found=0)
        search = gather(
            PlanContext(source, None, progress.look_at, progress.stop),
            request.stream,
            request.group,
            selection,
        )
        try:
            entries = await self.dialogs.run(search, progress)
        except SourceError as error:
            self.dialogs.refuse(str(error))
            return None
        return entries, progress.stop.is_set() or len(entries) >= MOST

    # The end

    async def stop(self) -> None:
        """Let the running operation end after the batch under way."""
        self._leaving = True
        if self.running is not None:
            running = self.running
            running.stop.set()
            await running.ended.wait()

    def end(self) -> None:
        """Record what has become of the entries that are followed: the app ends."""
        from streamtop.operations import UnrecordedError

        with suppress(UnrecordedError):  # nobody is there to read it
            for recovery in self.session.judge.recoveries.all:
                if not recovery.finished:
                    self._record(recovery)
