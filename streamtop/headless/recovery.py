"""Waits until what an operation moved is acknowledged, or the time is over."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING

from streamtop.headless.output import write_error
from streamtop.headless.progress import status_line
from streamtop.headless.receipts import RecoveryRecord
from streamtop.journal.writer import record_recovery
from streamtop.model.text import printable
from streamtop.operations.apply import UnrecordedError
from streamtop.planning.recoveries import Recoveries
from streamtop.source import SourceError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from pathlib import Path

    from streamtop.model.recovery import Recovery
    from streamtop.model.snapshot import Snapshot
    from streamtop.operations import Receipt
    from streamtop.planning.moved_entries import MovedEntries
    from streamtop.source import Source

_EVERY = 0.5
"""Seconds between two looks."""
_STREAMS = 20
"""Streams of one operation that are followed, at most."""


async def wait_for_recovery(
    moved: MovedEntries,
    receipt: Receipt,
    connect: Callable[[str], Awaitable[Source]],
    journal: Path | None,
    *,
    seconds: float,
    stop: asyncio.Event,
) -> list[RecoveryRecord]:
    """Look again and again until all that was moved is acknowledged.

    Args:
        moved: The log through which the operation was run.
        receipt: Its receipt.
        connect: Connects to the server, for one stream alone.
        journal: The file in which it is recorded, if any.
        seconds: How long to wait, at most.
        stop: Once set, the wait ends.

    Returns:
        What became of the entries, for each group that they went to.

    Raises:
        SourceError: If the server cannot be reached.
    """
    recoveries = Recoveries()
    ends = time.monotonic() + seconds
    async with AsyncExitStack() as stack:
        sources = []
        for stream in islice(dict.fromkeys(each.stream for each in moved.moved), _STREAMS):
            sources.append(await connect(stream))
            stack.push_async_callback(sources[-1].close)
        if not sources:
            return []
        begun = recoveries.begin(moved, receipt.operation_id, receipt.verb, await _look(sources))
        with status_line() as show:
            while not stop.is_set() and not _finished(recoveries, begun):
                left = ends - time.monotonic()
                if left <= 0:
                    break
                show("; ".join(map(recoveries.in_words, begun)))
                await _pause(stop, min(_EVERY, left))
                try:
                    await recoveries.look(sources[0], await _look(sources))
                except SourceError as error:
                    show(str(error))
    _record(recoveries, begun, journal)
    if not begun:
        names = ", ".join(printable(each.stream) for each in moved.moved)
        write_error(f"streamtop: no group reads {names}: nobody receives the copies\n")
    return [_as_record(recoveries, recovery) for recovery in begun]


async def _look(sources: Sequence[Source]) -> Snapshot:
    """One look at the streams of all sources."""
    looks = [await source.look() for source in sources]
    streams = tuple(stream for look in looks for stream in look.streams)
    return replace(looks[0], streams=streams, complete=all(look.complete for look in looks))


def _finished(recoveries: Recoveries, begun: Sequence[Recovery]) -> bool:
    return all(recovery.finished for recovery in begun)


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return


def _record(recoveries: Recoveries, begun: Sequence[Recovery], journal: Path | None) -> None:
    try:
        for recovery in begun:
            if journal is not None and recovery.aim.operation_id:
                state, words = recoveries.state(recovery), recoveries.in_words(recovery)
                record_recovery(journal, recovery, state, words, at=datetime.now(UTC))
    except UnrecordedError as error:
        write_error(f"streamtop: {error}\n")


def _as_record(recoveries: Recoveries, recovery: Recovery) -> RecoveryRecord:
    state = recoveries.state(recovery)
    return RecoveryRecord(
        stream=printable(recovery.aim.stream),
        group=printable(recovery.aim.group),
        followed=state.followed,
        acknowledged=state.acknowledged,
        pending=state.pending,
        waiting=state.waiting,
        recovered=state.recovered,
        sentence=recoveries.in_words(recovery),
    )
