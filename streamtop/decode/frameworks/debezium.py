"""Debezium Server: the change in one field named by its key, or `key`, `value` and headers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtop.decode.decoded import Body, Decoded
from streamtop.decode.field_values import as_text, by_name, encoded, mapping, text
from streamtop.decode.limits import SUMMARY

if TYPE_CHECKING:
    from streamtop.decode.values import Json
    from streamtop.model.entries import Entry

_ACTIONS = {"c": "create", "u": "update", "d": "delete", "r": "read", "t": "truncate"}


def read(entry: Entry) -> Decoded | None:
    """A change of a row: the action, the table and the row."""
    fields = by_name(entry)
    if fields is None or not fields:
        return None
    headers: tuple[tuple[str, str], ...] = ()
    if fields.keys() >= {b"key", b"value"}:
        key, value = fields.pop(b"key"), fields.pop(b"value")
        headers = tuple((text(name), text(header)) for name, header in fields.items())
    elif len(fields) == 1:
        [(key, value)] = fields.items()
    else:
        return None
    change = _change(value)
    if change is None:
        return None
    action = _ACTIONS.get(as_text(change["op"]), as_text(change["op"]))
    source = change.get("source")
    table = _table(source) if isinstance(source, dict) else ""
    row = change.get("after") if change.get("after") is not None else change.get("before")
    return Decoded(
        "debezium",
        f"{action} {table} {Body(encoded(row)).line}".replace("  ", " ")[:SUMMARY],
        (("change", action), ("table", table), ("key", Body(key).line[:80])),
        headers,
        (("value", Body(value)), ("key", Body(key))),
    )


def _change(value: bytes) -> dict[str, Json] | None:
    change = mapping(value)
    if change is not None and isinstance(inner := change.get("payload"), dict):
        change = inner
    if change is None or "op" not in change or not {"before", "after", "source"} & set(change):
        return None
    return change


def _table(source: dict[str, Json]) -> str:
    names = (source.get(level) for level in ("db", "schema", "table", "collection"))
    return ".".join(as_text(name) for name in names if name)
