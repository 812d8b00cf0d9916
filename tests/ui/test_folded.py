"""The pane of one entry: its views, folds, what is found in it, and how the groups stand to it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from streamtop.model.entries import Entry, PendingEntry
from streamtop.model.ids import EntryId
from streamtop.ui.widgets.entry_layout import View, entry_lines
from streamtop.ui.widgets.text_lines import wrapped
from tests.decode.seeds import ENTRIES, VALUES
from tests.fakes import (
    NOW_MS,
    FakeSource,
    consumer,
    entries,
    entry,
    group,
    oldest,
    pending_entries,
    snapshot,
    stream,
)
from tests.kit.pilot import SMALL, WIDE, Dashboard, watching
from tests.kit.screen import acted_upon, drawn, lines_of

ORDER = b'{"order": {"id": 7, "lines": [{"n": 1.5}, {"n": 2}]}, "customer": {"name": "Zo\xc3\xab"}}'
VIEWS: tuple[View, ...] = ("decoded", "fields", "bytes")


def holding(*fields: tuple[bytes, bytes]) -> FakeSource:
    """A stream with one entry."""
    return FakeSource(snapshot(stream(length=1)), stored={"orders": [entry(NOW_MS, *fields)]})


async def in_detail(at: Dashboard) -> None:
    """Go to the entry."""
    await at.press("5")
    await at.until(lambda: at.screen.detail.entry is not None)
    await at.press("6")


def text(at: Dashboard) -> str:
    """What the pane shows."""
    return drawn(at.screen.detail)


def here(at: Dashboard) -> str:
    """The line at the cursor, as it is drawn."""
    detail = at.screen.detail
    return lines_of(detail)[1 + detail.cursor - detail.scroll_offset.y][1:-1].strip()


async def test_v_shows_the_entry_decoded_then_its_fields_then_its_bytes() -> None:
    async with watching(holding((b"data", ORDER), (b"n", b"1")), size=WIDE) as at:
        await in_detail(at)
        assert "decoded" in text(at)
        assert '"id": 7' in text(at)
        await at.press("v")
        assert "fields" in text(at)
        assert "data  JSON" in text(at)
        await at.press("v")
        assert "7b 22 6f 72" in text(at)
        await at.press("v")
        assert "decoded" in text(at)


async def test_enter_folds_a_block_left_closes_right_opens_and_capital_f_folds_all() -> None:
    async with watching(holding((b"data", ORDER)), size=WIDE) as at:
        await in_detail(at)
        while '"order"' not in here(at):
            await at.press("down")
        await at.press("enter")
        assert "… 10 lines" in here(at)
        assert '"n": 1.5' not in text(at)
        assert '"customer"' in text(at)
        await at.press("right", "down", "down", "down")
        assert here(at).startswith("{")
        await at.press("left")
        assert "… 2 lines" in here(at)
        await at.press("F")
        assert '"n": 1.5' in text(at)
        await at.press("F")
        assert '"customer"' not in text(at)
        await at.press("F")
        assert '"customer"' in text(at)


async def test_from_within_a_block_left_folds_it_and_goes_to_its_head() -> None:
    async with watching(holding((b"data", ORDER)), size=WIDE) as at:
        await in_detail(at)
        while '"id"' not in here(at):
            await at.press("down")
        await at.press("left")
        assert here(at).startswith('"order"')


async def test_slash_finds_n_goes_round_and_opens_what_is_folded() -> None:
    async with watching(holding((b"data", ORDER)), size=WIDE) as at:
        await in_detail(at)
        await at.press("F", "slash", *'"n"'.replace('"', ""), "enter")
        found = []
        for _ in range(12):
            found.append(here(at))
            await at.press("n")
        assert any('"n": 2' in line for line in found)
        assert any('"n": 1.5' in line for line in found)
        assert found[0] in found[1:], "it goes round"
        last = here(at)
        await at.press("N", "n")
        assert here(at) == last
        await at.press("escape")
        assert at.screen.detail.needle == ""
        assert at.focused == "detail"


async def test_a_long_line_wraps_at_words_and_stays_within_the_pane() -> None:
    words = ("order " * 40 + "注文" * 60 + " " + "x" * 300).encode()
    for size in (SMALL, WIDE):
        async with watching(holding((b"told", words)), size=size) as at:
            await in_detail(at)
            lines = lines_of(at.screen.detail)
            assert {cell_len(line) for line in lines} == {at.screen.detail.outer_size.width}
            inner = [line[1:-1].rstrip() for line in lines[1:-1]]
            assert sum(line.count("order") for line in inner) == 40
            assert sum(line.count("注文") + line.count("注\n") for line in inner) >= 50


@given(st.text(max_size=200), st.integers(8, 60))
def test_the_pieces_of_a_line_are_the_line_and_each_fits(told: str, width: int) -> None:
    pieces = list(wrapped(0, told, width))
    assert "".join(told[piece.start : piece.end] for piece in pieces) == told
    assert all(cell_len(told[piece.start : piece.end]) <= width for piece in pieces)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.tuples(
            st.binary(max_size=20), st.one_of(st.binary(max_size=80), st.sampled_from(VALUES))
        ),
        min_size=1,
        max_size=4,
    ),
    st.sampled_from(VIEWS),
)
def test_whatever_the_bytes_every_line_of_every_view_is_plain(
    fields: list[tuple[bytes, bytes]], view: View
) -> None:
    for line in entry_lines(Entry(EntryId(5, 1), tuple(fields)), view):
        assert not acted_upon(line.text), (view, line)
        assert not acted_upon(line.value), (view, line)


@pytest.mark.parametrize("view", VIEWS)
def test_of_an_entry_of_many_large_fields_a_bounded_number_of_lines_is_laid_out(view: View) -> None:
    value = b"[" + b"1," * 15_000 + b"1]"
    many = entry(NOW_MS, *((b"f%d" % n, value) for n in range(600)))
    lines = entry_lines(many, view)
    assert 500 < len(lines) <= 10_001
    assert "more" in lines[-1].text


# The value that y copies


@pytest.mark.parametrize(
    ("at_line", "value"),
    [('"id"', "7"), ('"name"', "Zoë"), ('"lines"', "["), ("plain", "a b"), ('"n": 2', "2")],
)
async def test_the_value_at_the_cursor_stands_without_its_name(at_line: str, value: str) -> None:
    async with watching(holding((b"data", ORDER), (b"plain", b"a b")), size=WIDE) as at:
        await in_detail(at)
        while at_line not in here(at):
            await at.press("down")
        found = at.screen.detail.value
        assert found.startswith("[\n") if value == "[" else found == value


# Groups


def standing(*groups: object, held: dict[tuple[str, str], list[PendingEntry]]) -> FakeSource:
    """Three entries, and groups that stand differently to them."""
    return FakeSource(
        snapshot(stream("orders", *groups, length=3)),  # type: ignore[arg-type]
        held=held,
        stored={"orders": entries(3, NOW_MS - 2)},
    )


async def test_each_group_is_told_how_it_stands_to_the_entry() -> None:
    behind = replace(group("behind"), last_delivered_id=EntryId(NOW_MS - 1, 0))
    busy = group("busy", consumer("w1", 1), pending=1, oldest=oldest())
    source = standing(
        behind,
        busy,
        group("done"),
        held={("orders", "busy"): pending_entries(1, first_ms=NOW_MS, idle_ms=65_000)},
    )
    async with watching(source, size=WIDE) as at:
        await in_detail_of_entries(at)
        await at.until(lambda: "behind  not delivered yet" in text(at))
        assert "busy  pending with w1 for 1 m 5s, 1 delivery" in text(at)
        assert "done  passed, and not pending" in text(at)
        await at.press("5", "down")
        await at.until(lambda: "behind  passed" in text(at))
        assert "busy  passed, and not pending" in text(at)


async def in_detail_of_entries(at: Dashboard) -> None:
    """Go to the newest entry by way of the list of entries."""
    await at.press("5")
    await at.until(lambda: at.screen.detail.entry is not None)
    await at.until(lambda: "groups" in told(at))


def told(at: Dashboard) -> str:
    """All lines of the pane, on screen or not."""
    return "\n".join(line.text for line in at.screen.detail.lines)


async def test_how_groups_stand_changes_without_moving_the_cursor_or_unfolding(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("streamtop.ui.widgets.detail._GROUPS_FRESH", 0.0)
    long = b"word " * 200
    busy = group("busy", consumer("w1", 1), pending=1, oldest=oldest())
    source = FakeSource(
        snapshot(stream("orders", busy, length=1)),
        held={("orders", "busy"): pending_entries(1)},
        stored={"orders": [entry(NOW_MS, (b"data", ORDER), (b"long", long))]},
    )
    async with watching(source, size=WIDE) as at:
        await in_detail_of_entries(at)
        await at.press("6")
        while '"order"' not in here(at):
            await at.press("down")
        await at.press("enter")
        while "word" not in here(at):
            await at.press("down")
        await at.press("down", "down")
        detail = at.screen.detail
        before = detail.cursor, len(detail.shown), detail.scroll_offset.y
        row = source.held["orders", "busy"][0]
        source.held["orders", "busy"] = [replace(row, consumer="w2", deliveries=3)]
        await at.look_again()
        await at.until(lambda: "pending with w2" in told(at))
        assert "3 deliveries" in told(at)
        assert (detail.cursor, len(detail.shown), detail.scroll_offset.y) == before
        await at.press("end")
        gone = group("other")
        await at.see(snapshot(stream("orders", gone, length=1)))
        await at.until(lambda: "other  passed" in told(at))
        assert detail.cursor == len(detail.shown) - 1


async def test_an_entry_of_faststream_and_one_of_taskiq_are_shown_in_their_own_terms() -> None:
    shown = {}
    for name in ("faststream", "taskiq"):
        async with watching(holding(*ENTRIES[name]), size=WIDE) as at:
            await in_detail(at)
            shown[name] = text(at)
    assert "FastStream" in shown["faststream"]
    assert "body  JSON" in shown["faststream"]
    assert "taskiq" in shown["taskiq"]
    assert "shop:bill" in shown["taskiq"]
