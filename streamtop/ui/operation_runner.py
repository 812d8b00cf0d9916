"""What the app does about operations: it asks, runs what was confirmed, and tells of it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from textual import on, work
from textual.app import App
from textual.reactive import var

from streamtop.source import SourceError
from streamtop.ui.messages import (
    ActionRequested,
    BulkMarkRequested,
    LookRequested,
    OperationReady,
    UndoRequested,
)
from streamtop.ui.screens.main import MainScreen
from streamtop.ui.task_progress import TaskProgress
from streamtop.ui.text import as_sentence

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from streamtop.model.abilities import Abilities
    from streamtop.model.entries import Fields
    from streamtop.model.snapshot import Snapshot
    from streamtop.operations import Log, Operation, Receipt
    from streamtop.source import Source
    from streamtop.ui.rows import Judge

UNSHOWN = 0.3
"""Seconds that an operation may take before its progress is shown."""


class ActingApp(App[None]):
    """The one place where the server is changed."""

    snapshot: var[Snapshot | None] = var(None, always_update=True)
    source: var[Source | None] = var(None)
    abilities: var[Abilities | None] = var(None)
    """What can be done here; `None` while nobody knows."""

    judge: Judge
    journal: Path | None
    """Where operations are recorded; `None` where they are not."""
    mask: Callable[[Fields], Fields] | None
    """Hides what the journal is not to hold of entries that are deleted."""

    def __init__(self) -> None:
        super().__init__()
        self.under_way: TaskProgress | None = None
        """The operation that is being run."""
        self.last_words = ""
        """What is to be told when the app has ended."""
        self._leaving = False
        self._one_at_a_time = asyncio.Lock()

    @property
    def main_screen(self) -> MainScreen:
        """The screen below any dialog."""
        screen = self.screen_stack[0]
        assert isinstance(screen, MainScreen)
        return screen

    def say_not_done(self, why: str) -> None:
        """Tell why nothing was done."""
        self.notify(as_sentence(why), title="Not done", severity="error", timeout=15, markup=False)

    @work(group="abilities", exclusive=True)
    async def ask_abilities(self) -> None:
        """Learn what can be done here: the keys that would do nothing are greyed."""
        if self.source is not None:
            try:
                self.abilities = await self.source.abilities()
            except SourceError:
                return  # the next look asks again

    # From a wish to an operation

    @on(OperationReady)
    def want(self, wanted: OperationReady) -> None:
        """An operation is complete: ask."""
        self.act(wanted.operation)

    @on(ActionRequested)
    @work(group="act")
    async def choose(self, wish: ActionRequested) -> None:
        """Something has yet to be chosen before an operation is complete."""
        from streamtop.ui.forms import complete_operation

        if self.snapshot is None or self.source is None:
            return
        try:
            operation = await complete_operation(
                wish,
                self.push_screen_wait,
                self.snapshot,
                self.judge,
                self.source,
                self.abilities,
            )
        except SourceError as error:
            self.say_not_done(str(error))
            return
        if operation is not None:
            self.act(operation)

    # From an operation to its receipt

    @work(group="act")
    async def act(self, operation: Operation) -> None:
        """Ask; after a yes run the operation, tell what came of it, and look again."""
        from streamtop.ui.dialogs.confirm import Confirm

        source = self.source
        if source is None:
            return
        try:
            self.abilities = await source.abilities()
        except SourceError as error:
            self.say_not_done(str(error))
            return
        why_not = self.abilities.why_not(*operation.needs)
        if why_not is not None:
            self.say_not_done(why_not)
        elif await self.push_screen_wait(Confirm(operation)):
            async with self._one_at_a_time:
                await self._run(operation, source)

    async def _run(self, operation: Operation, source: Source) -> None:
        """Run it to its end, in view where that takes long."""
        from streamtop.operations import NoLog, apply

        log: Log = NoLog()
        if self.journal is not None and self.snapshot is not None:
            from streamtop.journal.writer import log_for

            log = log_for(self.journal, self.snapshot.server, mask=self.mask)
        under_way = TaskProgress(operation.verb, operation.question.rstrip("?"), operation.total)

        async def run() -> Receipt:
            try:
                receipt = await apply(
                    operation, source, log, progress=under_way.reach, stop=under_way.stop
                )
            finally:
                self.under_way = None
                under_way.ended.set()
            if self._leaving:
                known = f" (operation {receipt.operation_id})" if receipt.operation_id else ""
                self.last_words = f"{receipt.verb}: {receipt}{known}"
            return receipt

        self.under_way = under_way
        # Never cancelled in the middle of a write, not even when the app ends.
        running = asyncio.create_task(run())
        await self._watch(under_way)
        try:
            receipt = await asyncio.shield(running)
        except SourceError as error:
            self.say_not_done(str(error))
        else:
            if self._leaving:
                return  # it is told when the app has ended
            await self.main_screen.unmark(operation, receipt)
            self.tell(receipt, operation)
        self.keep_polling()

    async def _watch(self, under_way: TaskProgress) -> None:
        """Return when it has ended; show how far it is where that takes a while."""
        from streamtop.ui.dialogs.progress import ShowProgress

        try:
            await asyncio.wait_for(under_way.ended.wait(), UNSHOWN)
        except TimeoutError:
            if under_way.total != 1:
                await self.push_screen_wait(ShowProgress(under_way))

    def tell(self, receipt: Receipt, operation: Operation) -> None:
        """Show what was done: in passing when it was one entry and all went well."""
        from streamtop.ui.dialogs.receipt import ShowReceipt

        one = receipt.outcomes[0] if len(receipt.outcomes) == 1 else None
        if receipt.error is not None and not receipt.outcomes:
            self.say_not_done(str(receipt.error))
        elif receipt.clean and receipt.error is None and one is not None and not receipt.notes:
            about = f"{one.id}: " if one.id is not None else ""
            copied = f"copied as {one.copy}" if one.copy is not None else "done"
            self.notify(f"{about}{one.reason or copied}", title=receipt.verb, markup=False)
        else:
            self.push_screen(ShowReceipt(receipt, can_undo=self._can_undo(receipt, operation)))

    def _can_undo(self, receipt: Receipt, operation: Operation) -> bool:
        """Whether what was just done can be undone, as far as that can be said now."""
        from streamtop.journal.undo import why_never

        if self.journal is None or not receipt.done:
            return False
        return why_never(receipt.name, operation.params, receipt.operation_id) is None

    @on(UndoRequested)
    @work(group="act")
    async def undo(self) -> None:
        """Ask which operation is meant; undoing it is an operation as all others."""
        from streamtop.journal.past_entries import read_entries
        from streamtop.journal.past_operations import UnreadableError
        from streamtop.journal.undo import CannotUndo, undo_of
        from streamtop.ui.dialogs.undo import Undo

        journal = self.journal
        if journal is None or self.snapshot is None:
            return
        done = await self.push_screen_wait(Undo(journal, self.snapshot.server.url))
        if done is None:
            return
        try:
            undo = await asyncio.to_thread(lambda: undo_of(done, read_entries(journal, done.id)))
        except UnreadableError as error:
            self.say_not_done(str(error))
            return
        if isinstance(undo, CannotUndo):
            self.say_not_done(undo.reason)
        else:
            self.act(undo)

    # Many entries at once

    @on(BulkMarkRequested)
    @work(group="act")
    async def gather(self, wanted: BulkMarkRequested) -> None:
        """Ask which pending entries are meant, find them all, and mark them."""
        from streamtop.operations.pending_search import MOST, gather
        from streamtop.ui.dialogs.select import Select, in_words

        selection = await self.push_screen_wait(
            Select(wanted.stream, wanted.group, wanted.consumers, wanted.consumer)
        )
        if selection is None or self.source is None:
            return
        under_way = TaskProgress("Mark", in_words(selection), wanted.pending, found=0)
        finding = asyncio.create_task(
            gather(
                self.source,
                wanted.stream,
                wanted.group,
                selection,
                progress=under_way.look_at,
                stop=under_way.stop,
            )
        )
        finding.add_done_callback(lambda _: under_way.ended.set())
        try:
            await self._watch(under_way)
            held = await finding
        except SourceError as error:
            self.say_not_done(str(error))
        else:
            stopped = under_way.stop.is_set() or len(held) >= MOST
            self.main_screen.mark_bulk(wanted, held, stopped=stopped)
        finally:
            finding.cancel()

    # Looking, and the end

    def keep_polling(self) -> None:
        """Look at once, and go on from there."""
        raise NotImplementedError

    @on(LookRequested)
    def look_now(self) -> None:
        """Look at once."""
        self.keep_polling()

    async def action_quit(self) -> None:
        """End; what is being run stops after the batch under way."""
        if self.under_way is None:
            self.exit()
        else:
            self.notify("It ends after the batch under way.", title="Stopping", markup=False)
            self.leave(self.under_way)

    @work(group="leave", exclusive=True)
    async def leave(self, under_way: TaskProgress) -> None:
        """End when that has ended."""
        self._leaving = True
        under_way.stop.set()
        await under_way.ended.wait()
        self.exit()

    async def let_finish(self) -> None:
        """Let what is being run come to a safe end: the batch under way is the last."""
        self._leaving = True
        if self.under_way is not None:
            under_way = self.under_way
            under_way.stop.set()
            await under_way.ended.wait()
