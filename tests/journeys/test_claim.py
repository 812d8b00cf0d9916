"""Entries are claimed by keys, and what moves meanwhile is left alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.kit.pilot import dashboard
from tests.kit.server_state import ask, consumers, entries, leave_pending, pending, read, state

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from tests.servers import Running

SEEN_IDLE_MS = 50
"""An entry that was idle for so long when it was seen is never taken for a younger one."""


async def test_a_new_name_that_was_typed_becomes_a_consumer(
    a_server: Running, redis: Redis
) -> None:
    [first, second, third] = await leave_pending(redis)

    async with dashboard(a_server.url) as at:
        await at.go_to_pending("orders", 3)
        await at.press("down", "space", "space", "c", *"Zoë 2", "enter")
        await at.until(lambda: at.asks)
        assert "Zoë 2 is new in this group" in at.said
        await at.press("y")
        await at.until(lambda: at.tells)
        assert "2 done" in at.said

    held = [
        (row.id, row.consumer, row.deliveries) for row in await pending(redis, "orders", "billing")
    ]
    spare = "Zoë 2".encode()
    assert held == [(first, b"dead", 1), (second, spare, 1), (third, spare, 1)]


async def test_a_consumer_is_chosen_by_arrows_from_those_there_are(
    a_server: Running, redis: Redis
) -> None:
    await leave_pending(redis)
    for name in ("alice", "bob"):
        await ask(redis, "XGROUP", "CREATECONSUMER", "orders", "billing", name)

    async with dashboard(a_server.url) as at:
        await at.go_to_pending("orders", 3)
        await at.press("asterisk", "c", "down", "down", "up", "enter")
        await at.answer("y")
        await at.until(lambda: at.tells)

    assert {row.consumer for row in await pending(redis, "orders", "billing")} == {b"bob"}


async def test_an_entry_that_another_client_claims_while_the_question_stands_is_left_alone(
    every_server: Running, any_redis: Redis
) -> None:
    await claim_too_late(
        every_server, any_redis, ("XCLAIM", "thief", 0), "it moved to thief meanwhile"
    )


async def test_an_entry_that_its_consumer_is_given_again_is_left_alone(
    a_server: Running, redis: Redis
) -> None:
    await claim_too_late(a_server, redis, ("XCLAIM", "dead", 0), "it was delivered again meanwhile")


async def test_an_entry_that_is_acknowledged_while_the_question_stands_is_left_alone(
    a_server: Running, redis: Redis
) -> None:
    await claim_too_late(
        a_server, redis, ("XACK",), "it is no longer pending: it was acknowledged meanwhile"
    )


async def claim_too_late(
    server: Running, redis: Redis, happens: tuple[str | int, ...], told: str
) -> None:
    """Claim for a new consumer; before the yes, this happens to the entry."""
    [entry_id] = await leave_pending(redis, 1)

    async with dashboard(server.url) as at:
        await at.go_to_pending("orders", 1)
        await at.until(lambda: at.idle_ms > SEEN_IDLE_MS)
        await at.press("c", *"w2", "enter")
        await at.until(lambda: at.asks)
        verb, *rest = happens
        await ask(redis, verb, "orders", "billing", *rest, entry_id)
        after = await state(redis, "orders", "billing")
        await at.press("y")
        await at.until(lambda: at.tells)
        assert "1 skipped" in at.said
        assert f"{entry_id.decode()}  skipped: {told}" in at.said

    assert await state(redis, "orders", "billing") == after
    assert b"w2" not in await consumers(redis, "orders", "billing")


async def test_of_several_entries_only_the_moved_one_is_left_alone(
    a_server: Running, redis: Redis
) -> None:
    [first, second, third] = await leave_pending(redis)

    async with dashboard(a_server.url) as at:
        await at.go_to_pending("orders", 3)
        await at.until(lambda: at.idle_ms > SEEN_IDLE_MS)
        await at.press("asterisk", "c", *"w2", "enter")
        await at.until(lambda: at.asks)
        await ask(redis, "XCLAIM", "orders", "billing", "thief", 0, second)
        await at.press("y")
        await at.until(lambda: at.tells)
        assert "2 done, 1 skipped" in at.said

    held = [(row.id, row.consumer) for row in await pending(redis, "orders", "billing")]
    assert held == [(first, b"w2"), (second, b"thief"), (third, b"w2")]


async def test_an_entry_that_was_deleted_is_said_to_be_gone_and_can_be_acknowledged(
    a_server: Running, redis: Redis
) -> None:
    [first, second] = await leave_pending(redis, 2)
    await ask(redis, "XDEL", "orders", first)

    async with dashboard(a_server.url) as at:
        await at.go_to_pending("orders", 2)
        rows = at.screen.pending
        await at.until(lambda: rows.rows[0].payload is not None and rows.rows[0].payload.gone)
        await at.press("a")
        await at.answer("y")
        await at.until(lambda: at.ids == [second])

    assert [row.id for row in await pending(redis, "orders", "billing")] == [second]


async def test_names_of_any_bytes_are_claimed_and_acknowledged(
    a_server: Running, redis: Redis
) -> None:
    stream, group, consumer = b"caf\xe9 [/b]", b"\xff \x1b[31m", b"d\xe9ad\n"
    ids = await leave_pending(redis, 2, stream=stream, group=group, consumer=consumer)

    async with dashboard(a_server.url) as at:
        await at.until(lambda: at.screen.group is not None)
        await at.press("4")
        await at.until(lambda: at.ids == ids)
        await at.press("asterisk", "c", "2", "enter")
        await at.answer("y")
        await at.until(lambda: at.tells)
        assert [row.consumer for row in await pending(redis, stream, group)] == [b"2", b"2"]

        await at.press("escape", "asterisk", "a")
        await at.answer("y")
        await at.until(lambda: at.tells)

    assert await pending(redis, stream, group) == []


async def test_the_operator_goes_to_the_right_stream_and_group_by_filter_and_arrows(
    a_server: Running, redis: Redis
) -> None:
    for stream in ("orders", "payments", "signups"):
        await leave_pending(redis, 1, stream=stream, group="a")
        await ask(redis, "XGROUP", "CREATE", stream, "b", "0")
        await read(redis, stream, "b", "dead")
    before = [await state(redis, stream, group) for stream, group in _others()]

    async with dashboard(a_server.url) as at:
        await at.until(lambda: len(at.screen.streams.rows) == 3)
        await at.press("slash", *"pay", "enter", "enter")
        await at.until(lambda: at.screen.current == "groups" and at.stream == "payments")
        await at.press("down")
        await at.until(lambda: at.screen.group is not None and at.screen.group.name == "b")
        await at.press("4")
        await at.until(lambda: len(at.ids) == 1)
        await at.press("a")
        await at.answer("y")
        await at.until(lambda: not at.ids)

    assert await pending(redis, "payments", "b") == []
    assert [await state(redis, stream, group) for stream, group in _others()] == before
    assert len(await entries(redis, "payments")) == 1


def _others() -> list[tuple[str, str]]:
    every = [(stream, group) for stream in ("orders", "payments", "signups") for group in "ab"]
    return [pair for pair in every if pair != ("payments", "b")]
