"""What a verdict says: sentences an operator can act on, without the names of streams."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from streamtop.model.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from streamtop.model.lag import Lag
    from streamtop.model.snapshot import Consumer, OldestPending, ServerInfo


def _rate(per_second: float) -> str:
    return f"{per_second:,.1f}"


@dataclass(frozen=True, slots=True)
class Formatter:
    """How figures are written in a reason."""

    count: Callable[[int], str]
    duration: Callable[[int], str]
    """Of milliseconds."""
    rate: Callable[[float], str] = _rate
    """Of a number a second, without its unit."""


@dataclass(frozen=True, slots=True)
class ConsumerActivity:
    """Which consumers a group has, and what their idle times tell."""

    consumers: Sequence[Consumer]
    gone: int
    """How many of them are gone."""
    server: ServerInfo


def loss(lost: int, group: str, spell: Formatter) -> str:
    """Entries were trimmed unread."""
    them, they = ("entry was", "it is") if lost == 1 else ("entries were", "they are")
    return (
        f"{spell.count(lost)} {them} trimmed before {printable(group)} read "
        f"{'it' if lost == 1 else 'them'}: {they} gone. Trim later, or let it read faster."
    )


def stalled(unmoved_ms: int, lag: Lag, asking: ConsumerActivity, spell: Formatter) -> str:
    """Entries wait and none was delivered."""
    begin = f"nothing was delivered for {spell.duration(unmoved_ms)} and {waiting(lag, spell)}"
    consumers, server = asking.consumers, asking.server
    if not consumers:
        listed = "no consumer is listed"
        if server.api < (7, 2):
            listed = "no consumer that ever got an entry is listed"
        return f"{begin}; {listed}: start one, or destroy the group if nobody needs it."
    last = min(consumers, key=lambda each: each.idle_ms)
    name, idle = printable(last.name), spell.duration(last.idle_ms)
    if server.role == "slave":
        return f"{begin}; see that {name} and the others run. {ON_A_REPLICA}"
    if not server.idle_means_attempt:
        return f"{begin}; {name} was the last to get one, {idle} ago: see that it runs."
    if asking.gone == len(consumers):
        if asking.gone == 1:
            return f"{begin}; its one consumer, {name}, is gone for {idle}: start one."
        whole = f"all of its {spell.count(asking.gone)} consumers are gone"
        return f"{begin}; {whole}, the last one, {name}, for {idle}: start one."
    return (
        f"{begin}; {name} was the last to ask, {idle} ago: see that it works, and asks for "
        "new entries (>)."
    )


def waiting(lag: Lag, spell: Formatter) -> str:
    """That entries wait, as exactly as it is known."""
    if lag.count is None or (lag.count == 0 and lag.trust != "exact"):
        return "entries wait"
    if lag.count == 1:
        return "1 entry waits"
    about = {"exact": "", "reported": "about ", "at_least": "more than ", "unknown": "about "}
    return f"{about[lag.trust]}{spell.count(lag.count)} entries wait"


def stuck(oldest: OldestPending, held_ms: int | None, spell: Formatter) -> str:
    """Entries are pending and none is acknowledged.

    Args:
        oldest: The entry that has been pending for longest.
        held_ms: For how long nothing was acknowledged; `None` if others were, or it is
            not known.
        spell: How figures are written.
    """
    entry = f"entry {oldest.id}"
    if not oldest.consumer:
        since = "" if held_ms is None else f" for {spell.duration(held_ms)}"
        return f"{entry} was released and nobody has taken it{since}: claim it."
    nothing = "it was never acknowledged"
    if held_ms is not None:
        nothing = f"nothing was acknowledged for {spell.duration(held_ms)}"
    return (
        f"{entry} was delivered to {printable(oldest.consumer)} {spell.duration(oldest.idle_ms)} "
        f"ago and {nothing}: claim it or acknowledge it."
    )


def forgotten(oldest: OldestPending, spell: Formatter) -> str:
    """One entry stays pending while others are acknowledged."""
    return (
        f"entry {oldest.id} was delivered to {printable(oldest.consumer)} "
        f"{spell.duration(oldest.idle_ms)} ago and not acknowledged, while others were: "
        "claim it or acknowledge it."
    )


def poison(entry: OldestPending, spell: Formatter) -> str:
    """An entry is delivered again and again."""
    held = f", last to {printable(entry.consumer)}," if entry.consumer else ""
    return (
        f"entry {entry.id} was delivered {spell.count(entry.deliveries)} times{held} and never "
        "acknowledged: read it, then acknowledge it or replay it."
    )


def fatal(entry: OldestPending) -> str:
    """An entry was marked by its consumer as one that nobody can process."""
    return (
        f"entry {entry.id} was marked fatal (XNACK) and is still pending: read it, then "
        "acknowledge it or replay it."
    )


def orphaned(consumer: Consumer, spell: Formatter) -> str:
    """A consumer is gone and holds entries."""
    return (
        f"{printable(consumer.name)} has not asked for entries for "
        f"{spell.duration(consumer.idle_ms)} and holds {spell.count(consumer.pending)}: "
        "claim them for another consumer."
    )


def more_orphaned(consumers: Sequence[Consumer], spell: Formatter) -> str:
    """Further consumers are gone and hold entries."""
    held = sum(each.pending for each in consumers)
    return f"{spell.count(len(consumers))} more are gone and hold {spell.count(held)}."


def behind(
    lag: int, window_ms: int, added: float | None, delivered: float | None, spell: Formatter
) -> str:
    """The lag grows although entries are delivered."""
    rates = ""
    if added is not None and delivered is not None:
        rates = f" while {spell.rate(added)}/s came in and {spell.rate(delivered)}/s went out"
    return (
        f"the lag never fell for {spell.duration(window_ms)} and grew to {spell.count(lag)}"
        f"{rates}: add consumers."
    )


def warming_up(watched_ms: int, window_ms: int, spell: Formatter) -> str:
    """It is too early to tell what moves."""
    return (
        f"watched for {spell.duration(watched_ms)}: whether it moves is judged after "
        f"{spell.duration(window_ms)}."
    )


ON_A_REPLICA = "This is a replica: its idle times are unreliable."


def cannot_tell(consumer: str, server: ServerInfo) -> str:
    """Before 7.2 the holder of an entry may be dead, or just have nothing to do."""
    flavour = "this server" if server.flavour == "unknown" else server.flavour.capitalize()
    return (
        f"{printable(f'{flavour} {server.version}'.strip())} cannot tell whether "
        f"{printable(consumer)} is gone or the stream is quiet."
    )
