"""Entries as taskiq-redis itself writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from taskiq.serializers import CBORSerializer, JSONSerializer, PickleSerializer
from taskiq_redis import RedisStreamBroker

from streamtop.decode import decode
from streamtop.gateway.connect import connect
from tests.decode.parts import parts

if TYPE_CHECKING:
    from redis.asyncio import Redis
    from taskiq.abc.serializer import TaskiqSerializer

    from streamtop.model.entries import Entry
    from tests.servers import Running


async def kicked(url: str, serializer: TaskiqSerializer) -> Entry:
    """The entry of a task that was sent."""
    broker = RedisStreamBroker(url).with_serializer(serializer)

    @broker.task(task_name="shop:bill", retry_on_error=True)
    async def bill(order_id: int, *, note: str) -> None: ...

    await broker.startup()
    await bill.kiq(7, note="Zoë")
    await broker.shutdown()
    source = await connect(url)
    [entry] = (await source.entries("taskiq")).entries
    await source.close()
    return entry


@pytest.mark.parametrize("serializer", [JSONSerializer, CBORSerializer])
async def test_a_task_is_summarised_by_its_name_and_arguments(
    a_server: Running, redis: Redis, serializer: type[TaskiqSerializer]
) -> None:
    await redis.flushall()
    found = decode(await kicked(a_server.url, serializer()))
    assert found.framework == "taskiq"
    assert found.summary == 'shop:bill(7, note="Zoë")'
    facts = dict(found.facts)
    assert facts["task"] == "shop:bill"
    assert len(facts["id"]) == 32
    assert dict(found.headers)["retry_on_error"] in ("true", "True")
    [(title, body)] = found.bodies
    assert title == "arguments"
    assert body.reading.tree == {"args": [7], "kwargs": {"note": "Zoë"}}


async def test_a_pickled_task_is_never_opened(a_server: Running, redis: Redis) -> None:
    await redis.flushall()
    entry = await kicked(a_server.url, PickleSerializer())
    found = decode(entry)
    assert found.framework is None
    [part] = parts(entry)
    assert part.note.startswith("pickle, never opened")
