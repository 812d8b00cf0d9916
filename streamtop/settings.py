"""What the user chose: flags first, then the environment, then a file, then the defaults.

The file is TOML. Every key may be left out:

    url = "redis://cache:6379/0"
    match = ["orders:*", "payments"]   # or one text
    interval = 2                       # seconds, or a text such as "500ms"
    read_only = true
    theme = "nord"

    [limits]                           # seconds, or a text such as "5m"
    stuck = "5m"                       # the same as stuck_ms = 300_000
    gone = 90
    poison_deliveries = 3

The limits are those of `Thresholds`. In the environment: STREAMTOP_URL (or REDIS_URL),
STREAMTOP_MATCH ("orders:*,payments"), STREAMTOP_INTERVAL, STREAMTOP_READ_ONLY, STREAMTOP_THEME,
STREAMTOP_LIMITS ("stuck=5m,gone=90"), and STREAMTOP_CONFIG for the file.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field, fields, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from streamtop import config
from streamtop.config import Given, SettingsError, shortened
from streamtop.model.verdict import Thresholds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

T = TypeVar("T")

DEFAULT_URL = "redis://localhost:6379/0"
INTERVALS = 0.1, 3600.0
"""The shortest and the longest time between two looks, in seconds."""
_KEYS = "url", "match", "interval", "read_only", "theme"
_LIMITS = tuple(each.name for each in fields(Thresholds))
_LIMIT = "limits."
_VARIABLES = {
    "url": ("STREAMTOP_URL", "REDIS_URL"),
    "match": ("STREAMTOP_MATCH",),
    "interval": ("STREAMTOP_INTERVAL",),
    "read_only": ("STREAMTOP_READ_ONLY",),
    "theme": ("STREAMTOP_THEME",),
}
_TRUTHS = {
    **dict.fromkeys(("1", "true", "yes", "on"), True),
    **dict.fromkeys(("0", "false", "no", "off"), False),
}
_DURATION = r"\s*([0-9]{1,12}(?:\.[0-9]{1,9})?)\s*(ms|s|m|h|d|)\s*"
_UNITS = {"ms": 1, "s": 1_000, "": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}


@dataclass(frozen=True, slots=True)
class Settings:
    """All choices, made."""

    url: str = DEFAULT_URL
    match: tuple[str, ...] = ()
    """Patterns of stream names; none for all streams."""
    interval: float = 1.0
    """Seconds from one look to the next."""
    read_only: bool = False
    theme: str | None = None
    limits: Thresholds = field(default_factory=Thresholds)
    origins: Mapping[str, str] = field(default_factory=dict, compare=False)
    """Where each choice was made, for what is told of it: a flag, a variable, a line of a file."""


def settle(flags: Mapping[str, object], environment: Mapping[str, str]) -> Settings:
    """All choices from all places.

    Args:
        flags: By key, as the command line gave them; `None` and () for what was not given.
            `config` names the file, `limit` holds texts such as "stuck=5m".
        environment: The variables of the process.

    Raises:
        SettingsError: If something that was given anywhere cannot be.
    """
    path, required = _file(flags.get("config"), environment)
    layers = (
        _from_flags(flags),
        _from_environment(environment),
        _known(config.read(path, required=required)),
    )
    return Settings(
        url=_first(layers, "url", _url, DEFAULT_URL),
        match=_first(layers, "match", _patterns, ()),
        interval=_first(layers, "interval", _interval, 1.0),
        read_only=_first(layers, "read_only", _truth, False),
        theme=_first(layers, "theme", _text, None),
        limits=_limits(layers),
        origins={key: given.origin for layer in reversed(layers) for key, given in layer.items()},
    )


def milliseconds(text: str) -> int:
    """A duration: 500ms, 90s, 5m, 1.5h, 2d; a bare number is seconds.

    Raises:
        ValueError: If the text is no duration.

    >>> [milliseconds(text) for text in ("500ms", "90", "90s", "5m", "1.5h", "2d")]
    [500, 90000, 90000, 300000, 5400000, 172800000]
    """
    match = re.fullmatch(_DURATION, text)
    if match is None:
        raise ValueError(f"a duration such as 500ms, 90s, 5m, 2h or 1d, not {shortened(text)}")
    return round(float(match[1]) * _UNITS[match[2]])


def _from_flags(flags: Mapping[str, object]) -> dict[str, Given]:
    found = {
        key: Given(flags[key], "URL" if key == "url" else f"--{key.replace('_', '-')}")
        for key in _KEYS
        if flags.get(key) not in (None, ())
    }
    limits = flags.get("limit")
    return found | _limit_words(limits if isinstance(limits, tuple) else (), "--limit")


def _from_environment(environment: Mapping[str, str]) -> dict[str, Given]:
    found: dict[str, Given] = {}
    for key, names in _VARIABLES.items():
        name = next((name for name in names if environment.get(name)), None)
        if name is not None:
            found[key] = Given(_meant(key, environment[name]), f"${name}")
    words = environment.get("STREAMTOP_LIMITS", "")
    return found | _limit_words(filter(None, words.split(",")), "$STREAMTOP_LIMITS")


def _meant(key: str, text: str) -> object:
    """What a text stands for where all values are texts; itself if that is not clear."""
    match key:
        case "match":
            return [word for word in text.split(",") if word]
        case "read_only":
            return _TRUTHS.get(text.lower(), text)
        case "interval":
            return _number(text)
    return text


def _number(text: str) -> object:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def _limit_words(words: Iterable[str], origin: str) -> dict[str, Given]:
    found: dict[str, Given] = {}
    for word in words:
        name, equals, text = (part.strip() for part in word.partition("="))
        if not equals or _limit_name(name) is None:
            raise SettingsError(f"{origin}: {_no_limit(word)}")
        found[_LIMIT + name] = Given(_number(text), f"{origin} {name}")
    return found


def _file(flag: object, environment: Mapping[str, str]) -> tuple[Path, bool]:
    """The file to read, and whether someone named it, so that it must be there."""
    named = flag or environment.get("STREAMTOP_CONFIG")
    if named:
        return Path(str(named)), True
    from platformdirs import user_config_path

    return user_config_path("streamtop", appauthor=False) / "config.toml", False


def _known(found: dict[str, Given]) -> dict[str, Given]:
    """What a file gives, once all of its keys are known."""
    for key, given in found.items():
        table, dot, name = key.partition(".")
        if table == "limits" and dot:
            if _limit_name(name) is None:
                raise SettingsError(f"{given.origin}: {_no_limit(name)}")
        elif table == "limits" and given.value != {}:
            raise SettingsError(f"{given.origin}: a table, not {shortened(given.value)}")
        elif table != "limits" and key not in _KEYS:
            names = ", ".join(_KEYS)
            raise SettingsError(f"{given.origin}: no such key; there are {names} and limits")
    return found


def _first(
    layers: Sequence[Mapping[str, Given]], key: str, read: Callable[[object], T], default: T
) -> T:
    """What the first layer says that says anything. What the others say must be right too."""
    found = [_read(layer[key], read) for layer in layers if key in layer]
    return found[0] if found else default


def _read(given: Given, read: Callable[[object], T]) -> T:
    try:
        return read(given.value)
    except ValueError as error:
        raise SettingsError(f"{given.origin}: {error}") from None


def _limits(layers: Sequence[Mapping[str, Given]]) -> Thresholds:
    chosen: dict[str, int] = {}
    for layer in reversed(layers):
        for key, given in layer.items():
            name = _limit_name(key.removeprefix(_LIMIT)) if key.startswith(_LIMIT) else None
            if name is None:
                continue
            unit = 1 if key.endswith("_ms") else 1_000
            span = name.endswith("_ms")
            chosen[name] = _read(given, partial(_span, unit=unit) if span else _times)
    return replace(Thresholds(), **chosen)


def _limit_name(name: str) -> str | None:
    """The limit that is meant: stuck_ms, also by the name of stuck."""
    return next((limit for limit in (name, f"{name}_ms") if limit in _LIMITS), None)


def _no_limit(name: str) -> str:
    names = ", ".join(limit.removesuffix("_ms") for limit in _LIMITS)
    return f"no such limit: {shortened(name)}; there are {names}"


def _url(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("a text")  # never the value: there may be a password in it
    return value


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError(f"a text, not {'an empty one' if value == '' else shortened(value)}")
    return value


def _patterns(value: object) -> tuple[str, ...]:
    words = [value] if isinstance(value, str) else value
    if not isinstance(words, list | tuple):
        raise ValueError(f"a list of patterns, not {shortened(value)}")
    return tuple(_text(word) for word in words)


def _interval(value: object) -> float:
    shortest, longest = INTERVALS
    seconds = _span(value, 1_000) / 1_000
    if not shortest <= seconds <= longest:
        raise ValueError(f"{shortest:g} to {longest:g} seconds, not {shortened(value)}")
    return seconds


def _truth(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"true or false, not {shortened(value)}")
    return value


def _times(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError(f"a whole number from 1, not {shortened(value)}")
    return value


def _span(value: object, unit: int) -> int:
    """A duration in milliseconds; numbers count units of so many, texts name their own."""
    if isinstance(value, str) and value.strip()[-1:].isalpha():
        return milliseconds(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        wanted = "a number, or a duration such as '90s' or '5m'"
        raise ValueError(f"{wanted}, not {shortened(value)}")
    if not 0 <= value <= 10**12:
        raise ValueError(f"a duration from 0, not {shortened(value)}")
    return round(value * unit)
