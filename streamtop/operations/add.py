"""Add an entry (XADD), or a changed copy of one; fields as text that can be edited."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from streamtop.model.ids import EntryId
from streamtop.model.text import from_name, printable, printable_bytes
from streamtop.operations.operation import CatalogueOperation, Outcome, Step, quoted, script

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from streamtop.model.entries import Fields
    from streamtop.operations.catalogue import OperationName
    from streamtop.source import Command, Reply

_SHOWN_FIELDS, _SHOWN_TEXT = 20, 200


@dataclass(frozen=True, slots=True)
class AddEntry(CatalogueOperation):
    """Adds one entry at the end of a stream.

    Source:
        https://redis.io/docs/latest/commands/xadd/
    """

    NAME: ClassVar[OperationName] = "add"

    group: ClassVar[str | None] = None

    stream: str
    fields: Fields
    make_stream: bool = False
    """Whether to create the stream if it does not exist."""
    origin_id: EntryId | None = None
    """The entry of the same stream that was edited and is sent again."""
    nomkstream: bool = True
    """Whether the server's XADD knows NOMKSTREAM (6.2)."""

    @property
    def needs(self) -> tuple[str, ...]:
        return self._needing(*(() if self.make_stream or self.nomkstream else ("EVAL", "EXISTS")))

    @property
    def question(self) -> str:
        what = "an entry" if self.origin_id is None else f"a changed copy of {self.origin_id}"
        fields = "\n".join(self._shown())
        return f"Add {what} to {printable(self.stream)}?\n{fields}"

    def _shown(self) -> Iterator[str]:
        for field, value in self.fields[:_SHOWN_FIELDS]:
            yield f"{_cut(field)}: {_cut(value)}"
        if (more := len(self.fields) - _SHOWN_FIELDS) > 0:
            yield f"and {more:,} more fields" if more > 1 else "and 1 more field"

    @property
    def consequences(self) -> tuple[str, ...]:
        told = ["It is added at the end with a new ID; every group of the stream will read it."]
        if self.origin_id is not None:
            told.append(f"{self.origin_id} stays as it is, pending if it is.")
        if self.make_stream:
            told.append("The stream is created if it does not exist.")
        else:
            told.append("Nothing is added if the stream no longer exists.")
        return tuple(told)

    def steps(self, clock: Callable[[], float]) -> Iterator[Step]:
        words = tuple(word for pair in self.fields for word in pair)
        stream = from_name(self.stream)
        command: Command
        if self.make_stream:
            command = (b"XADD", stream, b"*", *words)
        elif self.nomkstream:
            command = (b"XADD", stream, b"NOMKSTREAM", b"*", *words)
        else:
            command = (b"EVAL", script("copy", "add"), b"1", stream, *words)
        yield Step(command, self._read)

    def _read(self, reply: Reply) -> Sequence[Outcome]:
        match reply:
            case bytes(added):
                copy = EntryId.parse(added)
                outcome = Outcome(None, "done", f"added as {copy}", copy=copy, to=self.stream)
            case None:
                outcome = Outcome(None, "skipped", "the stream does not exist (any more)")
            case _:
                outcome = Outcome(None, "failed", "the server gave an unknown answer")
        return (outcome,)


def _cut(raw: bytes) -> str:
    """Bytes to show, cut to a readable length."""
    text = printable_bytes(raw[: _SHOWN_TEXT + 1])
    if len(raw) <= _SHOWN_TEXT and len(text) <= _SHOWN_TEXT:
        return text
    return f"{text[:_SHOWN_TEXT]}… ({len(raw):,} bytes)"


def fields_as_text(fields: Fields) -> str:
    r"""Fields as text to be edited: a line for each, `name: value`.

    Plain text is unchanged. Anything else, such as bytes that are not UTF-8, line ends, spaces
    at the edges, a colon in a name or a leading quote, is quoted as by redis-cli.

    >>> fields_as_text(((b"order", b'{"id": 7}'), (b"a:b", b"\xff\n")))
    'order: {"id": 7}\n"a:b": "\\xff\\n"'
    """
    return "\n".join(f"{_word(name, ':')}: {_word(value)}" for name, value in fields)


def fields_from_text(text: str) -> Fields:
    r"""Fields from text in the form of `fields_as_text`; empty lines are ignored.

    Raises:
        ValueError: If a line cannot be parsed, or if there is no field.

    >>> fields_from_text('order: {"id": 7}\n"a:b": "\\xff\\n"')
    ((b'order', b'{"id": 7}'), (b'a:b', b'\xff\n'))
    """
    fields = []
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            try:
                fields.append(_pair(line.strip()))
            except UnicodeEncodeError:
                raise ValueError(f"line {number}: a character cannot be written as UTF-8") from None
            except ValueError as error:
                raise ValueError(f"line {number}: {error}") from None
    if not fields:
        raise ValueError("an entry has at least one field: write name: value")
    return tuple(fields)


def _word(raw: bytes, stops: str = "") -> str:
    """A name or a value as it is written in the text."""
    text = raw.decode("utf-8", errors="surrogateescape")
    plain = text == text.strip() == printable(text) and not text.startswith('"')
    return text if text and plain and not set(stops) & set(text) else quoted(raw)


def _pair(line: str) -> tuple[bytes, bytes]:
    if line.startswith('"'):
        name, rest = _unquoted(line)
        rest = rest.lstrip()
        colon = rest[:1]
        rest = rest[1:]
    else:
        plain, colon, rest = line.partition(":")
        name = plain.strip().encode()
    if colon != ":":
        raise ValueError("there is no colon after the name: write name: value")
    if not line.startswith('"') and not name:
        raise ValueError('there is no name before the colon: an empty one is written ""')
    rest = rest.strip()
    if not rest.startswith('"'):
        return name, rest.encode()
    value, rest = _unquoted(rest)
    if rest:
        raise ValueError("there is more after the closing quote")
    return name, value


_ESCAPED = {"n": b"\n", "r": b"\r", "t": b"\t", "b": b"\b", "a": b"\a"}
_HEX = frozenset("0123456789abcdefABCDEF")


def _unquoted(text: str) -> tuple[bytes, str]:
    """The bytes of a quoted word at the start of a text, and the rest of the text."""
    raw, at = bytearray(), 1
    while at < len(text):
        character, code = text[at], text[at + 2 : at + 4]
        if character == '"':
            return bytes(raw), text[at + 1 :]
        if character != "\\":
            raw += character.encode()
            at += 1
        elif text[at + 1 : at + 2] == "x" and len(code) == 2 and _HEX.issuperset(code):
            raw.append(int(code, 16))
            at += 4
        else:
            escaped = text[at + 1 : at + 2]
            raw += _ESCAPED.get(escaped, escaped.encode())
            at += 2
    raise ValueError("there is no closing quote")
