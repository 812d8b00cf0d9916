"""A snapshot as a table: each stream, its groups below it, and the reasons of their verdicts."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from streamtop import figures
from streamtop.headless.evaluation import lost_of, most_deliveries, verdict_of
from streamtop.headless.text_table import PLAIN, Cell, Column, TextTable, line
from streamtop.model.verdict import KINDS, MARKED_FATAL

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from streamtop.headless.text_table import Style
    from streamtop.model.snapshot import Group, Snapshot, Stream
    from streamtop.model.verdict import Kind, Thresholds, Verdict

SIGNS: dict[Kind, Cell] = {kind: Cell(*sign) for kind, sign in figures.SIGNS.items()}
_NO_GROUPS = Cell("○", "dim")
_UNREADABLE = Cell("!", "error")
_COLUMNS = (
    Column(gap=1),
    Column("STREAM / GROUP", shrinks_to=12),
    *(
        Column(heading, right=True)
        for heading in (
            *("LENGTH", "LAG", "LAG AGE", "PENDING", "OLDEST", "DELIVERED", "LOST", "CONSUMERS"),
        )
    ),
)
_GAP = Cell("  ")
_FLAVOURS = {"redis": "Redis", "valkey": "Valkey", "redict": "redict", "unknown": "server"}
_NONE = Cell(figures.ABSENT, "dim")
_INCONSISTENT = (
    "pending does not fit the consumers and the oldest entry: it changed during the look, twice"
)
_NOT_KNOWN = Cell(figures.UNKNOWN, "warning")


def snapshot_table(snapshot: Snapshot, limits: Thresholds, style: Style = PLAIN) -> str:
    """A snapshot as lines of text, each with its end.

    Args:
        snapshot: The streams and their groups.
        limits: The thresholds above which a group is reported.
        style: The width of the lines, and whether trouble is coloured.
    """
    verdicts = {
        (stream.name, group.name): verdict_of(group, snapshot, limits)
        for stream in snapshot.streams
        for group in _groups(stream)
    }
    text = line(_summary(snapshot, list(verdicts.values())), style) + "\n"
    if not snapshot.streams:
        return text
    rows = [row for stream in snapshot.streams for row in _rows(stream, snapshot, verdicts)]
    return f"{text}\n{TextTable(_COLUMNS, style).lines(rows)}"


def _groups(stream: Stream) -> tuple[Group, ...]:
    return () if stream.error is not None else stream.groups


def _summary(snapshot: Snapshot, verdicts: Sequence[Verdict]) -> list[Cell]:
    server = snapshot.server
    kinds = Counter(verdict.kind for verdict in verdicts if verdict.is_trouble)
    unreadable = sum(stream.error is not None for stream in snapshot.streams)
    pieces = [
        Cell(server.url, "strong"),
        Cell(f"{_FLAVOURS[server.flavour]} {server.version} {server.role}"),
        Cell(figures.number(len(snapshot.streams), "stream")),
        Cell(figures.number(len(verdicts), "group")),
        *(Cell(f"{kinds[kind]} {kind}", SIGNS[kind].tone) for kind in KINDS if kinds[kind]),
    ]
    if unreadable:
        pieces.append(Cell(f"{unreadable} unreadable", "error"))
    elif verdicts and not kinds:
        pieces.append(Cell("nothing wrong", "good"))
    if not snapshot.complete:
        pieces.append(Cell("there may be more streams", "warning"))
    return [part for piece in pieces for part in (piece, _GAP)]


def _rows(
    stream: Stream, snapshot: Snapshot, verdicts: dict[tuple[str, str], Verdict]
) -> Iterator[Sequence[Cell] | Cell]:
    """The rows of a stream and its groups, the reasons of a verdict below its group."""
    if stream.error is not None:
        yield [_UNREADABLE, Cell(stream.name), _NOT_KNOWN]
        yield Cell(" " * 4 + stream.error, "error")
        return
    groups = [(group, verdicts[stream.name, group.name]) for group in stream.groups]
    worst = min((verdict for _, verdict in groups), key=lambda verdict: verdict.rank, default=None)
    sign = _NO_GROUPS if worst is None else SIGNS[worst.kind]
    yield [sign, Cell(stream.name), _figure(figures.count(stream.length), stream.length)]
    for group, verdict in groups:
        sign = SIGNS[verdict.kind]
        yield [sign, Cell(f"  {group.name}"), *_values(group, stream, snapshot)]
        for number, reason in enumerate(verdict.reasons):
            kind = "" if number else f"{verdict.kind}: "
            yield Cell(" " * 6 + kind + reason, sign.tone)
        if not group.consistent:
            yield Cell(" " * 6 + _INCONSISTENT, "warning")
        if group.error is not None:
            yield Cell(" " * 6 + group.error, "warning")


def _values(group: Group, stream: Stream, snapshot: Snapshot) -> list[Cell]:
    lag, oldest = group.lag, group.oldest_pending
    age = group.lag_age_ms(snapshot.time_ms)
    lost = lost_of(group, stream)
    return [
        Cell(""),
        _NOT_KNOWN if lag.count is None else _figure(figures.lag(lag), lag.count),
        _age(age, waiting=lag.count != 0),
        _figure(figures.pending(group), group.pending),
        _NONE if oldest is None else Cell(figures.since_delivery(oldest.idle_ms)),
        _deliveries(group),
        Cell(figures.count_bounds(lost), "error" if lost.low else "dim"),
        _figure(figures.count(len(group.consumers)), len(group.consumers)),
    ]


def _age(ms: int | None, *, waiting: bool) -> Cell:
    if ms is None:
        return Cell(figures.UNKNOWN, "dim") if waiting else _NONE
    return Cell(figures.duration(ms)) if waiting else _NONE


def _deliveries(group: Group) -> Cell:
    most = most_deliveries(group)
    if most is None:
        return _NOT_KNOWN
    if most >= MARKED_FATAL:
        return Cell("fatal", "warning")
    return Cell(f"{figures.count(most)}×") if group.pending else _NONE


def _figure(text: str, value: int) -> Cell:
    """A figure; zeros are dim."""
    return Cell(text, "plain" if value else "dim")
