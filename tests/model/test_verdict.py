from __future__ import annotations

import pytest

from streamtop.model.snapshot import Consumer, Group, ServerInfo
from streamtop.model.verdict import (
    KINDS,
    OK,
    Spell,
    Thresholds,
    Verdict,
    is_gone,
    judge_group,
    judge_stream,
    worst,
)
from tests.fakes import consumer, group, oldest, stream

NEW = ServerInfo("", "redis", "7.2.4", "master", (7, 2))
OLD = ServerInfo("", "redis", "7.0.15", "master", (7, 0))
REPLICA = ServerInfo("", "redis", "7.2.4", "slave", (7, 2))
LIMITS = Thresholds(stuck_ms=60_000, gone_ms=30_000, poison_deliveries=5)
SPELL = Spell(count=str, duration=lambda ms: f"{ms} ms")

QUIET = consumer("w1", 3, idle_ms=3_600_000, inactive_ms=3_600_000)


@pytest.mark.parametrize(
    ("seen", "server", "kinds"),
    [
        (group(), NEW, []),
        (group(lag=None), NEW, []),
        (group(lost=5), NEW, ["loss"]),
        (group(lost=0), NEW, []),
        (group(lost=None), NEW, []),
        (group(pending=1, oldest=oldest(59_999)), NEW, []),
        (group(pending=1, oldest=oldest(60_000)), NEW, ["stuck"]),
        (group(pending=1, oldest=oldest(60_000)), OLD, ["stuck"]),
        (group(pending=1, oldest=oldest(-1, consumer="")), NEW, []),
        (group(pending=1, oldest=oldest(deliveries=4)), NEW, []),
        (group(pending=1, oldest=oldest(deliveries=5)), NEW, ["poison"]),
        (group(pending=1, oldest=oldest(deliveries=0)), NEW, []),
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
def test_a_group_is_judged_by_what_one_look_can_show(
    seen: Group, server: ServerInfo, kinds: list[str]
) -> None:
    verdict = judge_group(seen, server, LIMITS, SPELL)
    assert verdict.kind == (kinds[0] if kinds else "ok")
    assert len(verdict.reasons) == len(kinds)
    assert all(reason.endswith(".") for reason in verdict.reasons)


def test_every_gone_consumer_with_pending_entries_is_named_the_one_with_most_first() -> None:
    gone = [consumer(f"w{n}", n, idle_ms=10**6) for n in range(4)]
    verdict = judge_group(group("g", *gone, pending=6), NEW, LIMITS, SPELL)
    assert verdict.kind == "orphaned"
    assert [reason.split()[0] for reason in verdict.reasons] == ["w3", "w2", "w1"]


def test_reasons_tell_names_and_figures() -> None:
    seen = group("bill\x1bing", pending=1, oldest=oldest(61_000, 7, "w\n1"), lost=12)
    verdict = judge_group(seen, NEW, LIMITS, SPELL)
    told = " ".join(verdict.reasons)
    assert "12 entries were trimmed before bill\\x1bing read them" in told
    assert "w\\n1 61000 ms ago" in told
    assert "7 times" in told
    assert str(oldest().id) in told


def test_a_delivery_count_that_xnack_made_infinite_is_no_number_of_deliveries() -> None:
    seen = group(pending=1, oldest=oldest(deliveries=2**63 - 1))
    assert judge_group(seen, NEW, LIMITS, SPELL) == OK


@pytest.mark.parametrize(
    ("server", "idle_ms", "gone"),
    [
        (NEW, 30_000, True),
        (NEW, 29_999, False),
        (OLD, 10**9, False),
        (REPLICA, 10**9, False),
        (ServerInfo(""), 10**9, False),
    ],
)
def test_only_a_master_of_7_2_and_later_can_tell_that_a_consumer_is_gone(
    server: ServerInfo, idle_ms: int, gone: bool
) -> None:
    assert is_gone(Consumer("w", 1, idle_ms, None), server, LIMITS) is gone


def test_a_stream_is_as_bad_as_its_worst_group() -> None:
    seen = stream(
        "s",
        group("a"),
        group("b", pending=1, oldest=oldest(60_000)),
        group("c", pending=1, oldest=oldest(0, 5)),
    )
    assert judge_stream(seen, NEW, LIMITS, SPELL).kind == "stuck"
    assert judge_stream(stream("s"), NEW, LIMITS, SPELL) == OK


def test_verdicts_are_ordered_from_loss_to_ok() -> None:
    verdicts = [Verdict(kind) for kind in KINDS]
    assert worst(reversed(verdicts)).kind == "loss"
    assert [verdict.rank for verdict in verdicts] == sorted(verdict.rank for verdict in verdicts)
    assert KINDS.index("stuck") < KINDS.index("poison") < KINDS.index("orphaned")
    assert KINDS[-1] == "ok"
