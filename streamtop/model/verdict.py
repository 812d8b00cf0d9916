"""What is wrong with a group, as far as one look can show, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from streamtop.model.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from streamtop.model.rates import Past
    from streamtop.model.snapshot import Consumer, Group, ServerInfo, Snapshot

Kind = Literal["loss", "stuck", "poison", "orphaned", "ok"]
KINDS: tuple[Kind, ...] = ("loss", "stuck", "poison", "orphaned", "ok")
"""Worst first."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From when on something is trouble."""

    stuck_ms: int = 60_000
    """A pending entry that nobody was given for so long is stuck."""
    gone_ms: int = 60_000
    """A consumer that did not ask for entries for so long is gone; longer than its BLOCK."""
    poison_deliveries: int = 5
    """An entry that was delivered so often and is still pending is poison."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The worst that holds, and why: sentences an operator can act on."""

    kind: Kind = "ok"
    reasons: tuple[str, ...] = ()

    @property
    def rank(self) -> int:
        """0 for the worst kind."""
        return KINDS.index(self.kind)


OK = Verdict()


def is_gone(consumer: Consumer, server: ServerInfo, limits: Thresholds) -> bool:
    """Whether a consumer has stopped asking for entries.

    Only where idle counts from the last attempt (7.2 and later) can that be told from a
    quiet stream, and only on a master: replicas do not see attempts.
    """
    return (
        server.idle_means_attempt and server.role != "slave" and consumer.idle_ms >= limits.gone_ms
    )


def judge(
    group: Group,
    snapshot: Snapshot,
    limits: Thresholds,
    spell: Spell,
    past: Past | None = None,
) -> Verdict:
    """The verdict on one group.

    Args:
        group: What the snapshot saw of it.
        snapshot: Says whose it is, what idle times mean there, and the server's clock.
        limits: From when on something is trouble.
        spell: How numbers and durations are written.
        past: What earlier looks saw of the group; `None` when there was one look only,
            and then only what one look can show is judged.
    """
    found = list(_findings(group, snapshot.server, limits, spell))
    if not found:
        return OK
    found.sort(key=lambda finding: KINDS.index(finding[0]))
    return Verdict(found[0][0], tuple(reason for _, reason in found))


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The worst of several verdicts; ok when there are none."""
    return min(verdicts, key=lambda verdict: verdict.rank, default=OK)


@dataclass(frozen=True, slots=True)
class Spell:
    """How figures are written in a reason."""

    count: Callable[[int], str]
    duration: Callable[[int], str]


def _findings(
    group: Group, server: ServerInfo, limits: Thresholds, spell: Spell
) -> Iterator[tuple[Kind, str]]:
    name = printable(group.name)
    if group.lost:
        yield (
            "loss",
            f"{spell.count(group.lost)} entries were trimmed before {name} read them: "
            "they are gone.",
        )
    oldest = group.oldest_pending
    if oldest is not None and oldest.idle_ms >= limits.stuck_ms:
        held = printable(oldest.consumer)
        yield (
            "stuck",
            f"entry {oldest.id} was delivered to {held} {spell.duration(oldest.idle_ms)} ago and "
            "never acknowledged: claim it (c) or acknowledge it (a).",
        )
    if oldest is not None and limits.poison_deliveries <= oldest.deliveries < 2**62:
        yield (
            "poison",
            f"entry {oldest.id} was delivered {spell.count(oldest.deliveries)} times and never "
            "acknowledged: read it, then acknowledge it (a) or replay it (r).",
        )
    for consumer in sorted(group.consumers, key=lambda each: -each.pending):
        if consumer.pending and is_gone(consumer, server, limits):
            yield (
                "orphaned",
                f"{printable(consumer.name)} has not asked for entries for "
                f"{spell.duration(consumer.idle_ms)} and holds {spell.count(consumer.pending)}: "
                "claim them for another consumer (c).",
            )
