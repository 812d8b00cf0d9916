"""Lags called exact are compared with the truth, over random histories."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis.exceptions import ResponseError

from streamtop.model.ids import EntryId

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from streamtop.gateway.server import Server

Step = tuple[str, int, int]
GROUPS = ("g0", "g1")
_STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.integers(1, 4), st.just(0)),
        st.tuples(st.just("read"), st.integers(0, 1), st.integers(1, 4)),
        st.tuples(st.just("delete"), st.integers(0, 12), st.just(0)),
        st.tuples(st.just("trim"), st.integers(0, 6), st.just(0)),
        st.tuples(st.just("set id"), st.integers(0, 1), st.integers(-1, 14)),
        st.tuples(st.just("set id and read"), st.integers(0, 14), st.integers(0, 20)),
        st.tuples(st.just("last id"), st.integers(1, 20), st.just(0)),
        st.tuples(st.just("new group"), st.integers(0, 1), st.integers(-1, 14)),
    ),
    max_size=25,
)


async def perform(redis: Redis, step: Step) -> None:
    """Perform one step of a history; the server may refuse it."""
    match step:
        case ("add", number, _):
            for _ in range(number):
                await redis.xadd("s", {"n": 1}, id=await next_id(redis))
        case ("read", group, count):
            await redis.xreadgroup(GROUPS[group], "w", {"s": ">"}, count=count)
        case ("delete", ms, _):
            await redis.xdel("s", f"{ms}-0")
        case ("trim", length, _):
            await redis.xtrim("s", maxlen=length, approximate=False)
        case ("set id", group, ms):
            await redis.xgroup_setid("s", GROUPS[group], "$" if ms < 0 else f"{ms}-0")
        case ("set id and read", ms, read):
            await redis.xgroup_setid("s", "g0", f"{ms}-0", entries_read=read)
        case ("last id", ms, _):
            await redis.execute_command("XSETID", "s", f"{ms}-0")  # type: ignore[no-untyped-call]
        case ("new group", group, ms):
            await redis.xgroup_destroy("s", GROUPS[group])
            await redis.xgroup_create("s", GROUPS[group], "$" if ms < 0 else f"{ms}-0")


async def next_id(redis: Redis) -> str:
    reply: dict[str, bytes] = await redis.xinfo_stream("s")
    return f"{EntryId.parse(reply['last-generated-id']).ms + 1}-0"


@settings(
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=_STEPS)
async def test_an_exact_lag_is_the_number_of_entries_above_the_groups_position(
    any_redis: Redis, any_source: Server, steps: list[Step]
) -> None:
    await any_redis.flushall()
    for name in GROUPS:
        await any_redis.xgroup_create("s", name, "0", mkstream=True)
    for step in steps:
        with suppress(ResponseError):
            await perform(any_redis, step)

    [stream] = (await any_source.look()).streams

    rows = await any_redis.xrange("s") or []
    ids = [EntryId.parse(raw_id or b"") for raw_id, _ in rows]
    assert stream.length == len(ids)
    assert stream.edges is not None
    assert stream.edges.first_entry_id == (ids[0] if ids else None)
    for group in stream.groups:
        truth = sum(entry_id > group.last_delivered_id for entry_id in ids)
        lag = group.lag
        assert (lag.count is None) == (lag.trust == "unknown")
        if lag.trust == "exact":
            assert lag.count == truth, (lag, group, stream.edges)
        if not ids or group.last_delivered_id < ids[0] or group.last_delivered_id >= ids[-1]:
            assert lag.trust == "exact"
