"""A fast sample of the laboratory; `python -m tests.verdicts` is the whole of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.verdicts import explanation, table
from tests.verdicts.__main__ import GENERATIONS, main, runs
from tests.verdicts.engines import Bounds, Finding, Judgement
from tests.verdicts.facts import FACTS, Moment, false_figures
from tests.verdicts.labels import QUIET, RED
from tests.verdicts.scoring import Run, build, score
from tests.verdicts.situations import ORDERS
from tests.verdicts.workloads import SITUATIONS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streamtop.model.snapshot import Snapshot
    from tests.verdicts.virtual_time import GroupKey

HEALED = ("steady_workers", "quiet_stream_block_forever", "no_acknowledgement_needed", "autoscaler")
NAMED = ("never_read", "all_killed", "never_acknowledged", "the_only_worker_hangs")
"""Situations in which the bar is met: they must not get worse."""


class Says:
    """An engine that always says the same."""

    def __init__(self, judgement: Judgement) -> None:
        self._judgement = judgement

    def observe(self, snapshot: Snapshot) -> Mapping[GroupKey, Judgement]:
        return {
            (stream.name, group.name): self._judgement
            for stream in snapshot.streams
            for group in stream.groups
        }


def test_there_are_enough_situations_of_both_kinds() -> None:
    healthy = sum(situation.healthy for situation in SITUATIONS.values())
    assert healthy >= 30
    assert len(SITUATIONS) - healthy >= 30
    assert len(runs()) >= 45 * 20 * len(GENERATIONS)


@pytest.mark.parametrize("name", SITUATIONS)
def test_a_situation_is_labelled_as_it_says(name: str) -> None:
    situation = SITUATIONS[name]
    world = build(Run(name, "8.10" if situation.xnack else "7.0", 0))
    assert bool(world.troubles) is not situation.healthy
    for trouble in world.troubles:
        assert trouble.kinds <= RED | {"behind"}
        assert trouble.began <= trouble.known
        assert trouble.began < trouble.until <= trouble.may_until


@pytest.mark.parametrize("generation", GENERATIONS)
@pytest.mark.parametrize("name", [*HEALED, *NAMED])
def test_what_holds_goes_on_to_hold(name: str, generation: str) -> None:
    result = score(Run(name, generation, 0), seconds=1_500)
    assert result.holds, result


def test_the_same_run_is_the_same_again() -> None:
    run = Run("delayed_retries", "7.2", 3)
    assert score(run, seconds=300) == score(run, seconds=300)


def test_a_false_alarm_is_counted() -> None:
    alarm = Judgement((Finding("stuck", "claim it"),))
    result = score(Run("steady_workers", "8.10", 0), lambda: Says(alarm), 300)
    assert result.red > 200
    assert result.red_at_first > 50
    assert result.red_names.keys() == {"stuck"}
    assert not result.holds


def test_silence_is_counted() -> None:
    result = score(Run("never_read", "8.10", 0), lambda: Says(Judgement()), 300)
    assert result.delay == float("inf")
    assert result.silent > 100
    assert not result.holds


def test_another_name_is_counted() -> None:
    other = Judgement((Finding("loss", "they are gone"),))
    result = score(Run("never_read", "8.10", 0), lambda: Says(other), 300)
    assert result.misnamed > 250
    assert not result.holds


def test_quiet_verdicts_are_never_wrong_on_what_is_healthy() -> None:
    for kind in QUIET - {"ok"}:
        quiet = Judgement((Finding(kind, "so it is"),))
        assert score(Run("steady_workers", "7.0", 0), lambda: Says(quiet), 100).holds  # noqa: B023 - called at once


def test_a_figure_out_of_its_bounds_is_counted() -> None:
    bounds = {"lost": Bounds(1, 5), "delivered": Bounds(None, None)}
    result = score(Run("steady_workers", "7.0", 0), lambda: Says(Judgement((), bounds)), 100)
    assert set(result.figures) == {"lost"}


@pytest.mark.parametrize(
    ("figures", "false"),
    [
        ({"waiting": 20, "waiting_at_least": 20, "lost_at_least": 0, "lost_at_most": 0}, set()),
        ({"waiting": 19, "waiting_at_least": 21, "lost_at_least": 1}, None),
        ({"nothing_delivered_s": 90, "nothing_acknowledged_s": 101}, set()),
        ({"nothing_delivered_s": 110}, None),
        ({"pending": 0, "released": 0, "claim_from": "nobody", "gone": "nobody"}, set()),
        ({"last_to_ask": "nobody", "entry": "1-1"}, None),
    ],
)
def test_a_sentence_is_held_against_the_truth(
    figures: dict[str, float | str], false: set[str] | None
) -> None:
    world = build(Run("backlog_that_nobody_reads", "8.10", 0))
    world.run_until(100)
    moment = Moment(world, ORDERS, 0, Finding("stalled", "so it is", figures))
    assert set(false_figures(moment)) == (set(figures) if false is None else false)


def test_a_figure_that_nobody_checks_fails() -> None:
    world = build(Run("never_read", "8.10", 0))
    moment = Moment(world, ORDERS, 0, Finding("stalled", "so it is", {"mood": 1}))
    assert "mood" not in FACTS
    with pytest.raises(KeyError):
        list(false_figures(moment))


def test_what_a_living_worker_holds_is_not_to_be_claimed() -> None:
    world = build(Run("one_entry_takes_ninety_seconds", "8.10", 0))
    worker = next(iter(world.workers.values()))
    while not worker.desk:
        world.run_until(world.seconds + 1)
    [entry] = worker.desk
    advice: dict[str, float | str] = {"claim_entry": str(entry), "claim_from": worker.name}
    moment = Moment(world, ORDERS, 0, Finding("stuck", "claim it", advice))
    assert set(false_figures(moment)) == {"claim_entry", "claim_from"}
    worker.kill()
    assert not set(false_figures(moment))


def test_the_table_and_the_explanation_can_be_printed(capsys: pytest.CaptureFixture[str]) -> None:
    run = Run("never_read", "7.0", 0)
    result = score(run, seconds=200)
    shown = "\n".join(table.lines([(run, result)]))
    assert "never_read" in shown
    assert "the bar holds in 1 of 1 rows" in shown
    words = "\n".join(explanation.lines(run, 600))
    assert "stalled: " in words
    assert "0 delivered, 0 acknowledged" in words
    assert main(["list"]) == 0
    assert "trouble never_read" in capsys.readouterr().out
