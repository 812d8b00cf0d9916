"""An entry as a line for a list, and as its framework sees it."""

from __future__ import annotations

from dataclasses import replace

from streamtop.decode.field_values import text
from streamtop.decode.joined import asked, joined
from streamtop.decode.limits import SUMMARY
from streamtop.decode.registry import OWN
from streamtop.decode.values import Body, Decoded
from streamtop.model.entries import Entry
from streamtop.model.text import printable, printable_bytes

ORIGIN = b"streamtop-origin-"
"""What the names of the fields begin with that a replay adds."""
_MOST_FACTS = 8
"""Fields of an entry without a framework that stand for themselves."""
_FACT = 80
"""Bytes of such a field, at most."""


def decode(entry: Entry) -> Decoded:
    """An entry in the terms of whoever wrote it; its plain fields if nobody is recognised."""
    added = [pair for pair in entry.fields if pair[0].startswith(ORIGIN)]
    if not added:
        return _decoded(entry)
    found = _decoded(
        Entry(entry.id, tuple(pair for pair in entry.fields if not pair[0].startswith(ORIGIN)))
    )
    origin = tuple((text(name.removeprefix(ORIGIN)), text(value)) for name, value in added)
    known = dict(origin)
    facts = [("origin", f"{known.get('stream', '')} {known.get('id', '')}".strip())]
    if "reason" in known:
        facts.append(("reason", known["reason"]))
    headers = tuple((f"origin {name}", value) for name, value in origin)
    return replace(found, facts=(*facts, *found.facts), headers=(*found.headers, *headers))


def _decoded(entry: Entry) -> Decoded:
    for decoder in joined():  # first, so that they can know better
        found = asked(decoder, entry)
        if found is not None:
            return found
    for decoder in OWN:
        found = decoder(entry)
        if found is not None:
            return found
    return _plain(entry)


def _plain(entry: Entry) -> Decoded:
    bodies = tuple((text(name), Body(value)) for name, value in entry.fields)
    if len(bodies) == 1:
        return Decoded(None, bodies[0][1].line, bodies=bodies)
    told, length = [], 0
    for name, value in entry.fields:
        told.append(f"{printable_bytes(name[:80])}={Body(value[:200]).line}")
        length += len(told[-1])
        if length > SUMMARY:
            break
    few = [(name, body.raw) for name, body in bodies] if len(bodies) <= _MOST_FACTS else []
    facts = tuple(
        (name[:80], printable_bytes(raw))
        for name, raw in few
        if len(raw) <= _FACT and raw[:1] not in (b"{", b"[")
    )
    return Decoded(None, " ".join(told)[:SUMMARY], facts, bodies=bodies)


def summary(entry: Entry) -> str:
    """An entry on one line, in its framework's terms, else its fields and values.

    Returns:
        At most some hundred characters, none of them a control character.
    """
    return printable(decode(entry).summary[:SUMMARY])
