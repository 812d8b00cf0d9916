"""Positions in a stream as people type them: an entry ID, a time, or a time span ago."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from streamtop.model.ids import EntryId

if TYPE_CHECKING:
    from datetime import tzinfo

_ID = re.compile(r"\d{1,20}(-\d{1,20})?")
_CLOCK = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?")
_AGO = re.compile(r"-((?:\d{1,9}(?:ms|[smhd]))+)")
_PART = re.compile(r"(\d+)(ms|[smhd])")
_UNITS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_EXPECTED = "Give an entry ID (5-1), a time (10:32, 2026-01-31T10:32) or a span ago (-15m)."


def parse_position(text: str, now_ms: int, zone: tzinfo | None = None) -> EntryId:
    """The entry ID that a text stands for; for a time, the lowest ID of that time.

    Args:
        text: An entry ID, whose sequence may be omitted; a date, or a date and time, in ISO
            8601; a time of day, which stands for its last occurrence; or the time passed
            since, as in -15m.
        now_ms: The server's clock, milliseconds since 1970.
        zone: The zone of times without one; `None` for this machine's local time.

    Raises:
        ValueError: If the text is none of these, in one sentence.

    >>> from datetime import UTC, timezone
    >>> now = 1769860800123  # 2026-01-31T12:00:00.123Z
    >>> str(parse_position("5-1", now)), str(parse_position("1769860800123", now))
    ('5-1', '1769860800123-0')
    >>> str(parse_position("-15m", now)), str(parse_position("-1h30m", now))
    ('1769859900123-0', '1769855400123-0')
    >>> (str(parse_position("2026-01-31T12:00:00Z", now)),
    ...  str(parse_position("2026-01-31 13:00+01:00", now)))
    ('1769860800000-0', '1769860800000-0')
    >>> (str(parse_position("2026-01-31T12:00", now, UTC)),
    ...  str(parse_position("2026-01-31", now, UTC)))
    ('1769860800000-0', '1769817600000-0')
    >>> (str(parse_position("10:32", now, UTC)),
    ...  str(parse_position("10:32", now, timezone(timedelta(hours=1)))))
    ('1769855520000-0', '1769851920000-0')
    >>> str(parse_position("12:01", now, UTC))  # not today yet: yesterday
    '1769774460000-0'
    >>> parse_position("yesterday", now)
    Traceback (most recent call last):
    ...
    ValueError: Give an entry ID (5-1), a time (10:32, 2026-01-31T10:32) or a span ago (-15m).
    """
    text = text.strip()
    if _ID.fullmatch(text):
        return _entry_id(text)
    if ago := _AGO.fullmatch(text):
        span = sum(int(number) * _UNITS[unit] for number, unit in _PART.findall(ago[1]))
        return _at(now_ms - span)
    if clock := _CLOCK.fullmatch(text):
        return _at(_last_time(clock, now_ms, zone))
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(_EXPECTED) from None
    return _at(_in_ms(at, zone))


def is_entry_id(text: str) -> bool:
    """Whether a text is an entry ID, not a time.

    >>> is_entry_id("5-1"), is_entry_id("10:32")
    (True, False)
    """
    return _ID.fullmatch(text.strip()) is not None


def _entry_id(text: str) -> EntryId:
    try:
        return EntryId.parse(text)
    except ValueError:
        raise ValueError("Both numbers of an entry ID must be below 2^64.") from None


def _at(ms: int) -> EntryId:
    if ms < 0:
        raise ValueError("That time is before 1970, when entry IDs begin.")
    return EntryId(ms, 0)


def _last_time(clock: re.Match[str], now_ms: int, zone: tzinfo | None) -> int:
    """The last occurrence of a time of day, milliseconds since 1970."""
    hour, minute, second = (int(part or 0) for part in clock.groups())
    if hour > 23 or minute > 59 or second > 59:
        raise ValueError("There is no such time: a day has 24 hours.")
    now = datetime.fromtimestamp(now_ms / 1000, zone)
    today = now.replace(hour=hour, minute=minute, second=second, microsecond=0)
    ms = _in_ms(today, zone)
    return ms if ms <= now_ms else _in_ms(today - timedelta(days=1), zone)


def _in_ms(at: datetime, zone: tzinfo | None) -> int:
    """Milliseconds since 1970; a time without a zone is in `zone`."""
    if at.tzinfo is None and zone is not None:
        at = at.replace(tzinfo=zone)
    try:
        return round(at.timestamp() * 1000)
    except (OverflowError, OSError, ValueError):
        raise ValueError("That time is too far away.") from None
