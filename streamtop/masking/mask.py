"""Hiding parts of entries by name, by path and by pattern."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from dataclasses import dataclass
from fnmatch import translate
from functools import lru_cache
from typing import TYPE_CHECKING

from streamtop.decode import decode
from streamtop.decode.field_values import encoded
from streamtop.decode.formats import json_text
from streamtop.decode.layers import read
from streamtop.decode.limits import LARGEST
from streamtop.decode.query import json_path
from streamtop.masking.searchable import (
    HIDDEN,
    LIKE_JSON,
    TEXT,
    is_searchable,
    is_surely_text,
    is_utf8,
    names_twice,
    without_bytes,
)
from streamtop.model.entries import Entry
from streamtop.model.ids import ZERO
from streamtop.model.text import from_name, to_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jsonpath import JSONPath

    from streamtop.decode.values import Json
    from streamtop.model.entries import Fields

_WHOLE = from_name(HIDDEN)
_MARKS = _WHOLE, json.dumps(HIDDEN)[1:-1].encode()
_LAYERS = 5


@dataclass(frozen=True, slots=True)
class Mask:
    """Rules for hiding parts of entries."""

    fields: tuple[str, ...] = ()
    """Glob patterns, in any case, of the names of fields, headers and payload members."""
    paths: tuple[JSONPath, ...] = ()
    """Paths in payloads."""
    patterns: tuple[re.Pattern[str], ...] = ()
    """Regular expressions whose matches are hidden in any text."""

    def __bool__(self) -> bool:
        return bool(self.fields or self.paths or self.patterns)

    def entry(self, entry: Entry) -> Entry:
        """The masked entry; the entry itself if nothing is hidden."""
        fields = self.hide(entry.fields)
        return entry if fields == entry.fields else Entry(entry.id, fields)

    def hides(self, entry: Entry) -> bool:
        """Whether any part of a masked entry is hidden, so that it must not be sent again."""
        return bool(self) and any(
            mark in word for pair in entry.fields for word in pair for mark in _MARKS
        )

    def hide(self, fields: Fields) -> Fields:
        """The masked fields.

        A value with a hidden part becomes JSON, whatever its format was. A value that cannot
        be searched completely is hidden as a whole.
        """
        message = _unframed(fields)
        if message is not None:
            return self._hide_framed(fields, *message)
        return tuple(
            (self._plain(name), self._field(to_name(name), value)) for name, value in fields
        )

    def _hide_framed(
        self, fields: Fields, payload: bytes, headers: Sequence[tuple[str, str]]
    ) -> Fields:
        """The fields of a FastStream message, whose frame becomes JSON if a part is hidden."""
        masked = {
            self._text(name): to_name(self._field(name, from_name(value)))
            for name, value in headers
        }
        body = self._value(payload)
        if body == payload and list(masked.items()) == list(headers):
            return fields
        frame: dict[str, Json] = {"data": _as_text(body), "headers": {**masked}}
        return ((fields[0][0], encoded(frame)),)

    def _field(self, name: str, value: bytes) -> bytes:
        return _WHOLE if self._named(name) else self._value(value)

    def _value(self, raw: bytes) -> bytes:
        if len(raw) > LARGEST:
            return _WHOLE
        if is_surely_text(raw):
            return self._plain(raw)
        if raw.lstrip(b" \t\r\n")[:1] in (b"{", b"["):
            with suppress(ValueError, RecursionError):
                return self._json(raw, json_text.parse(raw))
        reading = read(raw)
        if reading.formats in (("text",), ("bytes",)) and is_utf8(raw):
            return _WHOLE if self._is_broken(to_name(raw)) else self._plain(raw)
        if not is_searchable(reading):
            return _WHOLE
        hidden = self.tree(without_bytes(reading.tree))
        if hidden == reading.tree:
            return raw
        return from_name(hidden) if isinstance(hidden, str) else encoded(hidden)

    def _json(self, raw: bytes, tree: Json) -> bytes:
        if names_twice(raw):
            return _WHOLE
        hidden = self.tree(tree)
        return raw if hidden == tree else encoded(hidden)

    def _plain(self, raw: bytes) -> bytes:
        text = to_name(raw)
        hidden = self._text(text)
        return raw if hidden == text else from_name(hidden)

    def tree(self, tree: Json) -> Json:
        """The masked structure."""
        return self._tree(self._at_paths(tree), _LAYERS)

    def _at_paths(self, tree: Json) -> Json:
        """The structure with the values at the paths hidden; itself if there are none."""
        if not self.paths or not isinstance(tree, dict | list):
            return tree
        from jsonpath import JSONPathError  # heavy: loaded with the paths

        try:
            places = [match.parts for path in self.paths for match in path.finditer(tree)]
        except (JSONPathError, RecursionError, TypeError):
            return HIDDEN  # where the paths lead is unknown
        if not places:
            return tree
        copy = _copied(tree)
        return copy if all(_hide_at(copy, place) for place in places) else HIDDEN

    def _tree(self, value: Json, layers: int) -> Json:
        match value:
            case dict():
                return {
                    self._text(name): HIDDEN if self._named(name) else self._tree(inner, layers)
                    for name, inner in value.items()
                }
            case list():
                return [self._tree(inner, layers) for inner in value]
            case str():
                return self._inner(value, layers)
            case bool() | None:
                return value
            case _:
                text = encoded(value).decode()
                return value if self._text(text) == text else HIDDEN

    def _inner(self, text: str, layers: int) -> Json:
        """A masked text of a payload; JSON and other formats within it are masked too."""
        if len(text) < 2 or TEXT.match(text):
            return self._text(text)
        raw = text.encode("utf-8", "surrogatepass")
        reading = read(raw)
        if reading.formats in (("text",), ("bytes",)):
            return HIDDEN if self._is_broken(text) else self._text(text)
        if not layers or not is_searchable(reading):
            return HIDDEN
        is_json = reading.formats == ("JSON",)
        tree = json_text.parse(raw) if is_json else reading.tree
        clear = tree if is_json else without_bytes(tree)
        if isinstance(clear, str):
            hidden = self._inner(clear, layers - 1)
            return self._text(text) if hidden == tree else hidden
        masked = self._tree(self._at_paths(clear), layers - 1)
        return self._text(text) if masked == tree else _as_text(encoded(masked))

    def _is_broken(self, text: str) -> bool:
        """Whether a text looks like damaged JSON, which may contain names to hide."""
        return bool(self.fields or self.paths) and LIKE_JSON.match(text) is not None

    def _named(self, name: str) -> bool:
        return bool(self.fields) and _any_of(self.fields).match(name.casefold()) is not None

    def _text(self, text: str) -> str:
        for pattern in self.patterns:
            text = pattern.sub(HIDDEN, text)
        return text


def mask(
    fields: Sequence[str] = (), paths: Sequence[str] = (), patterns: Sequence[str] = ()
) -> Mask:
    """A mask from the texts of its rules.

    Raises:
        ValueError: If a path or an expression is invalid, in one sentence.
    """
    compiled = []
    for pattern in patterns:
        try:
            compiled.append(re.compile(pattern))
        except (re.error, OverflowError, RecursionError) as error:
            raise ValueError(f"invalid regular expression: {error}") from None
    return Mask(tuple(fields), tuple(map(json_path, paths)), tuple(compiled))


@lru_cache(maxsize=8)
def _any_of(patterns: tuple[str, ...]) -> re.Pattern[str]:
    """One expression that matches any of the glob patterns."""
    return re.compile("|".join(translate(pattern.casefold()) for pattern in patterns))


def _unframed(fields: Fields) -> tuple[bytes, tuple[tuple[str, str], ...]] | None:
    """Payload and headers of a FastStream message; `None` if the fields are none."""
    if len(fields) != 1 or fields[0][0] != b"__data__":
        return None
    decoded = decode(Entry(ZERO, fields))
    if decoded.framework != "faststream":
        return None
    return decoded.bodies[0][1].raw, decoded.headers


def _copied(tree: Json) -> Json:
    if isinstance(tree, dict):
        return {name: _copied(inner) for name, inner in tree.items()}
    return [_copied(inner) for inner in tree] if isinstance(tree, list) else tree


def _hide_at(tree: Json, place: Sequence[int | str]) -> bool:
    """Hide the value at a place of a structure; return whether the place exists."""
    if not place:
        return False
    for part in place[:-1]:
        if isinstance(tree, dict):
            tree = tree.get(str(part))
        elif isinstance(tree, list):
            tree = tree[int(part)]
    last = place[-1]
    if isinstance(tree, dict):
        if last not in tree:
            return False
        tree[str(last)] = HIDDEN
    elif isinstance(tree, list):
        tree[int(last)] = HIDDEN
    return True  # hidden now, or earlier as part of an enclosing value


def _as_text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")
