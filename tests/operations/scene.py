"""A group with pending entries on a real server, and what other clients do to them meanwhile."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from streamtop.model.ids import EntryId
from streamtop.model.text import to_name
from streamtop.operations.redrive import Redrive
from streamtop.planning.copies import RedriveRequest, plan_redrive
from streamtop.planning.plan import PlanContext
from streamtop.source import ForwardingSource
from tests.fakes import SERVER, snapshot
from tests.fakes import stream as fake_stream
from tests.kit.server_state import ask_all

if TYPE_CHECKING:
    from collections.abc import Sequence

    from redis.asyncio import Redis

    from streamtop.model.entries import PendingEntry
    from streamtop.source import Command, Reply, Source, SourceError

RAW_STREAM, RAW_GROUP, RAW_COPIES = b"ord\xe9rs", b"bill\x00ing", b"copies\n"
STREAM, GROUP, COPIES = map(to_name, (RAW_STREAM, RAW_GROUP, RAW_COPIES))
OWNERS = (b"alice", b"bob\xff")
STRANGER = b"carol"
IDLE_MS = 600_000
"""How long the entries have been idle when they are seen."""

Pairs = list[tuple[bytes, bytes]]
Touch = tuple[str, int]
"""What another client does, to which entry."""
Plan = list[list[Touch]]
"""What other clients do before each command that is written."""
_TOUCHES = ("acknowledge", "claim", "claim_justid", "claim_idle", "read_again", "delete", "trim")

_fields = st.lists(st.tuples(st.binary(max_size=8), st.binary(max_size=16)), min_size=1, max_size=4)
scenes = st.lists(_fields, min_size=1, max_size=6)
touches = st.lists(st.tuples(st.sampled_from(_TOUCHES), st.integers(0, 5)), max_size=5)
plans = st.lists(touches, max_size=6)
choices = st.sets(st.integers(0, 5), min_size=1)
LARGEST_COUNT = 2**63 - 1

on_a_server = settings(
    max_examples=25,
    deadline=None,
    # The examples share the server: each begins by emptying it.
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@dataclass(frozen=True)
class State:
    """All that an operation could change."""

    pending: dict[EntryId, tuple[bytes, int]]
    """Consumer and delivery count."""
    entries: dict[EntryId, list[bytes]]
    copies: list[list[bytes]]
    consumers: set[bytes]
    idle: dict[EntryId, int] = field(compare=False, default_factory=dict)
    """Milliseconds that each pending entry has been idle."""

    def holder(self, entry_id: EntryId) -> str | None:
        """Who holds an entry; `None` when it is not pending."""
        held = self.pending.get(entry_id)
        return None if held is None else to_name(held[0])


@dataclass(frozen=True)
class Round:
    """One command that was written, and what there was just before and just after."""

    before: State
    after: State
    at: float
    """Seconds of the monotonic clock when it was to be sent, before the others acted."""


async def redrive_of(
    source: Source, stream: str, *ids: EntryId, cluster: bool = False, **options: Any
) -> Redrive:
    """The redrive that is planned of a dead-letter stream, with the options of the request."""
    server = replace(SERVER, cluster=cluster)
    context = PlanContext(source, snapshot(fake_stream(stream), server=server))
    plan = await plan_redrive(context, RedriveRequest(stream, ids, **options))
    assert isinstance(plan.operation, Redrive)
    return plan.operation


class Scene(ForwardingSource):
    """A source that remembers what is written, and plays the other clients."""

    def __init__(self, source: Source, redis: Redis) -> None:
        super().__init__(source)
        self.redis = redis
        self.written: list[Command] = []
        self.rounds: list[Round] = []
        """Kept while there is a plan."""
        self._plan: Plan | None = None
        self._ids: list[EntryId] = []

    async def write(self, commands: Sequence[Command]) -> list[Reply | SourceError]:
        self.written += commands
        if self._plan is None:
            return await self.source.write(commands)
        at = time.monotonic()
        await self.play(self._plan.pop(0) if self._plan else (), self._ids)
        before = await self.state()
        replies = await self.source.write(commands)
        self.rounds.append(Round(before, await self.state(), at))
        return replies

    # The other clients

    async def ask(self, *words: str | bytes | int) -> Any:
        """Any command, its raw reply."""
        return await self.redis.execute_command(*words)  # type: ignore[no-untyped-call]

    async def begin(self, entries: Sequence[Pairs], *, idle_ms: int = IDLE_MS) -> list[EntryId]:
        """Empty the server, and leave these entries pending, held by the owners in turn."""
        self.written.clear()
        self.rounds.clear()
        self._plan = None
        commands: list[tuple[str | bytes | int, ...]] = [
            ("FLUSHALL",),
            ("XGROUP", "CREATE", RAW_STREAM, RAW_GROUP, "0", "MKSTREAM"),
        ]
        ids = []
        for number, pairs in enumerate(entries, start=1):
            entry_id = b"%d-%d" % (number, number % 3)
            owner = (RAW_GROUP, OWNERS[number % 2])
            commands += [
                ("XADD", RAW_STREAM, entry_id, *(word for pair in pairs for word in pair)),
                ("XREADGROUP", "GROUP", *owner, "COUNT", 1, "STREAMS", RAW_STREAM, ">"),
                (
                    *("XCLAIM", RAW_STREAM, *owner, 0, entry_id, "IDLE", idle_ms),
                    *("RETRYCOUNT", number, "JUSTID"),
                ),
            ]
            ids.append(EntryId.parse(entry_id))
        await ask_all(self.redis, commands)
        self._ids = ids
        return ids

    def meanwhile(self, plan: Plan) -> None:
        """From now on other clients act before each command that is written."""
        self._plan = [list(touches) for touches in plan]
        self.rounds.clear()

    async def set_count(self, entry_id: EntryId, deliveries: int) -> None:
        """Give an entry a delivery count, and leave the rest of it as it is."""
        [[_, consumer, idle_ms, _]] = await self.ask(
            "XPENDING", RAW_STREAM, RAW_GROUP, str(entry_id), str(entry_id), 1
        )
        await self.ask(
            *("XCLAIM", RAW_STREAM, RAW_GROUP, consumer, 0, str(entry_id), "IDLE", idle_ms),
            *("RETRYCOUNT", deliveries, "JUSTID"),
        )

    async def seen(self) -> tuple[PendingEntry, ...]:
        """What is pending, as streamtop sees it."""
        return await self.source.pending(STREAM, GROUP)

    async def touch(self, touch: str, entry_id: EntryId) -> None:
        """Another client does something to an entry."""
        held = await self.ask("XPENDING", RAW_STREAM, RAW_GROUP, str(entry_id), str(entry_id), 1)
        match touch:
            case "acknowledge":
                await self.ask("XACK", RAW_STREAM, RAW_GROUP, str(entry_id))
            case "claim":
                await self.ask("XCLAIM", RAW_STREAM, RAW_GROUP, STRANGER, 0, str(entry_id))
            case "claim_justid":
                await self.ask(
                    "XCLAIM", RAW_STREAM, RAW_GROUP, STRANGER, 0, str(entry_id), "JUSTID"
                )
            case "claim_idle":
                await self.ask(
                    *("XCLAIM", RAW_STREAM, RAW_GROUP, STRANGER, 0, str(entry_id)),
                    *("IDLE", 10 * IDLE_MS, "JUSTID"),
                )
            case "read_again" if held:
                before = entry_id.previous()
                await self.ask(
                    *("XREADGROUP", "GROUP", RAW_GROUP, held[0][1], "COUNT", 1),
                    *("STREAMS", RAW_STREAM, str(before)),
                )
            case "delete":
                await self.ask("XDEL", RAW_STREAM, str(entry_id))
            case "trim":
                later = await self.ask("XRANGE", RAW_STREAM, str(entry_id.next()), "+")
                await self.ask("XTRIM", RAW_STREAM, "MAXLEN", len(later))

    async def play(self, plan: Sequence[Touch], ids: Sequence[EntryId]) -> set[EntryId]:
        """Other clients act; the entries that are not as they were seen."""
        for touch, number in plan:
            await self.touch(touch, ids[number % len(ids)])
        rows = await self.ask("XPENDING", RAW_STREAM, RAW_GROUP, "-", "+", 1000)
        held = {EntryId.parse(row[0]): (row[1], row[2] >= IDLE_MS) for row in rows}
        return {
            entry_id
            for number, entry_id in enumerate(ids, start=1)
            if held.get(entry_id) != (OWNERS[number % 2], True)
        }

    async def state(self) -> State:
        """All that an operation could change."""
        rows, consumers, entries, copies = await ask_all(
            self.redis,
            [
                ("XPENDING", RAW_STREAM, RAW_GROUP, "-", "+", 1000),
                ("XINFO", "CONSUMERS", RAW_STREAM, RAW_GROUP),
                ("XRANGE", RAW_STREAM, "-", "+"),
                ("XRANGE", RAW_COPIES, "-", "+"),
            ],
        )
        return State(
            {EntryId.parse(row[0]): (row[1], row[3]) for row in rows},
            {EntryId.parse(entry_id): fields for entry_id, fields in entries},
            [fields for _, fields in copies],
            {row[row.index(b"name") + 1] for row in consumers},
            {EntryId.parse(row[0]): row[2] for row in rows},
        )
