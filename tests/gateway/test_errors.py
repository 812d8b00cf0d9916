from __future__ import annotations

import socket
import ssl

import pytest
from redis import exceptions

from streamtop.gateway import errors
from streamtop.source import (
    BusyError,
    MissingError,
    RefusedError,
    RejectedError,
    SourceError,
    UnreachableError,
    WrongTypeError,
)

WHERE = "redis://cache:6379/0"


@pytest.mark.parametrize(
    ("text", "kind", "shown"),
    [
        ("NOAUTH Authentication required.", RefusedError, None),
        ("WRONGPASS invalid username-password pair or user is disabled.", RefusedError, None),
        ("NOPERM User ann has no permissions to run the 'xadd' command", RefusedError, None),
        ("READONLY You can't write against a read only replica.", RefusedError, None),
        (
            "DENIED Redis is running in protected mode because it is. In this mode 1) do ...",
            RefusedError,
            "DENIED Redis is running in protected mode because it is",
        ),
        ("LOADING Redis is loading the dataset in memory", BusyError, None),
        ("MASTERDOWN Link with MASTER is down", BusyError, None),
        ("CLUSTERDOWN Hash slot not served", BusyError, None),
        ("BUSY Redis is busy running a script.", BusyError, None),
        ("TRYAGAIN Multiple keys request during rehashing of slot", BusyError, None),
        (
            "ERR max number of clients reached",
            BusyError,
            "max number of clients reached",
        ),
        ("ERR no such key", MissingError, "no such key"),
        ("NOGROUP No such consumer group 'g' for key name 'k'", MissingError, None),
        ("WRONGTYPE Operation against a key holding the wrong kind", WrongTypeError, None),
        ("MISCONF Redis is configured to save RDB snapshots", RejectedError, None),
        ("OOM command not allowed when used memory > 'maxmemory'.", RejectedError, None),
        ("NOSCRIPT No matching script.", RejectedError, None),
        ("ERR syntax error", RejectedError, "syntax error"),
        (
            "ERR unknown command 'AUTH', with args beginning with: 'secret' ",
            RejectedError,
            "unknown command 'AUTH'",
        ),
        (
            "MOVED 866 10.0.0.2:6379",
            RejectedError,
            "the key lives on another node of the cluster (MOVED 866 10.0.0.2:6379)",
        ),
        ("ODD", RejectedError, "ODD"),
        ("NOGROUP \x1b[2J", MissingError, "NOGROUP \\x1b[2J"),
    ],
)
def test_what_the_server_answered_has_its_kind_and_its_words(
    text: str, kind: type[SourceError], shown: str | None
) -> None:
    error = errors.from_reply(text)
    assert isinstance(error, kind)
    assert str(error) == (shown or text)


def test_a_server_that_says_very_much_is_cut_short() -> None:
    told = str(errors.from_reply("NOGROUP " + "x" * 10_000))
    assert len(told) == 400
    assert told.endswith("…")


def _raised(error: Exception, cause: Exception | None = None) -> Exception:
    """The error as it would be raised, with its cause as context."""
    error.__context__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (ConnectionRefusedError(111, "refused"), UnreachableError, "connection refused"),
        (
            _raised(exceptions.ConnectionError("Error 111"), ConnectionRefusedError(111, "x")),
            UnreachableError,
            "connection refused",
        ),
        (ConnectionResetError(104, "x"), UnreachableError, "the connection was reset"),
        (BrokenPipeError(32, "x"), UnreachableError, "the connection was reset"),
        (FileNotFoundError(2, "x"), UnreachableError, "no such socket or file"),
        (PermissionError(13, "Permission denied"), UnreachableError, "permission denied"),
        (OSError(113, "No route to host"), UnreachableError, "no route to host"),
        (TimeoutError(), UnreachableError, "no answer in time"),
        (exceptions.TimeoutError("Timeout"), UnreachableError, "no answer in time"),
        (socket.gaierror(-2, "Name or service not known"), UnreachableError, "no such host"),
        (
            ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER] wrong version number (_ssl.c:1006)"),
            UnreachableError,
            "TLS failed, wrong version number; does it speak TLS?",
        ),
        (
            exceptions.ConnectionError("Connection closed by server."),
            UnreachableError,
            "the server closed the connection",
        ),
        (
            exceptions.AuthenticationError("invalid password", status_code="WRONGPASS"),
            RefusedError,
            "refuses the connection: WRONGPASS invalid password",
        ),
        (
            _raised(
                exceptions.ConnectionError("wrapped"),
                exceptions.NoPermissionError("this user may not", status_code="NOPERM"),
            ),
            RefusedError,
            "refuses the connection: NOPERM this user may not",
        ),
        (
            exceptions.BusyLoadingError("loading", status_code="LOADING"),
            BusyError,
            "refuses the connection: LOADING loading",
        ),
        (
            exceptions.ResponseError("DB index is out of range"),
            RejectedError,
            "refuses the connection: DB index is out of range",
        ),
        (exceptions.InvalidResponse("HTTP/1.1"), UnreachableError, "does not speak the Redis"),
    ],
)
def test_a_failed_connection_is_explained_in_plain_words_with_the_host(
    error: Exception, kind: type[SourceError], words: str
) -> None:
    told = errors.from_exception(error, WHERE)
    assert type(told) is kind
    assert WHERE in str(told)
    assert words in str(told)
    assert "\n" not in str(told)
