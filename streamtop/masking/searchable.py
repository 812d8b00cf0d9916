"""Which values can be searched completely for something to hide."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from typing import TYPE_CHECKING

from streamtop.decode.formats.json_values import CUT
from streamtop.decode.formats.protobuf import GUESSED
from streamtop.model.text import to_name

if TYPE_CHECKING:
    from streamtop.decode.values import Json, Reading

HIDDEN = "•••"
"""Replaces a hidden value."""
TEXT = re.compile(
    r"(?!.[:;]|x\^)[!#$&-Z_-z](?:[\w+/=-]{0,6}\Z|[\w+/=-]*(?:[^\w+/=\s-]|\s+\S))", re.ASCII
)
"""Matches only plain text: no JSON, no base64, nothing compressed."""
_ESCAPED = re.compile(r"\\[xnrtu]")
LIKE_JSON = re.compile(r'\s*(?:\{\s*"|\[\s*[\[{"])')
"""Matches the beginning of a JSON object or array."""


def is_surely_text(raw: bytes) -> bool:
    """Whether a value is recognised at once as plain text."""
    return raw.isascii() and TEXT.match(to_name(raw)) is not None


def is_utf8(raw: bytes) -> bool:
    """Whether bytes are valid UTF-8."""
    with suppress(UnicodeDecodeError):
        raw.decode()
        return True
    return False


def is_searchable(reading: Reading) -> bool:
    """Whether the tree of a value shows everything that the value holds."""
    return (
        reading.extent == "whole"
        and reading.formats[-1] != GUESSED
        and not (reading.inner and names_twice(reading.inner))
        and (reading.formats == ("JSON",) or not _has_cut(reading.tree))
    )


def names_twice(raw: bytes) -> bool:
    """Whether a JSON object has two members of one name, of which decoders see the last."""
    twice = False

    def check(pairs: list[tuple[str, object]]) -> None:
        nonlocal twice
        twice = twice or len({name for name, _ in pairs}) < len(pairs)

    try:
        json.loads(raw, object_pairs_hook=check)
    except (ValueError, RecursionError):
        return True
    return twice


def _has_cut(tree: Json) -> bool:
    if isinstance(tree, dict):
        return any(map(_has_cut, tree.values()))
    return any(map(_has_cut, tree)) if isinstance(tree, list) else tree == CUT


def without_bytes(tree: Json) -> Json:
    """A structure from a format other than JSON, with bytes hidden: they cannot be searched."""
    if isinstance(tree, dict):
        return {name: without_bytes(inner) for name, inner in tree.items()}
    if isinstance(tree, list):
        return [without_bytes(inner) for inner in tree]
    return HIDDEN if isinstance(tree, str) and _ESCAPED.search(tree) else tree
