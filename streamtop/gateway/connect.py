"""URL → a connected Server."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any

from redis.asyncio.connection import Connection, SSLConnection, UnixDomainSocketConnection
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import Sentinel, SentinelConnectionPool
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from streamtop.gateway import address
from streamtop.gateway.address import redacted
from streamtop.gateway.errors import NotLoggedInError, refused
from streamtop.gateway.server import Server
from streamtop.gateway.server_info import server_info
from streamtop.gateway.wire import Wire
from streamtop.model.abilities import started_read_only
from streamtop.model.text import printable
from streamtop.source import BusyError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from redis.asyncio.connection import AbstractConnection

    from streamtop.gateway.address import Address

__all__ = ["connect", "redacted"]

_TIMEOUT = 2.0
"""Seconds for each step of a connection."""
_SECTIONS = b"server", b"replication", b"cluster"
_WITHIN = 2.5
"""Seconds for a whole connection, login included."""
_SENTINEL_TIMEOUT = 1.0
"""Seconds for each Sentinel."""


async def connect(
    url: str,
    *,
    match: Sequence[str] = (),
    read_only: bool = False,
    because: str | None = None,
    thorough: bool = False,
) -> Server:
    r"""Connect to a server and identify it.

    Args:
        url: redis, rediss, valkey, valkeys, unix or redis+sentinel. The last one lists the
            Sentinels and names the service: redis+sentinel://host:26379,other/service/0.
        match: Patterns for SCAN, or names without any of `*?[]\`; none for all streams.
        read_only: Whether `Server.write` refuses everything.
        because: The option or setting that chose read-only mode: "--read-only".
        thorough: Whether each look counts all unproven lags before it ends.

    Raises:
        ValueError: If the URL is invalid, in one sentence without the password.
        SourceError: If no connection can be made, or the server refuses the login.
    """
    target = address.parse(url)
    where = redacted(url)
    dial, sentinel = _dialer(target)
    within = _WITHIN + (len(target.hosts) * _SENTINEL_TIMEOUT if sentinel else 0)
    looks, details = (Wire(dial, where, connect_within=within) for _ in range(2))
    connected = False
    try:
        answers = await looks.ask([(b"INFO", section) for section in _SECTIONS])
        for answer in answers:
            if isinstance(answer, NotLoggedInError | BusyError):
                raise refused(answer, where)
        connected = True
    finally:
        if not connected:
            await looks.close()
            if sentinel is not None:
                await sentinel.aclose()
    text = b"\r\n".join(answer for answer in answers if isinstance(answer, bytes))
    return Server(
        looks,
        details,
        server_info(where, text),
        match=match,
        read_only=started_read_only(because) if read_only else None,
        thorough=thorough,
        on_close=None if sentinel is None else sentinel.aclose,
    )


def _dialer(target: Address) -> tuple[Callable[[], AbstractConnection], Sentinel | None]:
    """A factory of connections to an address, and the Sentinels that it asks, if any.

    Raises:
        ValueError: If the TLS options of the URL are invalid.
    """
    options: dict[str, Any] = {
        "db": target.db,
        "username": target.username,
        "password": target.password,
        **_common(_TIMEOUT),
    }
    if target.path is not None:
        # The unix connection logs in while it connects; redis-py would do it twice.
        return (
            partial(
                UnixDomainSocketConnection,
                path=target.path,
                redis_connect_func=_nothing_more,
                **options,
            ),
            None,
        )
    tls = _tls_options(target) if target.tls else {}
    if target.service is not None:
        return _through_sentinel(target, {**options, **tls})
    host, port = target.hosts[0]
    kind: type[Connection] = SSLConnection if target.tls else Connection
    return partial(kind, host=host, port=port, **options, **tls), None


def _through_sentinel(
    target: Address, options: dict[str, Any]
) -> tuple[Callable[[], AbstractConnection], Sentinel]:
    sentinel = Sentinel(  # type: ignore[no-untyped-call]
        target.hosts,
        sentinel_kwargs={
            **_common(_SENTINEL_TIMEOUT),
            "username": target.options.get("sentinel_username"),
            "password": target.options.get("sentinel_password"),
        },
    )
    pool = SentinelConnectionPool(  # type: ignore[no-untyped-call]
        target.service, sentinel, ssl=target.tls, **options
    )

    def dial(pool: SentinelConnectionPool = pool) -> AbstractConnection:
        """A connection that asks for the master as it connects; the default keeps the pool."""
        connection: AbstractConnection = pool.make_connection()  # type: ignore[no-untyped-call]
        return connection

    return dial, sentinel


def _common(timeout: float) -> dict[str, Any]:
    """Options of every connection: RESP2, no commands of its own, no hidden retries."""
    return {
        "protocol": 2,
        "socket_timeout": timeout,
        "socket_connect_timeout": timeout,
        "retry": Retry(NoBackoff(), 0),
        "health_check_interval": 0,
        "driver_info": None,
    }


def _tls_options(target: Address) -> dict[str, Any]:
    options: dict[str, Any] = {
        name: text for name, text in target.options.items() if name.startswith("ssl_")
    }
    if "ssl_check_hostname" in options:
        check = options["ssl_check_hostname"].lower()
        options["ssl_check_hostname"] = check not in {"0", "f", "false", "n", "no", ""}
    try:
        SSLConnection(**options)
    except RedisError as error:
        raise ValueError(printable(str(error))) from error
    return options


async def _nothing_more(connection: AbstractConnection) -> None:
    await asyncio.sleep(0)
