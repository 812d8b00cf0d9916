"""What Debezium Server writes: one field key = change, or `key`, `value` and headers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtop.decode.decoded import Body, Decoded
from streamtop.decode.field_values import by_name, encoded, mapping, text, told
from streamtop.decode.limits import SUMMARY

if TYPE_CHECKING:
    from streamtop.decode.values import Json
    from streamtop.model.entries import Entry

_WORDS = {"c": "create", "u": "update", "d": "delete", "r": "read", "t": "truncate"}


def read(entry: Entry) -> Decoded | None:
    """A change of a row: what was done, to which table, and the row."""
    fields = by_name(entry)
    if fields is None or not fields:
        return None
    headers: tuple[tuple[str, str], ...] = ()
    if fields.keys() >= {b"key", b"value"}:
        key, value = fields[b"key"], fields[b"value"]
        rest = [(text(n), text(v)) for n, v in fields.items() if n not in (b"key", b"value")]
        headers = tuple(rest)
    elif len(fields) == 1:
        [(key, value)] = fields.items()
    else:
        return None
    change = _change(value)
    if change is None:
        return None
    done = _WORDS.get(told(change["op"]), told(change["op"]))
    source = change.get("source")
    table = _table(source) if isinstance(source, dict) else ""
    row = change.get("after") if change.get("after") is not None else change.get("before")
    return Decoded(
        "debezium",
        f"{done} {table} {Body(encoded(row)).line}".replace("  ", " ")[:SUMMARY],
        (("change", done), ("table", table), ("key", Body(key).line[:80])),
        headers,
        (("value", Body(value)), ("key", Body(key))),
    )


def _change(value: bytes) -> dict[str, Json] | None:
    found = mapping(value)
    if found is not None and isinstance(found.get("payload"), dict):
        inner = found["payload"]
        found = inner if isinstance(inner, dict) else None
    if found is None or "op" not in found or not {"before", "after", "source"} & set(found):
        return None
    return found


def _table(source: dict[str, Json]) -> str:
    words = (source.get(name) for name in ("db", "schema", "table", "collection"))
    return ".".join(told(word) for word in words if word)
