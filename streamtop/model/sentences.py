"""Findings about a group: sentences an operator can act on, with the figures they state."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from streamtop.model.text import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from streamtop.model.delivery_bounds import Bounds
    from streamtop.model.lag import Lag
    from streamtop.model.snapshot import Consumer, Group, OldestPending, ServerInfo

Kind = Literal[
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
ON_A_REPLICA = "This is a replica: its idle times are unreliable."


def _rate(per_second: float) -> str:
    return f"{per_second:,.1f}"


@dataclass(frozen=True, slots=True)
class Formatter:
    """Writes the figures of a sentence."""

    count: Callable[[int], str]
    duration: Callable[[int], str]
    """Of milliseconds."""
    rate: Callable[[float], str] = _rate
    """Of a number a second, without its unit."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a verdict says about a group."""

    kind: Kind
    sentence: str
    figures: Mapping[str, float | str] = field(default_factory=dict)
    """What the sentence states: entry IDs and names as text, counts, durations in seconds."""


def loss(lost: Bounds, group: str, fmt: Formatter) -> Finding:
    """Entries were removed before the group read them."""
    figures: dict[str, float | str] = {"lost_at_least": lost.low}
    count = fmt.count(lost.low)
    if lost.exact is None:
        count = f"at least {count}"
    if lost.high is not None:
        figures["lost_at_most"] = lost.high
        if lost.exact is None:
            count = f"between {fmt.count(lost.low)} and {fmt.count(lost.high)}"
    one = lost.low == 1 and lost.high in {1, None}
    return Finding(
        "loss",
        f"{count} {'entry was' if one else 'entries were'} trimmed before {printable(group)} "
        f"read {'it' if one else 'them'} and cannot be recovered. Trim later, or speed up the "
        "consumers.",
        figures,
    )


def overtaken(since_ms: int, group: str, fmt: Formatter) -> Finding:
    """The stream is trimmed just ahead of the group; how many entries it loses is not known."""
    return Finding(
        "loss",
        f"the stream has begun above the position of {printable(group)} for "
        f"{fmt.duration(since_ms)} although the group reads: entries are trimmed before it can "
        "read them; how many is not known. Trim later, or speed up the consumers.",
    )


def stalled(since_ms: int, group: Group, gone: int, server: ServerInfo, fmt: Formatter) -> Finding:
    """Entries wait and none is delivered."""
    begin = f"nothing has been delivered for {fmt.duration(since_ms)} and {waiting(group.lag, fmt)}"
    figures = {"nothing_delivered_s": since_ms / 1000, **_waiting_figures(group.lag)}
    consumers = group.consumers
    if not consumers:
        listed = "no consumer is listed"
        if server.api < (7, 2):
            listed = "no consumer that ever received an entry is listed"
        advice = "start one, or destroy the group if nobody needs it"
        return Finding("stalled", f"{begin}; {listed}: {advice}.", figures)
    last = min(consumers, key=lambda consumer: consumer.idle_ms)
    name, idle = printable(last.name), fmt.duration(last.idle_ms)
    if server.role == "slave":
        advice = f"check that {name} and the others are running. {ON_A_REPLICA}"
    elif not server.idle_means_attempt:
        advice = f"{name} was the last to receive one, {idle} ago: check that it is running."
    elif gone == len(consumers) == 1:
        advice = f"its only consumer, {name}, has been gone for {idle}: start one."
    elif gone == len(consumers):
        advice = (
            f"all {fmt.count(gone)} of its consumers are gone, the last one, {name}, for {idle}: "
            "start one."
        )
    else:
        advice = (
            f"{name} was the last to read or to be assigned entries, {idle} ago: check that it "
            "is running and reads new entries (>)."
        )
    return Finding("stalled", f"{begin}; {advice}", figures)


def waiting(lag: Lag, fmt: Formatter) -> str:
    """How many entries are waiting, as precisely as the lag is known."""
    if lag.count is None or (lag.count == 0 and lag.trust != "exact"):
        return "entries are waiting"
    if lag.count == 1 and lag.trust == "exact":
        return "1 entry is waiting"
    about = {"exact": "", "reported": "about ", "at_least": "more than ", "unknown": "about "}
    return f"{about[lag.trust]}{fmt.count(lag.count)} entries are waiting"


def _waiting_figures(lag: Lag) -> dict[str, float | str]:
    if lag.count is None:
        return {}
    if lag.trust == "exact":
        return {"waiting": lag.count}
    return {"waiting_at_least": lag.count} if lag.trust == "at_least" else {}


def _entry_figures(entry: OldestPending) -> dict[str, float | str]:
    return {"entry": str(entry.id), "holder": entry.consumer, "deliveries": entry.deliveries}


def _held(entry: OldestPending, held_ms: int, fmt: Formatter) -> str:
    """Who has held an entry for how long."""
    holder = printable(entry.consumer)
    if held_ms > entry.idle_ms:
        return f"{holder} has held entry {entry.id} for at least {fmt.duration(held_ms)}"
    return f"entry {entry.id} was delivered to {holder} {fmt.duration(held_ms)} ago"


def stuck(
    oldest: OldestPending, held_ms: int, nothing_ms: int | None, doubt: str, fmt: Formatter
) -> Finding:
    """Entries are pending and none is acknowledged.

    Args:
        oldest: The entry that has been pending for longest.
        held_ms: For how long its holder has had it.
        nothing_ms: For how long nothing was acknowledged; `None` if only this entry is known
            to be pending that long.
        doubt: What the server cannot tell of the holder, as a sentence; may be empty.
        fmt: Writes the figures.
    """
    figures = _entry_figures(oldest)
    nothing = "it has not been acknowledged"
    if nothing_ms is not None:
        nothing = f"nothing has been acknowledged for {fmt.duration(nothing_ms)}"
        figures["nothing_acknowledged_s"] = nothing_ms / 1000
    sentence = (
        f"{_held(oldest, held_ms, fmt)} and {nothing}: if {printable(oldest.consumer)} "
        "no longer works on it, replay and acknowledge it, or claim it for a consumer that reads "
        "its own pending entries."
    )
    return Finding("stuck", " ".join(filter(None, (sentence, doubt))), figures)


def released(oldest: OldestPending, held_ms: int, fmt: Formatter) -> Finding:
    """A released entry that nobody takes; `held_ms` is 0 if its release was not seen."""
    ago = f" at least {fmt.duration(held_ms)} ago" if held_ms else ""
    return Finding(
        "unrecovered",
        f"entry {oldest.id} was released{ago} and nobody has taken it: consumers that read only "
        "new entries (>) never receive it. Replay and acknowledge it, or claim it for one that "
        "reads its own pending entries.",
        _entry_figures(oldest) | {"claim_entry": str(oldest.id)},
    )


def unrecovered(
    oldest: OldestPending, held_ms: int, others: bool, doubt: str, fmt: Formatter
) -> Finding:
    """One entry stays pending for much longer than others do.

    Args:
        oldest: The entry.
        held_ms: For how long its holder has had it.
        others: Whether others were seen to be acknowledged meanwhile.
        doubt: What the server cannot tell of the holder, as a sentence; may be empty.
        fmt: Writes the figures.
    """
    while_others = " while others were" if others else ""
    sentence = (
        f"{_held(oldest, held_ms, fmt)} and it has not been acknowledged{while_others}: "
        f"unless {printable(oldest.consumer)} still works on it or retries it, replay and "
        "acknowledge it."
    )
    return Finding("unrecovered", " ".join(filter(None, (sentence, doubt))), _entry_figures(oldest))


def passed_on(oldest: OldestPending, before_ms: int, held_ms: int, fmt: Formatter) -> Finding:
    """An entry that was claimed or delivered again after a long time, and not acknowledged."""
    return Finding(
        "unrecovered",
        f"entry {oldest.id} had been pending for {fmt.duration(before_ms)} when it was last "
        f"claimed or delivered, {fmt.duration(held_ms)} ago, and has not been acknowledged since: "
        f"{printable(oldest.consumer)} receives it only if it reads its own pending entries. "
        "Otherwise replay and acknowledge it.",
        _entry_figures(oldest),
    )


def slow(oldest: OldestPending, held_ms: int, fmt: Formatter) -> Finding:
    """Entries have been pending for a while; whether that is unusual is not known yet."""
    return Finding(
        "slow",
        f"{_held(oldest, held_ms, fmt)} and it has not been acknowledged; whether "
        f"{printable(oldest.consumer)} still works on it is not known.",
        _entry_figures(oldest),
    )


def slow_to_read(since_ms: int, lag: Lag, holders: Sequence[Consumer], fmt: Formatter) -> Finding:
    """Entries wait while consumers that read them are busy, as far as can be seen."""
    held = sum(consumer.pending for consumer in holders)
    return Finding(
        "slow",
        f"nothing has been delivered for {fmt.duration(since_ms)} and {waiting(lag, fmt)}, while "
        f"consumers hold {fmt.count(held)} pending: they may still be working.",
        {"nothing_delivered_s": since_ms / 1000, **_waiting_figures(lag)},
    )


def poison(entry: OldestPending, fmt: Formatter) -> Finding:
    """An entry is delivered again and again."""
    held = f", last to {printable(entry.consumer)}," if entry.consumer else ""
    return Finding(
        "poison",
        f"entry {entry.id} was delivered {fmt.count(entry.deliveries)} times{held} and never "
        "acknowledged: read it, then acknowledge it, dead-letter it or replay it.",
        _entry_figures(entry),
    )


def fatal(entry: OldestPending) -> Finding:
    """A consumer marked an entry as one that nobody can process."""
    return Finding(
        "poison",
        f"entry {entry.id} was marked fatal (XNACK) and is still pending: read it, then "
        "acknowledge it or replay it.",
        {"entry": str(entry.id)},
    )


def orphaned(consumer: Consumer, fmt: Formatter) -> Finding:
    """A consumer is gone and holds entries."""
    return Finding(
        "orphaned",
        f"{printable(consumer.name)} has not read for {fmt.duration(consumer.idle_ms)} and holds "
        f"{fmt.count(consumer.pending)} pending: if it is gone, replay and acknowledge them, or "
        "hand them over to a consumer that reads its own pending entries.",
        {
            "silent": consumer.name,
            "silent_s": consumer.idle_ms / 1000,
            "silent_holds": consumer.pending,
        },
    )


def more_orphaned(consumers: Sequence[Consumer], fmt: Formatter) -> Finding:
    """Further consumers are gone and hold entries."""
    held = sum(consumer.pending for consumer in consumers)
    return Finding(
        "orphaned", f"{fmt.count(len(consumers))} more are gone and hold {fmt.count(held)}."
    )


def behind(group: Group, before: int | None, since_ms: int, fmt: Formatter) -> Finding:
    """The group falls behind although entries are delivered."""
    lag = group.lag.count
    if group.lag.trust == "exact" and lag is not None and before is not None and lag > before:
        grown = f"the lag grew from {fmt.count(before)} to {fmt.count(lag)}"
    else:
        grown = "the first waiting entry grew older"
    return Finding(
        "behind",
        f"{grown} in {fmt.duration(since_ms)} while entries were delivered: add consumers, or "
        "speed them up.",
        _waiting_figures(group.lag),
    )


def warming_up(watched_ms: int, window_ms: int, fmt: Formatter) -> Finding:
    """It is too early to tell what moves."""
    return Finding(
        "warming_up",
        f"watched for {fmt.duration(watched_ms)}: whether it moves is judged after "
        f"{fmt.duration(window_ms)}.",
    )


def cannot_tell(consumer: str, server: ServerInfo) -> str:
    """Why a server before 7.2 does not show whether the holder of an entry is gone."""
    flavour = "this server" if server.flavour == "unknown" else server.flavour.capitalize()
    return (
        f"{printable(f'{flavour} {server.version}'.strip())} cannot tell whether "
        f"{printable(consumer)} is gone or the stream is quiet."
    )
