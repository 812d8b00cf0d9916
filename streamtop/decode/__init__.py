"""Bytes to readable values. Pure: nothing is unpickled, nothing executed, nothing raised.

A package that offers a `Decoder` under the entry point `streamtop.decoders` is asked before
streamtop's own decoders.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtop.decode.decoded import Body, Decoded, Decoder
from streamtop.decode.values import Reading, SlowQueryError

if TYPE_CHECKING:
    from streamtop.model.entries import Entry

__all__ = ["Body", "Decoded", "Decoder", "Reading", "SlowQueryError", "decode", "summary"]

# The decoders are imported with the first entry, since the first frame does not need them.


def decode(entry: Entry) -> Decoded:
    """An entry in the terms of its framework; its plain fields if none is recognised."""
    from streamtop.decode import registry

    return registry.decode(entry)


def summary(entry: Entry) -> str:
    """An entry on one line of a few hundred characters, safe to show."""
    from streamtop.decode import registry

    return registry.summary(entry)
