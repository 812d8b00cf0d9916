from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from streamtop.gateway import replies, server_info
from streamtop.model.edges import Edges
from streamtop.model.entries import Entry
from streamtop.model.ids import EntryId
from streamtop.model.snapshot import Consumer, OldestPending
from streamtop.model.text import to_name

if TYPE_CHECKING:
    from streamtop.source import Reply

FIRST: Reply = [b"1-1", [b"a", b"1"]]
LAST: Reply = [b"1-2", [b"a", b"22"]]


def test_edges_are_read_whatever_the_order_of_the_names_and_whatever_is_new() -> None:
    reply: list[Reply] = [b"last-entry", LAST, b"new-in-9", [b"x"], b"first-entry", FIRST]
    reply += [b"length", 2, b"max-deleted-entry-id", b"0-7", b"entries-added", 5]
    reply += [b"last-generated-id", b"1-3"]
    edges, payload = replies.to_edges(reply)
    assert edges == Edges(2, EntryId(1, 3), EntryId(1, 1), EntryId(1, 2), 5, EntryId(0, 7))
    assert payload == 5


def test_an_empty_stream_of_an_old_server_has_no_edges() -> None:
    edges, payload = replies.to_edges(
        [b"length", 0, b"last-generated-id", b"1-3", b"first-entry", None, b"last-entry", None]
    )
    assert edges == Edges(0, EntryId(1, 3), None, None, None, None)
    assert payload == 0


def test_a_lag_that_is_nil_or_absent_is_not_known() -> None:
    names: list[Reply] = [b"name", b"g", b"consumers", 1, b"pending", 2, b"last-delivered-id"]
    [old] = replies.to_groups([[*names, b"1-1"]])
    [nil] = replies.to_groups([[*names, b"1-1", b"entries-read", None, b"lag", None]])
    [new] = replies.to_groups([[*names, b"1-1", b"entries-read", 4, b"lag", 0]])
    assert (old.entries_read, old.lag) == (nil.entries_read, nil.lag) == (None, None)
    assert (new.entries_read, new.lag) == (4, 0)


def test_consumers_are_sorted_by_name() -> None:
    reply: Reply = [
        [b"name", b"\xff", b"pending", 0, b"idle", 1, b"inactive", -1],
        [b"name", b"a", b"pending", 3, b"idle", 2, b"inactive", 9],
    ]
    assert replies.to_consumers(reply) == (
        Consumer("a", 3, 2, 9),
        Consumer(to_name(b"\xff"), 0, 1, None, never_active=True),
    )


def test_before_7_2_nothing_says_that_a_consumer_was_never_active() -> None:
    [consumer] = replies.to_consumers([[b"name", b"a", b"pending", 0, b"idle", 5]])
    assert (consumer.inactive_ms, consumer.never_active) == (None, False)


def test_a_released_entry_has_no_consumer() -> None:
    oldest = replies.to_oldest_pending([[b"1-1", b"", -1, 2]])
    assert oldest == OldestPending(EntryId(1, 1), "", -1, 2)
    assert replies.to_oldest_pending([]) is None


def test_fields_keep_their_order_and_their_duplicates() -> None:
    [entry] = replies.to_entries([[b"1-1", [b"b", b"1", b"a", b"2", b"b", b"3"]]])
    assert entry == Entry(EntryId(1, 1), ((b"b", b"1"), (b"a", b"2"), (b"b", b"3")))


def test_an_entry_without_its_payload_is_left_out() -> None:
    assert replies.to_entries([[b"1-1", None], None]) == []


@pytest.mark.parametrize(
    "reply", [b"", 7, [7], [[7]], [[b"name"]], [[[]], 1], [[b"name", 1, b"pending", b"x"]]]
)
def test_a_reply_of_another_shape_is_a_value_error(reply: Reply) -> None:
    for read in (replies.to_groups, replies.to_consumers, replies.to_edges, replies.to_entries):
        with pytest.raises(ValueError, match="not "):
            read(reply)


@pytest.mark.parametrize(
    ("text", "flavour", "version", "role", "api"),
    [
        (b"redis_version:7.0.15\r\nrole:slave", "redis", "7.0.15", "slave", (7, 0)),
        (
            b"redis_version:7.2.4\r\nserver_name:valkey\r\nvalkey_version:9.1.2\r\nrole:master",
            *("valkey", "9.1.2", "master", (7, 2)),
        ),
        (
            b"redis_version:7.2.4\r\nserver_name:redict\r\nredict_version:7.3.6",
            *("redict", "7.3.6", "master", (7, 2)),
        ),
        (
            b"redis_version:8.0.0\r\nredis_mode:sentinel",
            *("redis", "8.0.0", "sentinel", (8, 0)),
        ),
        (
            b"redis_version:7.2.4\r\nvalkey_version:9.1.2\r\nserver_mode:sentinel",
            *("valkey", "9.1.2", "sentinel", (7, 2)),
        ),
        (
            b"redis_version:8.0.0\r\nrole:master\r\ncluster_enabled:1",
            *("redis", "8.0.0", "cluster", (8, 0)),
        ),
        (b"", "unknown", "", "master", (0, 0)),
        (b"redis_version:\x1b[2J.x", "redis", "\\x1b[2J.x", "master", (0, 0)),
    ],
)
def test_info_tells_which_server_it_is(
    text: bytes, flavour: str, version: str, role: str, api: tuple[int, int]
) -> None:
    known = server_info.server_info("redis://cache", text)
    assert (known.flavour, known.version, known.role, known.api) == (flavour, version, role, api)
    assert known.cluster == (role == "cluster")
