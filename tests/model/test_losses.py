from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamtop.model import lag as lags
from streamtop.model.edges import Edges
from streamtop.model.history import History
from streamtop.model.ids import ZERO, EntryId
from streamtop.model.lag import Lag
from streamtop.model.snapshot import Group, ServerInfo, Stream
from tests.fakes import snapshot

LEAPS = ServerInfo("", "redis", "8.0.2", "master", (8, 0))
ONE_BY_ONE = ServerInfo("", "redis", "7.0.15", "master", (7, 0))
BEFORE_7 = ServerInfo("", "redis", "6.2.14", "master", (6, 2))


@dataclass
class Simulated:
    """A simulated stream with one group, which counts like a server of some version."""

    server: ServerInfo
    leaps: bool | None = None
    """Whether entries-read leaps over lost entries; `None` to decide by the version."""
    tells_read: bool = True
    """Whether the server knows entries-read."""
    recounts: bool = True
    """Whether lags are proven by counting; otherwise only where the edges prove them."""
    ids: list[int] = field(default_factory=list)
    added: int = 0
    position: int = 0
    read: int = 0
    truth: int = 0
    """Entries that were trimmed unread."""

    @property
    def unread(self) -> list[int]:
        return [entry for entry in self.ids if entry > self.position]

    def add(self, count: int) -> None:
        self.ids += range(self.added + 1, self.added + count + 1)
        self.added += count

    def trim(self, keep: int) -> None:
        gone = self.ids[: max(0, len(self.ids) - keep)]
        self.ids = self.ids[len(gone) :]
        self.truth += sum(entry > self.position for entry in gone)

    def deliver(self, count: int) -> None:
        leaps = self.server == LEAPS if self.leaps is None else self.leaps
        for entry in self.unread[:count]:
            self.position = entry
            self.read = entry if leaps else self.read + 1

    def look(self) -> Stream:
        edges = Edges(
            length=len(self.ids),
            last_generated_id=EntryId(self.added, 0),
            first_entry_id=EntryId(self.ids[0], 0) if self.ids else None,
            last_entry_id=EntryId(self.ids[-1], 0) if self.ids else None,
            entries_added=None if self.server == BEFORE_7 else self.added,
            max_deleted_entry_id=None if self.server == BEFORE_7 else ZERO,
        )
        position = EntryId(self.position, 0)
        read = self.read if self.tells_read and self.server != BEFORE_7 else None
        lag = lags.judge_lag(
            reported=None if read is None else self.added - self.read,
            last_delivered_id=position,
            length=len(self.ids),
            edges=edges,
        )
        if self.recounts and lag.trust != "exact":
            lag = Lag(len(self.unread), "exact", "Counted.")
        lost = lags.lost(last_delivered_id=position, entries_read=read, edges=edges)
        group = Group("g", position, read, 0, lag, None, (), lost)
        return Stream("s", len(self.ids), edges, edges_fresh=True, groups=(group,))


def do(simulated: Simulated, what: str, how_many: int) -> None:
    match what:
        case "add":
            simulated.add(how_many)
        case "trim":
            simulated.trim(how_many)
        case _:
            simulated.deliver(how_many)


STEPS = st.lists(
    st.tuples(st.sampled_from(["add", "trim", "deliver", "deliver"]), st.integers(1, 12)),
    max_size=40,
)


@pytest.mark.parametrize("leaps", [True, False], ids=["leaps", "one by one"])
@pytest.mark.parametrize("server", [LEAPS, ONE_BY_ONE], ids=["8.0", "7.0"])
@given(STEPS)
def test_all_that_was_trimmed_unread_is_remembered_also_when_the_evidence_is_gone(
    server: ServerInfo, leaps: bool, steps: list[tuple[str, int]]
) -> None:
    history, simulated = History(), Simulated(server, leaps)
    history.add(snapshot(simulated.look(), server=server))
    for at, (what, how_many) in enumerate(steps, 1):
        do(simulated, what, how_many)
        history.add(snapshot(simulated.look(), server=server, at=at))
        assert history.lost("s", "g") == simulated.truth


@pytest.mark.parametrize(
    "made",
    [Simulated(BEFORE_7), Simulated(LEAPS, tells_read=False)],
    ids=["before 7.0", "entries-read unknown"],
)
@given(STEPS)
def test_where_entries_read_is_unknown_two_proven_lags_show_what_was_lost(
    made: Simulated, steps: list[tuple[str, int]]
) -> None:
    history, simulated = History(), replace(made, ids=[])
    history.add(snapshot(simulated.look(), server=simulated.server))
    assert history.lost("s", "g") is None
    for at, (what, how_many) in enumerate(steps, 1):
        do(simulated, what, how_many)
        history.add(snapshot(simulated.look(), server=simulated.server, at=at))
        assert (history.lost("s", "g") or 0) == simulated.truth


def test_entries_that_came_between_two_looks_do_not_hide_what_was_lost() -> None:
    history, simulated = History(), Simulated(LEAPS, tells_read=False)
    simulated.add(10)
    history.add(snapshot(simulated.look(), server=LEAPS))
    simulated.add(20)
    simulated.trim(12)
    history.add(snapshot(simulated.look(), server=LEAPS, at=1))
    assert history.lost("s", "g") == 18


def test_an_unread_entry_that_was_deleted_by_hand_was_not_trimmed() -> None:
    history, simulated = History(), Simulated(BEFORE_7)
    simulated.add(10)
    simulated.deliver(5)
    history.add(snapshot(simulated.look(), server=BEFORE_7))
    simulated.trim(9)
    simulated.ids.remove(8)
    history.add(snapshot(simulated.look(), server=BEFORE_7, at=1))
    assert history.lost("s", "g") == 0


def test_what_was_lost_before_the_first_look_is_not_taken_for_a_new_loss() -> None:
    history, simulated = History(), Simulated(ONE_BY_ONE)
    simulated.add(10)
    simulated.deliver(2)
    simulated.trim(3)
    simulated.deliver(3)
    history.add(snapshot(simulated.look(), server=ONE_BY_ONE))
    assert history.lost("s", "g") == 0
    simulated.add(10)
    simulated.trim(3)
    history.add(snapshot(simulated.look(), server=ONE_BY_ONE, at=1))
    assert history.lost("s", "g") == 7


@given(STEPS)
def test_where_lags_are_not_counted_the_version_of_the_server_helps(
    steps: list[tuple[str, int]],
) -> None:
    history, simulated = History(), Simulated(LEAPS, recounts=False)
    history.add(snapshot(simulated.look(), server=LEAPS))
    for at, (what, how_many) in enumerate(steps, 1):
        do(simulated, what, how_many)
        history.add(snapshot(simulated.look(), server=LEAPS, at=at))
        assert history.lost("s", "g") == simulated.truth


@given(st.lists(STEPS, max_size=20))
@pytest.mark.parametrize("server", [LEAPS, ONE_BY_ONE, BEFORE_7], ids=["8.0", "7.0", "6.2"])
def test_rare_looks_may_miss_a_loss_but_never_forget_one_nor_make_one_up(
    server: ServerInfo, looks: list[list[tuple[str, int]]]
) -> None:
    history, simulated, before = History(), Simulated(server), 0
    for at, steps in enumerate(looks):
        for what, how_many in steps:
            do(simulated, what, how_many)
        history.add(snapshot(simulated.look(), server=server, at=at))
        lost_so_far = history.lost("s", "g") or 0
        assert before <= lost_so_far <= simulated.truth
        before = lost_so_far


@pytest.mark.parametrize("tells_read", [True, False])
def test_a_rate_counts_what_was_delivered_and_not_what_was_lost(tells_read: bool) -> None:
    history, simulated = History(), Simulated(LEAPS, tells_read=tells_read)
    simulated.add(1000)
    simulated.deliver(10)
    for second in range(20):
        if second == 12:
            history.add(snapshot(simulated.look(), server=LEAPS, at=11.9))
            simulated.trim(200)
        history.add(snapshot(simulated.look(), server=LEAPS, at=second))
        simulated.deliver(2)
    seen = simulated.look().groups[0]
    assert history.rates("s", seen).delivered == pytest.approx(2)
    assert history.lost("s", "g") == 800 - 34


@pytest.mark.parametrize("leaps", [True, False])
@pytest.mark.parametrize("server", [LEAPS, ONE_BY_ONE], ids=["8.0", "7.0"])
def test_a_rate_is_right_whatever_the_version_makes_of_a_small_loss(
    server: ServerInfo, leaps: bool
) -> None:
    history, simulated = History(), Simulated(server, leaps)
    simulated.add(1000)
    for second in range(20):
        history.add(snapshot(simulated.look(), server=server, at=second))
        if second == 15:
            simulated.trim(len(simulated.unread) - 3)
            history.add(snapshot(simulated.look(), server=server, at=15.5))
        simulated.deliver(5)
    assert history.lost("s", "g") == 3
    assert history.rates("s", simulated.look().groups[0]).delivered == pytest.approx(5)


def lose(history: History, at: float = 0) -> Simulated:
    """Ten entries added, two read, three kept: five are lost. Then the rest is read."""
    simulated = Simulated(LEAPS)
    simulated.add(10)
    simulated.deliver(2)
    simulated.trim(3)
    history.add(snapshot(simulated.look(), server=LEAPS, at=at))
    simulated.deliver(3)
    history.add(snapshot(simulated.look(), server=LEAPS, at=at + 1))
    return simulated


def test_a_loss_that_was_there_before_the_first_look_counts_as_the_server_tells_it() -> None:
    history = History()
    lose(history)
    assert history.lost("s", "g") == 5
    assert history.lost("s", "other") is None
    assert history.lost("other", "g") is None
    changes = history.changes("s", "g")
    assert changes is not None
    assert changes.lost == 5


def test_a_loss_survives_its_stream_but_not_its_group() -> None:
    history = History()
    lose(history)
    again = Simulated(LEAPS)
    again.add(3)
    history.add(snapshot(again.look(), server=LEAPS, at=2))
    assert history.lost("s", "g") == 5
    again.trim(1)
    history.add(snapshot(again.look(), server=LEAPS, at=3))
    assert history.lost("s", "g") == 7
    history.add(snapshot(replace(again.look(), groups=()), server=LEAPS, at=4))
    assert history.lost("s", "g") is None
    again.deliver(9)
    history.add(snapshot(again.look(), server=LEAPS, at=5))
    assert history.lost("s", "g") == 0


def test_a_group_recreated_between_two_looks_starts_over() -> None:
    history, simulated = History(), Simulated(ONE_BY_ONE)
    simulated.add(30)
    simulated.deliver(20)
    simulated.trim(5)
    history.add(snapshot(simulated.look(), server=ONE_BY_ONE, at=0))
    assert history.lost("s", "g") == 5
    simulated.position = simulated.read = 0
    history.add(snapshot(simulated.look(), server=ONE_BY_ONE, at=1))
    assert history.lost("s", "g") == 5 + 25


def test_a_loss_survives_pauses_and_looks_that_cannot_tell() -> None:
    history = History()
    simulated = lose(history)
    seen = simulated.look()
    history.add(snapshot(replace(seen, edges_fresh=False), server=LEAPS, at=10_000))
    history.add(snapshot(Stream("s", error="No rights."), server=LEAPS, at=10_001))
    assert history.lost("s", "g") == 5


def test_without_any_evidence_it_is_not_known_whether_something_was_lost() -> None:
    history = History()
    seen = Simulated(BEFORE_7).look()
    history.add(snapshot(seen, server=BEFORE_7))
    history.add(snapshot(replace(seen, edges_fresh=False), server=BEFORE_7, at=1))
    assert history.lost("s", "g") is None


def test_an_entry_delivered_between_two_looks_is_not_a_loss() -> None:
    history, simulated = History(), Simulated(BEFORE_7)
    simulated.add(10)
    for at in range(12):
        history.add(snapshot(simulated.look(), server=BEFORE_7, at=at))
        simulated.deliver(1)
        simulated.trim(len(simulated.unread))
    assert history.lost("s", "g") is None or history.lost("s", "g") == 0
