"""What is looked for in entries: words, a regular expression, a field's value, a JSON path."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from streamtop.decode.field_values import told
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
"""Seconds that an expression may look at one entry."""


@dataclass(frozen=True, slots=True)
class Query:
    """Something that entries are asked for.

    >>> query("billing eu").kind, query("/ord.r/").kind, query("tenant=blue").kind
    ('words', 'regex', 'field')
    """

    text: str
    """As it was typed."""
    kind: str
    """words, regex, field or path."""
    _holds: Callable[[Entry, Decoded], bool]

    def matches(self, entry: Entry, decoded: Decoded | None = None) -> bool:
        """Whether an entry is what is looked for; decoded here unless it was before.

        Raises:
            SlowQueryError: If that cannot be told in a reasonable time.
        """
        return self._holds(entry, decoded or decode(entry))


def query(text: str) -> Query:
    """What a typed text asks for.

    `words` must all occur, in any case and order; `/regex/` (or `/regex/i`) must be found;
    `name=value` asks for a field, a header or a fact of that value, and `name!=value` for one
    of another; `$.path` must exist in a payload, and with `$.path=value` have that value.

    Raises:
        ValueError: If the expression or the path is none: one sentence.
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
    """All that is readable in an entry."""
    raw = "\n".join(_values(entry))
    beside = "\n".join(f"{name} {value}" for name, value in decoded.headers)
    # What is packed or compressed is not in the bytes as they are.
    unpacked = "\n".join(
        body.reading.text for _, body in decoded.bodies if len(body.raw) <= LARGEST
    )
    return f"{entry.id}\n{decoded.summary}\n{raw}\n{beside}\n{unpacked}"


def _values(entry: Entry) -> Iterator[str]:
    for name, value in entry.fields:
        yield to_name(name)
        yield to_name(value[:LARGEST])


def _regex(text: str) -> Query:
    import regex  # unlike re, it can be told when to give up

    body, _, flags = text[1:].rpartition("/")
    try:
        pattern = regex.compile(body, regex.IGNORECASE if "i" in flags else 0)
    except (regex.error, OverflowError, RecursionError) as error:
        raise ValueError(f"no regular expression: {printable(str(error))}") from None

    def holds(entry: Entry, decoded: Decoded) -> bool:
        try:
            return pattern.search(_all_text(entry, decoded), timeout=PATIENCE) is not None
        except TimeoutError:
            raise SlowQueryError("this expression takes too long") from None

    return Query(text, "regex", holds)


def _field(text: str, name: str, wanted: str, *, equal: bool) -> Query:
    def holds(entry: Entry, decoded: Decoded) -> bool:
        found = list(_named(entry, decoded, name.casefold()))
        return (
            any(value == wanted for value in found)
            if equal
            else bool(found and all(value != wanted for value in found))
        )

    return Query(text, "field", holds)


def _named(entry: Entry, decoded: Decoded, name: str) -> Iterator[str]:
    """The values of a name: of fields, facts, headers, and at the top of payloads."""
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
                    yield told(inner)


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
            wanted is None or told(value) == wanted.strip("'\"")
            for tree in _trees(decoded)
            for value in found_at(compiled, tree)
        )

    return Query(text, "path", holds)


def json_path(path: str) -> JSONPath:
    """A JSON path (RFC 9535).

    Raises:
        ValueError: If it is none: one sentence.
    """
    import jsonpath  # heavy: not needed for the first frame

    try:
        compiled = jsonpath.compile(path)
    except (jsonpath.JSONPathError, RecursionError) as error:
        why = str(error).strip().split("\n")[0]
        raise ValueError(f"no JSON path: {printable(why)}") from None
    if not isinstance(compiled, jsonpath.JSONPath):
        raise ValueError("no JSON path: only one of them can be looked for")
    return compiled


def found_at(path: JSONPath, tree: Json) -> list[Json]:
    """The values at a path; none where it does not fit."""
    import jsonpath

    if not isinstance(tree, dict | list):
        return []
    try:
        values: list[Json] = [match.obj for match in path.finditer(tree)]  # type: ignore[misc]
    except (jsonpath.JSONPathError, RecursionError, TypeError):
        return []
    return values
