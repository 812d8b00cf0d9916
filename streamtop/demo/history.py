"""The demo's past: entries with IDs in the past, positions of groups, pending entries."""

from collections.abc import Iterable
from itertools import chain
from random import Random
from typing import TypeAlias

from streamtop.demo.client import Client
from streamtop.demo.scenario import Group, Left, Stream

MINUTE_MS = 60_000
MOST_SAMPLES = 2_400
"""Payloads repeat after this many entries."""

ADD = """
local start, step, count, width = unpack(ARGV, 1, 4)
local samples = (#ARGV - 4) / width
for number = 0, count - 1 do
  local at = 5 + number % samples * width
  local ms = start + number * step + number * 7919 % step
  redis.call('XADD', KEYS[1], string.format('%.0f-0', ms), unpack(ARGV, at, at + width - 1))
end
"""
"""Adds `count` entries, on average `step` milliseconds apart; see `Past.id_of`."""

Command: TypeAlias = tuple[str | bytes | int, ...]


class Past:
    """The past of one stream: the IDs of its entries, and the commands that create them.

    Args:
        stream: The stream as the scenario describes it.
        now_ms: The server's time, milliseconds since 1970.
    """

    def __init__(self, stream: Stream, now_ms: int) -> None:
        self.stream = stream
        self.now_ms = now_ms
        self.start_ms = now_ms - round(stream.minutes * MINUTE_MS)
        self.step_ms = round((stream.minutes - stream.until) * MINUTE_MS) // stream.entries

    def id_of(self, number: int) -> str:
        """The ID of entry `number`, counted from 0; for -1, an ID below all of them."""
        if number < 0:
            return "0-0"
        return f"{self.start_ms + number * self.step_ms + number * 7919 % self.step_ms}-0"

    def first_of(self, left: Left) -> int:
        """The number of the first entry of those left pending."""
        delivered_ms = self.now_ms - round(left.minutes * MINUTE_MS)
        return (delivered_ms - self.start_ms) // self.step_ms - left.entries

    def ids_of(self, left: Left) -> list[str]:
        """The IDs of all entries that were left pending."""
        first = self.first_of(left)
        return [self.id_of(number) for number in range(first, first + left.entries)]

    def commands(self) -> list[Command]:
        """All commands that create this past, in order."""
        name, groups = self.stream.name, self.stream.groups
        commands = [self._add(), *chain.from_iterable(map(self._group, groups))]
        if self.stream.withdrawn_every is not None:
            commands.append(("XDEL", name, self.id_of(self.stream.entries - 20)))
        if self.stream.keep is not None:
            commands.append(("XTRIM", name, "MAXLEN", self.stream.keep))
        return commands

    def _add(self) -> Command:
        stream = self.stream
        chance = Random(stream.name)
        samples = [stream.payload(chance, n) for n in range(min(stream.entries, MOST_SAMPLES))]
        for left in (group.left for group in stream.groups if group.left is not None):
            if left.payload is not None:
                for number in range(self.first_of(left), self.first_of(left) + left.entries):
                    samples[number] = left.payload(chance, number)
        numbers = (self.start_ms, self.step_ms, stream.entries, len(samples[0]))
        return ("EVAL", ADD, 1, stream.name, *numbers, *chain.from_iterable(samples))

    def _group(self, group: Group) -> list[Command]:
        stream, left = self.stream, group.left
        if group.from_end:
            return [("XGROUP", "CREATE", stream.name, group.name, "$", "MKSTREAM")]
        read = stream.entries - group.behind
        start = read if left is None else self.first_of(left)
        create = ("XGROUP", "CREATE", stream.name, group.name, *self._position(start))
        if left is None:
            return [create]
        set_id = ("XGROUP", "SETID", stream.name, group.name, *self._position(read))
        return [create, *self._left(group.name, left), set_id]

    def _position(self, read: int) -> Command:
        return (self.id_of(read - 1), "ENTRIESREAD", read)

    def _left(self, group: str, left: Left) -> list[Command]:
        name, ids = self.stream.name, self.ids_of(left)
        if not ids:
            return [("XGROUP", "CREATECONSUMER", name, group, left.consumer)]
        reader = ("GROUP", group, left.consumer)
        idle = ("IDLE", round(left.minutes * MINUTE_MS) if left.gone else 0)
        deliveries = ("RETRYCOUNT", left.deliveries, "JUSTID")
        commands: list[Command] = [
            ("XREADGROUP", *reader, "COUNT", left.entries, "STREAMS", name, ">"),
            ("XCLAIM", name, group, left.consumer, 0, *ids, *idle, *deliveries),
        ]
        if left.deleted:
            commands.append(("XDEL", name, *ids[: left.deleted]))
        return commands


async def make_history(client: Client, scenario: Iterable[Stream]) -> None:
    """Create the past of every stream, counted back from the server's time.

    Args:
        client: A client of an empty server that allows DEBUG.
        scenario: The streams to create.

    Raises:
        ResponseError: If the server rejects a command, which is a bug.
    """
    seconds, microseconds = await client.execute_command("TIME")
    now_ms = int(seconds) * 1_000 + int(microseconds) // 1_000
    await client.execute_command("DEBUG", "SET-SKIP-CHECKSUM-VALIDATION", 1)
    for stream in scenario:
        for command in Past(stream, now_ms).commands():
            await client.execute_command(*command)
        for left in (group.left for group in stream.groups if group.left is not None):
            if left.gone:
                seen_ms = now_ms - round(left.minutes * MINUTE_MS)
                dump = await client.execute_command("DUMP", stream.name)
                aged = last_seen(dump, left.consumer, seen_ms)
                await client.execute_command("RESTORE", stream.name, 0, aged, "REPLACE")
    await client.execute_command("DEBUG", "SET-SKIP-CHECKSUM-VALIDATION", 0)


def last_seen(dump: bytes, consumer: str, seen_ms: int) -> bytes:
    """A stream's DUMP in which one consumer was last seen and last active at `seen_ms`.

    No command sets these times, but RESTORE accepts those of a dump. A dump stores a
    consumer as its name (a length byte, then the bytes) and two times, each in milliseconds
    since 1970 as eight bytes, little-endian. The checksum at the end is not updated.

    Args:
        dump: The reply to DUMP.
        consumer: The consumer's name, at most 20 bytes: longer ones may be compressed.
        seen_ms: The time, milliseconds since 1970.

    Raises:
        ValueError: If the dump does not contain the consumer.
    """
    name = consumer.encode()
    start = dump.rindex(bytes([len(name)]) + name) + 1 + len(name)
    return dump[:start] + seen_ms.to_bytes(8, "little") * 2 + dump[start + 16 :]
