"""What is done and recorded, for the tests of journal and undo."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from streamtop.journal.writer import Journal
from streamtop.model.pending_entries import PendingEntries
from streamtop.operations import apply
from streamtop.operations.acknowledge import Acknowledge
from streamtop.operations.claim import Claim
from tests.fakes import SERVER, FakeSource, pending_entries

if TYPE_CHECKING:
    from pathlib import Path

    from redis.asyncio import Redis

    from streamtop.gateway.server import Server
    from streamtop.operations import Operation
    from streamtop.source import Command, Reply


async def recorded(operation: Operation, kept: Path) -> str:
    """An operation on no server, recorded; its ID."""

    def answer(_: Command) -> Reply:
        return [[b"done", 7_000, b"2"] for _ in operation.ids] or [b"done", b"5-0"]

    journal = Journal(kept, SERVER)
    return (await apply(operation, FakeSource(answer=answer), journal)).operation_id


async def claimed(server: Server, kept: Path) -> str:
    """All entries are claimed for w2; the operation's ID."""
    held = PendingEntries(await server.pending("orders", "billing"))
    operation = Claim("orders", "billing", "w2", held, new_consumer=True)
    return (await apply(operation, server, Journal(kept, server.info))).operation_id


async def holders(redis: Redis) -> list[object]:
    rows = await redis.xpending_range("orders", "billing", "-", "+", 9)
    return [row["consumer"] for row in rows]


def content(path: Path) -> bytes:
    """All that the journal holds."""
    return path.read_bytes()


def add(path: Path, raw: bytes) -> None:
    """Another program writes into the journal."""
    path.write_bytes(content(path) + raw)


def jsons(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


CLAIM = Claim("orders", "billing", "w2", PendingEntries(pending_entries(3)))
ACKNOWLEDGE = Acknowledge("audit", "mail", PendingEntries(pending_entries(2)))
