from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from streamtop.model.delivery_bounds import Bounds
from streamtop.model.history import History
from streamtop.model.verdict import KINDS, MARKED_FATAL, OK, Thresholds, Verdict
from streamtop.ui.rows import ConsumerRow, Judge, PendingRow, consumer_rows, group_rows
from streamtop.ui.text import Cell
from streamtop.ui.widgets.consumers import COLUMNS as CONSUMER_COLUMNS
from streamtop.ui.widgets.streams import SIGNS
from tests.fakes import (
    SERVER,
    FakeSource,
    consumer,
    group,
    oldest,
    pending_entries,
    snapshot,
    stream,
)
from tests.kit.pilot import app_over, watching
from tests.kit.screen import names
from tests.model.simulated_group import SimulatedGroup

if TYPE_CHECKING:
    from streamtop.model.snapshot import Group, Snapshot


def judging(*looks: Snapshot) -> Judge:
    judge = Judge(History(), Thresholds())
    for look in looks:
        judge.history.add(look)
    return judge


TROUBLE = stream(
    "orders", group("a"), group("b", pending=1, oldest=oldest(600_000)), group("c", lag=4)
)


def test_each_group_is_judged_and_its_stream_is_as_bad_as_its_worst_group() -> None:
    look = snapshot(TROUBLE, stream("quiet", group()), stream("bare"))
    judged = judging(look).judged(look)
    kinds = {names: verdict.kind for names, verdict in judged.verdicts.items()}
    assert kinds == {
        ("orders", "a"): "ok",
        ("orders", "b"): "stuck",
        ("orders", "c"): "warming_up",
        ("quiet", "billing"): "ok",
    }
    assert {row.stream.name: row.verdict.kind for row in judged.streams} == {
        "bare": "ok",
        "orders": "stuck",
        "quiet": "ok",
    }
    assert judged.verdict("orders", "gone") == OK


def test_a_snapshot_is_judged_once_and_the_next_one_again() -> None:
    look, later = snapshot(TROUBLE), snapshot(TROUBLE, at=1)
    judge = judging(look)
    judged = judge.judged(look)
    assert judge.judged(look) is judged
    judge.history.add(later)
    assert judge.judged(later) is not judged


def test_groups_that_are_quiet_cost_nothing_to_judge(monkeypatch: pytest.MonkeyPatch) -> None:
    judged: list[str] = []

    def judge_group(group: Group, *_: object) -> Verdict:
        judged.append(group.name)
        return OK

    monkeypatch.setattr("streamtop.ui.rows.judge_group", judge_group)
    look = snapshot(TROUBLE, stream("quiet", group("d")))
    judging(look).judged(look)
    assert judged == ["b", "c"]


def test_what_a_group_lost_stays_in_its_row_when_nothing_else_is_wrong() -> None:
    simulated = SimulatedGroup()
    simulated.add(9)
    looks = [snapshot(simulated.stream())]
    simulated.trim(7)
    looks.append(snapshot(simulated.stream(), at=1))
    simulated.deliver(2)
    looks.append(snapshot(simulated.stream(), at=2))
    judge, after = judging(*looks), looks[-1]
    judged = judge.judged(after)
    [row] = group_rows(after.streams[0], judged, judge.history)
    assert row.lost == Bounds(7, 7)
    assert not row.group.lost
    assert row.verdict.kind == judged.streams[0].verdict.kind == "loss"


@pytest.mark.parametrize(("pending", "tone"), [(0, "dim"), (1, "error")])
def test_a_consumer_that_is_gone_is_red_only_if_it_holds_entries(pending: int, tone: str) -> None:
    row = ConsumerRow(consumer("w1", pending, 70_000), "gone")
    tones = {column.title: column.cell(row).tone for column in CONSUMER_COLUMNS}
    assert tones["STATE"] == tones["IDLE"] == tone


def test_a_consumer_is_active_idle_or_gone_where_that_can_be_told() -> None:
    idle = {"w1": 400, "w2": 20_000, "w3": 70_000}
    seen = group("g", *(consumer(name, 1, ms, 100_000) for name, ms in idle.items()))
    look = snapshot(stream("s", seen))
    rows = consumer_rows(seen, look, Thresholds())
    assert [(row.state, row.gone) for row in rows] == [
        ("active", False),
        ("idle", False),
        ("gone", True),
    ]
    replica = replace(look, server=replace(SERVER, role="slave"))
    assert [row.state for row in consumer_rows(seen, replica, Thresholds())] == [""] * 3


def test_every_verdict_has_a_sign_and_the_worst_three_are_errors() -> None:
    assert list(SIGNS) == list(KINDS)
    assert [kind for kind in KINDS if SIGNS[kind].tone == "error"] == ["loss", "stalled", "stuck"]
    assert SIGNS["warming_up"] == ("○", "dim")


@pytest.mark.parametrize(
    ("groups", "told", "untold"),
    [
        ([group("a")], ["no trouble seen"], ["warming up"]),
        ([group("a", lag=4), group("b", lag=4)], ["no trouble seen", "2 warming up"], []),
        (
            [group("a", lag=4), group("b", pending=1, oldest=oldest(600_000))],
            ["1 stuck", "1 warming up"],
            ["no trouble"],
        ),
    ],
)
async def test_the_header_counts_groups_in_trouble_and_those_that_are_warming_up(
    groups: list[Group], told: list[str], untold: list[str]
) -> None:
    async with watching(FakeSource(snapshot(stream("s", *groups)))) as at:
        await at.until(lambda: told[0] in at.header)
        assert all(words in at.header for words in told)
        assert not any(words in at.header for words in untold)


async def test_faults_alone_are_shown_without_what_is_warming_up() -> None:
    look = snapshot(stream("slow", group("g", lag=4)), stream("bad", group("g", lost=1)))
    async with watching(FakeSource(look)) as at:
        assert names(at.screen.streams) == ["bad", "slow"]
        await at.press("f")
        assert names(at.screen.streams) == ["bad"]


async def test_deliveries_are_coloured_from_the_limit_that_the_user_set() -> None:
    app = app_over(FakeSource(snapshot(TROUBLE)))
    app.judge.limits = Thresholds(poison_deliveries=3)
    async with app.run_test():
        [deliveries] = (
            column for column in app.main_screen.pending.columns if column.title == "DELIVERIES"
        )
    [entry] = pending_entries(1)
    cells = [
        deliveries.cell(PendingRow(replace(entry, deliveries=times), None))
        for times in (2, 3, MARKED_FATAL)
    ]
    assert cells == [Cell("2", "plain"), Cell("3", "warning"), Cell("fatal", "error")]
