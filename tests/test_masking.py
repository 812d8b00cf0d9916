"""Hidden values appear nowhere."""

from __future__ import annotations

import base64
import gzip
import json
import sys
import time
import zlib
from dataclasses import replace
from typing import TYPE_CHECKING

import cbor2
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamtop.decode import decode, summary
from streamtop.decode.export import csv_lines, json_line, xadd_line
from streamtop.decode.formats.compressed import Opened
from streamtop.decode.layers import read
from streamtop.decode.query import found_at
from streamtop.masking import HIDDEN, mask
from streamtop.masking.searchable import TEXT, is_searchable, is_utf8
from tests.decode.parts import parts
from tests.decode.test_faststream import encoded as faststream
from tests.fakes import entry

if TYPE_CHECKING:
    from collections.abc import Callable

    from streamtop.model.entries import Entry

SECRET = "hunter2-4111111111111111"
ORDER = {"id": 7, "card": {"number": SECRET}, "note": "plain", "lines": [{"pin": SECRET}]}
JSON = json.dumps(ORDER).encode()
MASKS = {
    "field": mask(["number", "PIN"], [], []),
    "path": mask([], ["$..number", "$.lines[*].pin"], []),
    "pattern": mask([], [], [r"hunter2-\d{16}"]),
}


def everything(shown: Entry) -> str:
    """All text that could be shown of an entry."""
    decoded = decode(shown)
    texts = [summary(shown), *(f"{part.title} {part.text} {part.note}" for part in parts(shown))]
    texts += map(str, (decoded.facts, decoded.headers, [body.raw for _, body in decoded.bodies]))
    texts += map(str, (json_line(shown), csv_lines([shown]), xadd_line("s", shown), shown.fields))
    return "\n".join(texts)


WRAPPED: dict[str, Callable[[bytes], tuple[tuple[bytes, bytes], ...]]] = {
    "json": lambda raw: ((b"payload", raw),),
    "indented": lambda raw: ((b"payload", json.dumps(json.loads(raw), indent=2).encode()),),
    "messagepack": lambda raw: ((b"p", msgspec.msgpack.encode(json.loads(raw))),),
    "cbor": lambda raw: ((b"p", cbor2.dumps(json.loads(raw))),),
    "gzip": lambda raw: ((b"p", gzip.compress(raw)),),
    "base64": lambda raw: ((b"p", base64.b64encode(raw)),),
    "json in json": lambda raw: ((b"p", json.dumps({"body": raw.decode()}).encode()),),
    "base64 in json": lambda raw: (
        (b"p", json.dumps({"body": base64.b64encode(raw).decode()}).encode()),
    ),
    "taskiq": lambda raw: (
        (
            b"data",
            b'{"task_id":"1","task_name":"pay","labels":{},"args":[%b],"kwargs":{}}' % raw,
        ),
    ),
    "symfony": lambda raw: (
        (b"message", _php(json.dumps({"body": raw.decode(), "headers": {}}).encode())),
    ),
    "watermill": lambda raw: (
        (b"_watermill_message_uuid", b"1"),
        (b"metadata", msgspec.msgpack.encode({"number": SECRET, "pin": SECRET})),
        (b"payload", raw),
    ),
}


def _php(raw: bytes) -> bytes:
    return b's:%d:"%s";' % (len(raw), raw)


@pytest.mark.parametrize("wrapped", WRAPPED)
@pytest.mark.parametrize("masked", ["field", "pattern"])
def test_what_is_hidden_shows_nowhere(wrapped: str, masked: str) -> None:
    original = entry(1, *WRAPPED[wrapped](JSON))
    hidden = MASKS[masked].entry(original)
    assert SECRET not in everything(hidden)
    assert base64.b64encode(SECRET.encode())[:20].decode() not in everything(hidden)
    assert HIDDEN in everything(hidden)
    assert "plain" in everything(hidden)


@pytest.mark.parametrize("wrapped", ["json", "messagepack", "gzip", "json in json"])
def test_values_are_hidden_by_their_path(wrapped: str) -> None:
    hidden = MASKS["path"].entry(entry(1, *WRAPPED[wrapped](JSON)))
    assert SECRET not in everything(hidden)
    assert "plain" in everything(hidden)


@pytest.mark.parametrize("masked", ["field", "pattern"])
async def test_a_frame_of_faststream_is_hidden_in_its_body_and_its_headers(masked: str) -> None:
    value = await faststream(ORDER, {"pin": SECRET, "tenant": "blue"})
    hidden = MASKS[masked].entry(entry(1, (b"__data__", value)))
    assert SECRET not in everything(hidden)
    found = decode(hidden)
    assert found.framework == "faststream"
    assert dict(found.headers)["pin"] == HIDDEN
    assert dict(found.headers)["tenant"] == "blue"


def test_fields_are_hidden_by_their_own_name() -> None:
    original = entry(1, (b"Pin", SECRET.encode()), (b"note", b"plain"))
    assert MASKS["field"].entry(original).fields == ((b"Pin", HIDDEN.encode()), (b"note", b"plain"))


def test_of_a_plain_text_only_what_matches_is_hidden() -> None:
    original = entry(1, (b"log", f"paid by {SECRET} today".encode()))
    [(_, value)] = MASKS["pattern"].entry(original).fields
    assert value.decode() == f"paid by {HIDDEN} today"


@pytest.mark.parametrize(
    "value",
    [
        b'{"a": "' + b"x" * 1_000_000 + SECRET.encode() + b'"}',
        b"\x00\xff" + SECRET.encode(),
        gzip.compress(b"x" * 2_000_000 + SECRET.encode()),
        b'{"a": {"pin": "' + SECRET.encode() + b'"}, "a": 1}',
        b'{"a": 1, "pin": "' + SECRET.encode(),
        b'[{"odd": "\\ud800", "pin": "' + SECRET.encode() + b'"}]',
        b"[" * 60 + b'{"pin": "' + SECRET.encode() + b'"}' + b"]" * 60,
        json.dumps(list(range(30_000))).encode()[:-1] + b',{"pin":"' + SECRET.encode() + b'"}]',
        cbor2.dumps([*range(30_000), {"pin": SECRET}]),
    ],
    ids=["large", "bytes", "bomb", "twice", "cut", "odd", "deep", "json-nodes", "cbor-nodes"],
)
@pytest.mark.parametrize("masked", ["field", "pattern"])
def test_values_that_cannot_be_searched_are_hidden_whole(value: bytes, masked: str) -> None:
    hidden = MASKS[masked].entry(entry(1, (b"p", value)))
    assert SECRET.encode() not in hidden.fields[0][1]


@pytest.mark.parametrize(
    ("value", "extent"),
    [
        (gzip.compress(JSON * 9)[:-9], "truncated"),
        (zlib.compress(b"x" * 2_000_000), "bounded"),
        (b"\x80\x04K\x07.", "unopened"),
        (b"\xac\xed\x00\x05t\x00\x05hello", "unopened"),
        (b"\x28\xb5\x2f\xfd and more", "unopened"),
    ],
    ids=["truncated", "bomb", "pickle", "java", "zstd"],
)
def test_what_was_not_read_whole_is_hidden_whatever_its_note_says(
    value: bytes, extent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "zstandard", None)
    monkeypatch.setattr(Opened, "note", "in other words")
    reading = read(value)
    assert reading.extent == extent
    assert not is_searchable(replace(reading, note=""))
    assert mask(["pin"]).hide(((b"p", value),)) == ((b"p", HIDDEN.encode()),)


def test_base64_of_truncated_data_is_a_text_whatever_their_note_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Opened, "note", "in other words")
    assert read(base64.b64encode(gzip.compress(JSON * 9)[:-9])).formats == ("text",)


def test_an_entry_with_nothing_to_hide_stays_as_it_is() -> None:
    original = entry(1, (b"payload", b'{ "a": 1.10 }'), (b"b", gzip.compress(b"{}")))
    for each in MASKS.values():
        assert each.entry(original) is original


@pytest.mark.parametrize(
    ("paths", "patterns", "why"),
    [(["$."], [], "invalid JSON path"), ([], ["("], "invalid regular expression")],
)
def test_an_invalid_mask_is_explained(paths: list[str], patterns: list[str], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        mask([], paths, patterns)


_json = st.recursive(
    st.sampled_from([SECRET, 4111111111111111, None, "x"]) | st.floats(allow_nan=False),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["pin", "number", "a", SECRET]), inner, max_size=3)
    ),
    max_leaves=8,
)


def test_names_of_fields_are_texts_too() -> None:
    hidden = MASKS["pattern"].entry(entry(1, (SECRET.encode(), b"1")))
    assert hidden.fields == ((HIDDEN.encode(), b"1"),)


DEEP = {
    "json of many values in json": json.dumps(
        {"body": json.dumps([*range(30_000), {"pin": SECRET, "number": SECRET}])}
    ),
    "a bomb in base64 in json": json.dumps(
        {"body": base64.b64encode(gzip.compress(b"x" * 2_000_000 + SECRET.encode())).decode()}
    ),
    "a pickle in base64 in json": json.dumps(
        {"body": base64.b64encode(b"\x80\x04" + SECRET.encode() + b".").decode()}
    ),
    "json that was cut in json": json.dumps({"body": '{"a": 1, "pin": "' + SECRET}),
    "json in php in json": json.dumps({"body": _php(b'{"pin": "%b"}' % SECRET.encode()).decode()}),
}
for _ in range(8):
    DEEP["json in json, again and again"] = json.dumps(
        {"body": DEEP.get("json in json, again and again", json.dumps({"pin": SECRET}))}
    )


@pytest.mark.parametrize("name", DEEP)
@pytest.mark.parametrize("masked", ["field", "pattern"])
def test_deeply_nested_values_are_hidden(name: str, masked: str) -> None:
    hidden = MASKS[masked].entry(entry(1, (b"p", DEEP[name].encode())))
    assert SECRET not in everything(hidden)
    assert json.loads(hidden.fields[0][1])["body"] != json.loads(DEEP[name])["body"]


def test_a_path_that_leads_to_many_places_is_followed_in_little_time() -> None:
    rows = [{"pin": SECRET, "n": number} for number in range(20_000)]
    original = entry(1, (b"p", json.dumps({"rows": rows}).encode()))
    began = time.process_time()
    hidden = mask([], ["$..pin", "$.rows[*].pin"], []).entry(original)
    assert time.process_time() - began < 2
    assert SECRET.encode() not in hidden.fields[0][1]
    assert json.loads(hidden.fields[0][1])["rows"][7] == {"pin": HIDDEN, "n": 7}


@pytest.mark.parametrize("path", ["$", "$.~", "$..*", "$.a", "$.a.b", "$.a[0]", "$.a..*"])
def test_any_path_hides_at_least_what_it_leads_to(path: str) -> None:
    for value in ({"a": SECRET}, {"a": {"b": SECRET}}, {"a": [SECRET, {"b": SECRET}]}):
        original = entry(1, (b"p", json.dumps(value).encode()))
        masked = mask([], [path], [])
        if any(SECRET in str(found) for found in found_at(masked.paths[0], value)):  # type: ignore[arg-type] # it is JSON
            assert masked.entry(original) != original
        assert masked.entry(masked.entry(original)) == masked.entry(original)


@given(st.text(max_size=30) | st.from_regex(r"[!-~]{1,12}[ =/-]?[!-~]{0,12}", fullmatch=True))
def test_a_text_that_is_seen_at_once_to_be_one_is_read_as_one(text: str) -> None:
    raw = text.encode()
    if raw.isascii() and TEXT.match(text):
        assert read(raw).formats in (("text",), ("bytes",))


_around = st.lists(
    st.sampled_from(["json", "string", "base64", "gzip", "zlib", "messagepack", "cbor", "php"]),
    max_size=4,
)


def _layered(raw: bytes, layers: list[str]) -> bytes:
    for layer in layers:
        match layer:
            case "base64":
                raw = base64.b64encode(raw)
            case "gzip":
                raw = gzip.compress(raw, 1)
            case "zlib":
                raw = zlib.compress(raw)
            case "messagepack":
                raw = msgspec.msgpack.encode({"p": raw})
            case "cbor":
                raw = cbor2.dumps([raw])
            case "php":
                raw = _php(raw)
            case "json" | "string" if is_utf8(raw):
                original = raw.decode()
                raw = json.dumps({"body": original} if layer == "json" else original).encode()
    return raw


@given(
    _json.filter(lambda value: isinstance(value, dict | list)),
    _around,
    st.sampled_from(["field", "pattern", "both"]),
)
def test_no_secret_shows_whatever_is_around_it(
    value: object, layers: list[str], masked: str
) -> None:
    original = entry(
        1, (b"payload", _layered(json.dumps({"pin": SECRET, "x": value}).encode(), layers))
    )
    names, patterns = ["pin", "number", "x"], [r"hunter2-\d{16}", r"4111\d{12}"]
    masks = {"field": mask(names), "pattern": mask([], [], patterns)}
    hidden = masks.get(masked, mask(names, [], patterns)).entry(original)
    assert SECRET not in everything(hidden)
    assert masks.get(masked, mask(names, [], patterns)).entry(hidden) == hidden


@given(_json.filter(lambda value: isinstance(value, dict | list)), st.sampled_from([*WRAPPED]))
def test_a_pattern_hides_in_any_structure(value: object, wrapped: str) -> None:
    original = entry(1, *WRAPPED[wrapped](json.dumps(value).encode()))
    hidden = mask([], [], [r"hunter2-\d{16}", r"4111\d{12}"]).entry(original)
    assert SECRET not in everything(hidden)
    assert "4111111111111111" not in everything(hidden)
