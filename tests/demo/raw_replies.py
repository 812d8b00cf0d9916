"""Raw commands to the demo's server, as a user with redis-cli would send them."""

import os
from pathlib import Path
from typing import Any, TypeAlias

from streamtop.demo.client import Client

Row: TypeAlias = dict[str, Any]


def socket_of(url: str) -> Path:
    return Path(url.removeprefix("unix://"))


def row(reply: list[Any]) -> Row:
    """A flat reply of names and values, such as those of XINFO, as a dict."""
    return {name.decode(): value for name, value in zip(reply[::2], reply[1::2], strict=True)}


async def stream_of(client: Client, stream: str) -> Row:
    return row(await client.execute_command("XINFO", "STREAM", stream))


async def group_of(client: Client, stream: str, group: str) -> Row:
    rows = map(row, await client.execute_command("XINFO", "GROUPS", stream))
    return next(found for found in rows if found["name"] == group.encode())


async def consumer_of(client: Client, stream: str, group: str, consumer: str) -> Row:
    rows = map(row, await client.execute_command("XINFO", "CONSUMERS", stream, group))
    return next(found for found in rows if found["name"] == consumer.encode())


async def pending_of(client: Client, stream: str, group: str, consumer: str) -> list[list[Any]]:
    """Rows of ID, consumer, milliseconds since delivered, delivery count."""
    rows: list[list[Any]] = await client.execute_command(
        "XPENDING", stream, group, "-", "+", 100, consumer
    )
    return rows


async def fields_of(client: Client, stream: str, entry_id: bytes) -> list[bytes] | None:
    """The fields of one entry, `None` if it does not exist."""
    found = await client.execute_command("XRANGE", stream, entry_id, entry_id)
    return found[0][1] if found else None


async def process_of(client: Client) -> int:
    """The process ID of the server."""
    info: bytes = await client.execute_command("INFO", "server")
    return next(int(line[11:]) for line in info.splitlines() if line.startswith(b"process_id:"))


def milliseconds(entry_id: bytes) -> int:
    return int(entry_id.split(b"-")[0])


def is_alive(process: int) -> bool:
    """Whether a process runs; a zombie does not."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{process}/stat")
    return not state.exists() or state.read_text().rpartition(")")[2].split()[0] != "Z"
