"""Server URLs: parsing them, and showing them without passwords."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote

from streamtop.model.text import printable

if TYPE_CHECKING:
    from collections.abc import Mapping

SCHEMES = "redis://, rediss://, valkey://, valkeys://, unix:// and redis+sentinel://"
_TLS = {"rediss", "valkeys", "rediss+sentinel"}
_SENTINEL = {"redis+sentinel", "rediss+sentinel"}
_PLAIN = {"redis", "valkey"}
_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+(?:%[\w.~-]+)?\]|[\w.~-]*)(?::(\d{1,5}))?")
_NUMBER = re.compile(r"\d{1,9}")
_TLS_OPTIONS = frozenset(
    {
        *("ssl_keyfile", "ssl_certfile", "ssl_cert_reqs", "ssl_ca_certs", "ssl_ca_path"),
        *("ssl_ca_data", "ssl_check_hostname", "ssl_ciphers", "ssl_password"),
    }
)
_HINT = "in a password write @ : / ? # as %40 %3A %2F %3F %23"
_LARGEST_PORT = 65_535
_LOCAL = {"127.0.0.1": "localhost", "::1": "localhost"}


@dataclass(frozen=True, slots=True)
class Address:
    """The parts of a server URL."""

    hosts: tuple[tuple[str, int], ...] = ()
    """Host and port; several only for Sentinels, none for a unix socket."""
    path: str | None = None
    """The path of a unix socket."""
    service: str | None = None
    """The name under which Sentinels know the server."""
    tls: bool = False
    db: int = 0
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    options: Mapping[str, str] = field(default_factory=dict, repr=False)
    """TLS options (`ssl_...`) and Sentinel credentials from the query."""


def parse(url: str) -> Address:
    """The parts of a URL.

    Query options of other clients (timeouts, pool sizes) are ignored.

    Raises:
        ValueError: If it is not a server URL, in one sentence without the password.

    >>> parse("redis://cache/2").hosts, parse("redis://cache/2").db
    ((('cache', 6379),), 2)
    >>> parse("redis+sentinel://a,b:5000/orders/1").service
    'orders'
    """
    scheme, divider, rest = url.partition("://")
    scheme = scheme.lower()
    if not divider or scheme not in {*_PLAIN, *_TLS, *_SENTINEL, "unix"}:
        raise ValueError(f"not a server URL; it begins with one of {SCHEMES}")
    rest, _, query = rest.partition("#")[0].partition("?")
    options = dict(parse_qsl(query, keep_blank_values=True))
    place, _, path = rest.partition("/")
    login, at, place = place.rpartition("@")
    if "@" in path and not at and scheme != "unix":
        raise ValueError(f"the URL has an @ after a /; {_HINT}")
    username, password = _login(login, options)
    if scheme == "unix":
        if place or not path:
            raise ValueError("a unix URL names the path of a socket: unix:///run/redis.sock")
        number = _database(options.get("db", ""))
        return Address(path=unquote(f"/{path}"), db=number, username=username, password=password)
    service, db = _service_and_database(path) if scheme in _SENTINEL else (None, path)
    return Address(
        hosts=_hosts(place, scheme in _SENTINEL),
        service=service,
        tls=scheme in _TLS,
        db=_database(options.get("db") or db.strip("/")),
        username=username,
        password=password,
        options={name: text for name, text in options.items() if _is_known(name)},
    )


def redacted(url: str) -> str:
    """A URL that is safe to show: no password, no query, no control character.

    If it is unclear which part is a password, only the scheme remains.

    >>> redacted("redis://ann:secret@cache:6379/0"), redacted("redis://:secret@cache")
    ('redis://ann@cache:6379/0', 'redis://cache')
    >>> redacted("unix:///run/redis.sock?db=2&password=secret")
    'unix:///run/redis.sock?db=2'
    >>> redacted("redis://:se?cret@cache"), redacted("redis://ann:secret")
    ('redis://…', 'redis://…')
    """
    scheme, divider, rest = url.partition("://")
    if not divider or not re.fullmatch(r"[A-Za-z+]+", scheme):
        scheme, divider, rest = "", "", url
    unclear = f"{scheme}{divider}…"
    plain = re.split(r"[?#]", rest, maxsplit=1)[0]
    query = rest[len(plain) :]
    if "@" in query:
        return unclear
    login, at, place = "", "", plain
    if not plain.startswith("/"):
        login, at, place = plain.rpartition("@")
    user = login.partition(":")[0]
    user = "" if re.search(r"[/\s]", user) else user
    host, slash, path = place.partition("/")
    if not all(map(_is_host, host.split(","))):
        return unclear
    if scheme.lower() != "unix" and not re.fullmatch(r"[\w.~%/-]*", path):
        slash, path = "", ""
    number = re.search(r"[?&]db=(\d{1,9})(?=&|#|$)", query)
    shown = f"{scheme}{divider}{user}{at if user else ''}{host}{slash}{path}"
    return printable(shown + (f"?db={number[1]}" if number else ""))


def known_as(url: str) -> tuple[str, ...]:
    """Names of a server: its redacted URL, then its hosts or its socket.

    >>> known_as("redis://:secret@Prod-1:6379/0"), known_as("unix:///run/redis.sock")
    (('redis://Prod-1:6379/0', 'Prod-1'), ('unix:///run/redis.sock', '/run/redis.sock'))
    """
    try:
        target = parse(url)
    except ValueError:
        return (redacted(url),)
    hosts = [host for host, _ in target.hosts] or [target.path or ""]
    return (redacted(url), *hosts)


def same_server(one: str, other: str) -> bool:
    """Whether two URLs lead to the same server and database, with any login.

    >>> same_server("redis://:secret@cache", "valkey://ann@cache:6379/0")
    True
    >>> same_server("redis://cache/1", "redis://cache/2"), same_server("redis://…", "redis://…")
    (False, False)
    """
    try:
        here, there = parse(one), parse(other)
    except ValueError:
        return False
    if (here.path, here.service, here.db) != (there.path, there.service, there.db):
        return False
    ours, theirs = _canonical_hosts(here), _canonical_hosts(there)
    return ours == theirs or (here.service is not None and bool(ours & theirs))


def _canonical_hosts(address: Address) -> set[tuple[str, int]]:
    return {(_LOCAL.get(host, host), port) for host, port in address.hosts}


def _is_host(host: str) -> bool:
    match = _HOST.fullmatch(host)
    return match is not None and int(match[2] or 0) <= _LARGEST_PORT


def _login(login: str, options: Mapping[str, str]) -> tuple[str | None, str | None]:
    username, colon, password = login.partition(":")
    return (
        unquote(username) or options.get("username") or None,
        (unquote(password) if colon else "") or options.get("password") or None,
    )


def _is_known(option: str) -> bool:
    if option.startswith("ssl_") and option not in _TLS_OPTIONS:
        raise ValueError(f"unknown TLS option in the URL: {printable(option)}")
    return option in _TLS_OPTIONS or option in {"sentinel_username", "sentinel_password"}


def _hosts(place: str, sentinels: bool) -> tuple[tuple[str, int], ...]:
    default = 26379 if sentinels else 6379
    hosts = []
    for text in place.split(",") if sentinels else [place]:
        match = _HOST.fullmatch(text)
        port = 0 if match is None else int(match[2] or default)
        if match is None or not 0 < port <= _LARGEST_PORT:
            raise ValueError(f"the URL does not name a host and a port of 1 to 65535; {_HINT}")
        hosts.append((match[1].strip("[]") or "localhost", port))
    return tuple(hosts)


def _service_and_database(path: str) -> tuple[str, str]:
    service, _, db = path.partition("/")
    if not service:
        raise ValueError("a Sentinel URL names a service: redis+sentinel://host:26379/service/0")
    return unquote(service), db


def _database(text: str) -> int:
    if not text:
        return 0
    if not _NUMBER.fullmatch(text):
        raise ValueError("the database of the URL is not a number")
    return int(text)
