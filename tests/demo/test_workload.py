"""The troubles that develop while the demo runs, seen by raw commands."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from random import Random

import pytest

from streamtop.demo import workload
from streamtop.demo.client import Client
from streamtop.demo.payloads import is_payment, malformed_payment, order
from streamtop.demo.scenario import SCENARIO, Group, Stream
from tests.demo.raw_replies import consumer_of, group_of, pending_of, stream_of
from tests.kit.waiting import until

pytestmark = pytest.mark.xdist_group("demo")


async def test_the_delivery_count_of_the_malformed_payment_grows(live: Client) -> None:
    async def delivered_again() -> bool:
        rows = await live.execute_command("XPENDING", "payments", "ledger", "-", "+", 10)
        return any(count >= 8 for _, _, _, count in rows)

    await until(delivered_again)


async def test_the_lag_of_a_slow_group_grows(live: Client) -> None:
    before = (await group_of(live, "emails", "sender"))["lag"]

    async def further_behind() -> bool:
        return bool((await group_of(live, "emails", "sender"))["lag"] > before + 8)

    await until(further_behind)


async def test_the_untrimmed_stream_grows_while_its_group_keeps_up(live: Client) -> None:
    before = (await stream_of(live, "audit"))["length"]

    async def longer() -> bool:
        return bool((await stream_of(live, "audit"))["length"] > before + 5)

    async def read_to_the_end() -> bool:
        siem = await group_of(live, "audit", "siem")
        return bool((siem["lag"], siem["pending"]) == (0, 0))

    await until(longer)
    await until(read_to_the_end)


async def test_nobody_takes_what_the_killed_consumer_left(live: Client) -> None:
    async def others_are_active() -> bool:
        found = [await consumer_of(live, "orders", "billing", f"worker-{n}") for n in (1, 2)]
        return all(0 <= consumer["inactive"] < 5_000 for consumer in found)

    await until(others_are_active)
    assert len(await pending_of(live, "orders", "billing", "worker-3")) == 40


async def test_the_trimmed_group_stays_lost(live: Client) -> None:
    before = (await stream_of(live, "thumbnails"))["entries-added"]

    async def added() -> bool:
        return bool((await stream_of(live, "thumbnails"))["entries-added"] > before + 3)

    await until(added)
    first = (await stream_of(live, "thumbnails"))["first-entry"][0]
    assert first > (await group_of(live, "thumbnails", "resizer"))["last-delivered-id"]


async def test_a_lag_unknown_to_the_server_stays_unknown(live: Client) -> None:
    async def delivered() -> bool:
        return bool((await consumer_of(live, "invoices", "pdf", "pdf-1"))["inactive"] >= 0)

    await until(delivered)
    assert (await group_of(live, "invoices", "pdf"))["lag"] is None


@pytest.mark.parametrize(
    ("stream", "group"), [("signups", "mailer"), ("pageviews", "sessions"), ("注文", "厨房")]
)
async def test_a_healthy_group_works_its_entries_off(live: Client, stream: str, group: str) -> None:
    before = (await group_of(live, stream, group))["entries-read"]

    async def delivered_and_caught_up() -> bool:
        found = await group_of(live, stream, group)
        return bool(found["entries-read"] > before and found["lag"] <= 5 and found["pending"] <= 20)

    await until(delivered_and_caught_up)


async def test_everything_of_the_scenario_is_on_the_server(live: Client) -> None:
    async def all_there() -> bool:
        for stream in SCENARIO:
            for group in stream.groups:
                rows = await live.execute_command("XINFO", "CONSUMERS", stream.name, group.name)
                if not {name.encode() for name in group.consumers} <= {row[1] for row in rows}:
                    return False
        return len(await live.execute_command("KEYS", "*")) == len(SCENARIO)

    await until(all_there)


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Consumers that retry old entries and restart at once."""
    monkeypatch.setattr(workload, "BLOCK_MS", 10)
    monkeypatch.setattr(workload, "RETRY_AFTER_MS", 20)
    monkeypatch.setattr(workload, "RESTART_SECONDS", 0.01)


@pytest.mark.usefixtures("hurried")
async def test_entries_handed_over_to_a_live_consumer_are_worked_off(empty: Client) -> None:
    await empty.execute_command("XGROUP", "CREATE", "s", "g", "0", "MKSTREAM")
    await empty.execute_command("XADD", "s", "*", "n", "1")
    await empty.execute_command("XREADGROUP", "GROUP", "g", "alive", "STREAMS", "s", ">")

    async def nothing_pending() -> bool:
        return bool((await group_of(empty, "s", "g"))["pending"] == 0)

    async with playing(empty, Stream("s", order, 0, groups=(Group("g", ("alive",)),))):
        await until(nothing_pending)


@pytest.mark.usefixtures("hurried")
async def test_an_entry_that_fails_is_tried_again_and_never_acknowledged(empty: Client) -> None:
    group = Group("g", ("a", "b"), seconds=0, claims_from_all=True, accepts=is_payment)
    await empty.execute_command("XGROUP", "CREATE", "s", "g", "0", "MKSTREAM")
    await empty.execute_command("XADD", "s", "*", *malformed_payment(Random(1), 1))

    async def delivered_often() -> bool:
        rows = await empty.execute_command("XPENDING", "s", "g", "-", "+", 1)
        return bool(rows) and rows[0][3] > 4

    async with playing(empty, Stream("s", malformed_payment, 0, groups=(group,))):
        await until(delivered_often)


@pytest.mark.usefixtures("hurried")
async def test_a_consumer_creates_a_destroyed_group_again(empty: Client) -> None:
    async def destroyed() -> bool:
        if not await empty.execute_command("EXISTS", "s"):
            return False
        return bool(await empty.execute_command("XGROUP", "DESTROY", "s", "g"))

    async with playing(empty, Stream("s", order, 0, groups=(Group("g", ("c",)),))):
        await until(destroyed)
        await until(destroyed)


@asynccontextmanager
async def playing(client: Client, stream: Stream) -> AsyncIterator[None]:
    """Run the stream's workload for the duration of the block."""
    play = asyncio.create_task(workload.play(client, (stream,)))
    try:
        yield
    finally:
        play.cancel()
        await asyncio.wait((play,))
