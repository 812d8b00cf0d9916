from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamtop.headless.check import CheckResult, check_snapshot
from streamtop.headless.metrics import Reading
from streamtop.headless.nagios import datum, line
from streamtop.headless.thresholds import ThresholdError, ThresholdPair, parse_thresholds
from streamtop.model.ids import EntryId
from streamtop.model.lag import Lag
from streamtop.model.text import printable, to_name
from streamtop.settings import Settings
from tests import fakes

if TYPE_CHECKING:
    from streamtop.model.snapshot import Group, Snapshot, Stream

CALM = settings(deadline=None)
DATUM = re.compile(r"'((?:[^'=|\n]|'')*)'=(U|-?[0-9.]+)(s?);([0-9.]*);([0-9.]*);0")


def is_plain(text: str) -> bool:
    """Whether a text is one line, without anything that a terminal would act upon."""
    return printable(text) == text and len(text.splitlines()) == 1


def answer(
    *streams: Stream,
    match: tuple[str, ...] = (),
    groups: tuple[str, ...] = (),
    look: Snapshot | None = None,
    options: dict[str, str] | None = None,
    **more: str,
) -> CheckResult:
    """What a check says of these streams; always plain lines, and data that can be read."""
    result = check_snapshot(
        look or fakes.snapshot(*streams),
        Settings(match=match),
        parse_thresholds({**(options or {}), **more}),
        groups=groups,
    )
    text, _, data = result.line.partition(" | ")
    assert is_plain(result.line)
    assert text.startswith(f"STREAMTOP {result.state.name} - ")
    assert "|" not in text
    assert re.sub(DATUM, "", data).strip() == ""
    assert all(is_plain(detail) and "|" not in detail for detail in result.details)
    assert len(result.output.encode()) < 8_000
    return result


def shown(result: CheckResult) -> str:
    """What is wrong, each on a line; the summary where nothing is."""
    summary = result.line.partition(" | ")[0].partition(" - ")[2]
    return "\n".join(result.details) or summary


def one(group: Group, **options: str) -> CheckResult:
    """What a check says of one group."""
    return answer(fakes.stream("orders", group), options=options)


def lag(count: int | None, trust: str) -> Group:
    return fakes.group(lag=Lag(count, trust, "Because."))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("group", "limits", "state", "text"),
    [
        (lag(10, "exact"), "10,20", 0, "1 group of 1 stream, lag 10"),
        (lag(11, "exact"), "10,20", 1, "WARNING orders/billing: lag 11 > 10"),
        (lag(12_345, "exact"), "1000,10000", 2, "CRITICAL orders/billing: lag 12,345 > 10,000"),
        (lag(21, "exact"), "20", 2, "CRITICAL orders/billing: lag 21 > 20"),
        (lag(21, "exact"), "20,", 1, "WARNING orders/billing: lag 21 > 20"),
        (lag(21, "exact"), ",20", 2, "CRITICAL orders/billing: lag 21 > 20"),
        (lag(15, "exact"), ",20", 0, "1 group of 1 stream, lag 15"),
        (lag(21, "reported"), "20", 2, "CRITICAL orders/billing: lag ~21 > 20"),
        (lag(15, "reported"), "20", 0, "1 group of 1 stream, lag ~15"),
        (lag(100, "at_least"), "10,20", 2, "CRITICAL orders/billing: lag >100 (limit 20)"),
        (lag(100, "at_least"), "100", 2, "CRITICAL orders/billing: lag >100 (limit 100)"),
        (lag(100, "at_least"), "10,200", 1, "WARNING orders/billing: lag >100 (limit 10)"),
        (lag(100, "at_least"), "200", 3, "UNKNOWN orders/billing: lag >100 (Because)"),
        (lag(None, "unknown"), "10,20", 3, "UNKNOWN orders/billing: lag unknown (Because)"),
        (
            lag(5_240_000, "exact"),
            "5200000",
            2,
            "CRITICAL orders/billing: lag 5,240,000 > 5,200,000",
        ),
    ],
)
def test_a_lag_is_held_against_its_limits(group: Group, limits: str, state: int, text: str) -> None:
    result = one(group, max_lag=limits)
    assert (result.state, shown(result)) == (state, text)


@pytest.mark.parametrize(
    ("group", "data"),
    [
        (lag(12, "exact"), "12;10;20;0"),
        (lag(12, "reported"), "12;10;20;0"),
        (lag(100, "at_least"), "U;10;20;0"),
        (lag(None, "unknown"), "U;10;20;0"),
    ],
)
def test_the_data_never_hold_a_guess(group: Group, data: str) -> None:
    assert one(group, max_lag="10,20").line.endswith(f" | 'orders/billing lag'={data}")


WAITING = replace(
    fakes.group(
        lag=3,
        pending=7,
        oldest=fakes.oldest(idle_ms=5, deliveries=2, ms=fakes.NOW_MS - 725_000),
    ),
    undelivered_id=EntryId(fakes.NOW_MS - 5_012, 0),
    most_delivered=fakes.oldest(deliveries=9),
)


@pytest.mark.parametrize(
    ("options", "state", "text", "data"),
    [
        ({"max_lag_age": "5s,10s"}, 1, "lag age 5.0 s > 5.0 s", "lag_age'=5.012s;5;10;0"),
        ({"max_lag_age": "1500ms,5s"}, 2, "lag age 5.012 s > 5.000 s", "=5.012s;1.5;5;0"),
        ({"max_lag_age": "6"}, 0, "lag age 5.0 s", "lag_age'=5.012s;;6;0"),
        ({"max_pending": "5,7"}, 1, "pending 7 > 5", "pending'=7;5;7;0"),
        ({"max_pending_age": "5m,1h"}, 1, "oldest pending 12 m > 5 m", "=725s;300;3600;0"),
        ({"max_deliveries": "5,8"}, 2, "deliveries 9 > 8", "deliveries'=9;5;8;0"),
    ],
)
def test_each_figure_has_its_limits(
    options: dict[str, str], state: int, text: str, data: str
) -> None:
    result = one(WAITING, **options)
    assert result.state == state
    assert text.replace("5.0 s > 5.0 s", "5.012 s > 5.000 s") in shown(result)
    assert data in result.line


def test_several_figures_of_a_group_are_told_together() -> None:
    result = one(WAITING, max_lag="1", max_pending_age="5m", max_deliveries="100")
    assert shown(result) == "CRITICAL orders/billing: lag 3 > 1; oldest pending 12 m > 5 m"
    assert result.line.startswith(
        "STREAMTOP CRITICAL - 1 over the lag limit, 1 over the oldest pending limit of 1 group: "
        "orders/billing | "
    )


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"max_lag_age": "5s"}, "lag age unknown (the entry is unknown, or its ID is not a time)"),
        ({"max_pending_age": "5s"}, "oldest pending unknown"),
        ({"max_deliveries": "5"}, "deliveries unknown (XPENDING was refused)"),
    ],
)
def test_a_figure_that_is_not_known_is_unknown(options: dict[str, str], why: str) -> None:
    result = one(fakes.group(lag=5, pending=3), **options)
    assert result.state == 3
    assert f"UNKNOWN orders/billing: {why}" in shown(result)
    assert "=U;" in result.line


def test_an_age_is_unknown_where_the_server_does_not_tell_its_time() -> None:
    look = replace(fakes.snapshot(fakes.stream("orders", WAITING)), time_ms=None)
    result = answer(look=look, max_lag_age="1h")
    assert result.state == 3
    assert "the server does not report its time" in shown(result)


def test_nothing_pending_and_nothing_behind_is_well() -> None:
    result = one(
        fakes.group(lag=0),
        max_lag_age="1",
        max_pending_age="1",
        max_deliveries="1",
        max_pending="0",
    )
    assert result.state == 0


def test_a_fatal_release_is_an_alarm_and_no_number() -> None:
    group = fakes.group(pending=1, oldest=fakes.oldest(deliveries=2**63 - 1))
    result = one(group, max_deliveries="5")
    assert result.state == 2
    assert "deliveries fatal > 5" in shown(result)
    assert " | 'orders/billing deliveries'=U;" in result.line


STUCK = fakes.group(pending=1, oldest=fakes.oldest(idle_ms=10**6))
POISON = fakes.group(pending=1, oldest=fakes.oldest(deliveries=9))
LOSS = fakes.group(lost=5)


@pytest.mark.parametrize(
    ("group", "levels", "state"),
    [
        (fakes.group(), None, 0),
        (STUCK, None, 2),
        (POISON, None, 1),
        (LOSS, None, 2),
        (POISON, "poison,loss", 1),
        (STUCK, "poison,loss", 1),
        (LOSS, "poison,loss", 2),
        (POISON, "stuck", 0),
        (STUCK, "stuck", 2),
        (STUCK, "stuck,", 1),
        (STUCK, ",loss", 0),
    ],
)
def test_a_verdict_at_least_as_bad_is_an_alarm(
    group: Group, levels: str | None, state: int
) -> None:
    result = one(group) if levels is None else one(group, verdict=levels)
    assert result.state == state
    kinds = ("loss, ", "stuck, ", "poison, ")
    assert any(f"orders/billing: {kind}" in shown(result) for kind in kinds) == bool(state)


def test_lag_and_pending_are_told_when_no_figure_was_asked_for() -> None:
    data = "'orders/billing lag'=3;;;0 'orders/billing pending'=0;;;0"
    assert one(fakes.group(lag=3)).line == f"STREAMTOP OK - 1 group of 1 stream | {data}"


def test_the_worst_is_told_first_and_critical_is_worse_than_unknown() -> None:
    groups = [
        fakes.group("a", lag=1),
        fakes.group("b", lag=None),
        fakes.group("c", lag=15),
        fakes.group("d", lag=25),
    ]
    result = answer(fakes.stream("s", *groups), max_lag="10,20")
    assert result.state == 2
    assert result.line.startswith(
        "STREAMTOP CRITICAL - 2 over the lag limit, 1 unknown of 4 groups |"
    )
    assert result.details == (
        "CRITICAL s/d: lag 25 > 20",
        "WARNING s/c: lag 15 > 10",
        "UNKNOWN s/b: lag unknown (Because the test says so)",
    )
    assert result.output == "\n".join((result.line, *result.details, ""))
    for count, state in ((4, 2), (3, 1), (2, 3), (1, 0)):
        assert answer(fakes.stream("s", *groups[:count]), max_lag="10,20").state == state


def test_only_groups_that_match_are_checked() -> None:
    stream = fakes.stream("s", fakes.group("billing", lag=99), fakes.group("Audit", lag=1))
    assert answer(stream, groups=("A*",), max_lag="5").state == 0
    assert answer(stream, groups=("a*",), max_lag="5").state == 3
    assert answer(stream, groups=("Audit", "b*"), max_lag="5").state == 2
    missing = answer(stream, groups=("Audit", "nobody"), max_lag="5")
    assert missing.state == 3
    assert "nobody: there is no such group" in shown(missing)


def test_what_was_asked_about_and_is_not_there_is_unknown() -> None:
    assert answer().line == "STREAMTOP UNKNOWN - no group to check"
    assert answer(fakes.stream("s")).state == 3
    ok = fakes.stream("orders", fakes.group())
    assert answer(ok, match=("orders", "pay*")).state == 0
    missing = answer(ok, match=("orders", "payments"))
    assert "payments: there is no such stream" in shown(missing)


def test_a_stream_that_cannot_be_read_is_unknown() -> None:
    ok, secret = fakes.stream("orders", fakes.group()), fakes.stream("secret", error="NOPERM it")
    result = answer(ok, secret)
    assert result.state == 3
    assert shown(result) == "UNKNOWN secret: NOPERM it"
    assert result.line.startswith(
        "STREAMTOP UNKNOWN - 1 unknown of 1 group: secret | 'orders/billing lag'"
    )


def test_a_search_that_was_not_done_is_unknown() -> None:
    look = replace(fakes.snapshot(fakes.stream("orders", fakes.group())), complete=False)
    assert answer(look=look).state == 3
    bad = replace(fakes.snapshot(fakes.stream("orders", STUCK)), complete=False)
    assert answer(look=bad).state == 2


def test_the_line_is_bounded_and_those_in_trouble_are_in_it() -> None:
    groups = [fakes.group(f"g{n:04}", lag=n) for n in range(3_000)]
    result = answer(fakes.stream("s" * 60, *groups), max_lag="2990,2998")
    assert result.state == 2
    data = result.line.partition(" | ")[2]
    assert "g2999: lag 2,999 > 2,998" in result.details[0]
    assert "'=2999;" in data.replace(" lag'", "'")
    many = answer(fakes.stream("s", *groups), max_lag="5")
    assert re.fullmatch(r"\.\.\. and [\d,]+ more", many.details[-1])
    long = answer(fakes.stream("x" * 100_000, fakes.group(lag=99)), max_lag="5")
    assert long.state == 2


HOSTILE = [b"a|b=c'd", b"caf\xe9\n", "注文\u2028\x1b[31m".encode(), b"'", b"==", b"||", b"; ;"]


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_breaks_the_line(name: bytes) -> None:
    text = to_name(name)
    result = answer(fakes.stream(text, fakes.group(text, lag=9)), max_lag="1")
    assert result.state == 2
    assert len(DATUM.findall(result.line)) == 1


@CALM
@given(st.binary(), st.binary())
def test_no_bytes_break_the_line(stream: bytes, group: bytes) -> None:
    names = to_name(stream), to_name(group)
    result = answer(fakes.stream(names[0], fakes.group(names[1], lag=9)), max_lag="1")
    assert result.output.count("|") == 1
    assert len(DATUM.findall(result.line)) == 1


@CALM
@given(st.text())
def test_a_label_can_be_read_back(label: str) -> None:
    text = datum(label, Reading(5), ThresholdPair(1, None))
    match = DATUM.fullmatch(text)
    assert match is not None
    assert match.groups()[1:] == ("5", "", "1", "")


@CALM
@given(st.text())
def test_the_line_is_one_line(text: str) -> None:
    told = line("OK", text, "'a'=1;;;0")
    assert is_plain(told)
    assert told.split("|")[1:] == [" 'a'=1;;;0"]


@CALM
@given(st.integers(0, 10**15))
def test_times_are_told_in_seconds(ms: int) -> None:
    text = datum("a", Reading(ms), ThresholdPair(None, None), seconds=True)
    assert float(text.removeprefix("'a'=").removesuffix("s;;;0")) == pytest.approx(ms / 1000)


@pytest.mark.parametrize(
    ("option", "text", "told"),
    [
        ("max_lag", "x", "--max-lag: expected a whole number, not 'x'"),
        ("max_lag", "1,2,3", "--max-lag: expected a whole number, not '2,3'"),
        ("max_lag", "-1", "--max-lag: expected a whole number"),
        ("max_lag", "", "--max-lag: expected WARN,CRIT; one of them may be left out"),
        ("max_lag", ",", "--max-lag: expected WARN,CRIT; one of them may be left out"),
        ("max_lag", "20,10", "--max-lag: the warning is above the critical limit"),
        ("max_lag_age", "5x", "--max-lag-age: expected a duration such as"),
        ("max_pending_age", "1h,5m", "--max-pending-age: the warning is above"),
        (
            "verdict",
            "bad",
            "--verdict: expected one of loss, stalled, stuck, poison, orphaned, unrecovered, "
            "behind,",
        ),
        ("verdict", "ok", "--verdict: expected one of"),
        ("verdict", "loss,poison", "--verdict: the warning is worse than the critical verdict"),
    ],
)
def test_limits_that_make_no_sense_are_told(option: str, text: str, told: str) -> None:
    with pytest.raises(ThresholdError) as error:
        parse_thresholds({option: text})
    assert str(error.value).startswith(told)


@CALM
@given(st.integers(0, 10**17), st.integers(0, 10**17))
def test_a_pair_is_a_warning_and_a_critical_limit(first: int, second: int) -> None:
    low, high = sorted((first, second))
    assert parse_thresholds({"max_lag": f"{low},{high}"}).figures == {
        "max_lag": ThresholdPair(low, high)
    }
    assert parse_thresholds({"max_lag": f"{low}"}).figures == {"max_lag": ThresholdPair(None, low)}


def test_a_limit_of_streams_checks_no_groups_unless_they_have_limits_too() -> None:
    stream = fakes.stream("orders", fakes.group(lag=3), fakes.group("audit"), length=10)
    assert answer(stream, max_length="9").line == (
        "STREAMTOP CRITICAL - 1 over the length limit of 1 stream: orders | 'orders length'=10;;9;0"
    )
    both = answer(stream, max_length="9", max_lag="1")
    assert " 1 over the length limit, 1 over the lag limit of 2 groups and 1 stream" in both.line
    assert set(both.details) == {
        "CRITICAL orders: length 10 > 9",
        "CRITICAL orders/billing: lag 3 > 1",
    }
    well = answer(stream, max_length="10", max_lag="3")
    assert shown(well) == "2 groups of 1 stream, lag 3, length 10"


def test_a_right_that_is_missing_and_a_clock_that_is_refused_are_unknown() -> None:
    refused = replace(fakes.group(pending=1), error="NOPERM xpending")
    assert shown(one(refused)) == "UNKNOWN orders/billing: verdict unknown (NOPERM xpending)"
    assert one(refused, max_pending="1").state == 0
    look = replace(fakes.snapshot(fakes.stream("orders", fakes.group(lag=1))), time_ms=None)
    assert answer(look=look).state == 3
    look = replace(fakes.snapshot(fakes.stream("orders", fakes.group())), time_ms=None)
    assert answer(look=look).state == 0


def test_each_reason_has_its_verdict() -> None:
    entry = fakes.oldest(idle_ms=10**6, deliveries=9)
    result = one(fakes.group(pending=1, oldest=entry, lost=5))
    assert result.line.startswith("STREAMTOP CRITICAL - 1 loss of 1 group: orders/billing")
    [detail] = result.details
    assert re.findall(r"(?:: |; )(loss|stuck|poison), ", detail) == ["loss", "stuck", "poison"]
