"""The troubles that exist when the demo begins, seen by raw commands."""

import json
import struct

import pytest

from streamtop.demo.client import Client
from streamtop.demo.history import last_seen
from streamtop.demo.payloads import FASTSTREAM_MAGIC, faststream, is_payment
from streamtop.demo.scenario import SCENARIO, Left
from tests.demo.raw_replies import (
    consumer_of,
    fields_of,
    group_of,
    milliseconds,
    pending_of,
    stream_of,
)

pytestmark = pytest.mark.xdist_group("demo")

MINUTE_MS = 60_000


async def server_ms(client: Client) -> int:
    seconds, _ = await client.execute_command("TIME")
    return int(seconds) * 1_000


async def test_a_killed_consumer_holds_forty_entries_for_twelve_minutes(past: Client) -> None:
    killed = await consumer_of(past, "orders", "billing", "worker-3")
    rows = await pending_of(past, "orders", "billing", "worker-3")

    assert killed["pending"] == len(rows) == 40
    assert killed["idle"] >= 12 * MINUTE_MS
    assert killed["inactive"] >= 12 * MINUTE_MS
    assert all(since >= 12 * MINUTE_MS and count == 1 for _, _, since, count in rows)


async def test_no_pending_entry_was_delivered_before_it_was_added(past: Client) -> None:
    now_ms = await server_ms(past)
    lefts = [(s.name, g.name, g.left) for s in SCENARIO for g in s.groups if g.left is not None]
    for stream, group, left in lefts:
        for entry_id, _, since, _ in await pending_of(past, stream, group, left.consumer):
            assert since <= now_ms + 1_000 - milliseconds(entry_id)


async def test_the_malformed_payment_was_delivered_seven_times(past: Client) -> None:
    [[entry_id, _, _, deliveries]] = await pending_of(past, "payments", "ledger", "ledger-1")
    fields = await fields_of(past, "payments", entry_id)

    assert deliveries == 7
    assert fields is not None
    assert b"NaN" in fields[1]
    assert not is_payment(fields)


async def test_the_sender_begins_a_few_thousand_entries_behind(past: Client) -> None:
    assert (await group_of(past, "emails", "sender"))["lag"] == 3_400


async def test_the_audit_trail_is_long_read_to_its_end_and_never_trimmed(past: Client) -> None:
    audit = await stream_of(past, "audit")
    siem = await group_of(past, "audit", "siem")

    assert audit["length"] == audit["entries-added"] > 90_000
    assert (siem["lag"], siem["pending"]) == (0, 0)


async def test_a_group_created_at_the_end_was_never_delivered_the_history(past: Client) -> None:
    orders = await stream_of(past, "orders")
    analytics = await group_of(past, "orders", "analytics")

    assert analytics["last-delivered-id"] == orders["last-generated-id"]
    assert analytics["entries-read"] is None


async def test_entries_were_trimmed_before_the_group_was_delivered_them(past: Client) -> None:
    thumbnails = await stream_of(past, "thumbnails")
    resizer = await group_of(past, "thumbnails", "resizer")
    lost = thumbnails["entries-added"] - thumbnails["length"] - resizer["entries-read"]

    first_ms = milliseconds(thumbnails["first-entry"][0])
    assert first_ms > milliseconds(resizer["last-delivered-id"])
    assert lost == 1_120


async def test_the_consumer_that_lost_entries_was_last_seen_nine_minutes_ago(past: Client) -> None:
    resizer = await consumer_of(past, "thumbnails", "resizer", "resizer-1")

    assert resizer["idle"] >= 9 * MINUTE_MS
    assert resizer["pending"] == 0


async def test_seven_of_twelve_pending_entries_have_no_payload(past: Client) -> None:
    rows = await pending_of(past, "inventory", "sync", "sync-2")
    payloads = [await fields_of(past, "inventory", row[0]) for row in rows]

    assert len(rows) == 12
    assert payloads.count(None) == 7


async def test_the_server_cannot_tell_the_lag_past_a_deleted_entry(past: Client) -> None:
    pdf = await group_of(past, "invoices", "pdf")
    unread = await past.execute_command("XRANGE", "invoices", b"(" + pdf["last-delivered-id"], "+")

    assert pdf["lag"] is None
    assert len(unread) == 44


async def test_signups_hold_faststreams_binary_format(past: Client) -> None:
    [name, value] = (await stream_of(past, "signups"))["last-entry"][1]
    version, headers_at, body_at = struct.unpack(">HII", value[8:18])

    assert name == b"__data__"
    assert value.startswith(FASTSTREAM_MAGIC)
    assert (version, headers_at) == (1, 18)
    assert b"correlation_id" in value[18:body_at]
    assert "email" in json.loads(value[body_at:])


async def test_tasks_hold_what_taskiq_writes(past: Client) -> None:
    [name, value] = (await stream_of(past, "taskiq"))["last-entry"][1]

    assert name == b"data"
    assert json.loads(value)["task_name"].startswith("shop.tasks:")


async def test_names_and_fields_need_not_be_ascii(past: Client) -> None:
    fields = (await stream_of(past, "注文"))["last-entry"][1]

    assert fields[0].decode() == "顧客"
    assert (await group_of(past, "注文", "厨房"))["lag"] == 0


async def test_one_stream_is_unused_and_one_is_quiet(past: Client) -> None:
    now_ms = await server_ms(past)
    unused, quiet = await stream_of(past, "webhooks:legacy"), await stream_of(past, "refunds")

    assert unused["groups"] == 0
    assert now_ms - milliseconds(unused["last-generated-id"]) >= 47 * 60 * MINUTE_MS
    assert quiet["length"] < 100


async def test_the_live_streams_history_ends_now(past: Client) -> None:
    for stream in SCENARIO:
        if stream.rate > 0.1:
            last = (await stream_of(past, stream.name))["last-generated-id"]
            assert abs(await server_ms(past) - milliseconds(last)) < 2 * MINUTE_MS


def test_a_faststream_value_has_its_headers_before_its_body() -> None:
    assert faststream(b"{}", {"k": "é"}) == (
        b"\x89BIN\r\n\x1a\n" + b"\0\1" + b"\0\0\0\x12" + b"\0\0\0\x1b" + b"\0\1\0\1k\0\2\xc3\xa9{}"
    )


def test_a_dump_without_the_consumer_cannot_be_aged() -> None:
    with pytest.raises(ValueError, match="not found"):
        last_seen(b"\x0fnothing of the kind", "worker-3", 0)


def test_no_consumers_name_is_so_long_that_a_dump_might_compress_it() -> None:
    lefts: list[Left] = [g.left for s in SCENARIO for g in s.groups if g.left is not None]

    assert lefts
    assert all(len(left.consumer.encode()) <= 20 for left in lefts)
