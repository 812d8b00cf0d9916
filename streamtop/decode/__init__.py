"""Bytes to something to read. Pure: nothing is unpickled, nothing executed, nothing raised.

Others can join: a package that offers a `Decoder` under the entry point `streamtop.decoders`
is asked before streamtop's own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtop.decode.values import Body, Decoded, Decoder, Reading, SlowQueryError

if TYPE_CHECKING:
    from streamtop.model.entries import Entry

__all__ = ["Body", "Decoded", "Decoder", "Reading", "SlowQueryError", "decode", "summary"]

# The decoders are imported when the first entry is there: not for the first frame.


def decode(entry: Entry) -> Decoded:
    """An entry in the terms of whoever wrote it; its plain fields if nobody is recognised."""
    from streamtop.decode import entry as entries

    return entries.decode(entry)


def summary(entry: Entry) -> str:
    """An entry on one line of some hundred characters, safe to show."""
    from streamtop.decode import entry as entries

    return entries.summary(entry)
