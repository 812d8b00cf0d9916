from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamtop.model.edges import Edges
from streamtop.model.ids import ZERO, EntryId
from streamtop.model.lag import judge_lag, lost
from streamtop.model.lag_counter import Counted


def at(ms: int) -> EntryId:
    return EntryId(ms, 0)


def edges(
    first: int | None, last: int | None, generated: int, *, length: int, added: int | None = None
) -> Edges:
    return Edges(
        length=length,
        last_generated_id=at(generated),
        first_entry_id=None if first is None else at(first),
        last_entry_id=None if last is None else at(last),
        entries_added=added,
        max_deleted_entry_id=ZERO,
    )


FULL = edges(1, 10, 10, length=10)


@pytest.mark.parametrize(
    ("reported", "delivered", "length", "seen", "lag", "trust"),
    [
        # the group was given the newest ID: 0, whatever the server says
        (8, 10, 10, FULL, 0, "exact"),
        (None, 10, 10, FULL, 0, "exact"),
        (-96, 11, 10, FULL, 0, "exact"),
        (3, 9, 8, edges(1, 8, 9, length=8), 0, "exact"),
        # it was given the last entry that is left; those behind it were deleted
        (3, 8, 7, edges(1, 8, 20, length=7), 0, "exact"),
        # the stream is empty
        (5, 3, 0, edges(None, None, 10, length=0), 0, "exact"),
        (5, 3, 0, None, 0, "exact"),
        # nothing that is left was delivered: the length
        (8, 2, 3, edges(8, 10, 10, length=3), 3, "exact"),
        (None, 0, 10, FULL, 10, "exact"),
        # the length that belongs to the edges, not the one asked for before
        (8, 0, 9, FULL, 10, "exact"),
        # plausible
        (5, 5, 10, FULL, 5, "reported"),
        (0, 5, 10, FULL, 0, "reported"),
        (10, 5, 10, FULL, 10, "reported"),
        (5, 5, 10, None, 5, "reported"),
        (9, 1, 10, FULL, 9, "reported"),
        # impossible, or absent
        (11, 5, 10, FULL, None, "unknown"),
        (-1, 5, 10, FULL, None, "unknown"),
        (None, 5, 10, FULL, None, "unknown"),
        (None, 5, 10, None, None, "unknown"),
        (11, 5, 10, None, None, "unknown"),
    ],
)
def test_the_lag_follows_from_the_first_rule_that_applies(
    reported: int | None,
    delivered: int,
    length: int,
    seen: Edges | None,
    lag: int | None,
    trust: str,
) -> None:
    judged = judge_lag(
        reported=reported, last_delivered_id=at(delivered), length=length, edges=seen
    )
    assert (judged.count, judged.trust) == (lag, trust)
    assert judged.because.endswith(".")


@dataclass
class SimulatedStream:
    """A simulated stream with one group, and what a server would report of them."""

    ids: list[int] = field(default_factory=list)
    generated: int = 0
    added: int = 0
    delivered: int = 0
    read: int = 0
    trimmed_unread: int = 0
    deleted: bool = False
    moved: bool = False

    def add(self, gap: int) -> None:
        self.generated += 1 + gap
        self.added += 1
        self.ids.append(self.generated)

    def trim(self, keep: int) -> None:
        left_out = self.ids[: max(0, len(self.ids) - keep)]
        self.trimmed_unread += sum(entry > self.delivered for entry in left_out)
        self.ids = self.ids[len(left_out) :]

    def delete(self, which: int) -> None:
        if self.ids:
            self.deleted = True
            del self.ids[which % len(self.ids)]

    def deliver(self, count: int) -> None:
        for entry in [entry for entry in self.ids if entry > self.delivered][:count]:
            self.delivered = entry
            self.read += 1

    def set_id(self, position: int) -> None:
        self.moved = True
        self.delivered = position

    @property
    def truth(self) -> int:
        return sum(entry > self.delivered for entry in self.ids)

    @property
    def edges(self) -> Edges:
        return edges(
            self.ids[0] if self.ids else None,
            self.ids[-1] if self.ids else None,
            self.generated,
            length=len(self.ids),
            added=self.added,
        )


many = settings(max_examples=400)
_moves = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.integers(0, 1)),
        st.tuples(st.just("deliver"), st.just(1)),
        st.tuples(st.just("trim"), st.integers(0, 6)),
        st.tuples(st.just("delete"), st.integers(0, 6)),
        st.tuples(st.just("deliver"), st.integers(0, 4)),
        st.tuples(st.just("set_id"), st.integers(0, 30)),
    ),
    max_size=30,
)


def _played(moves: list[tuple[str, int]]) -> SimulatedStream:
    stream = SimulatedStream()
    for move, number in moves:
        getattr(stream, move)(number)
    return stream


@many
@given(_moves, st.one_of(st.none(), st.integers(-3, 40)), st.booleans())
def test_a_lag_that_is_called_exact_is_the_truth_whatever_the_server_reports(
    moves: list[tuple[str, int]], reported: int | None, edges_seen: bool
) -> None:
    stream = _played(moves)
    judged = judge_lag(
        reported=reported,
        last_delivered_id=at(stream.delivered),
        length=len(stream.ids),
        edges=stream.edges if edges_seen else None,
    )
    if judged.trust == "exact":
        assert judged.count == stream.truth
    elif judged.trust == "reported":
        assert judged.count is not None
        assert judged.count == reported
        assert 0 <= judged.count <= len(stream.ids)
    else:
        assert judged.count is None


@many
@given(_moves, st.one_of(st.none(), st.integers(-3, 40)), st.integers(0, 40))
def test_a_lag_is_never_below_what_was_counted_and_a_full_count_is_the_truth(
    moves: list[tuple[str, int]], reported: int | None, bound: int
) -> None:
    stream = _played(moves)
    count = min(stream.truth, bound)
    counted = Counted(count, complete=count == stream.truth, first=None)
    judged = judge_lag(
        reported=reported,
        last_delivered_id=at(stream.delivered),
        length=len(stream.ids),
        edges=stream.edges,
        counted=counted,
    )
    if counted.complete:
        assert (judged.count, judged.trust) == (stream.truth, "exact")
    elif judged.count is not None:
        assert judged.count >= count
        if judged.trust in {"exact", "at_least"}:
            assert judged.count <= stream.truth
    else:
        assert count == 0


@many
@given(_moves, _moves)
def test_a_lag_is_exact_though_the_stream_moved_between_the_two_questions(
    before: list[tuple[str, int]], between: list[tuple[str, int]]
) -> None:
    stream = _played(before)
    position, length = stream.delivered, len(stream.ids)
    for move, number in between:
        if move in {"add", "trim", "delete"}:
            getattr(stream, move)(number)
    judged = judge_lag(
        reported=None, last_delivered_id=at(position), length=length, edges=stream.edges
    )
    if judged.trust == "exact" and length:
        assert judged.count == stream.truth


@many
@given(_moves)
def test_entries_trimmed_unread_are_counted_while_there_is_evidence(
    moves: list[tuple[str, int]],
) -> None:
    stream = _played(moves)
    if stream.deleted or stream.moved:
        return
    seen = lost(
        last_delivered_id=at(stream.delivered), entries_read=stream.read, edges=stream.edges
    )
    evidence = not stream.ids or stream.ids[0] > stream.delivered
    if evidence and stream.delivered < stream.generated:
        assert seen == stream.trimmed_unread
    else:
        assert seen == 0


@pytest.mark.parametrize(
    ("delivered", "read", "seen", "expected"),
    [
        (2, 2, edges(8, 10, 10, length=3, added=10), 5),
        (2, 2, edges(3, 10, 10, length=8, added=10), 0),
        (2, 2, edges(None, None, 10, length=0, added=10), 8),
        (10, 10, edges(None, None, 10, length=0, added=10), 0),
        (5, 2, edges(3, 10, 10, length=8, added=10), 0),
        (2, 9, edges(8, 10, 10, length=3, added=10), 0),
        (2, None, edges(8, 10, 10, length=3, added=10), None),
        (2, 2, edges(8, 10, 10, length=3, added=None), None),
        (2, 2, None, None),
    ],
)
def test_a_loss_is_known_as_far_as_the_server_counts(
    delivered: int, read: int | None, seen: Edges | None, expected: int | None
) -> None:
    assert lost(last_delivered_id=at(delivered), entries_read=read, edges=seen) == expected


@pytest.mark.parametrize(
    ("counted", "reported", "expected"),
    [
        (Counted(30, True, None, proven=False), None, (30, "reported")),
        (Counted(30, True, None, proven=False), 35, (30, "reported")),
        (Counted(50, True, None, proven=False), None, (40, "reported")),
        (Counted(30, False, None, proven=False), None, (30, "at_least")),
        (Counted(30, False, None, proven=False), 20, (20, "reported")),
        (Counted(50, False, None, proven=False), None, (None, "unknown")),
        (Counted(0, False, None, proven=False), None, (None, "unknown")),
    ],
)
def test_a_count_that_is_no_proof_any_more_is_never_called_exact(
    counted: Counted, reported: int | None, expected: tuple[int | None, str]
) -> None:
    lag = judge_lag(
        reported=reported,
        last_delivered_id=at(10),
        length=40,
        edges=Edges(40, at(90), at(1), at(90), None, None),
        counted=counted,
    )
    assert (lag.count, lag.trust) == expected
