"""Looks that fail, that are paused, that come at another pace; and a first look that never was."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from textual.worker import WorkerFailed

from streamtop.source import BusyError, RefusedError, Source, SourceError, UnreachableError
from streamtop.ui.app import PACES, UNREACHABLE
from tests.fakes import SERVER, FakeSource, group, oldest, snapshot, stream
from tests.kit.pilot import Session, app_over, watching
from tests.kit.screen import drawn, names
from tests.kit.waiting import PATIENCE

SEEN = snapshot(stream("orders", group(lag=3)))
DOWN = UnreachableError("cannot reach redis://fake:6379/0: connection refused")
LOADING = BusyError("the server is loading its data")


async def test_after_a_failure_the_last_snapshot_stays_with_its_age_and_the_cause() -> None:
    async with watching(FakeSource(SEEN), every=0.05) as at:
        at.source.show(DOWN)
        await at.until(lambda: "connection refused" in at.header)
        assert "stale" in at.header
        assert any(unit in at.header for unit in (" ms ", " s "))
        assert names(at.screen.streams) == ["orders"]
        assert at.screen.stream is not None
        await at.press("enter")
        assert at.focused == "groups"


async def test_a_failure_is_cleared_by_the_next_look_that_succeeds() -> None:
    async with watching(FakeSource(SEEN), every=0.05) as at:
        at.source.show(DOWN)
        await at.until(lambda: "connection refused" in at.header)
        at.source.show(snapshot(stream("back")))
        await at.until(lambda: names(at.screen.streams) == ["back"])
        await at.until(lambda: "stale" not in at.header)
        assert "connection refused" not in at.header
        assert at.app.failure == ""


async def test_the_age_of_a_stale_snapshot_grows() -> None:
    async with watching(FakeSource(SEEN), every=0.05) as at:
        at.source.show(DOWN)
        await at.until(lambda: "stale" in at.header)
        assert at.app.snapshot is not None
        at.app.set_reactive(
            type(at.app).snapshot, replace(at.app.snapshot, at=at.app.snapshot.at - 600)
        )
        await at.until(lambda: "10 m" in at.header)


async def test_a_bug_is_seen_and_no_failure() -> None:
    class Broken(FakeSource):
        async def look(self) -> None:  # type: ignore[override] # broken on purpose
            raise ZeroDivisionError

    async def run() -> None:
        async with app.run_test() as pilot, asyncio.timeout(PATIENCE):
            while app.is_running:
                await pilot.pause(0.01)

    app = app_over(Broken(SEEN))
    with pytest.raises(WorkerFailed, match="ZeroDivisionError"):
        await run()
    assert app.failure == ""


@pytest.mark.parametrize("failure", [DOWN, RefusedError("NOAUTH: log in"), SourceError("What?")])
@pytest.mark.parametrize("at_once", [True, False], ids=["connecting", "looking"])
async def test_without_a_first_look_it_ends_with_exit_code_3_and_the_cause(
    failure: SourceError, at_once: bool
) -> None:
    async def refused() -> Source:
        raise failure

    source = FakeSource(failure)
    app = app_over(source, connect=refused if at_once else None)
    async with app.run_test() as pilot, asyncio.timeout(PATIENCE):
        while app.is_running and not app.fatal:
            await pilot.pause(0.01)
    assert app.return_code == UNREACHABLE == 3
    assert app.fatal == str(failure)


async def test_a_server_that_is_loading_is_waited_for() -> None:
    source = FakeSource(LOADING)
    app = app_over(source, every=0.05)
    async with app.run_test(size=(140, 40)) as pilot:
        await Session(app, pilot).until(lambda: source.asked.count("look") >= 3)
        assert app.return_code is None
        assert "loading its data" in app.failure
        source.show(SEEN)
        await Session(app, pilot).until(lambda: app.snapshot is not None)
        assert app.failure == ""


async def test_a_server_that_is_busy_while_connecting_is_waited_for_too() -> None:
    source = FakeSource(SEEN)
    tries = 0

    async def busy_at_first() -> Source:
        nonlocal tries
        tries += 1
        if tries < 3:
            raise LOADING
        return source

    app = app_over(source, every=0.05, connect=busy_at_first)
    async with app.run_test(size=(140, 40)) as pilot:
        await Session(app, pilot).until(lambda: app.snapshot is not None or app.fatal != "")
        assert app.fatal == ""
        assert app.snapshot is not None


async def test_a_failure_before_the_first_snapshot_but_after_it_was_busy_ends_the_app() -> None:
    source = FakeSource(LOADING, DOWN)
    app = app_over(source, every=0.05)
    async with app.run_test() as pilot, asyncio.timeout(PATIENCE):
        while app.is_running and not app.fatal:
            await pilot.pause(0.01)
    assert app.return_code == UNREACHABLE


async def test_p_stops_the_looks_and_goes_on() -> None:
    async with watching(FakeSource(SEEN), every=0.05) as at:
        await at.press("p")
        assert "paused" in at.header
        asked = at.source.asked.count("look")
        at.source.show(snapshot(stream("later")))
        await at.press("down", "enter", "escape", "s", "s")
        assert at.source.asked.count("look") == asked
        assert names(at.screen.streams) == ["orders"]
        await at.press("p")
        await at.until(lambda: names(at.screen.streams) == ["later"])
        assert "paused" not in at.header


async def test_plus_looks_less_often_and_minus_more_often() -> None:
    async with watching(FakeSource(SEEN), every=1.0) as at:
        assert "every 1 s" in at.header
        await at.press("plus")
        assert "every 2 s" in at.header
        await at.press("minus", "minus")
        assert "every 0.5 s" in at.header
        await at.press(*["plus"] * len(PACES))
        assert at.app.every == PACES[-1]
        await at.press(*["minus"] * (len(PACES) + 1))
        assert at.app.every == PACES[0]
        assert f"every {PACES[0]:g} s" in at.header


async def test_another_pace_holds_while_it_is_paused_and_looks_at_nothing() -> None:
    async with watching(FakeSource(SEEN)) as at:
        await at.press("p")
        asked = at.source.asked.count("look")
        await at.press("minus")
        assert at.source.asked.count("look") == asked
        assert at.app.every < 3600


async def test_keys_pressed_again_and_again_never_ask_a_slow_server_twice_at_once() -> None:
    source = FakeSource(SEEN)
    async with watching(source) as at:
        source.gates["look"] = asyncio.Event()
        for key in ("plus", "minus", "p", "p", "plus"):
            await at.press(key)
        assert source.most_at_once == 1
        source.show(snapshot(stream("later")))
        source.gates["look"].set()
        await at.until(lambda: names(at.screen.streams) == ["later"])


async def test_a_key_that_is_held_down_does_not_keep_a_slow_server_from_being_seen() -> None:
    source = FakeSource(SEEN)
    async with watching(source, every=1.0) as at:
        gate = source.gates["look"] = asyncio.Event()
        source.show(snapshot(stream("later")))
        await at.press("minus")
        await at.until(lambda: source.under_way == 1)
        asked = source.asked.count("look")
        await at.press("minus", "plus", "minus", "plus")
        assert source.asked.count("look") == asked, "the look under way was thrown away"
        gate.set()
        await at.until(lambda: names(at.screen.streams) == ["later"])


async def test_the_header_tells_the_server_and_what_needs_attention() -> None:
    stuck = group(pending=1, oldest=oldest(idle_ms=700_000))
    async with watching(FakeSource(snapshot(stream("a", stuck), stream("b", group())))) as at:
        assert "redis://fake:6379/0" in at.header
        assert "Redis 7.2.4" in at.header
        assert "master" in at.header
        assert "1 stuck" in at.header
        assert "2 streams" in at.header
        replica = replace(snapshot(stream("a")), server=replace(SERVER, role="slave"))
        await at.see(replica)
        assert "replica" in at.header
        assert "stuck" not in at.header


async def test_the_source_is_closed_when_the_app_ends() -> None:
    source = FakeSource(SEEN)
    async with watching(source) as at:
        await at.quit_by("q")
    assert source.closed


async def test_released_entries_have_no_time_since_delivery_and_doubtful_figures_a_mark() -> None:
    released = replace(oldest(idle_ms=-1, consumer=""), deliveries=2)
    doubtful = replace(group(pending=3, oldest=released), consistent=False)
    async with watching(FakeSource(snapshot(stream("orders", doubtful)))) as at:
        await at.until(lambda: "released" in drawn(at.screen.streams))
        assert "-1 ms" not in drawn(at.screen.streams)
        assert " ~3 " in drawn(at.screen.groups)
