r"""Settings: flags override environment variables, these a TOML file, and that the defaults.

Every key of the file is optional:

    url = "redis://cache:6379/0"
    match = ["orders:*", "payments"]   # or a single pattern
    interval = 2                       # seconds, or text such as "500ms"
    read_only = ["*prod*", "rediss://*"]   # for these servers; or true, or false
    theme = "nord"
    journal = "~/streamtop.jsonl"      # false for no journal

    [limits]                           # seconds, or text such as "5m"
    stuck = "5m"                       # the same as stuck_ms = 300_000
    gone = 90
    poison_deliveries = 3

    [mask]                             # values hidden on screen and in all output
    fields = ["password", "card_*"]    # by name: of fields, headers, members of payloads
    paths = ["$.customer.email"]       # by JSON path
    patterns = ['\b\d{16}\b']           # in any text

The patterns of read_only are compared, ignoring case, with a server's URL (without its
password) and with its host. The limits are those of `Thresholds`; a
group is reported later where its own habits are longer.

Environment variables: STREAMTOP_URL (or REDIS_URL), STREAMTOP_MATCH ("orders:*,payments"),
STREAMTOP_INTERVAL, STREAMTOP_READ_ONLY, STREAMTOP_THEME, STREAMTOP_JOURNAL (a file, or "off"),
STREAMTOP_LIMITS ("stuck=5m,gone=90"), and STREAMTOP_CONFIG for the file.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field, fields, replace
from fnmatch import fnmatchcase
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeVar

from streamtop.model.text import printable
from streamtop.model.verdict import Thresholds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

T = TypeVar("T")

DEFAULT_URL = "redis://localhost:6379/0"
INTERVALS = 0.1, 3600.0
"""The shortest and the longest interval between two looks, in seconds."""
_KEYS = "url", "match", "interval", "read_only", "theme", "journal"
_TABLES = "limits", "mask"
_NO_RULES: tuple[str, ...] = ()
_OTHER_VARIABLES = {"url": ("REDIS_URL",)}
"""Variables read after STREAMTOP_<KEY>."""
_LIMITS = tuple(limit.name for limit in fields(Thresholds))
_SWITCH = {
    **dict.fromkeys(("1", "true", "yes", "on"), True),
    **dict.fromkeys(("0", "false", "no", "off"), False),
}
_DURATION = r"\s*([0-9]{1,12}(?:\.[0-9]{1,9})?)\s*(ms|s|m|h|d|)\s*"
_UNITS = {"ms": 1, "s": 1_000, "": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}


class SettingsError(ValueError):
    """An invalid setting: one line with the file and line (or flag, variable), key and reason."""


class MaskRules(NamedTuple):
    """What to hide, as configured; `streamtop.masking` compiles it."""

    fields: tuple[str, ...] = ()
    """Patterns of names."""
    paths: tuple[str, ...] = ()
    """JSON paths."""
    patterns: tuple[str, ...] = ()
    """Regular expressions."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings in effect."""

    url: str = DEFAULT_URL
    match: tuple[str, ...] = ()
    """Patterns of stream names; empty for all streams."""
    interval: float = 1.0
    """Seconds from one look to the next."""
    read_only: bool = False
    theme: str | None = None
    journal: Path | Literal["default", "off"] = "default"
    """The file in which operations are recorded; by default one in the user's state folder."""
    limits: Thresholds = field(default_factory=Thresholds)
    mask: MaskRules = field(default_factory=MaskRules)
    read_only_because: str | None = None
    """Where `read_only` was set: "--read-only", "config.toml:3: read_only matches *prod*"."""
    origins: Mapping[str, str] = field(default_factory=dict, compare=False)
    """Where each setting comes from, for error messages: a flag, a variable, a line of a file."""


class _Stated(NamedTuple):
    """A value that one source states for a key, not yet validated."""

    value: object
    origin: str


_Source = dict[str, _Stated]
"""By key; the keys of a table as `table.key`."""


def load_settings(
    flags: Mapping[str, object],
    environment: Mapping[str, str],
    *,
    known_as: Callable[[str], Iterable[str]] = lambda url: (url,),
) -> Settings:
    """The settings in effect.

    Args:
        flags: Values of the command line by key; `None` and () for options not used.
            `config` names the file, `limit` holds texts such as "stuck=5m".
        environment: The environment variables of the process.
        known_as: Returns what the patterns of `read_only` are compared with, for a URL.

    Raises:
        SettingsError: If any source holds an invalid value, even one that is overridden.
    """
    path, required = _config_path(flags.get("config"), environment)
    sources = (
        _from_flags(flags),
        _from_environment(environment),
        _with_known_keys(_from_file(path, required=required)),
    )
    url = _first(sources, "url", _url, DEFAULT_URL)
    because = _read_only_because(sources, known_as(url))
    return Settings(
        url=url,
        match=_first(sources, "match", _patterns, ()),
        interval=_first(sources, "interval", _interval, 1.0),
        read_only=because is not None,
        read_only_because=because,
        theme=_first(sources, "theme", _text, None),
        journal=_first(sources, "journal", _journal, "default"),
        limits=_limits(sources),
        mask=MaskRules(
            *(_first(sources, f"mask.{name}", _patterns, _NO_RULES) for name in MaskRules._fields)
        ),
        origins={
            key: stated.origin for source in reversed(sources) for key, stated in source.items()
        },
    )


def milliseconds(text: str) -> int:
    """The length of a duration such as 500ms, 90s, 5m, 1.5h or 2d; a bare number is seconds.

    Raises:
        ValueError: If the text is not a duration.

    >>> [milliseconds(text) for text in ("500ms", "90", "90s", "5m", "1.5h", "2d")]
    [500, 90000, 90000, 300000, 5400000, 172800000]
    """
    match = re.fullmatch(_DURATION, text)
    if match is None:
        raise _expected("a duration such as 500ms, 90s, 5m, 2h or 1d", text)
    return round(float(match[1]) * _UNITS[match[2]])


# Sources


def _from_flags(flags: Mapping[str, object]) -> _Source:
    source = {
        key: _Stated(flags[key], "URL" if key == "url" else f"--{key.replace('_', '-')}")
        for key in _KEYS
        if flags.get(key) not in (None, ())
    }
    limits = flags.get("limit")
    return source | _limit_pairs(limits if isinstance(limits, tuple) else (), "--limit")


def _from_environment(environment: Mapping[str, str]) -> _Source:
    source: _Source = {}
    for key in _KEYS:
        names = (f"STREAMTOP_{key.upper()}", *_OTHER_VARIABLES.get(key, ()))
        name = next((name for name in names if environment.get(name)), None)
        if name is not None:
            source[key] = _Stated(_from_text(key, environment[name]), f"${name}")
    pairs = environment.get("STREAMTOP_LIMITS", "").split(",")
    return source | _limit_pairs(filter(None, pairs), "$STREAMTOP_LIMITS")


def _from_text(key: str, text: str) -> object:
    """The value that TOML would hold for the text of a variable; the text if there is none."""
    match key:
        case "match":
            return [word for word in text.split(",") if word]
        case "read_only":
            return _SWITCH.get(text.lower(), text)
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


def _limit_pairs(pairs: Iterable[str], origin: str) -> _Source:
    """Limits written as "stuck=5m"."""
    source: _Source = {}
    for pair in pairs:
        name, equals, text = (part.strip() for part in pair.partition("="))
        if not equals or _limit_name(name) is None:
            raise SettingsError(f"{origin}: {_no_such_limit(pair)}")
        source[f"limits.{name}"] = _Stated(_number(text), f"{origin} {name}")
    return source


def _config_path(flag: object, environment: Mapping[str, str]) -> tuple[Path, bool]:
    """The file to read, and whether it must exist, having been named by the user."""
    name = flag or environment.get("STREAMTOP_CONFIG")
    if name:
        return Path(str(name)), True
    from platformdirs import user_config_path

    return user_config_path("streamtop", appauthor=False) / "config.toml", False


def _from_file(path: Path, *, required: bool) -> _Source:
    """The values of a TOML file; none if it is missing and not required.

    Raises:
        SettingsError: If the file cannot be read or is not TOML.
    """
    shown_path = printable(str(path))
    try:
        raw = path.read_bytes()
    except OSError as error:
        if not required and isinstance(error, FileNotFoundError | NotADirectoryError):
            return {}
        raise SettingsError(f"{shown_path}: {error.strerror or 'cannot be read'}") from None
    import tomllib

    try:
        text = raw.decode()
        table: Mapping[str, object] = tomllib.loads(text)
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise SettingsError(f"{shown_path}:{line}: not UTF-8") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(_syntax_error(shown_path, text, printable(str(error)))) from None
    source: _Source = {}
    for key, value in table.items():
        if isinstance(value, dict) and value:
            for name, inner in value.items():
                source[f"{key}.{name}"] = _Stated(inner, _location(shown_path, text, name, key))
        else:
            source[key] = _Stated(value, _location(shown_path, text, key))
    return source


def _syntax_error(shown_path: str, text: str, message: str) -> str:
    """The message of TOML's parser, with the line in front."""
    match = re.search(r" \(at line (\d+), column \d+\)$| \(at end of document\)$", message)
    if match is None:
        return f"{shown_path}: {message}"
    line = match[1] or str(text.rstrip("\n").count("\n") + 1)
    return f"{shown_path}:{line}: {message[: match.start()]}"


def _location(shown_path: str, text: str, key: str, table: str = "") -> str:
    """The place of a key in a file, as path:line: key."""
    name = printable(f"{table}.{key}" if table else key)
    line = _line(text, key, table)
    return f"{shown_path}:{line}: {name}" if line else f"{shown_path}: {name}"


def _line(text: str, key: str, table: str) -> int | None:
    """The number of the line that sets a key; that of its table if no line does by itself."""
    full_key = f"{table}.{key}" if table else key
    header, table_line = "", None
    for number, line in enumerate(text.splitlines(), 1):
        words = re.split(r"[=#]", line, maxsplit=1)[0]
        name = re.sub(r"[\s\"']", "", words)
        if name.startswith("["):
            header = name.strip("[]")
            name = header if header.partition(".")[0] in (key, table) else ""
        elif header:
            name = f"{header}.{name}"
        if name == full_key or name.startswith(f"{full_key}."):
            return number
        if table and name == table:
            table_line = number
    return table_line


def _with_known_keys(source: _Source) -> _Source:
    """The values of a file, all of whose keys are known.

    Raises:
        SettingsError: If one is not.
    """
    for key, stated in source.items():
        table, dot, name = key.partition(".")
        problem = None
        if table == "limits" and dot:
            problem = None if _limit_name(name) else _no_such_limit(name)
        elif table == "mask" and dot:
            if name not in MaskRules._fields:
                problem = f"no such key; [mask] has {', '.join(MaskRules._fields)}"
        elif table in _TABLES and stated.value != {}:
            problem = f"expected a table, not {_shortened(stated.value)}"
        elif table not in _TABLES and key not in _KEYS:
            problem = f"no such key; there are {', '.join(_KEYS)}, limits and mask"
        if problem is not None:
            raise SettingsError(f"{stated.origin}: {problem}")
    return source


# Choosing among the sources


def _first(sources: Sequence[_Source], key: str, read: Callable[[object], T], default: T) -> T:
    """The value of the first source that states one; those of the others must be valid too."""
    values = [_validated(source[key], read) for source in sources if key in source]
    return values[0] if values else default


def _validated(stated: _Stated, read: Callable[[object], T]) -> T:
    try:
        return read(stated.value)
    except ValueError as error:
        raise SettingsError(f"{stated.origin}: {error}") from None


def _read_only_because(sources: Sequence[_Source], names: Iterable[str]) -> str | None:
    """Why the server is read-only, or `None`; only a file may hold patterns of servers."""
    readers = _boolean, _boolean, _boolean_or_patterns
    reasons = [
        _origin_of_yes(source["read_only"], _validated(source["read_only"], read), names)
        for source, read in zip(sources, readers, strict=True)
        if "read_only" in source
    ]
    return reasons[0] if reasons else None


def _origin_of_yes(
    stated: _Stated, value: bool | Sequence[str], names: Iterable[str]
) -> str | None:
    """Where a server is declared read-only, or `None`; patterns match in any case.

    >>> stated = _Stated(None, "config.toml:3: read_only")
    >>> _origin_of_yes(stated, ["*PROD*"], ["redis://prod-1:6379"])
    'config.toml:3: read_only matches *PROD*'
    """
    if isinstance(value, bool):
        return stated.origin if value else None
    lowered = [name.lower() for name in names]
    for pattern in value:
        if any(fnmatchcase(name, pattern.lower()) for name in lowered):
            return f"{stated.origin} matches {printable(pattern)}"
    return None


def _limits(sources: Sequence[_Source]) -> Thresholds:
    limits: dict[str, int] = {}
    for source in reversed(sources):
        for key, stated in source.items():
            name = _limit_name(key.removeprefix("limits.")) if key.startswith("limits.") else None
            if name is None:
                continue
            duration = partial(_duration, unit=1 if key.endswith("_ms") else 1_000)
            limits[name] = _validated(stated, duration if name.endswith("_ms") else _count)
    return replace(Thresholds(), **limits)


def _limit_name(name: str) -> str | None:
    """The field of `Thresholds` with this name: stuck_ms for stuck_ms and for stuck."""
    return next((limit for limit in (name, f"{name}_ms") if limit in _LIMITS), None)


def _no_such_limit(name: str) -> str:
    names = ", ".join(limit.removesuffix("_ms") for limit in _LIMITS)
    return f"no such limit: {_shortened(name)}; there are {names}"


# Values. Each reader raises ValueError for a value that is not valid.


def _url(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("expected text")  # without the value: it may hold a password
    return value


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise _expected("text", value)
    return value


def _patterns(value: object) -> tuple[str, ...]:
    words = [value] if isinstance(value, str) else value
    if not isinstance(words, list | tuple):
        raise _expected("a list of patterns", value)
    return tuple(map(_text, words))


def _count(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise _expected("a whole number from 1", value)
    return value


def _boolean(value: object) -> bool:
    if not isinstance(value, bool):
        raise _expected("true or false", value)
    return value


def _boolean_or_patterns(value: object) -> bool | tuple[str, ...]:
    if isinstance(value, bool):
        return value
    if not isinstance(value, list):
        raise _expected("true or false, or a list of patterns", value)
    for pattern in value:
        if not isinstance(pattern, str) or not pattern:
            raise _expected("a pattern of server URLs", pattern)
    return tuple(value)


def _duration(value: object, unit: int) -> int:
    """Milliseconds: a number counts units of so many, text has its own unit."""
    if isinstance(value, str) and value.strip()[-1:].isalpha():
        return milliseconds(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise _expected("a number, or a duration such as '90s' or '5m'", value)
    if not 0 <= value <= 10**12:
        raise _expected("a duration from 0", value)
    return round(value * unit)


def _interval(value: object) -> float:
    shortest, longest = INTERVALS
    seconds = _duration(value, 1_000) / 1_000
    if not shortest <= seconds <= longest:
        raise _expected(f"{shortest:g} to {longest:g} seconds", value)
    return seconds


def _journal(value: object) -> Path | Literal["default", "off"]:
    choice = _SWITCH.get(value.lower(), value) if isinstance(value, str) else value
    if isinstance(choice, bool):
        return "default" if choice else "off"
    if not isinstance(choice, str) or not choice or "\0" in choice:
        raise _expected("a file, or false for no journal", value)
    try:
        return Path(choice).expanduser()
    except RuntimeError:
        raise _expected("a file, in the home of an existing user", value) from None


def _expected(expectation: str, value: object) -> ValueError:
    return ValueError(f"expected {expectation}, not {_shortened(value)}")


def _shortened(value: object) -> str:
    """A value as it may stand in an error message."""
    text = printable(repr(value))
    return text if len(text) <= 60 else text[:59] + "…"
