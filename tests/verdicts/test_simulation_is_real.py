"""The simulated server answers as real ones do: the same commands, the same replies."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import pytest
import redis
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from streamtop.gateway import replies
from streamtop.gateway.connect import connect
from streamtop.model.ids import ZERO, EntryId
from tests.verdicts import looks
from tests.verdicts.simulated_server import Dialect, SimulatedServer, dialect_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamtop.model.snapshot import Consumer, OldestPending, Stream
    from tests import servers

TOLERANCE_MS = 6
"""How far idle times may lie apart; the waits between commands are longer."""
WAIT = 0.015
_KEY, _GROUP = "s", "g"
_IDS = st.integers(1, 12).map(lambda number: EntryId(number, 0))
_ID_LISTS = st.lists(_IDS, min_size=1, max_size=4, unique=True)
_CONSUMERS = st.sampled_from(("a", "b"))


@dataclass(frozen=True)
class Step:
    """One command, on both."""

    name: str
    arguments: dict[str, Any]

    def __repr__(self) -> str:
        return f"{self.name}({self.arguments})"


def _step(_name: str, **arguments: st.SearchStrategy[Any]) -> st.SearchStrategy[Step]:
    return st.builds(lambda chosen: Step(_name, chosen), st.fixed_dictionaries(arguments))


_STEPS = st.one_of(
    _step("xadd"),
    _step("xadd", maxlen=st.integers(1, 4)),
    _step("xreadgroup", consumer=_CONSUMERS, count=st.integers(1, 3), noack=st.booleans()),
    _step("xreadgroup", consumer=_CONSUMERS, count=st.integers(1, 3), noack=st.just(False)),
    _step("history", consumer=_CONSUMERS, count=st.integers(1, 3), after=_IDS),
    _step("history", consumer=_CONSUMERS, count=st.integers(1, 3), after=st.just(ZERO)),
    _step("xack", ids=_ID_LISTS),
    _step(
        "xclaim",
        consumer=_CONSUMERS,
        min_idle=st.sampled_from((0, 60_000)),
        ids=_ID_LISTS,
        justid=st.booleans(),
        idle=st.sampled_from((None, 500)),
        retrycount=st.sampled_from((None, 0, 3)),
        force=st.booleans(),
    ),
    _step(
        "xautoclaim",
        consumer=_CONSUMERS,
        min_idle=st.sampled_from((0, 60_000)),
        count=st.integers(1, 3),
        justid=st.booleans(),
    ),
    _step("xdel", ids=_ID_LISTS),
    _step("xtrim", maxlen=st.integers(0, 5)),
    _step("setid", position=st.one_of(st.none(), st.just(ZERO), _IDS)),
    _step("delconsumer", consumer=_CONSUMERS),
    _step("createconsumer", consumer=_CONSUMERS),
    _step("xnack", ids=_ID_LISTS, mode=st.sampled_from(("SILENT", "FAIL", "FATAL"))),
    _step("wait"),
    _step("wait"),
)


class Both:
    """A real server and a simulated one, which get the same commands at the same time."""

    def __init__(self, url: str, dialect: Dialect) -> None:
        self.client: Any = redis.Redis(unix_socket_path=url.removeprefix("unix://"), protocol=2)
        self.client.flushall()
        self.simulated = SimulatedServer(dialect, self._now())
        self.added = 0

    def _now(self) -> int:
        seconds, micros = self.client.execute_command("TIME")
        return int(seconds) * 1000 + int(micros) // 1000

    def send(self, *words: object) -> Any:
        """A command, at a time that the simulated server knows too."""
        with self.client.pipeline(transaction=False) as pipeline:
            for name in list(pipeline.response_callbacks):
                if name != "TIME":
                    del pipeline.response_callbacks[name]
            pipeline.execute_command("TIME")
            pipeline.execute_command(*words)
            (seconds, micros), answer = pipeline.execute(raise_on_error=False)
        self.simulated.now = int(seconds) * 1000 + int(micros) // 1000
        return answer

    def take(self, step: Step) -> None:
        """The step, on both."""
        getattr(self, f"_{step.name}")(**step.arguments)

    def _wait(self) -> None:
        time.sleep(WAIT)

    def create(self) -> None:
        self.send("XGROUP", "CREATE", _KEY, _GROUP, "0", "MKSTREAM")
        self.simulated.xgroup_create(_KEY, _GROUP)

    def _xadd(self, maxlen: int | None = None) -> None:
        self.added += 1
        one = EntryId(self.added, 0)
        limit = () if maxlen is None else ("MAXLEN", maxlen)
        self.send("XADD", _KEY, *limit, str(one), "f", "v")
        self.simulated.xadd(_KEY, one, maxlen)

    def _xreadgroup(self, consumer: str, count: int, *, noack: bool) -> None:
        answer = self.send(
            *("XREADGROUP", "GROUP", _GROUP, consumer, "COUNT", count),
            *(("NOACK",) if noack else ()),
            *("STREAMS", _KEY, ">"),
        )
        ids = self.simulated.xreadgroup(_KEY, _GROUP, consumer, count, noack=noack)
        assert ids == ([] if not answer else replies.to_ids(answer[0][1]))

    def _history(self, consumer: str, count: int, after: EntryId) -> None:
        answer = self.send(
            *("XREADGROUP", "GROUP", _GROUP, consumer, "COUNT", count),
            *("STREAMS", _KEY, str(after)),
        )
        ids = self.simulated.xreadgroup_history(_KEY, _GROUP, consumer, count, after)
        assert ids == replies.to_ids(answer[0][1])

    def _xack(self, ids: list[EntryId]) -> None:
        answer = self.send("XACK", _KEY, _GROUP, *map(str, ids))
        assert self.simulated.xack(_KEY, _GROUP, ids) == answer

    def _xclaim(
        self,
        consumer: str,
        min_idle: int,
        ids: list[EntryId],
        *,
        justid: bool,
        idle: int | None,
        retrycount: int | None,
        force: bool,
    ) -> None:
        self.send(
            *("XCLAIM", _KEY, _GROUP, consumer, min_idle, *map(str, ids)),
            *(() if idle is None else ("IDLE", idle)),
            *(() if retrycount is None else ("RETRYCOUNT", retrycount)),
            *(("FORCE",) if force else ()),
            *(("JUSTID",) if justid else ()),
        )
        self.simulated.xclaim(
            *(_KEY, _GROUP, consumer, min_idle, ids),
            justid=justid,
            idle=idle,
            retrycount=retrycount,
            force=force,
        )

    def _xautoclaim(self, consumer: str, min_idle: int, count: int, *, justid: bool) -> None:
        if self.simulated.dialect.api < (6, 2):
            return
        answer = self.send(
            *("XAUTOCLAIM", _KEY, _GROUP, consumer, min_idle, "0", "COUNT", count),
            *(("JUSTID",) if justid else ()),
        )
        claimed = self.simulated.xautoclaim(
            *(_KEY, _GROUP, consumer, min_idle), count=count, justid=justid
        )
        assert claimed.cursor == EntryId.parse(answer[0])

    def _xdel(self, ids: list[EntryId]) -> None:
        answer = self.send("XDEL", _KEY, *map(str, ids))
        assert self.simulated.xdel(_KEY, ids) == answer

    def _xtrim(self, maxlen: int) -> None:
        answer = self.send("XTRIM", _KEY, "MAXLEN", maxlen)
        assert self.simulated.xtrim(_KEY, maxlen) == answer

    def _setid(self, position: EntryId | None) -> None:
        self.send("XGROUP", "SETID", _KEY, _GROUP, "$" if position is None else str(position))
        self.simulated.xgroup_setid(_KEY, _GROUP, position)

    def _delconsumer(self, consumer: str) -> None:
        answer = self.send("XGROUP", "DELCONSUMER", _KEY, _GROUP, consumer)
        assert self.simulated.xgroup_delconsumer(_KEY, _GROUP, consumer) == answer

    def _createconsumer(self, consumer: str) -> None:
        self.send("XGROUP", "CREATECONSUMER", _KEY, _GROUP, consumer)
        self.simulated.xgroup_createconsumer(_KEY, _GROUP, consumer)

    def _xnack(self, ids: list[EntryId], mode: str) -> None:
        if not self.simulated.dialect.xnack:
            return
        answer = self.send("XNACK", _KEY, _GROUP, mode, "IDS", len(ids), *map(str, ids))
        assert self.simulated.xnack(_KEY, _GROUP, ids, mode) == answer

    def assert_alike(self) -> None:
        """What XINFO STREAM, GROUPS, CONSUMERS and XPENDING answer is the same."""
        stream = self.simulated.streams[_KEY]
        group = stream.groups[_GROUP]
        seen_edges = replies.to_edges(self.send("XINFO", "STREAM", _KEY)).edges
        assert looks.edges(stream, self.simulated.dialect) == seen_edges
        [row] = replies.to_groups(self.send("XINFO", "GROUPS", _KEY))
        assert looks.group_row(self.simulated, _GROUP, group) == row
        real = replies.to_consumers(self.send("XINFO", "CONSUMERS", _KEY, _GROUP))
        assert_alike(looks.consumers(self.simulated, group), real)
        answer = self.send("XPENDING", _KEY, _GROUP, "-", "+", "100")
        rows = [
            looks.pending_row(self.simulated, group, one)
            for one in group.pending_ids(count=len(group.pel) or 1)
        ]
        for row_here, there in zip(rows, replies.to_pending(answer, 0.0), strict=True):
            assert (row_here.id, row_here.consumer) == (there.id, there.consumer)
            assert row_here.deliveries == there.deliveries
            assert abs(row_here.idle_ms - there.idle_ms) <= TOLERANCE_MS


def assert_alike(here: tuple[Consumer, ...], there: tuple[Consumer, ...]) -> None:
    """The same consumers, with about the same idle times."""
    assert [(c.name, c.pending, c.never_active) for c in here] == [
        (c.name, c.pending, c.never_active) for c in there
    ]
    for simulated, real in zip(here, there, strict=True):
        assert abs(simulated.idle_ms - real.idle_ms) <= TOLERANCE_MS
        assert (simulated.inactive_ms is None) == (real.inactive_ms is None)
        if simulated.inactive_ms is not None and real.inactive_ms is not None:
            assert abs(simulated.inactive_ms - real.inactive_ms) <= TOLERANCE_MS


def _dialect(name: str) -> Dialect:
    """The dialect of a server `redis-8.2.3`, `valkey-9.1.2` ..."""
    found = dialect_of(name)
    if found is None:
        pytest.skip(f"the laboratory does not speak {name}")
    return found


@pytest.fixture
def pair(every_server: servers.Running) -> Callable[[], Both]:
    """Makes a fresh pair of servers."""
    dialect = _dialect(every_server.name)
    return lambda: Both(every_server.url, dialect)


@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=st.lists(_STEPS, min_size=4, max_size=24))
def test_any_commands_are_answered_alike(pair: Callable[[], Both], steps: list[Step]) -> None:
    both = pair()
    try:
        both.create()
        for step in steps:
            note(repr(step))
            both.take(step)
        both.assert_alike()
    finally:
        both.client.close()


def test_an_entry_touches_every_consumer_that_blocks_since_7_2(pair: Callable[[], Both]) -> None:
    both = pair()
    both.create()
    blocked = []
    for consumer in ("a", "b"):
        connection = both.client.connection_pool.get_connection()
        words = ("XREADGROUP", "GROUP", _GROUP, consumer, "COUNT", 1, "BLOCK", 0)
        connection.send_command(*words, "STREAMS", _KEY, ">")
        blocked.append(connection)
        time.sleep(2 * WAIT)
    both.simulated.now = both._now()
    for consumer in ("a", "b"):
        both.simulated.xreadgroup(_KEY, _GROUP, consumer, 1)
    time.sleep(4 * WAIT)
    both.take(Step("xadd", {}))
    both.simulated.xreadgroup(_KEY, _GROUP, "a", 1)
    both.simulated.touch_blocked(_KEY, _GROUP, "b")
    time.sleep(2 * WAIT)
    both.assert_alike()
    for connection in blocked:
        connection.disconnect()
    both.client.close()


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(stages=st.lists(st.lists(_STEPS, min_size=2, max_size=10), min_size=1, max_size=3))
def test_looks_see_the_same_groups(
    pair: Callable[[], Both], every_server: servers.Running, stages: list[list[Step]]
) -> None:
    asyncio.run(_look_at_both(pair(), every_server.url, stages))


async def _look_at_both(both: Both, url: str, stages: list[list[Step]]) -> None:
    both.create()
    source = await connect(url)
    observer = looks.Observer(both.simulated)
    try:
        for steps in stages:
            for step in steps:
                note(repr(step))
                both.take(step)
            real = (await source.look()).streams
            simulated = observer.look().streams
            assert [_timeless(stream) for stream in simulated] == [
                _timeless(stream) for stream in real
            ]
    finally:
        await source.close()
        both.client.close()


def _timeless(stream: Stream) -> Stream:
    """The stream without its idle times."""
    return replace(
        stream,
        groups=tuple(
            replace(
                group,
                oldest_pending=_entry(group.oldest_pending),
                most_delivered=_entry(group.most_delivered),
                consumers=tuple(replace(c, idle_ms=0, inactive_ms=None) for c in group.consumers),
            )
            for group in stream.groups
        ),
    )


def _entry(entry: OldestPending | None) -> OldestPending | None:
    return None if entry is None else replace(entry, idle_ms=0)
