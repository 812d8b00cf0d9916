"""Everything that a look reports of a group, compared with XRANGE and XPENDING.

Random histories of adding, deleting, trimming, reading, acknowledging, claiming, and of
moving positions and counters about by hand, on every server at hand.
"""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from redis import Redis
from redis.exceptions import ResponseError

from streamtop.gateway.connect import connect
from streamtop.model import lag_counter

if TYPE_CHECKING:
    from streamtop.model.snapshot import Group, Snapshot
    from tests.servers import Running

STREAM = "orders"
GROUPS = ("billing", "audit")
CONSUMERS = ("w1", "w2", "w3")
EXAMPLES = int(os.environ.get("STREAMTOP_TRUTH_EXAMPLES", "12"))
STEPS = int(os.environ.get("STREAMTOP_TRUTH_STEPS", "30"))
SEEN: dict[str, dict[str, int]] = {}
"""How often each trust occurred, by server; printed by a wider run."""

groups = st.sampled_from(GROUPS)
consumers = st.sampled_from(CONSUMERS)
few = st.integers(1, 4)


class History(RuleBasedStateMachine):
    """What clients may do to a stream; after each step a look is compared with the truth."""

    url = ""
    name = ""

    def __init__(self) -> None:
        super().__init__()
        self.redis: Redis = Redis.from_url(self.url, protocol=2)
        self.redis.response_callbacks.clear()
        self.redis.flushall()
        self.loop = asyncio.new_event_loop()
        self.server = self.loop.run_until_complete(connect(self.url))
        self.last = 0

    def teardown(self) -> None:
        self.loop.run_until_complete(self.server.close())
        self.loop.close()
        self.redis.close()

    def do(self, *words: Any) -> Any:
        """Send a command; if the server refuses it or does not know it, nothing changes."""
        try:
            return self.redis.execute_command(*words)  # type: ignore[no-untyped-call]
        except ResponseError:
            return None

    def ids(self) -> list[bytes]:
        return [row[0] for row in self.do("XRANGE", STREAM, "-", "+")]

    # What clients do

    @rule(count=few)
    def add(self, count: int) -> None:
        for _ in range(count):
            self.last += 1
            self.do("XADD", STREAM, f"{self.last}-0", "n", self.last)

    @precondition(lambda self: self.last)
    @rule(data=st.data())
    def delete(self, data: st.DataObject) -> None:
        ids = self.ids()
        if ids:
            self.do("XDEL", STREAM, data.draw(st.sampled_from(ids)))

    @precondition(lambda self: self.last)
    @rule(keep=st.integers(0, 8), how=st.sampled_from(("=", "~")))
    def trim_by_length(self, keep: int, how: str) -> None:
        self.do("XTRIM", STREAM, "MAXLEN", how, keep)

    @precondition(lambda self: self.last)
    @rule(data=st.data(), how=st.sampled_from(("=", "~")))
    def trim_by_id(self, data: st.DataObject, how: str) -> None:
        lowest = data.draw(st.integers(max(1, self.last - 6), self.last + 1))
        self.do("XTRIM", STREAM, "MINID", how, f"{lowest}-0")

    @rule(group=groups, at=st.sampled_from(("0", "$", "3-0")), read=st.none() | st.integers(0, 9))
    def create(self, group: str, at: str, read: int | None) -> None:
        words = () if read is None else ("ENTRIESREAD", read)
        self.do("XGROUP", "CREATE", STREAM, group, at, "MKSTREAM", *words)

    @rule(group=groups, data=st.data(), read=st.none() | st.integers(0, 30))
    def set_id(self, group: str, data: st.DataObject, read: int | None) -> None:
        at = data.draw(
            st.sampled_from(("0", "$")) | st.integers(0, self.last + 2).map("{}-0".format)
        )
        words = () if read is None else ("ENTRIESREAD", read)
        self.do("XGROUP", "SETID", STREAM, group, at, *words)

    @rule(group=groups, consumer=consumers, count=few, ack=st.booleans())
    def read(self, group: str, consumer: str, count: int, ack: bool) -> None:
        words = ("NOACK",) if ack else ()
        self.do(
            *("XREADGROUP", "GROUP", group, consumer, "COUNT", count, *words),
            *("STREAMS", STREAM, ">"),
        )

    @rule(group=groups, data=st.data())
    def acknowledge(self, group: str, data: st.DataObject) -> None:
        rows = self.do("XPENDING", STREAM, group, "-", "+", 50)
        if rows:
            self.do("XACK", STREAM, group, data.draw(st.sampled_from([row[0] for row in rows])))

    @rule(
        group=groups, consumer=consumers, data=st.data(), words=st.sampled_from(((), ("JUSTID",)))
    )
    def claim(self, group: str, consumer: str, data: st.DataObject, words: tuple[str, ...]) -> None:
        rows = self.do("XPENDING", STREAM, group, "-", "+", 50)
        if rows:
            one = data.draw(st.sampled_from([row[0] for row in rows]))
            self.do("XCLAIM", STREAM, group, consumer, 0, one, *words)

    @rule(group=groups, consumer=consumers)
    def claim_all(self, group: str, consumer: str) -> None:
        self.do("XAUTOCLAIM", STREAM, group, consumer, 0, "0-0", "COUNT", 3)

    @rule(ahead=st.integers(0, 3), added=st.none() | st.integers(0, 60))
    def set_last_id(self, ahead: int, added: int | None) -> None:
        words = () if added is None else ("ENTRIESADDED", added, "MAXDELETEDID", "0-0")
        self.last += ahead
        self.do("XSETID", STREAM, f"{self.last}-0", *words)

    @rule(group=groups, consumer=consumers)
    def remove_consumer(self, group: str, consumer: str) -> None:
        self.do("XGROUP", "DELCONSUMER", STREAM, group, consumer)

    @rule(group=groups)
    def destroy(self, group: str) -> None:
        self.do("XGROUP", "DESTROY", STREAM, group)

    # What a look says of it

    @invariant()
    def a_look_tells_the_truth(self) -> None:
        snapshot = self.loop.run_until_complete(self.server.look())
        stream = snapshot.stream(STREAM)
        there = self.do("EXISTS", STREAM)
        assert (stream is not None) == bool(there)
        if stream is None:
            return
        assert stream.length == self.do("XLEN", STREAM)
        found = {row[1].decode() for row in self.do("XINFO", "GROUPS", STREAM)}
        assert {group.name for group in stream.groups} == found
        for group in stream.groups:
            self.check_lag(group)
            self.check_pending(group, snapshot)

    def check_lag(self, group: Group) -> None:
        position = group.last_delivered_id
        after = [row for row in self.ids() if tuple(map(int, row.split(b"-"))) > position]
        lag = group.lag
        counts = SEEN.setdefault(self.name, {})
        counts[lag.trust] = counts.get(lag.trust, 0) + 1
        assert lag.trust == "exact", f"{lag} in a stream as small as this"
        assert lag.count == len(after), f"{lag}, but after {position} there are {after}"
        first = None if group.undelivered_id is None else bytes(group.undelivered_id)
        assert first == (after[0] if after else None)

    def check_pending(self, group: Group, snapshot: Snapshot) -> None:
        rows = self.do("XPENDING", STREAM, group.name, "-", "+", 1000)
        assert group.pending == len(rows)
        assert group.released == sum(not row[1] for row in rows)
        oldest = group.oldest_pending
        assert (oldest is None) == (not rows)
        if oldest is not None:
            assert (bytes(oldest.id), oldest.consumer.encode()) == tuple(rows[0][:2])
            assert oldest.deliveries == rows[0][3]
        if rows:
            assert group.most_delivered is not None
            assert group.most_delivered.deliveries == max(row[3] for row in rows)
        told = {each.name: each.pending for each in group.consumers}
        listed = self.do("XINFO", "CONSUMERS", STREAM, group.name)
        assert told == {row[1].decode(): row[3] for row in listed}
        assert snapshot.complete


@pytest.mark.parametrize("page", [lag_counter.PAGE, 2], ids=["counted-anew", "counted-on"])
def test_a_look_tells_the_truth_after_any_history(
    every_server: Running, page: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lag_counter, "PAGE", page)

    class OnThisServer(History):
        url = every_server.url
        name = every_server.name

    run_state_machine_as_test(
        OnThisServer,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.fixture(scope="session", autouse=True)
def tell_how_often_each_trust_was_given() -> Any:
    yield
    if os.environ.get("STREAMTOP_TRUTH_EXAMPLES"):
        for name, counts in sorted(SEEN.items()):
            os.write(2, f"{name:14} {counts}\n".encode())
