"""Groups are created, set to another position and destroyed by keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.kit.pilot import dashboard
from tests.kit.server_state import add, ask, leave_pending, pending, read

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from tests.servers import Running


async def position(redis: Redis, group: str) -> bytes | None:
    """Where a group of orders stands; `None` if there is none."""
    for row in await ask(redis, "XINFO", "GROUPS", "orders"):
        about = dict(zip(row[::2], row[1::2], strict=True))
        if about[b"name"] == group.encode():
            found: bytes = about[b"last-delivered-id"]
            return found
    return None


@pytest.mark.parametrize("pane", ["1", "2"], ids=["streams", "groups"])
async def test_capital_n_creates_a_group_at_the_end_of_the_stream(
    pane: str, every_server: Running, any_redis: Redis
) -> None:
    last = await add(any_redis, "orders", "n", "1")

    async with dashboard(every_server.url) as at:
        await at.go_to("orders", pane)
        await at.press("N")
        await at.fill(*"billing")
        await at.until(lambda: at.asks)
        assert "It begins at the end" in at.said
        await at.agree()
        await at.until(lambda: [r.group.name for r in at.screen.groups.rows] == ["billing"])

    assert await position(any_redis, "billing") == last


async def test_a_group_can_begin_before_the_first_entry(a_server: Running, redis: Redis) -> None:
    for n in range(3):
        await add(redis, "orders", "n", str(n))

    async with dashboard(a_server.url) as at:
        await at.go_to("orders", "2")
        await at.press("N")
        await at.fill(*"audit", "tab", "0")
        await at.until(lambda: at.asks)
        assert "it first reads 3 entries" in at.said
        await at.agree()
        await at.until(lambda: bool(at.screen.groups.rows))

    assert await position(redis, "audit") == b"0-0"
    assert len(await read(redis, "orders", "audit", "a1")) == 3


async def test_a_group_of_that_name_is_not_created_twice(a_server: Running, redis: Redis) -> None:
    await leave_pending(redis, 1)

    async with dashboard(a_server.url) as at:
        await at.go_to("orders", "2")
        await at.press("N")
        await at.fill(*"billing")
        await at.until(lambda: "There is one of that name already." in at.said)
        assert at.in_form


async def test_i_sets_a_group_back_to_an_entry_and_says_what_is_delivered_again(
    every_server: Running, any_redis: Redis
) -> None:
    redis = any_redis
    ids = await leave_pending(redis, 3)

    async with dashboard(every_server.url) as at:
        await at.go_to("orders", "2")
        await at.press("i")
        await at.fill(*ids[0].decode())
        await at.until(lambda: at.asks)
        assert "2 entries after" in at.said
        assert "are delivered to billing again" in " ".join(at.said.split())
        await at.agree()
        await at.until(lambda: stands(redis, ids[0]))

    assert await read(redis, "orders", "billing", "again") == ids[1:]


async def stands(redis: Redis, entry_id: bytes) -> bool:
    """Whether the group stands there."""
    return await position(redis, "billing") == entry_id


async def test_a_group_is_set_to_the_end_and_it_is_said_what_is_never_delivered(
    a_server: Running, redis: Redis
) -> None:
    await leave_pending(redis, 1)
    for n in range(4):
        last = await add(redis, "orders", "n", str(n))

    async with dashboard(a_server.url) as at:
        await at.go_to("orders", "2")
        await at.press("i")
        await at.fill("dollar_sign")
        await at.until(lambda: at.asks)
        assert "4 entries after" in at.said
        await at.agree()
        await at.until(lambda: stands(redis, last))


async def test_a_group_is_set_to_so_long_ago_by_the_servers_clock(
    a_server: Running, redis: Redis
) -> None:
    seconds, _ = await ask(redis, "TIME")
    now = int(seconds) * 1000
    for ago in (3_600_000, 1_200_000, 600_000):
        await ask(redis, "XADD", "orders", f"{now - ago}-0", "n", str(ago))
    await ask(redis, "XGROUP", "CREATE", "orders", "billing", "$")

    async with dashboard(a_server.url) as at:
        await at.go_to("orders", "2")
        await at.press("i")
        await at.fill(*"-30m")
        await at.until(lambda: at.asks)
        assert "2 entries after" in at.said
        await at.agree()
        await at.until(lambda: at.screen.group is not None and at.screen.group.lag.count == 2)

    assert len(await read(redis, "orders", "billing", "again")) == 2


async def test_a_position_that_is_none_is_refused(a_server: Running, redis: Redis) -> None:
    await leave_pending(redis, 1)

    async with dashboard(a_server.url) as at:
        await at.go_to("orders", "2")
        await at.press("i")
        await at.fill(*"soon")
        await at.until(lambda: "Give an entry ID" in at.said)
        assert at.in_form
        await at.press("escape")
        await at.until(lambda: not at.in_form)


async def test_capital_x_destroys_a_group_only_once_its_name_was_typed(
    every_server: Running, any_redis: Redis
) -> None:
    redis = any_redis
    await leave_pending(redis, 2)
    await ask(redis, "XGROUP", "CREATE", "orders", "other", "0")

    async with dashboard(every_server.url) as at:
        await at.go_to("orders", "2")
        await at.press("slash", *"bill", "enter", "X")
        await at.until(lambda: at.asks)
        await at.press("y", "enter")
        assert at.asks
        assert len(await pending(redis, "orders", "billing")) == 2
        await at.press("backspace")
        await at.agree("billing")
        await at.until(lambda: is_gone(redis))

    assert await position(redis, "other") == b"0-0"


async def is_gone(redis: Redis) -> bool:
    """Whether there is no such group any more."""
    return await position(redis, "billing") is None
