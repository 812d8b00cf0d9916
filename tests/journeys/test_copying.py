"""What y puts on the clipboard."""

from __future__ import annotations

import codecs
import re
from typing import TYPE_CHECKING

import msgspec
import pytest

from streamtop.masking import MaskedSource, mask
from tests.kit.pilot import Dashboard, dashboard
from tests.kit.server_state import add, ask, entries, leave_pending

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from tests.servers import Running

WORD = re.compile(rb'"((?:[^"\\]|\\.)*)"|(\S+)')
ORDER = '{"order": {"id": 7, "note": "a\\u001b[31m\\"b"}}'


def as_typed(line: str) -> list[bytes]:
    """The words of a command as redis-cli reads them."""
    found = WORD.findall(line.encode())
    return [plain or codecs.escape_decode(quoted)[0] for quoted, plain in found]


async def copied(at: Dashboard, *steps: str) -> str:
    """Press y, go down to a choice, and take it; what is on the clipboard then."""
    at.app.copy_to_clipboard("nothing yet")
    await at.press("y")
    await at.until(lambda: at.in_form and at.app.focused is not None)
    await at.press(*steps, "enter")
    await at.until(lambda: at.app.clipboard != "nothing yet")
    return at.app.clipboard


async def in_entries(at: Dashboard) -> None:
    """Go to the newest entry of orders."""
    await at.go_to("orders", "5")
    await at.until(lambda: at.screen.detail.entry is not None)


async def test_y_copies_the_payload_the_entry_as_json_its_command_or_its_id(
    a_server: Running, redis: Redis
) -> None:
    entry_id = (await add(redis, "orders", "data", ORDER, b"\xff", "1")).decode()

    async with dashboard(a_server.url) as at:
        await in_entries(at)
        assert await copied(at) == f"{ORDER}\n1"
        told = msgspec.json.decode(await copied(at, "down"))
        assert told["id"] == entry_id
        assert told["fields"][0] == ["data", ORDER]
        command = await copied(at, "down", "down")
        assert command.startswith("XADD orders *")
        assert await copied(at, "down", "down", "down") == entry_id


async def test_the_command_that_was_copied_adds_the_same_entry_again(
    a_server: Running, redis: Redis
) -> None:
    await add(redis, "orders", "data", ORDER, b"\xff\x00\r\n", "1 '\"")
    async with dashboard(a_server.url) as at:
        await in_entries(at)
        command = await copied(at, "down", "down")
    await ask(redis, *as_typed(command))
    [first, second] = await entries(redis, "orders")
    assert first[1] == second[1]


@pytest.mark.parametrize(
    ("at_line", "value"),
    [('"id"', "7"), ('"note"', 'a\x1b[31m"b'), ("plain", "a b")],
)
async def test_in_the_entry_y_copies_the_value_at_the_cursor(
    at_line: str, value: str, a_server: Running, redis: Redis
) -> None:
    await add(redis, "orders", "data", ORDER, "plain", "a b")

    async with dashboard(a_server.url) as at:
        await in_entries(at)
        await at.press("6")
        lines = at.screen.detail.lines
        down = next(n for n, line in enumerate(lines) if at_line in line.text)
        await at.press(*["down"] * down)
        assert await copied(at) == value


async def test_more_than_a_terminal_takes_is_cut_and_said_so(
    a_server: Running, redis: Redis
) -> None:
    await add(redis, "orders", "data", "注" * 50_000)

    async with dashboard(a_server.url) as at:
        await in_entries(at)
        text = await copied(at)
        assert text == "注" * 33_333
        await at.until(lambda: any("the first 100,000 bytes" in told for told in at.notices))


async def test_a_pending_entry_is_copied_and_one_that_is_gone_is_not(
    a_server: Running, redis: Redis
) -> None:
    ids = await leave_pending(redis, 2)
    await ask(redis, "XDEL", "orders", ids[0])

    async with dashboard(a_server.url) as at:
        await at.go_to_pending("orders", 2)
        await at.until(lambda: "no longer in" in "".join(x.text for x in at.screen.detail.lines))
        assert "No entry is selected." in await at.why_greyed("y")
        await at.press("down")
        await at.until(lambda: at.screen.detail.entry is not None)
        assert await copied(at, "down", "down", "down") == ids[1].decode()


async def test_half_a_character_in_a_value_is_copied_as_a_question_mark(
    a_server: Running, redis: Redis
) -> None:
    await add(redis, "orders", "data", '["\\ud800"]')

    async with dashboard(a_server.url) as at:
        await in_entries(at)
        await at.press("6", "down")
        lines = at.screen.detail.lines
        down = next(n for n, line in enumerate(lines) if "d800" in line.text)
        await at.press("home", *["down"] * down)
        assert await copied(at) in {"?", '["\\ud800"]'}


async def test_an_entry_with_a_hidden_value_is_copied_without_it_and_cannot_be_edited(
    a_server: Running, redis: Redis
) -> None:
    await add(redis, "orders", "card", "4111", "n", "1")
    await add(redis, "orders", "n", "2")

    async with dashboard(a_server.url) as at:
        source = at.app.source
        assert source is not None
        at.app.source = MaskedSource(source, mask(["card"]))
        await in_entries(at)
        at.screen.entries.show(None, None)
        await at.until(lambda: len(at.screen.entries.rows) == 2)
        await at.press("down")
        await at.until(lambda: "4111" not in "".join(x.text for x in at.screen.detail.lines))
        for steps in ((), ("down",), ("down", "down")):
            assert "4111" not in await copied(at, *steps)
        await at.press("E")
        await at.until(lambda: "One of its values is hidden here" in at.said)
        await at.press("escape", "up", "E")
        await at.until(lambda: at.in_form and "Fields, one a line" in at.said)
        await at.press("escape")
