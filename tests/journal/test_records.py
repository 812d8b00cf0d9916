from __future__ import annotations

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from streamtop.journal import records
from streamtop.model.text import to_name

names = st.one_of(st.binary(max_size=12).map(to_name), st.text(max_size=8).filter(str.isprintable))
params = st.dictionaries(
    st.sampled_from(("consumer", "to", "remove", "was_read")),
    st.one_of(names, st.integers(-(2**63), 2**63 - 1), st.booleans(), st.none()),
)
bytes_of_any_kind = st.one_of(st.binary(), st.text().map(str.encode))


def through(value: object, kind: type) -> object:
    """What is read of a value once it was written."""
    return msgspec.convert(
        msgspec.json.decode(records.escape_invisible(msgspec.json.encode(value))), kind
    )


@given(names)
def test_a_name_of_any_bytes_survives(name: str) -> None:
    encoded = records.name_as_json("stream", name)
    written = through(encoded, dict[str, str])
    assert isinstance(written, dict)
    assert records.name_from_json(written["stream"], written.get("stream_hex")) == name


@given(st.lists(names, max_size=4))
def test_names_in_a_list_survive(given_names: list[str]) -> None:
    encoded = records.names_as_json("consumers", given_names)
    written = through(encoded, dict[str, list[str | None]])
    assert isinstance(written, dict)
    odd = written.get("consumers_hex") or [None] * len(given_names)
    pairs = zip(written["consumers"], odd, strict=True)
    assert [records.name_from_json(str(text), each) for text, each in pairs] == given_names


@given(params)
def test_params_survive(given_params: dict[str, str | int | bool | None]) -> None:
    encoded = records.params_as_json(given_params)
    written = through(encoded, dict[str, str | int | bool | None])
    assert isinstance(written, dict)
    assert records.params_from_json(written) == given_params


@given(st.lists(st.tuples(bytes_of_any_kind, bytes_of_any_kind), max_size=4))
def test_the_payload_of_an_entry_survives_whatever_its_bytes(
    fields: list[tuple[bytes, bytes]],
) -> None:
    encoded = records.fields_as_json(tuple(fields))
    pairs = msgspec.json.decode(
        records.escape_invisible(msgspec.json.encode(encoded)), type=records.FieldPairs
    )
    assert records.fields_from_json(pairs) == tuple(fields)


@given(st.text())
def test_a_line_holds_nothing_that_acts_upon_a_terminal(text: str) -> None:
    line = records.line("end", "7-a", {"error": text})
    encoded = line.decode()
    assert encoded.endswith("\n")
    assert encoded[:-1].isprintable()
    assert msgspec.json.decode(line)["error"] == text
