from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamtop.model import verdict as engine
from streamtop.model.delivery_bounds import Bounds
from streamtop.model.habits import Habits
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
from tests.fakes import NOW_MS, consumer, group, oldest, snapshot

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streamtop.model.snapshot import Consumer

NEW = ServerInfo("", "redis", "7.2.4", "master", (7, 2))
OLD = ServerInfo("", "redis", "7.0.15", "master", (7, 0))
REPLICA = ServerInfo("", "redis", "7.2.4", "slave", (7, 2))
LIMITS = Thresholds(stuck_ms=60_000, gone_ms=30_000, poison_deliveries=5, window_ms=60_000)
FMT = Formatter(count="{:,}".format, duration=lambda ms: f"{ms / 1000:g} s")
FATAL = 2**63 - 1

HOUR = 3_600_000
QUIET = consumer("w1", 3, idle_ms=HOUR, inactive_ms=HOUR)
"""It has not asked for an hour; the newest entry was delivered meanwhile."""
ASKED = consumer("w1", 3, idle_ms=30_000, inactive_ms=31_500)
"""It asked again after it had received what it holds, and then no more."""
FULL = ObservedChanges(watched_ms=60_000)
YOUNG = ObservedChanges(watched_ms=59_999)
KNOWN = replace(FULL, watched_ms=HOUR, habits=Habits(completed=True))
NOTHING = "nothing has been delivered for 75 s"


def verdict(
    seen: Group, changes: ObservedChanges | None = None, server: ServerInfo = NEW
) -> Verdict:
    return judge_group(seen, snapshot(server=server), LIMITS, FMT, changes)


def held(idle_ms: int = 400, deliveries: int = 1, by: str = "w1", added_ms: int = 0) -> Group:
    """A group whose oldest pending entry was added so many milliseconds ago."""
    return group("g", pending=1, oldest=oldest(idle_ms, deliveries, by, ms=NOW_MS - added_ms))


def unread(age_ms: int, *consumers: Consumer) -> Group:
    """A group whose first undelivered entry was added so many milliseconds ago."""
    seen = group("g", *consumers, lag=9)
    return replace(seen, undelivered_id=EntryId(NOW_MS - age_ms, 0))


@pytest.mark.parametrize(
    ("seen", "server", "kinds"),
    [
        (group(), NEW, []),
        (group(lag=None), NEW, []),
        (group(lag=9, pending=2), NEW, []),
        (group(lost=5), NEW, ["loss"]),
        (group(lost=0), NEW, []),
        (group(lost=None), NEW, []),
        (held(599_999), NEW, []),
        (held(600_000), NEW, ["stuck"]),
        (held(600_000), OLD, ["stuck"]),
        (held(600_000), REPLICA, ["stuck"]),
        (held(-1, by=""), NEW, []),
        (held(-1, by="", added_ms=599_999), NEW, []),
        (held(-1, by="", added_ms=600_000), NEW, ["unrecovered"]),
        (unread(599_999), NEW, []),
        (unread(600_000), NEW, ["stalled"]),
        (unread(600_000), OLD, ["stalled"]),
        (unread(600_000), REPLICA, []),
        (unread(600_000, consumer("w1", 0, 400, inactive_ms=600_000)), NEW, ["stalled"]),
        (unread(600_000, consumer("w1", 0, 400, inactive_ms=599_999)), NEW, []),
        (unread(600_000, consumer("w1", 0, 599_999, inactive_ms=None)), OLD, []),
        (unread(600_000, consumer("w1", 0, 600_000, inactive_ms=None)), OLD, ["stalled"]),
        (unread(HOUR, replace(consumer("w1", 0, 9, None), never_active=True)), NEW, ["stalled"]),
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
        (group("g", consumer("w1", 0, HOUR)), NEW, []),
        (group("g", ASKED, pending=3), NEW, ["orphaned"]),
        (group("g", replace(ASKED, idle_ms=29_999), pending=3), NEW, []),
        (group("g", replace(ASKED, inactive_ms=31_499), pending=3), NEW, []),
        (
            group("g", QUIET, pending=3, oldest=oldest(HOUR, 9), lost=2),
            NEW,
            ["loss", "stuck", "poison", "orphaned"],
        ),
    ],
)
def test_one_look_alone_judges_what_one_look_can_show(
    seen: Group, server: ServerInfo, kinds: list[str]
) -> None:
    judged = verdict(seen, server=server)
    assert [finding.kind for finding in judged.findings] == kinds
    assert judged.kind == (kinds[0] if kinds else "ok")
    assert all(reason.endswith((".", ")")) for reason in judged.reasons)


WAITS = group("g", consumer(), lag=9)
HELD = held()
STILL = replace(FULL, waiting_ms=60_000, unmoved_ms=60_000)
GROWS = replace(FULL, watched_ms=HOUR, falling_behind_ms=120_000, late_ms=0, unmoved_ms=100)
AT_WORK = group("g", consumer("w1", 3, 60_000, 60_000), lag=9, pending=3)
"""All that it has not read since it received what it holds."""
SILENT = replace(FULL, unacknowledged_ms=60_000, held_ms=60_000)


def usual(changes: ObservedChanges, **habits: int) -> ObservedChanges:
    """The same, in a group with these habits that has acknowledged entries before."""
    return replace(changes, habits=Habits(**habits, completed=True))


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
        # loss is remembered; where it cannot be counted, trimming past a group that reads shows it
        (group(), replace(FULL, lost=Bounds(3, 3)), "loss"),
        (group(), replace(FULL, lost=Bounds(1, None)), "loss"),
        (group(), replace(FULL, lost=Bounds(0, 9)), "ok"),
        (group(), replace(FULL, lost_before=Bounds(4, 9)), "ok"),
        (group(lost=3), FULL, "loss"),
        (WAITS, replace(YOUNG, lost=Bounds(3, 3)), "loss"),
        (group(), replace(FULL, overtaken_ms=30_000), "loss"),
        (group(), replace(FULL, overtaken_ms=29_999), "ok"),
        # stalled: entries wait and none is delivered, for longer than the group's pauses
        (WAITS, STILL, "stalled"),
        (WAITS, replace(STILL, waiting_ms=59_999), "ok"),
        (WAITS, replace(YOUNG, waiting_ms=59_999), "warming_up"),
        (WAITS, usual(STILL, waiting_ms=30_001), "ok"),
        (WAITS, usual(STILL, waiting_ms=30_000), "stalled"),
        (unread(600_000), replace(FULL, waiting_ms=100), "stalled"),
        (unread(599_999), replace(FULL, waiting_ms=100), "ok"),
        # slow: those that read may be at work
        (AT_WORK, STILL, "slow"),
        (AT_WORK, replace(STILL, waiting_ms=179_999), "slow"),
        (AT_WORK, replace(STILL, waiting_ms=180_000), "stalled"),
        (AT_WORK, usual(STILL, working_ms=30_001), "slow"),
        (AT_WORK, usual(STILL, pending_ms=30_001), "slow"),
        (replace(AT_WORK, consumers=(*AT_WORK.consumers, consumer("w2"))), STILL, "stalled"),
        # behind: it moves, and its lag or its age grows for longer than its pauses
        (WAITS, GROWS, "behind"),
        (WAITS, replace(GROWS, falling_behind_ms=119_999), "ok"),
        (WAITS, usual(GROWS, waiting_ms=60_001), "ok"),
        (WAITS, replace(GROWS, late_ms=None), "ok"),
        (WAITS, replace(GROWS, late_ms=120_000), "behind"),
        (WAITS, replace(GROWS, late_ms=120_001), "ok"),
        (WAITS, replace(GROWS, waiting_ms=120_000), "stalled"),
        # nothing is acknowledged: slow while nothing tells how long work takes, then stuck
        (HELD, SILENT, "slow"),
        (HELD, replace(SILENT, unacknowledged_ms=59_999), "slow"),
        (HELD, replace(SILENT, held_ms=59_999), "ok"),
        (HELD, replace(SILENT, unacknowledged_ms=180_000), "stuck"),
        (HELD, usual(SILENT), "stuck"),
        (held(600_000), SILENT, "stuck"),
        (held(599_999), SILENT, "slow"),
        (HELD, usual(SILENT, working_ms=30_001), "slow"),
        (HELD, usual(SILENT, retry_ms=30_001), "ok"),
        (HELD, replace(SILENT, renewed_ms=30_000), "ok"),
        (HELD, replace(usual(SILENT, renewal_ms=15_000), renewed_ms=45_001), "stuck"),
        (held(60_000), YOUNG, "warming_up"),
        # others are acknowledged: unrecovered, for longer than entries are usually pending
        (HELD, replace(KNOWN, held_ms=60_000, acknowledged_ms=59_999), "unrecovered"),
        (HELD, replace(KNOWN, held_ms=60_000, acknowledged_ms=60_000), "slow"),
        (HELD, replace(KNOWN, held_ms=180_000, acknowledged_ms=180_000), "unrecovered"),
        (HELD, replace(KNOWN, held_ms=59_999, acknowledged_ms=0), "ok"),
        (HELD, replace(usual(KNOWN, pending_ms=20_001), held_ms=60_000, acknowledged_ms=0), "ok"),
        (HELD, replace(usual(KNOWN, retry_ms=30_001), held_ms=60_000, acknowledged_ms=0), "ok"),
        (held(60_000), replace(YOUNG, acknowledged_ms=0), "warming_up"),
        (held(600_000), replace(YOUNG, acknowledged_ms=0), "unrecovered"),
        (held(600_000), YOUNG, "stuck"),
        # released, or handed over after a long time
        (held(-1, by=""), replace(FULL, held_ms=60_000), "unrecovered"),
        (held(-1, by=""), replace(FULL, held_ms=59_999), "ok"),
        (held(-1, by=""), replace(FULL, carried_ms=60_000), "unrecovered"),
        (HELD, replace(FULL, carried_ms=60_000), "unrecovered"),
        (HELD, replace(FULL, carried_ms=59_999), "ok"),
        (HELD, usual(replace(FULL, carried_ms=60_000), retry_ms=30_001), "ok"),
        # the others need no window
        (held(deliveries=5), YOUNG, "poison"),
        (held(deliveries=5), FULL, "poison"),
        (group("g", QUIET, pending=3), YOUNG, "orphaned"),
        (group("g", QUIET, pending=3), FULL, "orphaned"),
        (
            group("g", QUIET, pending=3, oldest=oldest()),
            replace(FULL, carried_ms=60_000),
            "unrecovered",
        ),
    ],
)
def test_observed_changes_show_what_moves(
    seen: Group, changes: ObservedChanges, kind: Kind
) -> None:
    judged = verdict(seen, changes)
    assert judged.kind == kind
    assert len(judged.reasons) == (kind != "ok")


@pytest.mark.parametrize("unacknowledged_ms", [600_000, HOUR])
def test_a_longer_limit_reports_stuck_entries_later(unacknowledged_ms: int) -> None:
    changes = replace(KNOWN, held_ms=unacknowledged_ms, unacknowledged_ms=unacknowledged_ms)
    limits = replace(LIMITS, stuck_ms=HOUR)
    kind = judge_group(HELD, snapshot(), limits, FMT, changes).kind
    assert kind == ("stuck" if unacknowledged_ms == HOUR else "ok")


@pytest.mark.parametrize(
    "seen", [held(900_000), held(-1, by="", added_ms=900_000), unread(900_000)]
)
def test_a_longer_limit_lets_one_look_judge_later(seen: Group) -> None:
    assert judge_group(seen, snapshot(), LIMITS, FMT).kind != "ok"
    limits = replace(LIMITS, forgotten_ms=900_001)
    assert judge_group(seen, snapshot(), limits, FMT).kind == "ok"


def test_a_shorter_window_is_full_sooner() -> None:
    limits = replace(LIMITS, window_ms=5_000)
    changes = ObservedChanges(5_000, waiting_ms=5_000)
    assert judge_group(WAITS, snapshot(), limits, FMT, changes).kind == "stalled"


def test_several_kinds_may_apply_and_the_worst_is_the_verdict_and_comes_first() -> None:
    seen = group("g", QUIET, lag=9, pending=3, oldest=oldest(HOUR, 9))
    changes = replace(KNOWN, waiting_ms=60_000, unacknowledged_ms=60_000, lost=Bounds(2, 2))
    judged = verdict(seen, changes)
    assert judged.kind == "loss"
    begins = ["2 entries were trimmed", "nothing has been", "entry", "entry", "w1 has not"]
    assert len(judged.reasons) == len(begins)
    for reason, begin in zip(judged.reasons, begins, strict=True):
        assert reason.startswith(begin)


STALLED = replace(KNOWN, waiting_ms=75_000)
GONE = [consumer(f"w{n}", 0, idle_ms=HOUR + n * 1000) for n in range(3)]
ENTRY = str(oldest().id)
DELIVERED = f"entry {ENTRY} was delivered to w1 61 s ago"
STUCK = replace(KNOWN, held_ms=60_000, unacknowledged_ms=75_000)
RECLAIM = (
    "if w1 no longer works on it, replay and acknowledge it, or claim it for a consumer that "
    "reads its own pending entries."
)
ONE = {"entry": ENTRY, "holder": "w1", "deliveries": 1}


@pytest.mark.parametrize(
    ("seen", "changes", "server", "reason", "figures"),
    [
        (
            group("g\n"),
            replace(FULL, lost=Bounds(1, 1)),
            NEW,
            "1 entry was trimmed before g\\n read it and cannot be recovered. Trim later, or speed "
            "up the consumers.",
            {"lost_at_least": 1, "lost_at_most": 1},
        ),
        (
            group(lost=1),
            None,
            NEW,
            "at least 1 entry was trimmed before billing read it and cannot be recovered. Trim "
            "later, or speed up the consumers.",
            {"lost_at_least": 1},
        ),
        (
            group("g"),
            replace(FULL, lost=Bounds(109, 2444)),
            NEW,
            "between 109 and 2,444 entries were trimmed before g read them and cannot be "
            "recovered. Trim later, or speed up the consumers.",
            {"lost_at_least": 109, "lost_at_most": 2444},
        ),
        (
            group("g"),
            replace(FULL, overtaken_ms=75_000),
            NEW,
            "the stream has begun above the position of g for 75 s although the group reads: "
            "entries are trimmed before it can read them; how many is not known. Trim later, or "
            "speed up the consumers.",
            {},
        ),
        (
            group("g", lag=12),
            STALLED,
            NEW,
            f"{NOTHING} and 12 entries are waiting; no consumer is listed: "
            "start one, or destroy the group if nobody needs it.",
            {"nothing_delivered_s": 75, "waiting": 12},
        ),
        (
            group("g", lag=1),
            STALLED,
            OLD,
            f"{NOTHING} and 1 entry is waiting; no consumer that ever received "
            "an entry is listed: start one, or destroy the group if nobody needs it.",
            {"nothing_delivered_s": 75, "waiting": 1},
        ),
        (
            group("g", GONE[0], lag=Lag(5200, "reported", "")),
            STALLED,
            NEW,
            f"{NOTHING} and about 5,200 entries are waiting; its only consumer, "
            "w0, has been gone for 3600 s: start one.",
            {"nothing_delivered_s": 75},
        ),
        (
            group("g", *GONE, lag=Lag(10_000, "at_least", "")),
            STALLED,
            NEW,
            f"{NOTHING} and more than 10,000 entries are waiting; all 3 of "
            "its consumers are gone, the last one, w0, for 3600 s: start one.",
            {"nothing_delivered_s": 75, "waiting_at_least": 10_000},
        ),
        (
            replace(
                group("g", *GONE, consumer("w\x1b", idle_ms=2000), lag=None),
                undelivered_id=EntryId(5, 0),
            ),
            STALLED,
            NEW,
            f"{NOTHING} and entries are waiting; w\\x1b was the last to read or to be assigned "
            "entries, 2 s ago: check that it is running and reads new entries (>).",
            {"nothing_delivered_s": 75},
        ),
        (
            group("g", *GONE, lag=12),
            STALLED,
            OLD,
            f"{NOTHING} and 12 entries are waiting; w0 was the last to "
            "receive one, 3600 s ago: check that it is running.",
            {"nothing_delivered_s": 75, "waiting": 12},
        ),
        (
            group("g", *GONE, lag=12),
            STALLED,
            REPLICA,
            f"{NOTHING} and 12 entries are waiting; check that w0 and the others "
            "are running. This is a replica: its idle times are unreliable.",
            {"nothing_delivered_s": 75, "waiting": 12},
        ),
        (
            AT_WORK,
            replace(FULL, waiting_ms=75_000),
            NEW,
            f"{NOTHING} and 9 entries are waiting, while consumers hold 3 pending: they may still "
            "be working.",
            {"nothing_delivered_s": 75, "waiting": 9},
        ),
        (
            held(600_000, by="w\n1"),
            None,
            NEW,
            f"entry {ENTRY} was delivered to w\\n1 600 s ago and it has not been acknowledged: "
            + RECLAIM.replace("w1", "w\\n1"),
            ONE | {"holder": "w\n1"},
        ),
        (
            held(61_000),
            STUCK,
            NEW,
            f"{DELIVERED} and nothing has been acknowledged for 75 s: {RECLAIM}",
            ONE | {"nothing_acknowledged_s": 75},
        ),
        (
            held(400),
            replace(STUCK, held_ms=80_000),
            NEW,
            f"w1 has held entry {ENTRY} for at least 80 s and nothing has been acknowledged for "
            f"75 s: {RECLAIM}",
            ONE | {"nothing_acknowledged_s": 75},
        ),
        (
            held(61_000),
            replace(FULL, unacknowledged_ms=60_000),
            NEW,
            f"{DELIVERED} and it has not been acknowledged; whether w1 still works on it is not "
            "known.",
            ONE,
        ),
        (
            held(61_000),
            replace(KNOWN, acknowledged_ms=1_000),
            NEW,
            f"{DELIVERED} and it has not been acknowledged while others were: unless w1 still "
            "works on it or retries it, replay and acknowledge it.",
            ONE,
        ),
        (
            held(-1, by=""),
            replace(FULL, held_ms=75_000),
            REPLICA,
            f"entry {ENTRY} was released at least 75 s ago and nobody has taken it: consumers "
            "that read only new entries (>) never receive it. Replay and acknowledge it, or claim "
            "it for one that reads its own pending entries.",
            ONE | {"holder": "", "claim_entry": ENTRY},
        ),
        (
            held(-1, by=""),
            replace(FULL, carried_ms=75_000),
            NEW,
            f"entry {ENTRY} was released and nobody has taken it: consumers that read only new "
            "entries (>) never receive it. Replay and acknowledge it, or claim it for one that "
            "reads its own pending entries.",
            ONE | {"holder": "", "claim_entry": ENTRY},
        ),
        (
            held(5_000),
            replace(FULL, carried_ms=75_000, held_ms=5_000),
            NEW,
            f"entry {ENTRY} had been pending for 75 s when it was last claimed or delivered, 5 s "
            "ago, and has not been acknowledged since: w1 receives it only if it reads its own "
            "pending entries. Otherwise replay and acknowledge it.",
            ONE,
        ),
        (
            group("g", QUIET, pending=3, oldest=oldest(61_000)),
            STUCK,
            OLD,
            f"{DELIVERED} and nothing has been acknowledged for 75 s: {RECLAIM} Redis 7.0.15 "
            "cannot tell whether w1 is gone or the stream is quiet.",
            ONE | {"nothing_acknowledged_s": 75},
        ),
        (
            group("g", consumer("w1", 3, idle_ms=29_999), pending=3, oldest=oldest(61_000)),
            STUCK,
            OLD,
            f"{DELIVERED} and nothing has been acknowledged for 75 s: {RECLAIM}",
            ONE | {"nothing_acknowledged_s": 75},
        ),
        (
            group("g", QUIET, pending=3, oldest=oldest(61_000)),
            replace(KNOWN, acknowledged_ms=1_000),
            REPLICA,
            f"{DELIVERED} and it has not been acknowledged while others were: unless w1 still "
            "works on it or retries it, replay and acknowledge it. This is a replica: its idle "
            "times are unreliable.",
            ONE,
        ),
        (
            held(deliveries=7, by="w\x07"),
            None,
            NEW,
            f"entry {ENTRY} was delivered 7 times, last to w\\x07, and never acknowledged: "
            "read it, then acknowledge it, dead-letter it or replay it.",
            ONE | {"holder": "w\x07", "deliveries": 7},
        ),
        (
            held(-1, FATAL, ""),
            None,
            NEW,
            f"entry {ENTRY} was marked fatal (XNACK) and is still pending: read it, then "
            "acknowledge it or replay it.",
            {"entry": ENTRY},
        ),
        (
            group("g", consumer("w3\u202e", 40, idle_ms=720_000), pending=40),
            None,
            NEW,
            "w3\\u202e has not read for 720 s and holds 40 pending: if it is gone, replay and "
            "acknowledge them, or hand them over to a consumer that reads its own pending entries.",
            {"silent": "w3\u202e", "silent_s": 720, "silent_holds": 40},
        ),
        (
            WAITS,
            replace(GROWS, lag_before=4),
            NEW,
            "the lag grew from 4 to 9 in 120 s while entries were delivered: add consumers, or "
            "speed them up.",
            {"waiting": 9},
        ),
        (
            group("g", lag=Lag(9, "at_least", "")),
            GROWS,
            NEW,
            "the first waiting entry grew older in 120 s while entries were delivered: add "
            "consumers, or speed them up.",
            {"waiting_at_least": 9},
        ),
        (
            WAITS,
            ObservedChanges(12_000),
            NEW,
            "watched for 12 s: whether it moves is judged after 60 s.",
            {},
        ),
    ],
)
def test_a_sentence_says_what_is_wrong_with_which_and_what_to_do(
    seen: Group,
    changes: ObservedChanges | None,
    server: ServerInfo,
    reason: str,
    figures: Mapping[str, float | str],
) -> None:
    [finding] = verdict(seen, changes, server).findings
    assert finding.sentence == reason
    assert finding.figures == figures


@pytest.mark.parametrize(
    ("server", "reason"),
    [
        (ServerInfo("", "valkey", "7.2.5", api=(7, 0)), "Valkey 7.2.5 cannot tell"),
        (ServerInfo("", "unknown", "", api=(0, 0)), "this server cannot tell"),
    ],
)
def test_a_server_that_cannot_tell_is_named(server: ServerInfo, reason: str) -> None:
    seen = group("g", QUIET, pending=3, oldest=oldest(600_000))
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
        assert verdict(seen, replace(FULL, unmoved_ms=60_000)) == OK


def test_verdicts_are_ordered_from_loss_to_ok() -> None:
    verdicts = [Verdict(kind) for kind in KINDS]
    assert worst(reversed(verdicts)).kind == "loss"
    assert worst(()) == OK
    assert [each.rank for each in verdicts] == list(range(10))
    assert (
        *("loss", "stalled", "stuck", "poison", "orphaned", "unrecovered", "behind", "slow"),
        *("warming_up", "ok"),
    ) == KINDS
    quiet = [each.kind for each in verdicts if not each.is_trouble]
    assert quiet == ["slow", "warming_up", "ok"]


_MS = st.sampled_from((0, 14_999, 15_000, 29_999, 30_000, 59_999, 60_000, 120_000, 600_000, HOUR))


@given(
    durations=st.lists(_MS, min_size=9, max_size=9),
    deliveries=st.sampled_from((0, 4, 5, FATAL)),
    holder=st.sampled_from(("", "w1", "w2")),
    pending=st.integers(0, 2),
    lost=st.sampled_from((0, 3)),
    habits=st.sampled_from((Habits(), Habits(completed=True), Habits(20_000, 9_000, 70_000))),
    server=st.sampled_from((NEW, OLD, REPLICA)),
)
def test_no_rule_holds_where_all_is_brief(
    durations: list[int],
    deliveries: int,
    holder: str,
    pending: int,
    lost: int,
    habits: Habits,
    server: ServerInfo,
) -> None:
    idle, age, received, waiting, unacknowledged, held_ms, carried, growing, overtaken = durations
    seen = group("g", consumer("w1", pending, idle, received), pending=pending, lag=9)
    if pending:
        seen = replace(seen, oldest_pending=oldest(held_ms, deliveries, holder))
    seen = replace(seen, undelivered_id=EntryId(NOW_MS - age, 0))
    changes = ObservedChanges(
        watched_ms=HOUR,
        waiting_ms=waiting,
        unacknowledged_ms=unacknowledged,
        held_ms=held_ms,
        carried_ms=carried,
        falling_behind_ms=growing,
        late_ms=0,
        overtaken_ms=overtaken,
        habits=habits,
        lost=Bounds(lost, None),
    )
    with patch.object(engine, "_all_is_brief", return_value=False):
        judged = verdict(seen, changes, server)
    assert verdict(seen, changes, server) == judged
