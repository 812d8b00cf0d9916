"""The reasons of a verdict: sentences an operator can act on. They do not name the stream."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from streamtop.model.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from streamtop.model.lag import Lag
    from streamtop.model.snapshot import Consumer, OldestPending, ServerInfo

ON_A_REPLICA = "This is a replica: its idle times are unreliable."


def _rate(per_second: float) -> str:
    return f"{per_second:,.1f}"


@dataclass(frozen=True, slots=True)
class Formatter:
    """How figures are written in a reason."""

    count: Callable[[int], str]
    duration: Callable[[int], str]
    """Formats milliseconds."""
    rate: Callable[[float], str] = _rate
    """Formats a number per second, without a unit."""


@dataclass(frozen=True, slots=True)
class ConsumerActivity:
    """The consumers of a group, and what their idle times mean."""

    consumers: Sequence[Consumer]
    gone: int
    """How many of them are gone."""
    server: ServerInfo


def loss(lost: int, group: str, fmt: Formatter) -> str:
    """Entries were trimmed unread."""
    subject, them, they_are = (
        ("entry was", "it", "it is") if lost == 1 else ("entries were", "them", "they are")
    )
    return (
        f"{fmt.count(lost)} {subject} trimmed before {printable(group)} read {them}: "
        f"{they_are} gone. Trim later, or speed up the consumers."
    )


def stalled(unmoved_ms: int, lag: Lag, activity: ConsumerActivity, fmt: Formatter) -> str:
    """Entries are waiting and none is delivered."""
    consumers, server = activity.consumers, activity.server
    begin = f"nothing has been delivered for {fmt.duration(unmoved_ms)} and {waiting(lag, fmt)}"
    if not consumers:
        listed = "no consumer is listed"
        if server.api < (7, 2):
            listed = "no consumer that ever received an entry is listed"
        return f"{begin}; {listed}: start one, or destroy the group if nobody needs it."
    last = min(consumers, key=lambda consumer: consumer.idle_ms)
    name, idle = printable(last.name), fmt.duration(last.idle_ms)
    if server.role == "slave":
        return f"{begin}; check that {name} and the others are running. {ON_A_REPLICA}"
    if not server.idle_means_attempt:
        return f"{begin}; {name} was the last to receive one, {idle} ago: check that it is running."
    if activity.gone == len(consumers) == 1:
        return f"{begin}; its only consumer, {name}, has been gone for {idle}: start one."
    if activity.gone == len(consumers):
        everyone = f"all {fmt.count(activity.gone)} of its consumers are gone"
        return f"{begin}; {everyone}, the last one, {name}, for {idle}: start one."
    return (
        f"{begin}; {name} was the last to ask, {idle} ago: check that it is running and reads "
        "new entries (>)."
    )


def waiting(lag: Lag, fmt: Formatter) -> str:
    """How many entries are waiting, as exactly as it is known."""
    if lag.count is None or (lag.count == 0 and lag.trust != "exact"):
        return "entries are waiting"
    if lag.count == 1:
        return "1 entry is waiting"
    about = {"exact": "", "reported": "about ", "at_least": "more than ", "unknown": "about "}
    return f"{about[lag.trust]}{fmt.count(lag.count)} entries are waiting"


def stuck(oldest: OldestPending, held_ms: int | None, fmt: Formatter) -> str:
    """Entries are pending and none is acknowledged.

    Args:
        oldest: The entry that has been pending longest.
        held_ms: For how long nothing has been acknowledged; `None` if other entries have,
            or if that is not known.
        fmt: How figures are written.
    """
    entry = f"entry {oldest.id}"
    if not oldest.consumer:
        since = "" if held_ms is None else f" for {fmt.duration(held_ms)}"
        return f"{entry} was released and nobody has taken it{since}: claim it."
    nothing = "it was never acknowledged"
    if held_ms is not None:
        nothing = f"nothing has been acknowledged for {fmt.duration(held_ms)}"
    return (
        f"{entry} was delivered to {printable(oldest.consumer)} {fmt.duration(oldest.idle_ms)} "
        f"ago and {nothing}: claim it or acknowledge it."
    )


def forgotten(oldest: OldestPending, fmt: Formatter) -> str:
    """One entry stays pending while others are acknowledged."""
    return (
        f"entry {oldest.id} was delivered to {printable(oldest.consumer)} "
        f"{fmt.duration(oldest.idle_ms)} ago and not acknowledged, while others were: "
        "claim it or acknowledge it."
    )


def poison(entry: OldestPending, fmt: Formatter) -> str:
    """An entry is delivered again and again."""
    holder = f", last to {printable(entry.consumer)}," if entry.consumer else ""
    return (
        f"entry {entry.id} was delivered {fmt.count(entry.deliveries)} times{holder} and never "
        "acknowledged: read it, then acknowledge it or replay it."
    )


def fatal(entry: OldestPending) -> str:
    """A consumer marked an entry as one that nobody can process."""
    return (
        f"entry {entry.id} was marked fatal (XNACK) and is still pending: read it, then "
        "acknowledge it or replay it."
    )


def orphaned(consumer: Consumer, fmt: Formatter) -> str:
    """A consumer is gone and holds entries."""
    return (
        f"{printable(consumer.name)} has not asked for entries for "
        f"{fmt.duration(consumer.idle_ms)} and holds {fmt.count(consumer.pending)}: "
        "claim them for another consumer."
    )


def more_orphaned(consumers: Sequence[Consumer], fmt: Formatter) -> str:
    """Further consumers are gone and hold entries."""
    pending = sum(consumer.pending for consumer in consumers)
    return f"{fmt.count(len(consumers))} more are gone and hold {fmt.count(pending)}."


def behind(
    lag: int, window_ms: int, added: float | None, delivered: float | None, fmt: Formatter
) -> str:
    """The lag grows although entries are delivered; `added` and `delivered` are per second."""
    rates = ""
    if added is not None and delivered is not None:
        rates = f" while {fmt.rate(added)}/s came in and {fmt.rate(delivered)}/s went out"
    return (
        f"the lag has not fallen for {fmt.duration(window_ms)} and grew to {fmt.count(lag)}"
        f"{rates}: add consumers."
    )


def warming_up(watched_ms: int, window_ms: int, fmt: Formatter) -> str:
    """It is too early to tell what moves."""
    return (
        f"watched for {fmt.duration(watched_ms)}: its progress is judged after "
        f"{fmt.duration(window_ms)}."
    )


def cannot_tell(consumer: str, server: ServerInfo) -> str:
    """Before 7.2 the consumer that holds an entry may be dead, or have nothing to do."""
    flavour = "this server" if server.flavour == "unknown" else server.flavour.capitalize()
    return (
        f"{printable(f'{flavour} {server.version}'.strip())} cannot tell whether "
        f"{printable(consumer)} is gone or the stream is quiet."
    )
