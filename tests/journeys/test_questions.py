"""Nothing is changed without a yes, and nothing at all when read-only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.kit.pilot import Dashboard, dashboard
from tests.kit.server_state import ask, commands_run, leave_pending, pending, state

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from tests.servers import Running

QUESTIONS = [
    *((("a",), "enter"), (("a",), "n"), (("a",), "escape")),
    *((("c", "w", "enter"), "enter"), (("r", "enter"), "enter")),
]
"""The keys that lead to each question, and those that end it without a yes."""


async def test_no_has_the_focus_and_without_a_yes_nothing_is_sent(
    a_server: Running, redis: Redis
) -> None:
    await leave_pending(redis)
    before = await state(redis, "orders", "billing")
    await ask(redis, "CONFIG", "RESETSTAT")

    async with dashboard(a_server.url) as at:
        await at.go_to_pending("orders", 3)
        await at.press("asterisk")
        for keys, no in QUESTIONS:
            await at.press(*keys)
            await at.until(lambda: at.asks)
            assert at.app.focused is not None
            assert at.app.focused.id == "no"
            await at.press(no)
            await at.until(lambda: at.app.screen is at.screen)
        assert len(at.marked) == 3
        await at.look_again()

    assert not await writes(redis)
    assert await state(redis, "orders", "billing") == before


async def test_escape_leaves_the_choice_of_a_consumer_or_stream(
    a_server: Running, redis: Redis
) -> None:
    await leave_pending(redis)
    await ask(redis, "CONFIG", "RESETSTAT")

    async with dashboard(a_server.url) as at:
        await at.go_to_pending("orders", 3)
        for key in ("c", "r"):
            await at.press(key)
            await at.until(lambda: at.app.screen is not at.screen)
            await at.press("x", "escape")
            await at.until(lambda: at.app.screen is at.screen)
            assert not at.asks

    assert not await writes(redis)


async def test_the_question_lists_exactly_the_commands_that_are_sent(
    a_server: Running, redis: Redis
) -> None:
    ids = await leave_pending(redis)

    async with dashboard(a_server.url) as at:
        await at.go_to_pending("orders", 3)
        await at.press("asterisk", "a")
        await at.until(lambda: at.asks)
        assert "1 command, exactly" in str(at.app.screen.query_one("#commands").border_title)
        assert "EVAL <script 1> 1 orders billing\n" in at.said
        for entry_id in ids:
            assert f"  {entry_id.decode()} dead " in at.said
        assert "redis.pcall('XACK'" in at.said
        await at.press("y")
        await at.until(lambda: at.tells)

    assert await pending(redis, "orders", "billing") == []


async def test_read_only_greys_the_keys_and_writes_nothing(a_server: Running, redis: Redis) -> None:
    await leave_pending(redis)
    before = await state(redis, "orders", "billing")
    await ask(redis, "CONFIG", "RESETSTAT")

    async with dashboard(a_server.url, read_only=True) as at:
        await at.go_to_pending("orders", 3)
        await at.press("asterisk")
        assert enabled(at) == {"a": False, "c": False, "r": False}
        await at.press("a", "c", "r")
        assert at.app.screen is at.screen
        await at.press("5", "r")
        assert at.app.screen is at.screen
        await at.look_again()

    assert not await writes(redis)
    assert await state(redis, "orders", "billing") == before


async def test_the_keys_are_offered_where_there_is_something_to_do_them_to(
    a_server: Running, redis: Redis
) -> None:
    ids = await leave_pending(redis)

    async with dashboard(a_server.url) as at:
        await at.go_to_pending("orders", 3)
        await at.until(lambda: enabled(at) == {"a": True, "c": True, "r": True})
        await ask(redis, "XACK", "orders", "billing", *ids)
        await at.until(lambda: not at.ids)
        await at.until(lambda: enabled(at) == {"a": False, "c": False, "r": False})


async def test_a_server_that_refuses_says_so_for_each_entry(
    a_server: Running, redis: Redis
) -> None:
    await leave_pending(redis, 2)
    before = await state(redis, "orders", "billing")
    await ask(
        redis,
        *("ACL", "SETUSER", "onlooker", "on", ">pw", "~*"),
        *("-@all", "+@read", "+@connection", "+xinfo", "+xpending", "+scan", "+info", "+time"),
    )
    try:
        url = a_server.url.replace("unix://", "unix://onlooker:pw@")
        async with dashboard(url) as at:
            await at.go_to_pending("orders", 2)
            await at.press("asterisk", "a")
            await at.answer("y")
            await at.until(lambda: at.tells)
            assert "2 failed" in at.said
            assert "pw" not in at.said
    finally:
        await ask(redis, "ACL", "DELUSER", "onlooker")

    assert await state(redis, "orders", "billing") == before


def enabled(at: Dashboard) -> dict[str, bool]:
    """Whether the keys that write are lit."""
    active = at.screen.active_bindings
    return {key: key in active and active[key].enabled for key in "acr"}


async def writes(redis: Redis) -> set[str]:
    """The commands run since CONFIG RESETSTAT that write, or could."""
    run = await commands_run(redis) - {"config"}
    told = await ask(redis, "COMMAND", "INFO", *sorted(run))
    flags = {name: set(about[2]) for name, about in zip(sorted(run), told, strict=True)}
    may_write = {name for name, words in flags.items() if b"write" in words}
    return may_write | (run & {"eval", "evalsha", "fcall", "multi", "exec"})
