from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamtop.model.ids import EntryId
from streamtop.operations import NoLog, apply
from streamtop.operations.add import AddEntry, fields_as_text, fields_from_text
from tests.operations.scene import RAW_STREAM, STREAM, Scene, on_a_server

if TYPE_CHECKING:
    from streamtop.model.entries import Fields
    from streamtop.operations import Receipt

any_fields = st.lists(st.tuples(st.binary(), st.binary()), min_size=1, max_size=5).map(tuple)
text_fields = st.lists(
    st.tuples(st.text().map(str.encode), st.text().map(str.encode)), min_size=1, max_size=5
).map(tuple)
FIELDS: Fields = ((b"n", b"1"), (b"n", b"\xff\x00"), (b"", b""))


async def add(scene: Scene, operation: AddEntry) -> Receipt:
    return await apply(operation, scene, NoLog())


async def old(scene: Scene) -> bool:
    """Whether the server's XADD does not know NOMKSTREAM."""
    return (await scene.abilities()).api < (6, 2)


@pytest.mark.parametrize("make_stream", [False, True])
@on_a_server
@given(fields=any_fields)
async def test_an_entry_is_added_byte_for_byte_at_the_end(
    scene: Scene, make_stream: bool, fields: Fields
) -> None:
    await scene.begin([[(b"first", b"")]])
    operation = AddEntry(STREAM, fields, make_stream, nomkstream=not await old(scene))
    receipt = await add(scene, operation)
    [outcome] = receipt.outcomes
    [_, (added, words)] = await scene.ask("XRANGE", RAW_STREAM, "-", "+")
    assert words == [word for pair in fields for word in pair]
    assert (outcome.copy, outcome.to, outcome.id) == (EntryId.parse(added), STREAM, None)
    assert (receipt.done, receipt.left) == (1, 0)


@pytest.mark.parametrize("nomkstream", [False, True])
async def test_a_stream_is_made_only_if_asked(scene: Scene, nomkstream: bool) -> None:
    if nomkstream and await old(scene):
        pytest.skip("this server's XADD has no NOMKSTREAM")
    receipt = await add(scene, AddEntry(STREAM, FIELDS, nomkstream=nomkstream))
    [outcome] = receipt.outcomes
    assert (outcome.outcome, outcome.reason) == (
        "skipped",
        "the stream does not exist (any more)",
    )
    assert await scene.ask("EXISTS", RAW_STREAM) == 0
    receipt = await add(scene, AddEntry(STREAM, FIELDS, make_stream=True, nomkstream=nomkstream))
    assert receipt.clean
    receipt = await add(scene, AddEntry(STREAM, FIELDS, nomkstream=nomkstream))
    assert receipt.clean
    assert await scene.ask("XLEN", RAW_STREAM) == 2
    assert len(scene.written) == 3


@pytest.mark.parametrize("nomkstream", [False, True])
async def test_what_is_no_stream_gets_no_entry(scene: Scene, nomkstream: bool) -> None:
    await scene.ask("SET", RAW_STREAM, "no stream")
    receipt = await add(scene, AddEntry(STREAM, FIELDS, nomkstream=nomkstream))
    assert (receipt.failed, receipt.error is not None) == (1, True)


def test_a_server_without_nomkstream_is_sent_a_script() -> None:
    assert AddEntry("orders", FIELDS).needs == ("XADD",)
    assert AddEntry("orders", FIELDS, nomkstream=False).needs == ("XADD", "EVAL", "EXISTS")
    assert AddEntry("orders", FIELDS, make_stream=True, nomkstream=False).needs == ("XADD",)
    [step] = AddEntry("orders", FIELDS, nomkstream=False).steps(lambda: 0.0)
    assert step.command[0] == b"EVAL"


def test_the_question_shows_what_would_be_added() -> None:
    plain = AddEntry("orders\x1b", FIELDS)
    assert plain.question == "Add an entry to orders\\x1b?\nn: 1\nn: \\xff\\x00\n: "
    edited = AddEntry("orders", FIELDS, origin_id=EntryId(5, 1))
    assert edited.question.startswith("Add a changed copy of 5-1 to orders?")
    assert "5-1 stays as it is, pending if it is." in edited.consequences
    long = AddEntry("orders", ((b"n", b"\x00" * 10_000),) * 22).question.split("\n")
    assert (len(long), long[-1]) == (22, "and 2 more fields")
    assert long[1].endswith("… (10,000 bytes)")
    assert max(map(len, long)) < 300


# Fields as text


@given(any_fields)
def test_any_fields_survive_being_text(fields: Fields) -> None:
    text = fields_as_text(fields)
    assert fields_from_text(text) == fields
    assert len(text.split("\n")) == len(text.splitlines()) == len(fields)
    assert text.isprintable() or "\n" in text


@given(text_fields)
def test_any_text_survives_being_edited(fields: Fields) -> None:
    assert fields_from_text(fields_as_text(fields)) == fields
    assert fields_from_text(fields_as_text(fields).replace("\n", "\r\n\r\n ") + "\n") == fields


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ([(b"order", b'{"id": 7, "note": "a: b"}')], 'order: {"id": 7, "note": "a: b"}'),
        ([("注文".encode(), "二つ".encode())], "注文: 二つ"),
        ([(b"a\\n", b"c:\\temp")], "a\\n: c:\\temp"),
        ([(b"", b"")], '"": ""'),
        ([(b"a:b", b" edge"), (b'"q"', b'"q"')], '"a:b": " edge"\n"\\"q\\"": "\\"q\\""'),
        ([(b"\xff", b"\x00\r\n\t")], '"\\xff": "\\x00\\r\\n\\t"'),
    ],
)
def test_what_is_plain_stands_there_as_it_is_and_the_rest_as_redis_cli_quotes_it(
    fields: list[tuple[bytes, bytes]], text: str
) -> None:
    assert fields_as_text(tuple(fields)) == text
    assert fields_from_text(text) == tuple(fields)


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("a:1", [(b"a", b"1")]),
        ("a:", [(b"a", b"")]),
        ("\n  a  :  1 2  \n\n", [(b"a", b"1 2")]),
        ('"a" : "\\a\\b\\q\\x4A\\xZZ"', [(b"a", b"\x07\x08q\x4axZZ")]),
        ('a: it\'s "so"', [(b"a", b'it\'s "so"')]),
        ('"é": "é\\xe9"', [("é".encode(), "é".encode() + b"\xe9")]),
    ],
)
def test_what_was_typed_is_understood(text: str, fields: list[tuple[bytes, bytes]]) -> None:
    assert fields_from_text(text) == tuple(fields)


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("a: 1\nb", "line 2: there is no colon after the name"),
        ('\n"a": "1', "line 2: there is no closing quote"),
        ('"a: 1', "line 1: there is no closing quote"),
        ('"a" 1', "line 1: there is no colon after the name"),
        ('a: "1" 2', "line 1: there is more after the closing quote"),
        ('a: "1\\', "line 1: there is no closing quote"),
        (": 1", "line 1: there is no name before the colon"),
        ("a: \ud800", "line 1: a character cannot be written as UTF-8"),
        ("", "an entry has at least one field"),
        (" \n\n", "an entry has at least one field"),
    ],
)
def test_a_line_that_is_not_understood_is_named(text: str, error: str) -> None:
    with pytest.raises(ValueError, match=error):
        fields_from_text(text)


@given(st.text(alphabet=st.sampled_from('ab:\\"x4 \n\r\té')) | st.text())
def test_whatever_is_typed_is_understood_or_refused_with_its_line(text: str) -> None:
    fields: Fields | None = None
    with suppress(ValueError):
        fields = fields_from_text(text)
    if fields is not None:
        assert fields_from_text(fields_as_text(fields)) == fields
        return
    with pytest.raises(ValueError, match=r"^(line \d|an entry)"):
        fields_from_text(text)
