"""Queries over entries: words, a regular expression, a field's value, a JSON path."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from streamtop.decode.field_values import as_text
from streamtop.decode.limits import LARGEST
from streamtop.decode.registry import decode
from streamtop.decode.values import SlowQueryError
from streamtop.model.order import matches
from streamtop.model.text import printable, to_name

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from jsonpath import JSONPath

    from streamtop.decode.decoded import Decoded
    from streamtop.decode.values import Json
    from streamtop.model.entries import Entry

_FIELD = re.compile(r"([^=\s/$][^=]*?)\s*(!?=)\s*(.*)", re.DOTALL)
_PATH = re.compile(r"(\$.*?)\s*(?:(?<![=!<>])==?(?!=)\s*(.*))?", re.DOTALL)


PATIENCE = 0.1
"""Seconds that a regular expression may take for one entry."""


@dataclass(frozen=True, slots=True)
class Query:
    """A condition on entries.

    >>> query("billing eu").kind, query("/ord.r/").kind, query("tenant=blue").kind
    ('words', 'regex', 'field')
    """

    text: str
    """As it was typed."""
    kind: str
    """words, regex, field or path."""
    _holds: Callable[[Entry, Decoded], bool]

    def matches(self, entry: Entry, decoded: Decoded | None = None) -> bool:
        """Whether an entry matches; it is decoded here unless `decoded` is passed.

        Raises:
            SlowQueryError: If a regular expression takes longer than `PATIENCE`.
        """
        return self._holds(entry, decoded or decode(entry))


def query(text: str) -> Query:
    """The query that a text stands for.

    All `words` must occur, in any case and order; `/regex/` (or `/regex/i`) must match;
    `name=value` requires a field, header or fact with that value, and `name!=value` one with
    another value; `$.path` must exist in a payload, and with `$.path=value` have that value.

    Raises:
        ValueError: If the expression or path is invalid, in one sentence.
    """
    text = text.strip()
    if text.startswith("/") and text.rstrip("i").endswith("/") and len(text.rstrip("i")) > 1:
        return _regex(text)
    if text.startswith("$"):
        return _path(text)
    field = _FIELD.fullmatch(text)
    if field is not None:
        return _field(text, field[1], field[3], equal=field[2] == "=")
    return Query(text, "words", lambda entry, decoded: matches(_all_text(entry, decoded), text))


def _all_text(entry: Entry, decoded: Decoded) -> str:
    """All readable text of an entry."""
    raw = "\n".join(_values(entry))
    headers = "\n".join(f"{name} {value}" for name, value in decoded.headers)
    # The raw bytes do not show what is packed or compressed.
    unpacked = "\n".join(
        body.reading.text for _, body in decoded.bodies if len(body.raw) <= LARGEST
    )
    return f"{entry.id}\n{decoded.summary}\n{raw}\n{headers}\n{unpacked}"


def _values(entry: Entry) -> Iterator[str]:
    for name, value in entry.fields:
        yield to_name(name)
        yield to_name(value[:LARGEST])


def _regex(text: str) -> Query:
    import regex  # unlike re, it takes a timeout

    body, _, flags = text[1:].rpartition("/")
    try:
        pattern = regex.compile(body, regex.IGNORECASE if "i" in flags else 0)
    except (regex.error, OverflowError, RecursionError) as error:
        raise ValueError(f"invalid regular expression: {printable(str(error))}") from None

    def holds(entry: Entry, decoded: Decoded) -> bool:
        try:
            return pattern.search(_all_text(entry, decoded), timeout=PATIENCE) is not None
        except TimeoutError:
            raise SlowQueryError("this expression takes too long") from None

    return Query(text, "regex", holds)


def _field(text: str, name: str, wanted: str, *, equal: bool) -> Query:
    def holds(entry: Entry, decoded: Decoded) -> bool:
        values = list(_named(entry, decoded, name.casefold()))
        return wanted in values if equal else bool(values) and wanted not in values

    return Query(text, "field", holds)


def _named(entry: Entry, decoded: Decoded, name: str) -> Iterator[str]:
    """The values of a name among fields, facts, headers and top-level members of payloads."""
    for field, value in entry.fields:
        if to_name(field).casefold() == name:
            yield to_name(value[:LARGEST])
    for other, word in (*decoded.facts, *decoded.headers):
        if other.casefold() == name:
            yield word
    for tree in _trees(decoded):
        if isinstance(tree, dict):
            for other, inner in tree.items():
                if other.casefold() == name:
                    yield as_text(inner)


def _trees(decoded: Decoded) -> Iterator[Json]:
    for _, body in decoded.bodies:
        if len(body.raw) <= LARGEST:
            yield body.reading.tree


def _path(text: str) -> Query:
    parted = _PATH.fullmatch(text)
    path, wanted = (text, None) if parted is None else (parted[1], parted[2])
    if "[?" in text:
        path, wanted = text, None  # the path has its own comparisons
    compiled = json_path(path)

    def holds(entry: Entry, decoded: Decoded) -> bool:
        return any(
            wanted is None or as_text(value) == wanted.strip("'\"")
            for tree in _trees(decoded)
            for value in found_at(compiled, tree)
        )

    return Query(text, "path", holds)


def json_path(path: str) -> JSONPath:
    """A compiled JSON path (RFC 9535).

    Raises:
        ValueError: If it is invalid, in one sentence.
    """
    import jsonpath  # heavy: not needed for the first frame

    try:
        compiled = jsonpath.compile(path)
    except (jsonpath.JSONPathError, RecursionError) as error:
        why = str(error).strip().split("\n")[0]
        raise ValueError(f"invalid JSON path: {printable(why)}") from None
    if not isinstance(compiled, jsonpath.JSONPath):
        raise ValueError("invalid JSON path: paths cannot be combined")
    return compiled


def found_at(path: JSONPath, tree: Json) -> list[Json]:
    """The values at a path; empty if it leads nowhere."""
    import jsonpath

    if not isinstance(tree, dict | list):
        return []
    try:
        values: list[Json] = [match.obj for match in path.finditer(tree)]  # type: ignore[misc]
    except (jsonpath.JSONPathError, RecursionError, TypeError):
        return []
    return values
