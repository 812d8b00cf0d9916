"""Before a yes: names that must be typed, commands that can be taken along, keys that are grey."""

from __future__ import annotations

import asyncio
import stat
from typing import TYPE_CHECKING

import pytest

from tests.kit.pilot import SMALL, WIDE, dashboard
from tests.kit.server_state import ask, leave_pending, pending

if TYPE_CHECKING:
    from pathlib import Path

    from redis.asyncio import Redis

    from tests.servers import Running


@pytest.mark.parametrize("size", [WIDE, SMALL], ids=["large", "small"])
async def test_a_stream_is_deleted_only_after_its_name_was_typed(
    size: tuple[int, int], a_server: Running, redis: Redis
) -> None:
    from streamtop.operations.delete_stream import DeleteStream
    from streamtop.planning.plan import Plan

    await leave_pending(redis, 300)
    async with dashboard(a_server.url, size=size) as at:
        await at.go_to_pending("orders", 100)
        plan = Plan(DeleteStream("orders", 300, ("billing",)))
        at.app.run_worker(at.app.operations.confirm(plan))
        await at.until(lambda: at.asks)
        yes = at.app.screen.query_one("#yes")
        no = at.app.screen.query_one("#no")
        assert yes.disabled
        assert at.app.screen.region.contains_region(yes.region)
        assert at.app.screen.region.contains_region(no.region)
        await at.press("y", "enter")
        assert at.asks
        await at.press("backspace", *"orders")
        await at.until(lambda: not yes.disabled)
        await at.press("s")
        await at.until(lambda: yes.disabled)
        await at.press("enter")
        assert at.asks
        assert await ask(redis, "EXISTS", "orders") == 1
        await at.press("backspace", "enter")
        await at.until(lambda: not at.asks)

        async def gone() -> bool:
            return bool(await ask(redis, "EXISTS", "orders") == 0)

        await at.until(gone)


async def test_commands_are_written_to_a_file_of_ones_own_and_do_what_was_shown(
    a_server: Running, redis: Redis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ids = await leave_pending(redis, 250)
    async with dashboard(a_server.url) as at:
        await at.go_to_pending("orders", 100)
        await at.press("b", "enter")
        await at.until(lambda: len(at.screen.pending.marks) == 250)
        await at.press("a")
        await at.until(lambda: at.asks)
        assert "the first 2 of about 3 commands" in str(
            at.app.screen.query_one("#commands").border_title
        )
        await at.press("e")
        await at.until(lambda: any("3 commands in" in told for told in at.notices))
        await at.press("n")
    assert len(await pending(redis, "orders", "billing")) == 250

    [path] = exported(tmp_path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(lines_of(path)) == 3
    await run_by_hand(a_server, path)
    assert await pending(redis, "orders", "billing") == []
    assert len(ids) == 250


def exported(folder: Path) -> list[Path]:
    """All files with commands."""
    return list(folder.glob("streamtop-*.redis"))


async def run_by_hand(server: Running, path: Path) -> None:
    """Give the lines to the server, which splits them as redis-cli does."""
    socket = server.url.removeprefix("unix://").partition("?")[0]
    replies, commands = await asyncio.open_unix_connection(socket)
    try:
        for line in lines_of(path):
            commands.write(line.encode() + b"\r\n")
        commands.write(b"PING\r\n")
        await replies.readuntil(b"+PONG")
    finally:
        commands.close()


def lines_of(path: Path) -> list[str]:
    return path.read_text().splitlines()


async def test_a_file_that_is_there_is_not_written_over(
    a_server: Running, redis: Redis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("time.strftime", lambda form: "now")
    there = tmp_path / "streamtop-acknowledge-now.redis"
    there.write_text("mine")
    await leave_pending(redis, 1)
    async with dashboard(a_server.url) as at:
        await at.go_to_pending("orders", 1)
        await at.press("a")
        await at.until(lambda: at.asks)
        await at.press("e")
        await at.until(lambda: any("could not be written" in told for told in at.notices))
    assert there.read_text() == "mine"
    assert exported(tmp_path) == [there]


async def test_commands_are_copied_as_redis_cli_takes_them(a_server: Running, redis: Redis) -> None:
    [entry_id] = await leave_pending(redis, 1)
    async with dashboard(a_server.url) as at:
        await at.go_to_pending("orders", 1)
        await at.press("a")
        await at.until(lambda: at.asks)
        await at.press("c")
        await at.until(lambda: any("1 command copied" in told for told in at.notices))
        assert at.app.clipboard.startswith("EVAL ")
        assert f"orders billing {entry_id.decode()} dead " in at.app.clipboard
        assert "\n" not in at.app.clipboard
        assert at.asks


async def test_a_key_that_the_user_has_no_right_to_is_grey_and_says_so(
    a_server: Running, redis: Redis
) -> None:
    await leave_pending(redis, 2)
    await ask(
        redis,
        *("ACL", "SETUSER", "claimer", "on", ">pw", "~*"),
        *("+@all", "-xack"),
    )
    try:
        async with dashboard(a_server.url.replace("unix://", "unix://claimer:pw@")) as at:
            await at.go_to_pending("orders", 2)
            await at.until(lambda: not at.screen.active_bindings["a"].enabled)
            assert at.screen.active_bindings["c"].enabled
            await at.press("a")
            await at.until(lambda: any("XACK" in told for told in at.notices))
            assert at.app.screen is at.screen
    finally:
        await ask(redis, "ACL", "DELUSER", "claimer")
    assert len(await pending(redis, "orders", "billing")) == 2


async def test_a_read_only_dashboard_says_why_a_key_does_nothing(
    a_server: Running, redis: Redis
) -> None:
    await leave_pending(redis, 1)
    async with dashboard(a_server.url, read_only=True) as at:
        await at.go_to_pending("orders", 1)
        await at.press("a")
        await at.until(lambda: any("read-only" in told for told in at.notices))
        assert at.app.screen is at.screen
