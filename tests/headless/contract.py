"""The forms of JSON that are a contract, written down a second time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import msgspec

if TYPE_CHECKING:
    from tests.headless.command_line import CommandResult


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
    verdict: Literal[
        "loss",
        "stalled",
        "stuck",
        "poison",
        "orphaned",
        "unrecovered",
        "behind",
        "slow",
        "warming_up",
        "ok",
    ]
    reasons: list[str]
    consumers: list[Consumer]
    lost_at_least: int
    lost_at_most: int | None
    lost_since: str | None
    consistent: bool
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


class Outcome(msgspec.Struct):
    id: str | None
    outcome: Literal["done", "skipped", "failed"]
    reason: str | None


class Receipt(msgspec.Struct):
    operation: str
    operation_id: str | None
    done: int
    skipped: int
    failed: int
    outcomes: list[Outcome]
    left: int
    error: str | None
    notes: list[str]

    @property
    def counts(self) -> tuple[int, int, int]:
        return self.done, self.skipped, self.failed


class PendingLine(msgspec.Struct):
    """A line of `pending --json`, as a line."""

    id: str
    consumer: str
    idle_ms: int | None
    deliveries: int
    gone: bool | None
    consumer_hex: str | None = None


def receipt(told: CommandResult) -> Receipt:
    """The one receipt that a command printed."""
    return msgspec.json.decode(told.line.encode(), type=Receipt)


def rows(text: str) -> list[PendingLine]:
    """The lines of a list."""
    return [msgspec.json.decode(line.encode(), type=PendingLine) for line in text.splitlines()]


class EntryLine(msgspec.Struct, forbid_unknown_fields=True):
    """A line of `entries --json`."""

    id: str
    fields: list[tuple[str, str]]
    framework: str | None
    summary: str
    decoded: Any
    fields_hex: list[tuple[str, str]] | msgspec.UnsetType = msgspec.UNSET


def lines(text: str) -> list[EntryLine]:
    return [msgspec.json.decode(line.encode(), type=EntryLine) for line in text.splitlines()]


def ids(text: str) -> list[str]:
    return [line.id for line in lines(text)]
