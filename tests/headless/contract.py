"""The form of `snapshot --json` that may not change, written down a second time."""

from __future__ import annotations

from typing import Literal

import msgspec


class Consumer(msgspec.Struct):
    name: str
    pending: int
    idle_ms: int
    inactive_ms: int | None
    state: Literal["active", "idle", "gone"] | None
    name_hex: str | None = None


class Group(msgspec.Struct):
    name: str
    last_delivered_id: str
    entries_read: int | None
    pending: int
    released: int | None
    lag: int | None
    lag_trust: Literal["exact", "reported", "at_least", "unknown"]
    lag_age_ms: int | None
    lost: int | None
    oldest_pending_id: str | None
    oldest_pending_idle_ms: int | None
    oldest_pending_deliveries: int | None
    verdict: Literal["loss", "stalled", "stuck", "poison", "orphaned", "behind", "warming_up", "ok"]
    reasons: list[str]
    consumers: list[Consumer]
    name_hex: str | None = None


class Stream(msgspec.Struct):
    name: str
    length: int | None
    entries_added: int | None
    first_entry_id: str | None
    last_entry_id: str | None
    last_generated_id: str | None
    max_deleted_entry_id: str | None
    error: str | None
    groups: list[Group]
    name_hex: str | None = None


class Server(msgspec.Struct):
    url: str
    flavour: Literal["redis", "valkey", "redict", "unknown"]
    version: str
    role: Literal["master", "slave", "sentinel", "cluster"]
    time_ms: int | None


class Look(msgspec.Struct):
    schema: Literal[1]
    taken_at: str
    server: Server
    streams: list[Stream]


def decoded(text: str) -> Look:
    """The look, if the text has the form."""
    return msgspec.json.decode(text.encode(), type=Look)
