from __future__ import annotations

import statistics
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from streamtop.model.ids import EntryId
from streamtop.source import WrongTypeError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from redis.asyncio import Redis

    from streamtop.gateway.server import Server
    from tests.gateway.conftest import Open, User
    from tests.gateway.proxy import Proxy
    from tests.servers import Running

RAW, NAME = b"ord\xe9rs", "ord\udce9rs"
HUGE = 2**64 - 1
on_a_server = settings(
    max_examples=25,
    # The examples share the server: each begins by emptying it.
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


async def _add(redis: Redis, ids: Sequence[EntryId], size: int = 1) -> None:
    async with redis.pipeline(transaction=False) as pipe:
        for each in ids:
            pipe.xadd(RAW, {"n": b"x" * size}, id=str(each))
        await pipe.execute()


def _ids(*numbers: int) -> list[EntryId]:
    return [EntryId(number, 1) for number in numbers]


_some_ids = st.lists(
    st.builds(EntryId, st.sampled_from([1, 9, 10, 2**53, 2**53 + 1, HUGE]), st.integers(1, 12)),
    min_size=1,
    max_size=40,
    unique=True,
)


@given(
    there=_some_ids, deleted=st.sets(st.integers(0, 39)), asked=_some_ids, trimmed=st.integers(0, 9)
)
@on_a_server
async def test_exactly_the_entries_that_no_longer_exist_are_missing(
    any_redis: Redis,
    any_source: Server,
    there: list[EntryId],
    deleted: set[int],
    asked: list[EntryId],
    trimmed: int,
) -> None:
    await any_redis.flushall()
    there = sorted(there)
    await _add(any_redis, there)
    gone = [there[index] for index in deleted if index < len(there)]
    if gone:
        await any_redis.xdel(RAW, *map(str, gone))
    await any_redis.xtrim(RAW, maxlen=max(0, len(there) - len(gone) - trimmed), approximate=False)
    rows: Any = await any_redis.xrange(RAW)
    left = {EntryId.parse(row) for row, _ in rows}
    missing = await any_source.missing(NAME, asked)
    assert missing == frozenset(asked) - left


async def test_all_of_a_stream_that_is_not_there_are_missing(
    any_redis: Redis, any_source: Server
) -> None:
    ids = _ids(*range(1, 500))
    assert await any_source.missing(NAME, ids) == frozenset(ids)
    assert await any_source.missing(NAME, []) == frozenset()


async def test_many_are_asked_in_batches_and_those_below_the_first_entry_not_at_all(
    proxy: Proxy, redis: Redis, opened: Open
) -> None:
    source = await opened(proxy.url)
    ids = _ids(*range(1, 2_001))
    await _add(redis, ids[1_500:])
    await redis.xdel(RAW, str(ids[1_600]))
    await source.abilities()
    before = len(b"".join(proxy.asked))
    assert await source.missing(NAME, ids) == frozenset([*ids[:1_500], ids[1_600]])
    asked = b"".join(proxy.asked)[before:]
    assert asked.count(b"EVAL") == 4
    assert asked.count(b"-1\r\n") == 700


async def test_no_payload_is_sent_and_large_ones_bound_a_script(
    proxy: Proxy, redis: Redis, opened: Open
) -> None:
    source = await opened(proxy.url)
    ids = _ids(*range(1, 41))
    await _add(redis, ids[::2], size=100_000)
    await source.abilities()
    before = len(b"".join(proxy.asked))
    proxy.answered = 0
    assert await source.missing(NAME, ids) == frozenset(ids[1::2])
    assert proxy.answered < 5_000
    assert 6 <= b"".join(proxy.asked)[before:].count(b"EVAL") <= 10


async def test_a_first_entry_beyond_all_bounds_holds_up_nothing(
    any_redis: Redis, any_source: Server
) -> None:
    ids = _ids(*range(1, 4))
    await _add(any_redis, ids[:2], size=1_000_000)
    assert await any_source.missing(NAME, ids) == frozenset(ids[2:])


async def test_no_command_takes_5_ms_with_payloads_of_a_kilobyte(
    any_redis: Redis, any_source: Server
) -> None:
    ids = _ids(*range(1, 4_001))
    await _add(any_redis, ids, size=1_000)
    await any_redis.config_set("slowlog-log-slower-than", 0)
    await any_redis.config_set("slowlog-max-len", 10_000)
    await any_redis.slowlog_reset()
    assert await any_source.missing(NAME, ids) == frozenset()
    rows = await any_redis.slowlog_get(10_000)
    await any_redis.config_set("slowlog-log-slower-than", 10_000)
    took = [row["duration"] for row in rows if row["command"].startswith(b"EVAL")]
    assert len(took) == 20
    assert statistics.median(took) < 5_000  # a few may have waited for the processor


@pytest.mark.parametrize("denied", ["-eval", "-eval_ro", "-xrange"])
async def test_without_permission_for_the_script_the_result_is_unknown(
    every_server: Running,
    any_redis: Redis,
    any_source: Server,
    user: User,
    opened: Open,
    denied: str,
) -> None:
    api = any_source.info.api
    if api < ((7, 0) if denied == "-eval_ro" else (6, 0)):
        pytest.skip("no such right here")
    await _add(any_redis, _ids(1))
    source = await opened(await user(any_redis, every_server, "+@all", denied, "~*"))
    expected = None if denied == "-xrange" else frozenset(_ids(2))
    if denied == "-eval" and api < (7, 0):
        expected = None
    assert await source.missing(NAME, _ids(1, 2)) == expected


async def test_without_permission_for_any_script_the_result_is_unknown(
    every_server: Running, any_redis: Redis, any_source: Server, user: User, opened: Open
) -> None:
    if any_source.info.api < (6, 0):
        pytest.skip("before 6.0 there are no users")
    for more in ((), ("-acl", "-command")):
        denied = ("-@scripting", *more)
        source = await opened(await user(any_redis, every_server, "+@all", *denied, "~*"))
        assert await source.missing(NAME, _ids(1)) is None


async def test_a_key_of_another_type_is_an_error(any_redis: Redis, any_source: Server) -> None:
    await any_redis.set(RAW, "text")
    with pytest.raises(WrongTypeError):
        await any_source.missing(NAME, _ids(1))


async def test_nothing_is_changed_by_asking_what_is_missing(
    any_redis: Redis, every_server: Running, opened: Open
) -> None:
    await _add(any_redis, _ids(1, 2, 3))
    before = await any_redis.dump(RAW)
    source = await opened(every_server.url, read_only=True)
    assert await source.missing(NAME, _ids(0, 1, 2, 3)) == frozenset(_ids(0))
    assert await any_redis.dump(RAW) == before
