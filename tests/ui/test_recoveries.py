"""What was moved is followed beside the receipt, in the line below the groups, and in a list."""

from __future__ import annotations

from dataclasses import replace

from tests.fakes import (
    FakeSource,
    consumer,
    entries,
    group,
    oldest,
    pending_entries,
    snapshot,
    stream,
)
from tests.kit.pilot import Dashboard, watching

KEY = "orders", "billing"


def source(*, gone: bool = False) -> FakeSource:
    """A group in which w1 holds three entries; the other consumer may be gone."""
    other = consumer("w2", idle_ms=3_600_000 if gone else 400)
    seen = group("billing", consumer("w1", 3), other, pending=3, oldest=oldest(), lag=5)
    return FakeSource(
        snapshot(stream("orders", seen)),
        held={KEY: pending_entries(3)},
        stored={"orders": entries(3)},
    )


async def claim_all(at: Dashboard) -> None:
    """Claim all three entries for w2."""
    await at.go_to_pending("orders", 3)
    await at.press("asterisk", "c")
    await at.fill(*"w2")
    await at.agree()
    await at.until(lambda: at.tells)


async def test_before_anything_was_moved_the_list_says_so() -> None:
    async with watching(source()) as at:
        await at.press("w")
        await at.until(lambda: "Nothing was moved in this session." in at.said)
        await at.press("w")
        assert at.top is at.screen


async def test_a_claim_is_followed_in_receipt_line_and_list_to_its_end() -> None:
    async with watching(source()) as at:
        await claim_all(at)
        assert "0 of 3 acknowledged; 3 still pending with " in at.said
        at.source.held[KEY] = [replace(row, consumer="w2") for row in pending_entries(1)]
        await at.look_again()
        await at.until(lambda: "2 of 3 acknowledged; 1 still pending with w2." in at.said)
        await at.press("escape")
        await at.until(lambda: "ago: 2 of 3 acknowledged; 1 still pending with w2." in at.text)
        at.source.held[KEY] = []
        await at.look_again()
        await at.until(lambda: any("All 3 acknowledged." in notice for notice in at.notices))
        await at.press("w")
        await at.until(lambda: "✔ Claim, orders, group billing" in at.said)
        assert "All 3 acknowledged." in at.said


async def test_a_consumer_that_is_gone_is_never_proposed() -> None:
    async with watching(source(gone=True)) as at:
        await at.go_to_pending("orders", 3)
        await at.press("asterisk", "c")
        await at.fill()
        await at.until(lambda: "Type or choose a name." in at.said)
        assert at.in_form
        assert at.source.written == []


async def test_where_nobody_retries_the_form_proposes_to_replay_and_acknowledge() -> None:
    async with watching(source()) as at:
        await at.go_to_pending("orders", 3)
        await at.press("asterisk", "c")
        await at.until(lambda: at.in_form)
        assert "Nobody in this group was seen to take pending entries over" in at.said
        await at.press("ctrl+r")
        await at.until(lambda: at.asks)
        assert "Replay 3 entries of orders to orders and acknowledge the originals" in at.said
