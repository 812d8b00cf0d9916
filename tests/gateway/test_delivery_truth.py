"""Deliveries and losses of real groups lie within their bounds, over random histories."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis.exceptions import ResponseError

from streamtop.model.history import History
from streamtop.model.ids import EntryId

if TYPE_CHECKING:
    from collections.abc import Iterator

    from redis.asyncio import Redis

    from streamtop.gateway.server import Server
    from streamtop.model.delivery_bounds import Bounds, Rate
    from streamtop.model.snapshot import Snapshot

Step = tuple[str, int]
_STEPS = st.lists(
    st.one_of(
        st.tuples(
            st.sampled_from(
                ("add", "add", "trim", "read", "read", "read without acknowledgement", "look")
            ),
            st.integers(1, 6),
        ),
        st.tuples(
            st.sampled_from(("delete", "acknowledge", "set position", "leap")), st.integers(0, 12)
        ),
    ),
    min_size=5,
    max_size=40,
)


@dataclass
class OneGroup:
    """A group of a real server; counts what was delivered and what was trimmed unread."""

    redis: Redis
    ids: list[int] = field(default_factory=list)
    added: int = 0
    position: int = 0
    delivered: int = 0
    skipped: int = 0
    """Entries passed over when the position was set."""
    lost: int = 0

    async def add(self, count: int) -> None:
        for _ in range(count):
            self.added += 1
            self.ids.append(self.added)
            await self.redis.xadd("s", {"n": 1}, id=f"{self.added}-0")

    async def trim(self, length: int) -> None:
        await self.redis.xtrim("s", maxlen=length, approximate=False)
        trimmed = self.ids[:-length]
        self.lost += sum(each > self.position for each in trimmed)
        self.ids = self.ids[len(trimmed) :]

    async def delete(self, number: int) -> None:
        await self.redis.xdel("s", f"{number}-0")
        self.ids = [each for each in self.ids if each != number]

    async def read(self, count: int, *, noack: bool = False) -> None:
        reply: Any = await self.redis.xreadgroup("g", "w", {"s": ">"}, count=count, noack=noack)
        for _, rows in reply or []:
            self.delivered += len(rows)
            self.position = EntryId.parse(rows[-1][0]).ms

    async def acknowledge(self, number: int) -> None:
        await self.redis.xack("s", "g", f"{number}-0")

    async def set_position(self, position: int, read: int | None = None) -> None:
        position = min(position, self.added)
        read = None if read is None else position
        await self.redis.xgroup_setid("s", "g", f"{position}-0", entries_read=read)
        if position > self.position:  # which looks as if one at least was delivered
            self.skipped += max(1, sum(self.position < each <= position for each in self.ids))
        self.position = position

    async def do(self, step: Step) -> None:
        match step:
            case ("add", count):
                await self.add(count)
            case ("trim", length):
                await self.trim(length)
            case ("delete", number):
                await self.delete(number)
            case ("read", count):
                await self.read(count)
            case ("read without acknowledgement", count):
                await self.read(count, noack=True)
            case ("acknowledge", number):
                await self.acknowledge(number)
            case ("set position", position):
                await self.set_position(position)
            case ("leap", position):
                await self.set_position(position, read=position)


def holds(bounds: Bounds | Rate, low: float, high: float) -> bool:
    """Whether some value of these is within the bounds."""
    slack = 1e-9
    return bounds.low <= high + slack and (bounds.high is None or low - slack <= bounds.high)


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    before=st.lists(st.tuples(st.sampled_from(("add", "trim", "read")), st.integers(1, 8))),
    steps=_STEPS,
)
async def test_what_a_group_received_and_lost_lies_within_its_bounds(
    any_redis: Redis, any_source: Server, before: list[Step], steps: list[Step]
) -> None:
    await any_redis.flushall()
    group = OneGroup(any_redis)
    await any_redis.xgroup_create("s", "g", "0", mkstream=True)
    for step in before:
        await group.do(step)
    history = History()
    first = await look(any_source, history, 0)
    lost_before = group.lost
    group.lost = group.delivered = group.skipped = 0
    if first.server.api < (7, 0):  # whose deletions in the middle leave no trace
        steps = [step for step in steps if step[0] != "delete"]
    points = [(0, group.position, 0, 0)]
    for step in [*_with_looks(steps), ("look", 0)]:
        if step[0] != "look":
            with suppress(ResponseError):
                await group.do(step)
            continue
        at = points[-1][0] + 1
        [stream] = (await look(any_source, history, at)).streams
        changes = history.changes("s", "g")
        assert changes is not None
        assert holds(changes.lost, group.lost, group.lost), (changes.lost, group.lost)
        assert holds(changes.lost_before, lost_before, lost_before), changes.lost_before
        if group.position < points[-1][1]:
            points.clear()
        points.append((at, group.position, group.delivered, group.delivered + group.skipped))
        began, _, least, most = points[max(0, len(points) - 11)]
        delivered = history.rates("s", stream.groups[0]).delivered
        if at == began:
            assert delivered is None
        else:
            assert delivered is not None
            low, high = (group.delivered - least), (points[-1][3] - most)
            assert holds(delivered, low / (at - began), high / (at - began))


def _with_looks(steps: list[Step]) -> Iterator[Step]:
    """The steps, with a look before and after the position is set: reading on hides it."""
    for step in steps:
        around = [("look", 0)] if step[0] in {"set position", "leap"} else []
        yield from (*around, step, *around)


async def look(source: Server, history: History, at: float) -> Snapshot:
    """Take a look into the history, as at a time of its own."""
    seen = await source.look()
    seen = replace(seen, at=at, time_ms=None, cost=replace(seen.cost, seconds=0))
    history.add(seen)
    return seen
