"""Errors of redis-py, the operating system and the server → the errors of `source`."""

from __future__ import annotations

import asyncio
import re
import socket
import ssl
from typing import TYPE_CHECKING

import hiredis
from redis import exceptions
from redis.asyncio.sentinel import MasterNotFoundError

from streamtop.model.text import printable
from streamtop.source import (
    BrokenError,
    BusyError,
    MissingError,
    RefusedError,
    RejectedError,
    SourceError,
    UnreachableError,
    WrongTypeError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

_LONGEST = 400
"""Maximum characters shown of a server's text."""

CONNECTION_ERRORS = (
    OSError,  # TimeoutError and ssl.SSLError among them
    asyncio.IncompleteReadError,
    exceptions.RedisError,
    hiredis.ProtocolError,
)
"""The errors that a connection may raise; any other one is a bug."""

_BY_CODE: dict[str, type[SourceError]] = {
    "NOAUTH": RefusedError,
    "WRONGPASS": RefusedError,
    "NOPERM": RefusedError,
    "READONLY": RefusedError,
    "DENIED": RefusedError,
    "LOADING": BusyError,
    "MASTERDOWN": BusyError,
    "CLUSTERDOWN": BusyError,
    "BUSY": BusyError,
    "TRYAGAIN": BusyError,
    "NOGROUP": MissingError,
    "WRONGTYPE": WrongTypeError,
}


class NoSuchKeyError(MissingError):
    """The stream does not exist (any more)."""


class NotLoggedInError(RefusedError):
    """The server answers nothing without a password."""


def from_reply(text: str) -> SourceError:
    """The error for a server's error reply.

    Args:
        text: The reply without its minus sign, e.g. "NOGROUP No such key ...".

    >>> from_reply("ERR no such key")
    NoSuchKeyError('no such key')
    >>> from_reply("NOPERM no permissions to run 'xinfo'")
    RefusedError("NOPERM no permissions to run 'xinfo'")
    """
    code, _, words = text.partition(" ")
    if code == "DENIED":
        words = words.partition(". ")[0]
    # An unknown command is quoted with its arguments: for AUTH that is the password.
    words = words.partition(", with args beginning with")[0]
    shown = printable(words if code == "ERR" else f"{code} {words}".rstrip())
    if len(shown) > _LONGEST:
        shown = shown[: _LONGEST - 1] + "…"
    if code == "NOAUTH":
        return NotLoggedInError(shown)
    if code in _BY_CODE:
        return _BY_CODE[code](shown)
    if code == "MOVED":
        return RejectedError(f"the key lives on another node of the cluster ({shown})")
    if words == "no such key":
        return NoSuchKeyError(shown)
    if words.startswith("max number of clients"):
        return BusyError(shown)
    return RejectedError(shown)


def from_exception(error: BaseException, where: str) -> SourceError:
    """The error for a failed connection, in one sentence.

    Args:
        error: One of `CONNECTION_ERRORS`. The first of its causes, from the root on, that
            has a clear meaning is reported.
        where: The server's URL without its password.
    """
    if isinstance(error, SourceError):
        return error
    causes = list(_causes(error))
    for cause in causes:
        answered = _answered(cause)
        if answered is not None:
            if isinstance(cause, exceptions.AuthenticationError):
                answered = RefusedError(str(answered))
            return refused(answered, where)
    words = next((words for cause in causes if (words := _words(cause))), None)
    return UnreachableError(f"cannot reach {where}: {words or printable(str(error))}")


def broken(error: BaseException, where: str) -> SourceError:
    """The error for a connection that failed after something was sent."""
    cause = from_exception(error, where)
    return BrokenError(str(cause)) if isinstance(cause, UnreachableError) else cause


def refused(answer: SourceError, where: str) -> SourceError:
    """The error for a server that refuses a login or any client, with its URL."""
    return type(answer)(f"{where} refuses the connection: {answer}")


def closed(where: str) -> BrokenError:
    """The error for a connection closed by the server before it answered."""
    return BrokenError(f"cannot reach {where}: the server closed the connection")


def silent(where: str, seconds: float) -> BrokenError:
    """The error for a server that did not answer in time."""
    return BrokenError(f"cannot reach {where}: no answer within {seconds:g} s")


def unknown_reply(command: str, error: ValueError) -> RejectedError:
    """The error for a reply in a form that no known server uses."""
    return RejectedError(f"unexpected reply to {command}: {printable(str(error))}")


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An error and its causes, the root first."""
    chain = [error]
    while (cause := chain[-1].__cause__ or chain[-1].__context__) is not None:
        if cause in chain:
            break
        chain.append(cause)
    return reversed(chain)


def _answered(error: BaseException) -> SourceError | None:
    """The server's error reply, if that is what redis-py reports."""
    if not isinstance(error, exceptions.RedisError):
        return None
    if error.status_code is not None:
        return from_reply(f"{error.status_code} {error}")
    if isinstance(error, exceptions.ResponseError | exceptions.AuthenticationError):
        return from_reply(str(error))
    return None


def _words(error: BaseException) -> str | None:
    """A cause in plain words; `None` if another cause of the chain may say more."""
    match error:
        case MasterNotFoundError():
            return "no Sentinel could name the master of this service"
        case ssl.SSLCertVerificationError():
            return f"TLS failed, {printable(error.verify_message)}"
        case ssl.SSLError():
            reason = re.sub(r"^\[[^]]*\] | \(_ssl.*$", "", str(error))
            return f"TLS failed, {printable(reason).lower()}; does it speak TLS?"
        case socket.gaierror():
            return "no such host"
        case TimeoutError() | exceptions.TimeoutError():
            return "no answer in time"
        case ConnectionRefusedError():
            return "connection refused"
        case ConnectionResetError() | BrokenPipeError():
            return "the connection was reset"
        case FileNotFoundError():
            return "no such socket or file"
        case OSError() if error.strerror:
            return printable(error.strerror).lower()
        case exceptions.ConnectionError() if "closed by server" in str(error):
            return "the server closed the connection"
        case hiredis.ProtocolError() | exceptions.InvalidResponse():
            return "it does not speak the Redis protocol"
    return None
