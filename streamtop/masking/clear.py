"""What can be looked through for values to hide, and what cannot."""

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
"""Stands for a value that is hidden."""
TEXT = re.compile(
    r"(?!.[:;]|x\^)[!#$&-Z_-z](?:[\w+/=-]{0,6}\Z|[\w+/=-]*(?:[^\w+/=\s-]|\s+\S))", re.ASCII
)
"""What begins so stands for nothing but itself: no JSON, no base64, nothing compressed."""
_ESCAPED = re.compile(r"\\[xnrtu]")
LIKE_JSON = re.compile(r'\s*(?:\{\s*"|\[\s*[\[{"])')


def is_surely_text(raw: bytes) -> bool:
    """Whether a value is seen at once to be a text and nothing else."""
    return raw.isascii() and TEXT.match(to_name(raw)) is not None


def is_utf8(raw: bytes) -> bool:
    """Whether bytes are text as a whole."""
    with suppress(UnicodeDecodeError):
        raw.decode()
        return True
    return False


def is_unclear(reading: Reading) -> bool:
    """Whether a value may hold something that its tree does not show."""
    return (
        reading.extent != "whole"
        or reading.formats[-1] == GUESSED
        or (bool(reading.inner) and names_twice(reading.inner))
        or (reading.formats != ("JSON",) and _has_cut(reading.tree))
    )


def names_twice(raw: bytes) -> bool:
    """Whether a JSON object has two members of one name: decoders see only the last."""
    found = False

    def paired(pairs: list[tuple[str, object]]) -> None:
        nonlocal found
        found = found or len({name for name, _ in pairs}) < len(pairs)

    try:
        json.loads(raw, object_pairs_hook=paired)
    except (ValueError, RecursionError):
        return True
    return found


def _has_cut(tree: Json) -> bool:
    if isinstance(tree, dict):
        return any(map(_has_cut, tree.values()))
    return any(map(_has_cut, tree)) if isinstance(tree, list) else tree == CUT


def without_bytes(tree: Json) -> Json:
    """A structure that was no JSON, with bytes in it hidden: nobody can look through them."""
    if isinstance(tree, dict):
        return {name: without_bytes(inner) for name, inner in tree.items()}
    if isinstance(tree, list):
        return [without_bytes(inner) for inner in tree]
    return HIDDEN if isinstance(tree, str) and _ESCAPED.search(tree) else tree
