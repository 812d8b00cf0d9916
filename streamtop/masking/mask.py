"""What is to be hidden of entries, and how."""

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
from streamtop.masking.clear import (
    HIDDEN,
    LIKE_JSON,
    TEXT,
    is_surely_text,
    is_unclear,
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
    """What is to be hidden."""

    fields: tuple[str, ...] = ()
    """Patterns of names: of fields, headers, and of members at any depth of a payload; in any
    case, `*` for anything."""
    paths: tuple[JSONPath, ...] = ()
    """Where in a payload."""
    patterns: tuple[re.Pattern[str], ...] = ()
    """What is hidden in any text."""

    def __bool__(self) -> bool:
        return bool(self.fields or self.paths or self.patterns)

    def entry(self, entry: Entry) -> Entry:
        """The entry, with what is to be hidden hidden; itself if that is nothing."""
        fields = self.hide(entry.fields)
        return entry if fields == entry.fields else Entry(entry.id, fields)

    def hides(self, entry: Entry) -> bool:
        """Whether something is hidden in an entry that was masked: it must not be sent again."""
        return bool(self) and any(
            mark in word for pair in entry.fields for word in pair for mark in _MARKS
        )

    def hide(self, fields: Fields) -> Fields:
        """Fields, with what is to be hidden hidden.

        A value of which a part is hidden is written anew as JSON, whatever its format was;
        one that cannot be understood as a whole, and may hold something, is hidden whole.
        """
        framed = _unframed(fields)
        if framed is not None:
            return self._hide_framed(fields, *framed)
        return tuple(
            (self._plain(name), self._field(to_name(name), value)) for name, value in fields
        )

    def _hide_framed(
        self, fields: Fields, payload: bytes, headers: Sequence[tuple[str, str]]
    ) -> Fields:
        """A frame of FastStream: what is in it is hidden, and it is framed as JSON then."""
        kept = {
            self._text(name): to_name(self._field(name, from_name(value)))
            for name, value in headers
        }
        body = self._value(payload)
        if body == payload and list(kept.items()) == list(headers):
            return fields
        frame: dict[str, Json] = {"data": _as_text(body), "headers": {**kept}}
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
        if is_unclear(reading):
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
        """A structure, with what is to be hidden hidden."""
        return self._tree(self._at_paths(tree), _LAYERS)

    def _at_paths(self, tree: Json) -> Json:
        """The structure with what is at the paths hidden; itself, if nothing is there."""
        if not self.paths or not isinstance(tree, dict | list):
            return tree
        from jsonpath import JSONPathError  # heavy: loaded with the paths

        try:
            places = [match.parts for path in self.paths for match in path.finditer(tree)]
        except (JSONPathError, RecursionError, TypeError):
            return HIDDEN  # nobody can tell what the paths lead to
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
        """A text of a payload; one that is JSON, or base64 of it, is looked into."""
        if len(text) < 2 or TEXT.match(text):
            return self._text(text)
        raw = text.encode("utf-8", "surrogatepass")
        reading = read(raw)
        if reading.formats in (("text",), ("bytes",)):
            return HIDDEN if self._is_broken(text) else self._text(text)
        if not layers or is_unclear(reading):
            return HIDDEN
        is_json = reading.formats == ("JSON",)
        tree = json_text.parse(raw) if is_json else reading.tree
        clear = tree if is_json else without_bytes(tree)
        if isinstance(clear, str):
            hidden = self._inner(clear, layers - 1)
            return self._text(text) if hidden == tree else hidden
        found = self._tree(self._at_paths(clear), layers - 1)
        return self._text(text) if found == tree else _as_text(encoded(found))

    def _is_broken(self, text: str) -> bool:
        """Whether a text would be JSON if it were not cut, say, and may have names to hide."""
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
    """What is to be hidden, from what was written.

    Raises:
        ValueError: If a path or an expression is none: one sentence.
    """
    compiled = []
    for each in patterns:
        try:
            compiled.append(re.compile(each))
        except (re.error, OverflowError, RecursionError) as error:
            raise ValueError(f"no regular expression: {error}") from None
    return Mask(tuple(fields), tuple(json_path(each) for each in paths), tuple(compiled))


@lru_cache(maxsize=8)
def _any_of(patterns: tuple[str, ...]) -> re.Pattern[str]:
    """All patterns of names in one expression."""
    return re.compile("|".join(translate(each.casefold()) for each in patterns))


def _unframed(fields: Fields) -> tuple[bytes, tuple[tuple[str, str], ...]] | None:
    """Payload and headers of FastStream's frame, which is no structure by itself."""
    if len(fields) != 1 or fields[0][0] != b"__data__":
        return None
    found = decode(Entry(ZERO, fields))
    if found.framework != "faststream":
        return None
    return found.bodies[0][1].raw, found.headers


def _copied(tree: Json) -> Json:
    if isinstance(tree, dict):
        return {name: _copied(inner) for name, inner in tree.items()}
    return [_copied(inner) for inner in tree] if isinstance(tree, list) else tree


def _hide_at(tree: Json, place: Sequence[int | str]) -> bool:
    """Hide what is at a place of a structure, in it; false if there is no such place."""
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
    return True  # hidden now, or with something around it before


def _as_text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")
