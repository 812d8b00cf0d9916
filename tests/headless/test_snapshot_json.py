from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec
import pytest
from redis.exceptions import ResponseError

from streamtop.headless.snapshot_json import to_document
from streamtop.model.lag import Lag
from streamtop.model.snapshot import ServerInfo
from streamtop.model.text import to_name
from streamtop.model.verdict import Thresholds
from tests import fakes
from tests.headless.command_line import run
from tests.headless.contract import decoded
from tests.model.simulated_group import SimulatedGroup

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from streamtop.model.snapshot import Snapshot
    from tests.headless.conftest import User
    from tests.model.simulated_group import Generation
    from tests.servers import Running


def encoded(look: Snapshot) -> str:
    """A snapshot as JSON."""
    return msgspec.json.encode(to_document(look, Thresholds())).decode()


async def arranged(redis: Redis) -> None:
    """Two groups, of which one has read 3 of 12 entries and acknowledged one of them."""
    for n in range(12):
        await redis.xadd("orders", {"n": n})
    await redis.xgroup_create("orders", "billing", "0")
    await redis.xgroup_create("orders", "audit", "$")
    await redis.xreadgroup("billing", "w1", {"orders": ">"}, count=3)
    [first] = await redis.xpending_range("orders", "billing", "-", "+", 1)
    await redis.xack("orders", "billing", first["message_id"])
    await redis.xadd("empty", {"n": 1})


async def test_the_json_has_the_form_of_the_contract(
    any_redis: Redis, every_server: Running
) -> None:
    await arranged(any_redis)
    result = await run("snapshot", "--json", every_server.url)
    assert (result.code, result.err) == (0, "")
    assert "\n" not in result.line
    look = decoded(result.out)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", look.taken_at)
    assert (look.server.url, look.server.role) == (every_server.url, "master")
    assert every_server.name.endswith(look.server.version)
    assert look.server.time_ms is not None
    empty, orders = look.streams
    assert (empty.name, empty.groups) == ("empty", [])
    assert (orders.length, orders.error) == (12, None)
    assert orders.last_entry_id == orders.last_generated_id
    audit, billing = orders.groups
    assert (audit.lag, audit.lag_trust, audit.lag_age_ms) == (0, "exact", 0)
    assert (audit.pending, audit.oldest_pending_id, audit.consumers) == (0, None, [])
    assert (billing.lag, billing.lag_trust, billing.pending) == (9, "exact", 2)
    assert (billing.released, billing.oldest_pending_deliveries) == (0, 1)
    assert billing.oldest_pending_id is not None
    assert billing.lag_age_ms is not None
    assert (billing.verdict, billing.reasons) == ("ok", [])
    [consumer] = billing.consumers
    assert (consumer.name, consumer.pending) == ("w1", 2)


async def test_what_a_server_cannot_tell_is_null(any_redis: Redis, every_server: Running) -> None:
    await arranged(any_redis)
    look = decoded((await run("snapshot", "--json", every_server.url)).out)
    orders = look.streams[1]
    info = await any_redis.execute_command("XINFO", "STREAM", "orders")  # type: ignore[no-untyped-call]
    old = b"entries-added" not in info
    assert (orders.entries_added is None) == old
    assert (orders.groups[1].entries_read is None) == old
    state = orders.groups[1].consumers[0].state
    assert state == ("active" if not old and look.server.version[:3] != "7.0" else None)


async def test_values_that_do_not_fit_together_are_marked() -> None:
    good, bad = fakes.group("a"), replace(fakes.group("b"), consistent=False, error="NOPERM")
    text = encoded(fakes.snapshot(fakes.stream("orders", good, bad)))
    assert [group.consistent for group in decoded(text).streams[0].groups] == [True, False]
    assert [group["error"] for group in json.loads(text)["streams"][0]["groups"]] == [
        None,
        "NOPERM",
    ]


async def test_names_come_through_whatever_they_are(
    any_redis: Redis, every_server: Running
) -> None:
    names = {b"caf\xe9": "caf\\xe9", "注文\x1b[31m\n".encode(): "注文\x1b[31m\n", b"a|b": "a|b"}
    for name in names:
        await any_redis.xadd(name, {"n": 1})
        await any_redis.xgroup_create(name, name, "0")
        words = ("XREADGROUP", "GROUP", name, name, "STREAMS", name, ">")
        await any_redis.execute_command(*words)  # type: ignore[no-untyped-call]
    look = decoded((await run("snapshot", "--json", every_server.url)).out)
    expected = {(text, None if raw.isascii() else raw.hex()) for raw, text in names.items()}
    expected = {(text, code if "\\x" in text else None) for text, code in expected}
    assert {(stream.name, stream.name_hex) for stream in look.streams} == expected
    groups = [stream.groups[0] for stream in look.streams]
    assert {(group.name, group.name_hex) for group in groups} == expected
    assert {(c.name, c.name_hex) for group in groups for c in group.consumers} == expected


async def test_a_stream_that_may_not_be_read_keeps_its_row(
    redis: Redis, a_server: Running, user: User
) -> None:
    await arranged(redis)
    url = await user(redis, a_server, "+@all", "~empty")
    result = await run("snapshot", "--json", url)
    assert result.code == 0
    assert "right" not in result.out.replace("rights", "")
    empty, orders = decoded(result.out).streams
    assert empty.error is None
    assert orders.error is not None
    assert "NOPERM" in orders.error
    assert (orders.length, orders.last_generated_id, orders.groups) == (None, None, [])


async def test_released_entries_are_told(any_redis: Redis, every_server: Running) -> None:
    await arranged(any_redis)
    [first] = await any_redis.xpending_range("orders", "billing", "-", "+", 1)
    words = ("XNACK", "orders", "billing", "FAIL", "IDS", "1", first["message_id"])
    try:
        await any_redis.execute_command(*words)  # type: ignore[no-untyped-call]
    except ResponseError as error:
        assert "unknown command" in str(error)  # noqa: PT017 - before 8.8
        return
    look = decoded((await run("snapshot", "--json", every_server.url)).out)
    billing = look.streams[1].groups[1]
    assert (billing.pending, billing.released) == (2, 1)
    assert billing.oldest_pending_idle_ms is None
    assert (await run("snapshot", every_server.url)).code == 0


async def test_a_lag_within_the_bound_is_counted_in_one_look(
    redis: Redis, a_server: Running
) -> None:
    async with redis.pipeline(transaction=False) as pipe:
        for n in range(9_000):
            pipe.xadd("orders", {"n": n}, id=f"{n + 1}-0")
        await pipe.execute()
    for name in ("billing", "audit"):
        await redis.xgroup_create("orders", name, "1000-0")
    await redis.xdel("orders", "5000-0")
    look = decoded((await run("snapshot", "--json", a_server.url)).out)
    lags = [(group.lag, group.lag_trust) for group in look.streams[0].groups]
    assert lags == [(7_999, "exact")] * 2


async def test_only_streams_that_match_are_told(redis: Redis, a_server: Running) -> None:
    await arranged(redis)
    look = decoded((await run("snapshot", a_server.url, "--json", "--match", "ord*")).out)
    assert [stream.name for stream in look.streams] == ["orders"]


def test_what_only_a_release_leaves_is_null_where_it_is_not_known() -> None:
    released = fakes.group("g", pending=2, oldest=fakes.oldest(idle_ms=-1, consumer=""))
    for api, expected in (((7, 2), 0), ((8, 8), None), ((0, 0), None)):
        server = ServerInfo("redis://a", "redis", "9", "master", api)
        look = fakes.snapshot(fakes.stream("s", released), server=server)
        [group] = decoded(encoded(look)).streams[0].groups
        assert group.released == expected
        assert group.oldest_pending_idle_ms is None


@pytest.mark.parametrize(
    ("generation", "trims", "reads", "bounds"),
    [
        ("leaps", 0, 0, (0, 0, 0)),
        ("leaps", 7, 0, (7, 7, 7)),
        ("leaps", 7, 2, (None, 0, 7)),
        ("before 7", 7, 0, (None, 0, None)),
    ],
)
def test_what_was_lost_is_told_as_bounds(
    generation: Generation, trims: int, reads: int, bounds: tuple[int | None, int, int | None]
) -> None:
    simulated = SimulatedGroup(generation)
    simulated.add(10)
    simulated.trim(trims)
    simulated.deliver(reads)
    [group] = decoded(encoded(fakes.snapshot(simulated.stream()))).streams[0].groups
    assert (group.lost, group.lost_at_least, group.lost_at_most) == bounds
    assert group.lost_since is None


def test_an_unknown_lag_is_null_and_a_consumer_on_a_replica_has_no_state() -> None:
    server = ServerInfo("redis://a", "redis", "9", "slave", (7, 2))
    lag = Lag(None, "unknown", "The server does not tell.")
    group = fakes.group(to_name(b"\xff"), fakes.consumer(), lag=lag)
    look = fakes.snapshot(fakes.stream("s", group), server=server)
    text = encoded(look)
    [result] = decoded(text).streams[0].groups
    assert (result.lag, result.lag_trust) == (None, "unknown")
    assert (result.name, result.name_hex) == ("\\xff", "ff")
    assert result.consumers[0].state is None
    assert list(json.loads(text)) == ["schema", "taken_at", "server", "streams", "complete"]


@pytest.mark.parametrize("deliveries", [0, 2**63 - 1])
def test_any_delivery_count_is_told(deliveries: int) -> None:
    group = fakes.group("g", pending=1, oldest=fakes.oldest(deliveries=deliveries))
    text = encoded(fakes.snapshot(fakes.stream("s", group)))
    [result] = decoded(text).streams[0].groups
    assert result.oldest_pending_deliveries == deliveries
