from __future__ import annotations

from dataclasses import replace

import pytest

from streamtop.model.ids import EntryId
from streamtop.model.lag import Lag
from streamtop.model.observed_changes import ObservedChanges
from streamtop.model.snapshot import Group, OldestPending, ServerInfo
from streamtop.model.verdict import (
    KINDS,
    OK,
    Formatter,
    Kind,
    Thresholds,
    Verdict,
    is_quiet,
    judge_group,
    worst,
)
from tests.fakes import consumer, group, oldest, snapshot

NEW = ServerInfo("", "redis", "7.2.4", "master", (7, 2))
OLD = ServerInfo("", "redis", "7.0.15", "master", (7, 0))
REPLICA = ServerInfo("", "redis", "7.2.4", "slave", (7, 2))
LIMITS = Thresholds(stuck_ms=60_000, gone_ms=30_000, poison_deliveries=5, window_ms=60_000)
FMT = Formatter(count="{:,}".format, duration=lambda ms: f"{ms / 1000:g} s")
FATAL = 2**63 - 1

QUIET = consumer("w1", 3, idle_ms=3_600_000, inactive_ms=3_600_000)
"""It has not asked for an hour; the newest entry was delivered meanwhile."""
FULL = ObservedChanges(watched_ms=60_000)
YOUNG = ObservedChanges(watched_ms=59_999)
NOTHING = "nothing has been delivered for 75 s"


def verdict(
    seen: Group, changes: ObservedChanges | None = None, server: ServerInfo = NEW
) -> Verdict:
    return judge_group(seen, snapshot(server=server), LIMITS, FMT, changes)


def held(idle_ms: int = 400, deliveries: int = 1, by: str = "w1") -> Group:
    return group("g", pending=1, oldest=oldest(idle_ms, deliveries, by))


@pytest.mark.parametrize(
    ("seen", "server", "kinds"),
    [
        (group(), NEW, []),
        (group(lag=None), NEW, []),
        (group(lag=9, pending=2), NEW, []),
        (group(lost=5), NEW, ["loss"]),
        (group(lost=0), NEW, []),
        (group(lost=None), NEW, []),
        (held(59_999), NEW, []),
        (held(60_000), NEW, ["stuck"]),
        (held(60_000), OLD, ["stuck"]),
        (held(60_000), REPLICA, ["stuck"]),
        (held(-1, by=""), NEW, []),
        (held(deliveries=4), NEW, []),
        (held(deliveries=5), NEW, ["poison"]),
        (held(deliveries=0), NEW, []),
        (held(deliveries=FATAL), NEW, ["poison"]),
        (replace(held(), most_delivered=oldest(0, 7, ms=5)), NEW, ["poison"]),
        (replace(held(deliveries=7), most_delivered=oldest(0, 7)), NEW, ["poison"]),
        (replace(held(deliveries=6), most_delivered=oldest(0, 7, ms=5)), NEW, ["poison"] * 2),
        (group("g", QUIET, pending=3), NEW, ["orphaned"]),
        (group("g", QUIET, pending=3), OLD, []),
        (group("g", QUIET, pending=3), REPLICA, []),
        (group("g", consumer("w1", 0, 3_600_000)), NEW, []),
        (group("g", consumer("w1", 3, 29_999)), NEW, []),
        (group("g", consumer("w1", 3, 30_000)), NEW, ["orphaned"]),
        (
            group("g", QUIET, pending=3, oldest=oldest(3_600_000, 9), lost=2),
            NEW,
            ["loss", "stuck", "poison", "orphaned"],
        ),
    ],
)
def test_one_look_alone_judges_what_one_look_can_show(
    seen: Group, server: ServerInfo, kinds: list[str]
) -> None:
    found = verdict(seen, server=server)
    assert found.kind == (kinds[0] if kinds else "ok")
    assert len(found.reasons) == len(kinds)
    assert all(reason.endswith((".", ")")) for reason in found.reasons)


WAITS = group("g", consumer(), lag=9)
HELD = held()
LAGS = replace(FULL, lagging_ms=60_000, unfallen_ms=60_000)
GROWS = replace(LAGS, risen_ms=59_999, unmoved_ms=100)


@pytest.mark.parametrize(
    ("seen", "changes", "kind"),
    [
        # warming up, and what is fine
        (WAITS, YOUNG, "warming_up"),
        (HELD, YOUNG, "warming_up"),
        (replace(group(lag=None), undelivered_id=EntryId(1, 0)), YOUNG, "warming_up"),
        (group(), YOUNG, "ok"),
        (group(lag=None), YOUNG, "ok"),
        (WAITS, FULL, "ok"),
        (HELD, FULL, "ok"),
        # loss is remembered
        (group(), replace(FULL, lost=3), "loss"),
        (group(lost=3), replace(FULL, lost=0), "ok"),
        (WAITS, replace(YOUNG, lost=3), "loss"),
        # stalled: it waits, and nothing moved
        (WAITS, replace(LAGS, unmoved_ms=60_000), "stalled"),
        (WAITS, replace(LAGS, unmoved_ms=59_999), "ok"),
        (WAITS, replace(LAGS, unmoved_ms=60_000, lagging_ms=59_999), "ok"),
        (WAITS, replace(YOUNG, unmoved_ms=59_999, lagging_ms=59_999), "warming_up"),
        # behind: it moves, and the lag never fell
        (WAITS, GROWS, "behind"),
        (WAITS, replace(GROWS, risen_ms=60_000), "ok"),
        (WAITS, replace(GROWS, risen_ms=None), "ok"),
        (WAITS, replace(GROWS, unfallen_ms=59_999), "ok"),
        (WAITS, replace(GROWS, lagging_ms=59_999), "ok"),
        (WAITS, replace(GROWS, unmoved_ms=60_000), "stalled"),
        # stuck: nothing is acknowledged
        (HELD, replace(FULL, held_ms=60_000), "stuck"),
        (HELD, replace(FULL, held_ms=59_999), "ok"),
        (held(-1, by=""), replace(FULL, held_ms=60_000), "stuck"),
        (held(60_000), YOUNG, "stuck"),
        (held(60_000), replace(FULL, held_ms=2_000), "ok"),
        (held(599_999), replace(FULL, held_ms=2_000), "ok"),
        (held(600_000), replace(FULL, held_ms=2_000), "stuck"),
        # the others need no window
        (held(deliveries=5), YOUNG, "poison"),
        (held(deliveries=5), FULL, "poison"),
        (group("g", QUIET, pending=3), YOUNG, "orphaned"),
        (group("g", QUIET, pending=3), FULL, "orphaned"),
    ],
)
def test_observed_changes_show_what_moves(
    seen: Group, changes: ObservedChanges, kind: Kind
) -> None:
    found = verdict(seen, changes)
    assert found.kind == kind
    assert len(found.reasons) == (kind != "ok")


@pytest.mark.parametrize(
    ("idle_ms", "held_ms", "kind"),
    [(400, 60_000, "ok"), (400, 3_600_000, "stuck"), (3_600_000, 60_000, "stuck")],
)
def test_a_longer_limit_reports_stuck_entries_later(idle_ms: int, held_ms: int, kind: Kind) -> None:
    limits = replace(LIMITS, stuck_ms=3_600_000)
    changes = ObservedChanges(watched_ms=held_ms, held_ms=held_ms)
    assert judge_group(held(idle_ms), snapshot(), limits, FMT, changes).kind == kind


def test_a_shorter_window_is_full_sooner() -> None:
    limits = replace(LIMITS, window_ms=5_000)
    changes = ObservedChanges(5_000, unmoved_ms=5_000, lagging_ms=5_000)
    assert judge_group(WAITS, snapshot(), limits, FMT, changes).kind == "stalled"


def test_several_kinds_may_apply_and_the_worst_is_the_verdict_and_comes_first() -> None:
    seen = group("g", QUIET, lag=9, pending=3, oldest=oldest(3_600_000, 9))
    changes = replace(LAGS, unmoved_ms=60_000, held_ms=60_000, lost=2)
    found = verdict(seen, changes)
    assert found.kind == "loss"
    begins = ["2 entries were trimmed", "nothing has been", "entry", "entry", "w1 has not"]
    assert len(found.reasons) == len(begins)
    for reason, begin in zip(found.reasons, begins, strict=True):
        assert reason.startswith(begin)


STALLED = replace(LAGS, unmoved_ms=90_000, lagging_ms=75_000)
GONE = [consumer(f"w{n}", 0, idle_ms=3_600_000 + n * 1000) for n in range(3)]


@pytest.mark.parametrize(
    ("seen", "changes", "server", "reason"),
    [
        (
            group("g\n", lost=1),
            None,
            NEW,
            "1 entry was trimmed before g\\n read it: it is gone. Trim later, or speed up "
            "the consumers.",
        ),
        (
            group("g", lost=1200),
            None,
            NEW,
            "1,200 entries were trimmed before g read them: they are gone. Trim later, or speed "
            "up the consumers.",
        ),
        (
            group("g", lag=12),
            STALLED,
            NEW,
            f"{NOTHING} and 12 entries are waiting; no consumer is listed: "
            "start one, or destroy the group if nobody needs it.",
        ),
        (
            group("g", lag=1),
            STALLED,
            OLD,
            f"{NOTHING} and 1 entry is waiting; no consumer that ever received "
            "an entry is listed: start one, or destroy the group if nobody needs it.",
        ),
        (
            group("g", GONE[0], lag=Lag(5200, "reported", "")),
            STALLED,
            NEW,
            f"{NOTHING} and about 5,200 entries are waiting; its only consumer, "
            "w0, has been gone for 3600 s: start one.",
        ),
        (
            group("g", *GONE, lag=Lag(10_000, "at_least", "")),
            STALLED,
            NEW,
            f"{NOTHING} and more than 10,000 entries are waiting; all 3 of "
            "its consumers are gone, the last one, w0, for 3600 s: start one.",
        ),
        (
            replace(
                group("g", *GONE, consumer("w\x1b", idle_ms=2000), lag=None),
                undelivered_id=EntryId(5, 0),
            ),
            STALLED,
            NEW,
            f"{NOTHING} and entries are waiting; w\\x1b was the last to "
            "ask, 2 s ago: check that it is running and reads new entries (>).",
        ),
        (
            group("g", *GONE, lag=12),
            STALLED,
            OLD,
            f"{NOTHING} and 12 entries are waiting; w0 was the last to "
            "receive one, 3600 s ago: check that it is running.",
        ),
        (
            group("g", *GONE, lag=12),
            STALLED,
            REPLICA,
            f"{NOTHING} and 12 entries are waiting; check that w0 and the others "
            "are running. This is a replica: its idle times are unreliable.",
        ),
        (
            held(61_000, by="w\n1"),
            None,
            NEW,
            f"entry {oldest().id} was delivered to w\\n1 61 s ago and it was never acknowledged: "
            "claim it or acknowledge it.",
        ),
        (
            held(61_000),
            replace(FULL, held_ms=75_000),
            NEW,
            f"entry {oldest().id} was delivered to w1 61 s ago and nothing has been acknowledged "
            "for 75 s: claim it or acknowledge it.",
        ),
        (
            held(900_000),
            FULL,
            NEW,
            f"entry {oldest().id} was delivered to w1 900 s ago and not acknowledged, while others "
            "were: claim it or acknowledge it.",
        ),
        (
            held(-1, by=""),
            replace(FULL, held_ms=75_000),
            REPLICA,
            f"entry {oldest().id} was released and nobody has taken it for 75 s: claim it.",
        ),
        (
            group("g", QUIET, pending=3, oldest=oldest(61_000)),
            None,
            OLD,
            f"entry {oldest().id} was delivered to w1 61 s ago and it was never acknowledged: "
            "claim it or acknowledge it. Redis 7.0.15 cannot tell whether w1 is gone or "
            "the stream is quiet.",
        ),
        (
            group("g", consumer("w1", 3, idle_ms=29_999), pending=3, oldest=oldest(61_000)),
            None,
            OLD,
            f"entry {oldest().id} was delivered to w1 61 s ago and it was never acknowledged: "
            "claim it or acknowledge it.",
        ),
        (
            group("g", QUIET, pending=3, oldest=oldest(61_000)),
            None,
            REPLICA,
            f"entry {oldest().id} was delivered to w1 61 s ago and it was never acknowledged: "
            "claim it or acknowledge it. This is a replica: its idle times are unreliable.",
        ),
        (
            held(deliveries=7, by="w\x07"),
            None,
            NEW,
            f"entry {oldest().id} was delivered 7 times, last to w\\x07, and never acknowledged: "
            "read it, then acknowledge it or replay it.",
        ),
        (
            held(-1, FATAL, ""),
            None,
            NEW,
            f"entry {oldest().id} was marked fatal (XNACK) and is still pending: read it, then "
            "acknowledge it or replay it.",
        ),
        (
            group("g", consumer("w3\u202e", 40, idle_ms=720_000), pending=40),
            None,
            NEW,
            "w3\\u202e has not asked for entries for 720 s and holds 40: "
            "claim them for another consumer.",
        ),
        (
            WAITS,
            replace(GROWS, added=112.4, delivered=80.0),
            NEW,
            "the lag has not fallen for 60 s and grew to 9 while 112.4/s came in and 80.0/s went "
            "out: add consumers.",
        ),
        (WAITS, GROWS, NEW, "the lag has not fallen for 60 s and grew to 9: add consumers."),
        (
            WAITS,
            ObservedChanges(12_000),
            NEW,
            "watched for 12 s: its progress is judged after 60 s.",
        ),
    ],
)
def test_a_sentence_says_what_is_wrong_with_which_and_what_to_do(
    seen: Group, changes: ObservedChanges | None, server: ServerInfo, reason: str
) -> None:
    assert verdict(seen, changes, server).reasons == (reason,)


@pytest.mark.parametrize(
    ("server", "reason"),
    [
        (ServerInfo("", "valkey", "7.2.5", api=(7, 0)), "Valkey 7.2.5 cannot tell"),
        (ServerInfo("", "unknown", "", api=(0, 0)), "this server cannot tell"),
    ],
)
def test_a_server_that_cannot_tell_is_named(server: ServerInfo, reason: str) -> None:
    seen = group("g", QUIET, pending=3, oldest=oldest(61_000))
    assert reason in verdict(seen, server=server).reasons[0]


def test_gone_consumers_are_named_those_with_most_first_and_the_many_others_are_counted() -> None:
    gone = [consumer(f"w{n}", n, idle_ms=10**6) for n in range(15)]
    found = verdict(group("g", *gone, pending=105))
    assert found.kind == "orphaned"
    assert [reason.split()[0] for reason in found.reasons[:-1]] == [
        f"w{n}" for n in range(14, 4, -1)
    ]
    assert found.reasons[-1] == "4 more are gone and hold 10."


def test_the_most_delivered_entry_is_named_first_and_once() -> None:
    most = OldestPending(EntryId(7, 7), "w2", 10, 99)
    seen = replace(held(deliveries=6), most_delivered=most)
    assert [reason.split()[1] for reason in verdict(seen).reasons] == ["7-7", str(oldest().id)]


@pytest.mark.parametrize(
    ("seen", "quiet"),
    [
        (group(), True),
        (group(lag=None, lost=None), True),
        (group(lag=1), False),
        (group(pending=1), False),
        (group(lost=1), False),
        (replace(group(lag=None), undelivered_id=EntryId(1, 0)), False),
    ],
)
def test_a_quiet_group_is_one_on_which_the_verdict_is_ok_whatever_its_past(
    seen: Group, quiet: bool
) -> None:
    assert is_quiet(seen) is quiet
    if quiet:
        assert verdict(seen, replace(LAGS, unmoved_ms=0)) == OK


def test_verdicts_are_ordered_from_loss_to_ok() -> None:
    verdicts = [Verdict(kind) for kind in KINDS]
    assert worst(reversed(verdicts)).kind == "loss"
    assert worst(()) == OK
    assert [each.rank for each in verdicts] == list(range(8))
    assert (
        *("loss", "stalled", "stuck", "poison", "orphaned", "behind", "warming_up", "ok"),
    ) == KINDS
    assert [each.kind for each in verdicts if not each.is_trouble] == ["warming_up", "ok"]
