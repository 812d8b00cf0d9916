"""The configuration file: TOML → what it gives, and in which line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from streamtop.model.text import printable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


class SettingsError(ValueError):
    """A choice that cannot be: one line that names where it was made, its key and the reason."""


class Given(NamedTuple):
    """Something that was given in one place, and where."""

    value: object
    origin: str


def read(path: Path, *, required: bool) -> dict[str, Given]:
    """What a TOML file gives: by key, those of a table as `table.key`.

    Args:
        path: The file.
        required: Whether it must be there; otherwise a missing one gives nothing.

    Raises:
        SettingsError: If it cannot be read, or is no TOML.
    """
    shown = printable(str(path))
    try:
        raw = path.read_bytes()
    except OSError as error:
        if not required and isinstance(error, FileNotFoundError | NotADirectoryError):
            return {}
        raise SettingsError(f"{shown}: {error.strerror or 'cannot be read'}") from None
    import tomllib

    try:
        text = raw.decode()
        table: Mapping[str, object] = tomllib.loads(text)
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise SettingsError(f"{shown}:{line}: not UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(_syntax(shown, text, printable(str(error)))) from None
    found: dict[str, Given] = {}
    for key, value in table.items():
        if isinstance(value, dict) and value:
            for name, inner in value.items():
                found[f"{key}.{name}"] = Given(inner, _at(shown, text, name, key))
        else:
            found[key] = Given(value, _at(shown, text, key))
    return found


def _syntax(shown: str, text: str, message: str) -> str:
    """What TOML's parser says, with the line before it as everywhere."""
    match = re.search(r" \(at line (\d+), column \d+\)$| \(at end of document\)$", message)
    if match is None:
        return f"{shown}: {message}"
    line = match[1] or str(text.rstrip("\n").count("\n") + 1)
    return f"{shown}:{line}: {message[: match.start()]}"


def _at(shown: str, text: str, key: str, table: str = "") -> str:
    """Where in a file a key stands: path:line: key."""
    name = f"{table}.{key}" if table else key
    line = _line(text, key, table)
    return f"{shown}:{line}: {printable(name)}" if line else f"{shown}: {printable(name)}"


def _line(text: str, key: str, table: str) -> int | None:
    """The line that sets a key; of its table, if no line sets the key by itself."""
    header, of_table = "", None
    for number, line in enumerate(text.splitlines(), 1):
        words = re.split(r"[=#]", line, maxsplit=1)[0]
        name = re.sub(r"[\s\"']", "", words)
        if name.startswith("["):
            header = name.strip("[]")
            name = header if header.partition(".")[0] in (key, table) else ""
        elif header:
            name = f"{header}.{name}"
        wanted = f"{table}.{key}" if table else key
        if name == wanted or name.startswith(f"{wanted}."):
            return number
        if table and name == table:
            of_table = number
    return of_table


def shortened(value: object) -> str:
    """A value as it may stand in a line of text."""
    text = printable(repr(value))
    return text if len(text) <= 60 else text[:59] + "…"
