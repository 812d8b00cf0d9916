from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from streamtop.model.delivery_bounds import GroupPosition, lost_before, passed_between
from tests.model.simulated_group import GENERATIONS, Generation, SimulatedGroup

MOVES = st.tuples(
    st.sampled_from(["add", "add", "trim", "deliver", "deliver", "acknowledge", "look", "look"]),
    st.integers(1, 8),
)
WITH_DELETIONS = st.one_of(MOVES, st.tuples(st.just("delete"), st.integers(0, 20)))


def _position(group: SimulatedGroup) -> GroupPosition:
    return GroupPosition.of(group.group(), group.edges())


def _check(group: SimulatedGroup, moves: list[tuple[str, int]]) -> None:
    before, delivered, lost = _position(group), 0, 0
    for move, number in [*moves, ("look", 0)]:
        if move != "look":
            getattr(group, move)(number)
            continue
        now = _position(group)
        passed = passed_between(before, now)
        assert passed is not None
        for bounds, truth in (
            (passed.delivered, group.delivered - delivered),
            (passed.lost, group.lost - lost),
        ):
            assert bounds.low <= truth, (passed, truth)
            assert bounds.high is None or truth <= bounds.high, (passed, truth)
        before, delivered, lost = now, group.delivered, group.lost


@given(
    st.sampled_from(GENERATIONS), st.booleans(), st.lists(WITH_DELETIONS, min_size=4, max_size=60)
)
@settings(max_examples=300)
def test_what_was_delivered_and_what_was_lost_lie_within_their_bounds(
    generation: Generation, counts: bool, moves: list[tuple[str, int]]
) -> None:
    if generation == "before 7":  # whose deletions in the middle leave no trace
        moves = [move for move in moves if move[0] != "delete"]
    _check(SimulatedGroup(generation, counts), moves)


@given(st.sampled_from(GENERATIONS), st.lists(MOVES, max_size=40))
def test_what_was_lost_before_the_first_look_lies_within_its_bounds(
    generation: Generation, moves: list[tuple[str, int]]
) -> None:
    group = SimulatedGroup(generation)
    for move, number in moves:
        if move != "look":
            getattr(group, move)(number)
    bounds = lost_before(_position(group))
    assert bounds.low <= group.lost
    assert bounds.high is None or group.lost <= bounds.high
