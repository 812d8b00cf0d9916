"""Entries of each framework, built from its documentation."""

from __future__ import annotations

import base64
import json

import msgspec
import pytest

from streamtop.decode import Decoded, decode, summary
from streamtop.model.text import to_name
from tests.decode.parts import parts
from tests.fakes import entry

ORDER = b'{"order_id":7}'


def decoded(*fields: tuple[bytes, bytes]) -> Decoded:
    return decode(entry(1, *fields))


def php_string(value: bytes) -> bytes:
    return b's:%d:"%s";' % (len(value), value)


SYMFONY_HEADERS = {"type": "App\\Message\\OrderPlaced", "X-Message-Stamp-Bus": '[{"busName":"b"}]'}


def test_symfony_json_is_read_out_of_its_php_string() -> None:
    envelope = json.dumps({"body": ORDER.decode(), "headers": SYMFONY_HEADERS}).encode()
    found = decoded((b"message", php_string(envelope)))
    assert found.framework == "symfony"
    assert found.summary == 'OrderPlaced {"order_id":7}'
    assert found.facts == (("message", "OrderPlaced"),)
    assert dict(found.headers)["X-Message-Stamp-Bus"] == '[{"busName":"b"}]'
    [(_, body)] = found.bodies
    assert body.reading.tree == {"order_id": 7}


@pytest.mark.parametrize("packed", ["slashes", "base64"])
def test_symfony_bodies_of_the_php_serializer_are_shown_as_a_tree(packed: str) -> None:
    message = b'O:15:"App\\OrderPlaced":1:{s:5:"\0*\0id";i:7;}'
    body = b'O:36:"Symfony\\Component\\Messenger\\Envelope":1:{s:7:"message";%b}' % message
    if packed == "slashes":  # as PHP's addslashes() does
        for plain, slashed in ((b"\\", b"\\\\"), (b'"', b'\\"'), (b"'", b"\\'"), (b"\0", b"\\0")):
            body = body.replace(plain, slashed)
        text = body.decode()
    else:
        text = base64.b64encode(body).decode()
    envelope = json.dumps({"body": text, "headers": []}).encode()
    found = decoded((b"message", php_string(envelope)))
    assert found.framework == "symfony"
    assert found.facts == (("message", "OrderPlaced"),)
    tree = found.bodies[0][1].reading.tree
    assert isinstance(tree, dict)
    assert tree["message"] == {"class": "App\\OrderPlaced", "id": 7}


def test_watermill_metadata_are_its_headers_and_tell_why_a_message_is_poison() -> None:
    metadata = {"reason_poisoned": "boom", "topic_poisoned": "orders", "tenant": "blue"}
    found = decoded(
        (b"_watermill_message_uuid", b"6d22ee4d"),
        (b"metadata", msgspec.msgpack.encode(metadata)),
        (b"payload", ORDER),
    )
    assert found.framework == "watermill"
    assert found.summary == '{"order_id":7}'
    assert dict(found.facts) == {"id": "6d22ee4d", "poisoned": "boom", "from": "orders"}
    assert dict(found.headers) == metadata


def test_wolverine_headers_lose_their_prefix() -> None:
    found = decoded(
        (b"payload", ORDER),
        (b"wolverine-message-type", b"Shop.OrderPlaced"),
        (b"wolverine-id", b"8f"),
        (b"wolverine-correlation-id", b"c1"),
    )
    assert found.framework == "wolverine"
    assert found.summary == 'OrderPlaced {"order_id":7}'
    assert dict(found.facts) == {"message": "Shop.OrderPlaced", "id": "8f", "correlation": "c1"}


def test_wolverine_dead_letters_tell_what_failed() -> None:
    found = decoded(
        (b"envelope-id", b"8f"),
        (b"message-type", b"Shop.OrderPlaced"),
        (b"exception-type", b"System.Boom"),
        (b"exception-message", b"it went wrong"),
        (b"failed-at", b"2026-01-31"),
    )
    assert found.framework == "wolverine"
    assert found.summary == "OrderPlaced it went wrong"
    assert dict(found.facts)["failed"] == "System.Boom"


def test_mastra_events_count_their_deliveries() -> None:
    event = {"type": "step.end", "id": "e1", "data": {"ok": True}, "deliveryAttempt": 3}
    found = decoded((b"event", json.dumps(event).encode()))
    assert found.framework == "mastra"
    assert found.summary == 'step.end {"ok":true}'
    assert dict(found.facts) == {"event": "step.end", "id": "e1", "attempt": "3"}


CLOUD = {
    "specversion": "1.0",
    "type": "com.dapr.event.sent",
    "id": "e1",
    "source": "shop",
    "pubsubname": "pubsub",
    "topic": "orders",
    "traceparent": "00-ab-cd-01",
    "data": {"order_id": 7},
}


def test_dapr_events_are_distinguished_from_other_cloudevents() -> None:
    found = decoded((b"data", json.dumps(CLOUD).encode()), (b"metadata", b'{"ttl":"5"}'))
    assert found.framework == "dapr"
    assert found.summary == 'com.dapr.event.sent {"order_id":7}'
    assert dict(found.facts)["topic"] == "orders"
    assert dict(found.facts)["trace"] == "00-ab-cd-01"
    assert dict(found.headers)["ttl"] == "5"
    plain = {name: value for name, value in CLOUD.items() if name != "pubsubname"}
    plain["data_base64"] = base64.b64encode(ORDER).decode()
    other = decoded((b"data", json.dumps(plain).encode()))
    assert other.framework == "cloudevents"
    assert other.bodies[0][1].raw == ORDER


def test_cap_bodies_are_read_out_of_base64_in_a_json_string() -> None:
    headers = {"cap-msg-id": "1", "cap-msg-name": "order.placed", "cap-corr-id": "c1"}
    body = json.dumps(base64.b64encode(ORDER).decode()).encode()
    found = decoded((b"headers", json.dumps(headers).encode()), (b"body", body))
    assert found.framework == "cap"
    assert found.summary == 'order.placed {"order_id":7}'
    assert dict(found.facts) == {"message": "order.placed", "id": "1", "correlation": "c1"}
    assert found.bodies[0][1].reading.formats == ("JSON", "base64", "JSON")


def test_spring_objects_are_summarised_by_their_class() -> None:
    found = decoded((b"_class", b"shop.Order"), (b"id", b"7"), (b"customer.name", "Zoë".encode()))
    assert found.framework == "spring"
    assert found.summary == "Order id=7 customer.name=Zoë"
    assert decoded((b"payload", ORDER), (b"_raw", b"x")).framework == "spring"


@pytest.mark.parametrize("extended", [False, True])
def test_debezium_changes_tell_what_was_done_to_which_table(extended: bool) -> None:
    change = {
        "payload": {
            "before": None,
            "after": {"id": 7},
            "source": {"db": "shop", "table": "orders"},
            "op": "c",
        }
    }
    key, value = b'{"id":7}', json.dumps(change).encode()
    fields = ((b"key", key), (b"value", value), (b"SOME_HEADER", b"x"))
    found = decoded(*fields) if extended else decoded((key, value))
    assert found.framework == "debezium"
    assert found.summary == 'create shop.orders {"id":7}'
    assert found.facts[:2] == (("change", "create"), ("table", "shop.orders"))
    assert found.headers == ((("SOME_HEADER", "x"),) if extended else ())


def test_moleculer_messages_have_their_headers_beside_them() -> None:
    headers = {"x-error-message": "boom", "x-original-channel": "orders"}
    found = decoded((b"payload", ORDER), (b"headers", json.dumps(headers).encode()))
    assert found.framework == "moleculer"
    assert dict(found.facts) == {"failed": "boom", "from": "orders"}


@pytest.mark.parametrize("packed", ["json", "base64"])
def test_socket_io_messages_tell_their_event(packed: str) -> None:
    data = {"opts": {"rooms": []}, "packet": {"type": 2, "data": ["order", {"id": 7}]}}
    raw = (
        json.dumps(data).encode()
        if packed == "json"
        else base64.b64encode(msgspec.msgpack.encode(data))
    )
    found = decoded((b"uid", b"ab12"), (b"nsp", b"/"), (b"type", b"3"), (b"data", raw))
    assert found.framework == "socket.io"
    assert found.summary == "broadcast / order"
    assert found.bodies[0][1].reading.tree == data


def test_bullmq_events_tell_the_job() -> None:
    found = decoded(
        (b"event", b"completed"), (b"jobId", b"17"), (b"returnvalue", b"42"), (b"prev", b"active")
    )
    assert found.framework == "bullmq"
    assert found.summary == "completed job 17 returnvalue=42 prev=active"
    assert found.facts == (("event", "completed"), ("job", "17"))
    assert decoded((b"event", b"order placed"), (b"jobId", b"17")).framework is None


def test_benthos_messages_are_known_by_metadata_of_its_inputs_only() -> None:
    found = decoded((b"body", ORDER), (b"kafka_topic", b"orders"))
    assert found.framework == "benthos"
    assert found.summary == '{"order_id":7}'
    assert decoded((b"body", ORDER), (b"color", b"blue")).framework is None


def test_the_origin_that_a_replay_added_stands_beside_the_framework() -> None:
    metadata = msgspec.msgpack.encode({})
    found = decoded(
        (b"_watermill_message_uuid", b"6d"),
        (b"metadata", metadata),
        (b"payload", ORDER),
        (b"streamtop-origin-stream", b"orders"),
        (b"streamtop-origin-id", b"5-1"),
        (b"streamtop-origin-reason", b"boom"),
    )
    assert found.framework == "watermill"
    assert found.facts[:2] == (("origin", "orders 5-1"), ("reason", "boom"))
    assert dict(found.headers)["origin id"] == "5-1"


def test_an_entry_of_nobody_is_its_fields() -> None:
    sample = entry(1, (b"order_id", b"7"), (b"n\xe9", b'{"a": 1}'))
    found = decode(sample)
    assert found.framework is None
    assert found.facts == (("order_id", "7"),)
    assert [title for title, _ in found.bodies] == ["order_id", to_name(b"n\xe9")]
    assert summary(sample) == 'order_id=7 n\\xe9={"a": 1}'
    assert [part.title for part in parts(sample)] == ["order_id", "n\\xe9"]


def test_an_entry_with_a_repeated_field_has_no_framework() -> None:
    assert decoded((b"payload", b"1"), (b"payload", b"2"), (b"_raw", b"x")).framework is None
