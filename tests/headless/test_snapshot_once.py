from __future__ import annotations

from dataclasses import replace

import pytest

from streamtop.headless.snapshot_once import look_once
from streamtop.source import Source, UnreachableError
from tests import fakes
from tests.fakes import FakeSource


async def looked(source: FakeSource, *, within: float = 30.0) -> list[str]:
    """The names that one look at a source gives."""

    async def connect() -> Source:
        return source

    snapshot = await look_once(connect, within=within)
    return [stream.name for stream in snapshot.streams]


async def test_one_look_is_enough_where_all_streams_are_found_at_once() -> None:
    source = FakeSource(fakes.snapshot(fakes.stream("a")))
    assert await looked(source) == ["a"]
    assert source.asked == ["look"]
    assert source.closed


async def test_it_looks_until_all_streams_are_found() -> None:
    part = replace(fakes.snapshot(fakes.stream("a")), complete=False)
    source = FakeSource(part, part, fakes.snapshot(fakes.stream("a"), fakes.stream("b")))
    assert await looked(source) == ["a", "b"]
    assert source.asked == ["look"] * 3


async def test_a_search_that_does_not_end_is_given_up() -> None:
    source = FakeSource(replace(fakes.snapshot(fakes.stream("a")), complete=False))
    assert await looked(source, within=0.01) == ["a"]
    assert source.closed


async def test_what_a_later_look_did_not_ask_is_taken_from_the_one_that_did() -> None:
    seen = fakes.stream("large", fakes.group("g", lag=7))
    stale = replace(seen, edges_fresh=False, groups=(fakes.group("g", lag=None),))
    source = FakeSource(
        replace(fakes.snapshot(seen), complete=False),
        fakes.snapshot(stale, fakes.stream("small")),
    )

    async def connect() -> Source:
        return source

    snapshot = await look_once(connect)
    assert [stream.name for stream in snapshot.streams] == ["large", "small"]
    assert snapshot.streams[0].groups[0].lag.count == 7


async def test_the_source_is_closed_when_the_look_fails() -> None:
    source = FakeSource(UnreachableError("cannot reach it"))
    with pytest.raises(UnreachableError):
        await looked(source)
    assert source.closed
