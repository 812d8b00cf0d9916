"""Entry IDs: `milliseconds-sequence`, ordered as the server orders them."""

from __future__ import annotations

from typing import NamedTuple, Self

_LARGEST_PART = 2**64 - 1


class EntryId(NamedTuple):
    """The ID of an entry. IDs compare as the server compares them."""

    ms: int
    """The first part: by default the server's clock at XADD, milliseconds since 1970."""
    seq: int

    @classmethod
    def parse(cls, text: bytes | str) -> Self:
        """An ID from its text; the sequence may be omitted, as in commands.

        Raises:
            ValueError: If the text is not an ID.

        >>> EntryId.parse(b"1769860800123-4")
        EntryId(ms=1769860800123, seq=4)
        >>> EntryId.parse("7") < EntryId.parse("7-1") < EntryId.parse("10-0")
        True
        """
        if isinstance(text, bytes):
            text = text.decode("ascii", errors="replace")
        ms, _, seq = text.partition("-")
        if not (ms.isascii() and ms.isdigit() and (not seq or (seq.isascii() and seq.isdigit()))):
            raise ValueError(f"not an entry ID: {text!r}")
        parsed = cls(int(ms), int(seq or 0))
        if max(parsed) > _LARGEST_PART:
            raise ValueError(f"not an entry ID: {text!r}")
        return parsed

    def __str__(self) -> str:
        """The ID as the server writes it."""
        return f"{self.ms}-{self.seq}"

    def __bytes__(self) -> bytes:
        """The ID as an argument of a command."""
        return b"%d-%d" % self

    def next(self) -> EntryId:
        """The smallest ID above this one, where the page after this entry begins.

        >>> str(EntryId(5, 1).next()), str(EntryId(5, 2**64 - 1).next())
        ('5-2', '6-0')
        """
        if self.seq < _LARGEST_PART:
            return EntryId(self.ms, self.seq + 1)
        return EntryId(self.ms + 1, 0)

    def previous(self) -> EntryId | None:
        """The largest ID below this one, where the page before it ends; `None` for 0-0.

        >>> str(EntryId(5, 0).previous())
        '4-18446744073709551615'
        """
        if self.seq:
            return EntryId(self.ms, self.seq - 1)
        return EntryId(self.ms - 1, _LARGEST_PART) if self.ms else None


ZERO = EntryId(0, 0)
"""Below every entry: the position of a group that has read nothing."""

_YEAR_2010 = 1_262_304_000_000
_A_DAY = 86_400_000


def looks_like_time(entry_id: EntryId, now_ms: int) -> bool:
    """Whether an ID's first part can be the wall-clock time of its XADD.

    Custom IDs such as 1-0 would mean 1970, and a server whose clock once ran ahead keeps
    issuing IDs in the future: no age follows from either.

    Args:
        entry_id: The ID.
        now_ms: The server's clock, milliseconds since 1970.

    >>> now = 1769860800123
    >>> looks_like_time(EntryId(now - 5000, 0), now), looks_like_time(EntryId(1, 0), now)
    (True, False)
    """
    return _YEAR_2010 <= entry_id.ms <= now_ms + _A_DAY


def age_ms(entry_id: EntryId | None, now_ms: int | None) -> int | None:
    """Milliseconds since an entry was added, by the server's clock; `None` if not known.

    The age is 0 if the clock has stepped back behind the ID by less than a day.

    >>> age_ms(EntryId(1769860800123, 0), 1769860805123), age_ms(EntryId(1, 0), 1769860805123)
    (5000, None)
    """
    if entry_id is None or now_ms is None or not looks_like_time(entry_id, now_ms):
        return None
    return max(0, now_ms - entry_id.ms)
