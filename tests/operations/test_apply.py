"""The one way in which operations run: what is recorded, told, kept and left."""

from __future__ import annotations

import asyncio
import gc
import selectors
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from streamtop.model.pending_entries import PendingEntries
from streamtop.operations import NoLog, Outcome, Progress, UnrecordedError, apply
from streamtop.operations.acknowledge import Acknowledge
from streamtop.operations.pending_steps import BATCH
from streamtop.source import BrokenError, RefusedError, RejectedError, UnreachableError
from tests.fakes import FakeSource, pending_entries

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from streamtop.operations import Operation, Receipt, Step
    from streamtop.source import Command, Reply, SourceError


class Told(NoLog):
    """A log that remembers what it was told, and fails when it is to."""

    def __init__(self, source: FakeSource, fails_at: str = "", times: int = 0) -> None:
        self.source, self.fails_at, self.times = source, fails_at, times
        self.calls: list[tuple[str, int]] = []
        self.receipt: Receipt | None = None

    def _tell(self, method: str) -> None:
        self.calls.append((method, len(self.source.written)))
        if method == self.fails_at:
            self.times -= 1
            if self.times < 0:
                raise UnrecordedError("The journal cannot be written: disk full.")

    def begin(self, operation: Operation) -> str:
        self._tell("begin")
        return "7"

    def sending(self, operation_id: str, step: Step) -> None:
        assert (operation_id, bool(step.ids)) == ("7", True)
        self._tell("sending")

    def sent(self, operation_id: str, outcomes: Sequence[Outcome]) -> None:
        assert (operation_id, bool(outcomes)) == ("7", True)
        self._tell("sent")

    def end(self, receipt: Receipt) -> None:
        self.receipt = receipt
        self._tell("end")


def done(command: Command) -> Reply:
    """All entries of a script that acknowledges were done."""
    return [[b"done", 5_000, b"1"] for _ in range((len(command) - 5) // 3)]


def acknowledge(count: int) -> Acknowledge:
    return Acknowledge("orders", "billing", PendingEntries(pending_entries(count)))


@pytest.fixture
def source() -> FakeSource:
    return FakeSource(answer=done)


async def test_the_log_is_told_before_and_after_each_step_and_at_both_ends(
    source: FakeSource,
) -> None:
    log = Told(source)
    receipt = await apply(acknowledge(2 * BATCH + 1), source, log)
    steps = [
        (method, sent)
        for step in range(3)
        for method, sent in (("sending", step), ("sent", step + 1))
    ]
    assert log.calls == [("begin", 0), *steps, ("end", 3)]
    assert log.receipt == receipt
    assert (receipt.operation_id, receipt.name, receipt.verb) == ("7", "acknowledge", "Acknowledge")
    assert (receipt.done, receipt.left, receipt.clean) == (201, 0, True)


async def test_nothing_is_sent_when_the_journal_cannot_be_begun(source: FakeSource) -> None:
    with pytest.raises(UnrecordedError):
        await apply(acknowledge(5), source, Told(source, "begin"))
    assert source.written == []


@pytest.mark.parametrize("times", [0, 1])
async def test_nothing_more_is_sent_once_the_journal_cannot_say_what_will_be(
    source: FakeSource, times: int
) -> None:
    receipt = await apply(acknowledge(3 * BATCH), source, Told(source, "sending", times))
    assert isinstance(receipt.error, UnrecordedError)
    assert len(source.written) == times
    assert (receipt.done, receipt.left) == (times * BATCH, (3 - times) * BATCH)


async def test_nothing_more_is_sent_once_the_journal_cannot_say_what_was(
    source: FakeSource,
) -> None:
    receipt = await apply(acknowledge(3 * BATCH), source, Told(source, "sent"))
    assert isinstance(receipt.error, UnrecordedError)
    assert len(source.written) == 1
    assert (receipt.done, receipt.left) == (BATCH, 2 * BATCH)


async def test_what_was_done_is_told_though_its_end_cannot_be_recorded(source: FakeSource) -> None:
    receipt = await apply(acknowledge(5), source, Told(source, "end"))
    assert receipt.done == 5
    assert any("not recorded" in note for note in receipt.notes)


async def test_progress_is_told_after_each_step_with_rate_and_time_left(source: FakeSource) -> None:
    told: list[Progress] = []
    await apply(acknowledge(2 * BATCH + 1), source, NoLog(), progress=told.append)
    assert [(each.reached, each.total) for each in told] == [(100, 201), (200, 201), (201, 201)]
    assert [each.seconds for each in told] == sorted(each.seconds for each in told)


def test_rate_and_time_left_are_unknown_at_the_very_beginning() -> None:
    assert (Progress(0, 10, 0.0).rate, Progress(0, 10, 1.0).seconds_left) == (None, None)
    assert (Progress(4, 10, 2.0).rate, Progress(4, 10, 2.0).seconds_left) == (2.0, 3.0)


async def test_once_stopped_the_step_under_way_is_the_last_and_what_is_left_is_told(
    source: FakeSource,
) -> None:
    stop = asyncio.Event()

    def answer(command: Command) -> Reply:
        stop.set()
        return done(command)

    source.answer, log = answer, Told(source)
    receipt = await apply(acknowledge(3 * BATCH), source, log, stop=stop)
    assert (receipt.done, receipt.left, receipt.error) == (BATCH, 2 * BATCH, None)
    assert str(receipt) == "100 done, 200 not reached"
    assert not receipt.clean
    assert log.calls[-1] == ("end", 1)


async def test_stopped_before_it_began_nothing_is_sent(source: FakeSource) -> None:
    stop = asyncio.Event()
    stop.set()
    receipt = await apply(acknowledge(5), source, NoLog(), stop=stop)
    assert (source.written, receipt.left) == ([], 5)


async def test_a_receipt_keeps_a_thousand_outcomes_those_not_done_first() -> None:
    answered = 0

    def answer(command: Command) -> Reply:
        nonlocal answered
        answered += 1
        rows = (len(command) - 5) // 3
        what: list[Reply] = [b"done", 5, b"1"] if answered <= 12 else [b"skipped", b"gone"]
        return [what] * rows

    receipt = await apply(acknowledge(1_600), FakeSource(answer=answer), NoLog())
    assert (receipt.done, receipt.skipped, len(receipt.outcomes)) == (1_200, 400, 1_000)
    assert [each.outcome for each in receipt.outcomes] == ["skipped"] * 400 + ["done"] * 600
    answered = 0
    receipt = await apply(acknowledge(1_600), FakeSource(answer=answer), NoLog(), keep=None)
    assert [each.outcome for each in receipt.outcomes] == ["done"] * 1_200 + ["skipped"] * 400


async def test_outcomes_that_are_not_kept_take_no_memory(source: FakeSource) -> None:
    gc.collect()
    before, most = _outcomes_alive(), 0

    def progress(told: Progress) -> None:
        nonlocal most
        if told.reached == told.total:
            most = _outcomes_alive()

    await apply(acknowledge(3_000), source, NoLog(), progress=progress)
    assert most - before <= 1_000 + BATCH


def _outcomes_alive() -> int:
    return sum(type(each) is Outcome for each in gc.get_objects())


async def test_what_was_known_beforehand_is_in_the_receipt_and_nobody_reaches_it_twice(
    source: FakeSource,
) -> None:
    known = [Outcome(row.id, "skipped", "it is no longer pending") for row in pending_entries(2)]
    receipt = await apply(acknowledge(3), source, NoLog(), already=known)
    assert (receipt.done, receipt.skipped, receipt.left) == (3, 2, 0)
    assert len(receipt.outcomes) == 5


@pytest.mark.parametrize(
    ("error", "failed", "left"),
    [
        (BrokenError("The connection broke."), BATCH, BATCH),
        (UnreachableError("Connection refused."), 0, 2 * BATCH),
        (RefusedError("This server is read-only here."), 0, 2 * BATCH),
    ],
)
async def test_what_may_have_been_done_is_told_apart_from_what_was_never_sent(
    source: FakeSource, error: SourceError, failed: int, left: int
) -> None:
    source.failures["write"] = error
    receipt = await apply(acknowledge(2 * BATCH), source, NoLog())
    assert (receipt.done, receipt.failed, receipt.left) == (0, failed, left)
    assert receipt.error is error
    assert {each.reason for each in receipt.outcomes} <= {
        "the connection broke: it may have been done, or not"
    }


async def test_a_step_that_fails_as_a_whole_is_the_last(source: FakeSource) -> None:
    source.answer = lambda _: RejectedError("ERR no.")
    receipt = await apply(acknowledge(2 * BATCH), source, NoLog())
    assert len(source.written) == 1
    assert (receipt.failed, receipt.left, str(receipt.error)) == (BATCH, BATCH, "ERR no.")


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (b"ERR ACL failure in script: User u has no permissions", RefusedError),
        (b"ERR The user executing the script can't run this command", RefusedError),
        (b"NOPERM this user has no permissions", RefusedError),
        (b"NOGROUP No such key or group", RejectedError),
    ],
)
async def test_a_step_of_which_every_entry_is_refused_is_the_last(
    source: FakeSource, words: bytes, error: type[SourceError]
) -> None:
    source.answer = lambda _: [[b"failed", words]] * BATCH
    receipt = await apply(acknowledge(2 * BATCH), source, NoLog())
    assert len(source.written) == 1
    assert (receipt.failed, receipt.left) == (BATCH, BATCH)
    assert type(receipt.error) is error


async def test_a_step_of_which_some_entries_fail_is_not_the_last(source: FakeSource) -> None:
    rows: list[Reply] = [[b"failed", b"ERR no"]] * (BATCH - 1)
    source.answer = lambda _: [*rows, [b"done", 5, b"1"]]
    receipt = await apply(acknowledge(2 * BATCH), source, NoLog())
    assert (receipt.done, receipt.failed, receipt.left, receipt.error) == (2, 198, 0, None)


class Paced(Acknowledge):
    """Takes two seconds for each step."""

    def steps(self, clock: Callable[[], float]) -> Iterator[Step]:
        for step in super().steps(clock):
            yield replace(step, seconds=2.0)


class Hurried(selectors.DefaultSelector):
    """Waits for nothing: the clock is put on by as much as it was to wait."""

    now = 100.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self.now += timeout or 0.0
        return super().select(0)


@pytest.mark.parametrize(("stop_after", "seconds"), [(9, 4.0), (1, 0.0)])
def test_a_rate_is_kept_and_whoever_stops_need_not_wait_for_it(
    monkeypatch: pytest.MonkeyPatch, source: FakeSource, stop_after: int, seconds: float
) -> None:
    hurried = Hurried()
    monkeypatch.setattr(time, "monotonic", lambda: hurried.now)
    at: list[float] = []
    operation = Paced("orders", "billing", PendingEntries(pending_entries(3 * BATCH)))

    async def run() -> Receipt:
        stop = asyncio.Event()

        def progress(_: Progress) -> None:
            at.append(hurried.now)
            if len(at) == stop_after:
                stop.set()

        return await apply(operation, source, NoLog(), progress=progress, stop=stop)

    with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(hurried)) as runner:
        receipt = runner.run(run())
    assert at == pytest.approx([100.0, 102.0, 104.0][:stop_after], abs=0.1)
    assert receipt.seconds == pytest.approx(seconds, abs=0.1)
