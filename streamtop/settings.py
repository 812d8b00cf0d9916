r"""What the user chose: flags first, then the environment, then a file, then the defaults.

The file is TOML. Every key may be left out:

    url = "redis://cache:6379/0"
    match = ["orders:*", "payments"]   # or one text
    interval = 2                       # seconds, or a text such as "500ms"
    read_only = ["*prod*", "rediss://*"]   # for these servers; or true, or false
    theme = "nord"
    journal = "~/streamtop.jsonl"      # false for none

    [limits]                           # seconds, or a text such as "5m"
    stuck = "5m"                       # the same as stuck_ms = 300_000
    gone = 90
    poison_deliveries = 3

    [mask]                             # values that are hidden wherever they could show
    fields = ["password", "card_*"]    # by name: of fields, headers, members of payloads
    paths = ["$.customer.email"]       # by JSON path
    patterns = ['\b\d{16}\b']           # in any text

The patterns of read_only are compared with a server's URL, without its password, and with its
host, in any case of letters. The limits are those of `Thresholds`.

In the environment: STREAMTOP_URL (or REDIS_URL), STREAMTOP_MATCH ("orders:*,payments"),
STREAMTOP_INTERVAL, STREAMTOP_READ_ONLY, STREAMTOP_THEME, STREAMTOP_JOURNAL (a file, or "off"),
STREAMTOP_LIMITS ("stuck=5m,gone=90"), and STREAMTOP_CONFIG for the file.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeVar

from streamtop import choices, config
from streamtop.choices import Hidden
from streamtop.choices import milliseconds as milliseconds
from streamtop.config import Given, SettingsError, shortened
from streamtop.model.verdict import Thresholds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

T = TypeVar("T")

DEFAULT_URL = "redis://localhost:6379/0"
INTERVALS = 0.1, 3600.0
"""The shortest and the longest time between two looks, in seconds."""
_KEYS = "url", "match", "interval", "read_only", "theme", "journal"
_LIMITS = tuple(each.name for each in fields(Thresholds))
_LIMIT = "limits."
_MASK = "mask."
_NONE: tuple[str, ...] = ()
_TABLES = "limits", "mask"
_VARIABLES = {
    "url": ("STREAMTOP_URL", "REDIS_URL"),
    "match": ("STREAMTOP_MATCH",),
    "interval": ("STREAMTOP_INTERVAL",),
    "read_only": ("STREAMTOP_READ_ONLY",),
    "theme": ("STREAMTOP_THEME",),
    "journal": ("STREAMTOP_JOURNAL",),
}
_TRUTHS = {
    **dict.fromkeys(("1", "true", "yes", "on"), True),
    **dict.fromkeys(("0", "false", "no", "off"), False),
}


@dataclass(frozen=True, slots=True)
class Settings:
    """All choices, made."""

    url: str = DEFAULT_URL
    match: tuple[str, ...] = ()
    """Patterns of stream names; none for all streams."""
    interval: float = 1.0
    """Seconds from one look to the next."""
    read_only: bool = False
    """Whether nothing is written to this server."""
    theme: str | None = None
    journal: Path | Literal["usual", "off"] = "usual"
    """The file in which operations are recorded; the usual one is in the user's folder of state."""
    limits: Thresholds = field(default_factory=Thresholds)
    mask: Hidden = field(default_factory=Hidden)
    read_only_because: str | None = None
    """Where that was chosen: "--read-only", or "config.toml:3: read_only matches *prod*"."""
    origins: Mapping[str, str] = field(default_factory=dict, compare=False)
    """Where each choice was made, for what is told of it: a flag, a variable, a line of a file."""


def settle(
    flags: Mapping[str, object],
    environment: Mapping[str, str],
    *,
    known_as: Callable[[str], Iterable[str]] = lambda url: (url,),
) -> Settings:
    """All choices from all places.

    Args:
        flags: By key, as the command line gave them; `None` and () for what was not given.
            `config` names the file, `limit` holds texts such as "stuck=5m".
        environment: The variables of the process.
        known_as: What patterns of servers are compared with, from a server's URL.

    Raises:
        SettingsError: If something that was given anywhere cannot be.
    """
    path, required = _file(flags.get("config"), environment)
    layers = (
        _from_flags(flags),
        _from_environment(environment),
        _known(config.read(path, required=required)),
    )
    url = _first(layers, "url", choices.url, DEFAULT_URL)
    because = _read_only(layers, known_as(url))
    return Settings(
        url=url,
        match=_first(layers, "match", choices.patterns, ()),
        interval=_first(layers, "interval", _interval, 1.0),
        read_only=because is not None,
        read_only_because=because,
        theme=_first(layers, "theme", choices.text, None),
        journal=_first(layers, "journal", _journal, "usual"),
        limits=_limits(layers),
        mask=Hidden(
            *(_first(layers, _MASK + name, choices.patterns, _NONE) for name in Hidden._fields)
        ),
        origins={key: given.origin for layer in reversed(layers) for key, given in layer.items()},
    )


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
        elif table == "mask" and dot:
            if name not in Hidden._fields:
                names = ", ".join(Hidden._fields)
                raise SettingsError(f"{given.origin}: no such mask; there are {names}")
        elif table in _TABLES and given.value != {}:
            raise SettingsError(f"{given.origin}: a table, not {shortened(given.value)}")
        elif table not in _TABLES and key not in _KEYS:
            names = ", ".join(_KEYS)
            raise SettingsError(f"{given.origin}: no such key; there are {names}, limits and mask")
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


def _read_only(layers: Sequence[Mapping[str, Given]], names: Iterable[str]) -> str | None:
    """Why the server is only to be looked at, if it is; only a file may tell servers apart."""
    readers = choices.truth, choices.truth, choices.truth_or_patterns
    found = [
        choices.read_only_because(layer["read_only"], _read(layer["read_only"], read), names)
        for layer, read in zip(layers, readers, strict=True)
        if "read_only" in layer
    ]
    return found[0] if found else None


def _limits(layers: Sequence[Mapping[str, Given]]) -> Thresholds:
    chosen: dict[str, int] = {}
    for layer in reversed(layers):
        for key, given in layer.items():
            name = _limit_name(key.removeprefix(_LIMIT)) if key.startswith(_LIMIT) else None
            if name is None:
                continue
            unit = 1 if key.endswith("_ms") else 1_000
            span = name.endswith("_ms")
            chosen[name] = _read(given, partial(choices.span, unit=unit) if span else choices.times)
    return replace(Thresholds(), **chosen)


def _limit_name(name: str) -> str | None:
    """The limit that is meant: stuck_ms, also by the name of stuck."""
    return next((limit for limit in (name, f"{name}_ms") if limit in _LIMITS), None)


def _no_limit(name: str) -> str:
    names = ", ".join(limit.removesuffix("_ms") for limit in _LIMITS)
    return f"no such limit: {shortened(name)}; there are {names}"


def _journal(value: object) -> Path | Literal["usual", "off"]:
    choice = _TRUTHS.get(value.lower(), value) if isinstance(value, str) else value
    if isinstance(choice, bool):
        return "usual" if choice else "off"
    if not isinstance(choice, str) or not choice or "\0" in choice:
        raise ValueError(f"a file, or false for none, not {shortened(value)}")
    try:
        return Path(choice).expanduser()
    except RuntimeError:
        raise ValueError(f"a file of a user that there is, not {shortened(value)}") from None


def _interval(value: object) -> float:
    shortest, longest = INTERVALS
    seconds = choices.span(value, 1_000) / 1_000
    if not shortest <= seconds <= longest:
        raise ValueError(f"{shortest:g} to {longest:g} seconds, not {shortened(value)}")
    return seconds
