"""Many commands in one write and raw replies in one read loop, over redis-py's connection.

redis-py connects (addresses, TLS, AUTH, SELECT, Sentinel). Its layer for single replies is
bypassed, since it costs more than the rest of a look together.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import hiredis

from streamtop.gateway import errors
from streamtop.source import Reply, SourceError, UnreachableError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from redis.asyncio.connection import AbstractConnection

    from streamtop.source import Command

Answer = Reply | SourceError
"""A raw reply, or the server's error in its place (inside lists too)."""
Question = tuple[bytes, "Callable[[Answer], None]"]
"""A command as `packed`, and the function that takes its answer."""

SLICE = 200
"""Commands in one write."""
IN_FLIGHT = 1_000
"""Maximum commands that wait for an answer."""
PIECE = 32_768
"""Maximum bytes parsed at once; the event loop may run other tasks after each piece."""
SILENCE = 2.0
"""Seconds without a byte after which the connection is dropped."""

_MORE = object()


def packed(*words: bytes) -> bytes:
    r"""A command in the Redis protocol.

    >>> packed(b"XLEN", b"orders")
    b'*2\r\n$4\r\nXLEN\r\n$6\r\norders\r\n'
    """
    data: bytes = hiredis.pack_command(words)  # type: ignore[arg-type]
    return data


class Wire:
    """One connection, opened when first needed and again after each failure.

    Exchanges run one after another. Nothing is ever sent twice: a connection that the server
    has closed is replaced before anything is written, and a connection is dropped after a
    failure or a cancellation.

    Attributes:
        commands: Commands sent so far.
        received: Bytes of all replies so far.
    """

    def __init__(
        self, dial: Callable[[], AbstractConnection], where: str, *, connect_within: float
    ) -> None:
        """A wire that is not connected yet.

        Args:
            dial: Makes a connection; its `connect()` opens it.
            where: The server's URL without its password.
            connect_within: Seconds for opening a connection, login included.
        """
        self.commands = 0
        self.received = 0
        self._dial = dial
        self._where = where
        self._connect_within = connect_within
        self._connection: AbstractConnection | None = None
        self._turn = asyncio.Lock()
        self._ended = False

    async def ask(
        self, commands: Sequence[Command], *, silence: float | None = None
    ) -> list[Answer]:
        """Send commands and return their answers, in order.

        Args:
            commands: The commands.
            silence: Seconds without a byte after which the connection is dropped; by
                default `SILENCE`.

        Raises:
            SourceError: If the connection failed. After a BrokenError it is unknown which
                commands were done.
        """
        answers: list[Answer] = []
        questions = [(packed(*words), answers.append) for words in commands]
        await self.exchange(questions, silence=silence)
        return answers

    async def exchange(
        self, questions: Sequence[Question], *, silence: float | None = None
    ) -> None:
        """Send commands and pass each answer to its function as it arrives, in order.

        Raises:
            SourceError: If the connection failed; some functions may have been called.
        """
        if not questions:
            return
        async with self._turn:
            connection = await self._ready()
            finished = False
            patience = SILENCE if silence is None else silence
            try:
                async with asyncio.timeout(patience) as limit:
                    await self._converse(connection, questions, limit, patience)
                finished = True
            except TimeoutError as error:
                raise errors.silent(self._where, patience) from error
            except errors.CONNECTION_ERRORS as error:
                raise errors.broken(error, self._where) from error
            finally:
                if not finished:
                    await self._drop()

    async def close(self) -> None:
        """Drop the connection, whatever it is doing, and never open another."""
        self._ended = True
        await self._drop()

    async def _converse(
        self,
        connection: AbstractConnection,
        questions: Sequence[Question],
        limit: asyncio.Timeout,
        patience: float,
    ) -> None:
        source, sink = connection._reader, connection._writer
        if source is None or sink is None:
            raise errors.closed(self._where)
        clock = asyncio.get_running_loop().time
        parser = hiredis.Reader(replyError=errors.from_reply, notEnoughData=_MORE)
        sent = got = 0
        refusal: SourceError | None = None
        while got < len(questions):
            while sent < len(questions) and sent - got <= IN_FLIGHT - SLICE:
                part = questions[sent : sent + SLICE]
                sink.write(b"".join([command for command, _ in part]))
                sent += len(part)
                self.commands += len(part)
            piece = await self._piece(source, refusal if got == 1 else None)
            limit.reschedule(clock() + patience)
            self.received += len(piece)
            parser.feed(piece)
            while (answer := parser.gets()) is not _MORE:
                if got == 0 and isinstance(answer, SourceError):
                    refusal = errors.refused(answer, self._where)
                questions[got][1](answer)
                got += 1
            if got < len(questions):
                await asyncio.sleep(0)

    async def _piece(self, source: asyncio.StreamReader, refusal: SourceError | None) -> bytes:
        """The next bytes of the answers.

        Args:
            source: The reader of the connection.
            refusal: The only answer so far: a server that refuses clients answers the first
                command with an error and closes the connection.
        """
        try:
            piece = await source.read(PIECE)
        except ConnectionError:
            if refusal is None:
                raise
            raise refusal from None
        if not piece:
            raise refusal or errors.closed(self._where)
        return piece

    async def _ready(self) -> AbstractConnection:
        """The connection, open and with no unread bytes."""
        if self._ended:
            raise UnreachableError(f"the connection to {self._where} was closed")
        connection = self._connection
        if connection is not None:
            await asyncio.sleep(0)  # now the loop notices what happened to the idle socket,
            await asyncio.sleep(0)  # and now its stream reader
            stream = connection._reader
            if stream is not None and not (
                stream.at_eof() or stream._buffer or stream.exception()  # type: ignore[attr-defined]
            ):
                return connection
            await self._drop()
        connection = self._connection = self._dial()
        connected = False
        try:
            async with asyncio.timeout(self._connect_within):
                await connection.connect()  # type: ignore[no-untyped-call]
            connected = True
        except errors.CONNECTION_ERRORS as error:
            raise errors.from_exception(error, self._where) from error
        finally:
            if not connected:
                await self._drop()
        return connection

    async def _drop(self) -> None:
        """Close the connection at once; bytes that it has not sent yet are discarded."""
        connection, self._connection = self._connection, None
        if connection is None:
            return
        if connection._writer is not None:
            connection._writer.transport.abort()
        await connection.disconnect(nowait=True)
