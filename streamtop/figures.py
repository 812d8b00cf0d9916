"""Figures as short text, the same everywhere; an unknown figure is never shown as zero."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeVar

from humanize import intcomma, naturalsize

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from streamtop.model.delivery_bounds import Bounds, Rate
    from streamtop.model.lag import Lag
    from streamtop.model.snapshot import Group
    from streamtop.model.verdict import Kind

T = TypeVar("T", int, float)
ABSENT = "–"
"""Stands where there is no figure."""
UNKNOWN = "?"
"""Stands for a figure that the server does not report."""

SIGNS: Mapping[Kind, tuple[str, Literal["error", "warning", "dim", "good"]]] = {
    "loss": ("✖", "error"),
    "stalled": ("✖", "error"),
    "stuck": ("✖", "error"),
    "poison": ("▲", "warning"),
    "orphaned": ("▲", "warning"),
    "unrecovered": ("▲", "warning"),
    "behind": ("▲", "warning"),
    "slow": ("◌", "dim"),
    "warming_up": ("○", "dim"),
    "ok": ("●", "good"),
}
"""The sign and the tone of each verdict; the sign makes it readable without colour."""


def count(value: int | None) -> str:
    """A number in full up to 999,999, and above with a unit.

    >>> [count(n) for n in (None, 0, 10412, 5_234_000, 7_100_000_000)]
    ['–', '0', '10,412', '5.2 M', '7.1 G']
    """
    if value is None:
        return ABSENT
    for limit, unit in ((10**12, "T"), (10**9, "G"), (10**6, "M")):
        if abs(value) >= limit:
            return f"{value / limit:.1f} {unit}"
    return intcomma(value)


def number(value: int, word: str) -> str:
    """A number of things.

    >>> number(1, "group"), number(1200, "stream")
    ('1 group', '1,200 streams')
    """
    return f"{count(value)} {word}{'' if value == 1 else 's'}"


def lag(value: Lag) -> str:
    """A lag with the mark of its trust: 12, ~12, >12 or ?.

    >>> from streamtop.model.lag import Lag
    >>> [lag(Lag(n, trust, "")) for n, trust in
    ...     ((12, "exact"), (5_200_000, "reported"), (10_000, "at_least"), (None, "unknown"))]
    ['12', '~5.2 M', '>10,000', '?']
    """
    if value.count is None:
        return UNKNOWN
    mark = {"exact": "", "reported": "~", "at_least": ">", "unknown": "~"}[value.trust]
    return mark + count(value.count)


def duration(ms: float | None) -> str:
    """Milliseconds in the one or two largest units, at most 7 cells.

    >>> [duration(ms) for ms in (None, 0, 99, 400, 9_940, 61_234, 725_000)]
    ['–', '0 ms', '99 ms', '0.4 s', '9.9 s', '1 m 1s', '12 m']
    >>> [duration(s * 1000) for s in (59.99, 3600, 10_920, 86_400 * 3 + 7_200, 86_400 * 500)]
    ['59 s', '1 h', '3 h 2m', '3 d 2h', '500 d']
    """
    if ms is None:
        return ABSENT
    if ms < 100:
        return f"{int(ms)} ms"
    if ms < 9_950:
        return f"{ms / 1000:.1f} s"
    seconds = int(ms // 1000)
    if seconds < 60:
        return f"{seconds} s"
    minutes, seconds = divmod(seconds, 60)
    if minutes < 60:
        return f"{minutes} m {seconds}s" if seconds and minutes < 10 else f"{minutes} m"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} h {minutes}m" if minutes else f"{hours} h"
    days, hours = divmod(hours, 24)
    return f"{days} d {hours}h" if hours and days < 10 else f"{days:,} d"


def since_delivery(ms: int | None) -> str:
    """The time since a pending entry was delivered; -1 stands for a released one.

    >>> [since_delivery(ms) for ms in (None, -1, 61_234)]
    ['–', 'released', '1 m 1s']
    """
    return "released" if ms is not None and ms < 0 else duration(ms)


def pending(group: Group) -> str:
    """A group's number of pending entries, marked if its other values do not fit: ~12."""
    return ("" if group.consistent else "~") + count(group.pending)


def rate(per_second: float | None) -> str:
    """A number per second.

    >>> [rate(r) for r in (None, 0.0, 0.04, 8.13, 112.4, 12_345.6)]
    ['–', '0', '<0.1', '8.1', '112', '12,346']
    """
    if per_second is None:
        return ABSENT
    if per_second == 0:
        return "0"
    if per_second < 0.05:
        return "<0.1"
    return f"{per_second:.1f}" if per_second < 100 else count(round(per_second))


def count_bounds(value: Bounds | None) -> str:
    """A number known to lie within bounds.

    >>> from streamtop.model.delivery_bounds import Bounds
    >>> pairs = ((0, 0), (109, 2444), (0, 7), (3, None), (0, None))
    >>> [count_bounds(Bounds(*pair)) for pair in pairs]
    ['0', '109–2,444', '≤ 7', '≥ 3', '?']
    """
    if value is None:
        return UNKNOWN
    return _between(value.low, value.high, count)


def rate_bounds(value: Rate | None) -> str:
    """A number per second known to lie within bounds.

    >>> from streamtop.model.delivery_bounds import Rate
    >>> [rate_bounds(Rate(*each)) for each in ((2.0, 2.0), (9.9, 46.6), (0, 46.6), (0, None))]
    ['2.0', '9.9–46.6', '≤ 46.6', '?']
    """
    if value is None:
        return ABSENT
    return _between(value.low, value.high, rate)


def _between(low: T, high: T | None, text: Callable[[T], str]) -> str:
    if high is None:
        return f"≥ {text(low)}" if low else UNKNOWN
    if text(low) == text(high):
        return text(high)
    return f"{text(low)}–{text(high)}" if low else f"≤ {text(high)}"


def size(octets: int | None) -> str:
    """A number of bytes.

    >>> [size(n) for n in (None, 0, 310, 310_000, 4_100_000)]
    ['–', '0 B', '310 B', '310 kB', '4.1 MB']
    """
    if octets is None:
        return ABSENT
    if octets < 1000:
        return f"{octets} B"
    text = naturalsize(octets, format="%.1f")
    number, unit = text.split()
    return f"{float(number):.0f} {unit}" if float(number) >= 10 else text
