"""A snapshot as a table: streams with their groups under them, and what is wrong with each."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from streamtop import figures
from streamtop.headless.evaluation import most_deliveries, verdict_of
from streamtop.headless.text import Cell, cells, cut, line, padded
from streamtop.model.text import printable
from streamtop.model.verdict import KINDS, MARKED_FATAL

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from streamtop.model.snapshot import Group, Snapshot, Stream
    from streamtop.model.verdict import Kind, Thresholds, Verdict

SIGNS: dict[Kind, Cell] = {kind: Cell(*sign) for kind, sign in figures.SIGNS.items()}
_NO_GROUPS = Cell("○", "dim")
_UNREADABLE = Cell("!", "error")
_HEADINGS = ("LENGTH", "LAG", "LAG AGE", "PENDING", "OLDEST", "DELIVERED", "CONSUMERS")
_SHORTEST_NAME = 12
_GAP = "  "
_FLAVOURS = {"redis": "Redis", "valkey": "Valkey", "redict": "redict", "unknown": "server"}
_NONE = Cell(figures.ABSENT, "dim")
_NOT_KNOWN = Cell(figures.UNKNOWN, "warning")


@dataclass(frozen=True, slots=True)
class _Row:
    """A line with figures, and the sentences below it."""

    sign: Cell
    name: str
    values: Sequence[Cell]
    notes: Sequence[Cell] = ()
    indent: str = ""


def table(
    snapshot: Snapshot, limits: Thresholds, *, width: int | None = None, colour: bool = False
) -> str:
    """A snapshot as lines of text, each with its end.

    Args:
        snapshot: What was seen.
        limits: From when on something is trouble.
        width: Cells of the terminal, to which lines are cut; `None` for a pipe.
        colour: Whether to colour what is wrong.
    """
    verdicts = {
        (stream.name, group.name): verdict_of(group, snapshot, limits)
        for stream in snapshot.streams
        for group in _groups(stream)
    }
    lines = [_summary(snapshot, list(verdicts.values()))]
    if snapshot.streams:
        rows = [row for stream in snapshot.streams for row in _rows(stream, snapshot, verdicts)]
        lines += [[], *_aligned(rows, width)]
    return "".join(line(pieces, width=width, colour=colour) + "\n" for pieces in lines)


def _groups(stream: Stream) -> tuple[Group, ...]:
    return () if stream.error is not None else stream.groups


def _summary(snapshot: Snapshot, verdicts: Sequence[Verdict]) -> list[Cell]:
    server = snapshot.server
    kinds = Counter(verdict.kind for verdict in verdicts if verdict.is_trouble)
    unreadable = sum(stream.error is not None for stream in snapshot.streams)
    pieces = [
        Cell(server.url, "strong"),
        Cell(f"{_FLAVOURS[server.flavour]} {server.version} {server.role}"),
        Cell(_number(len(snapshot.streams), "stream")),
        Cell(_number(len(verdicts), "group")),
        *(Cell(f"{kinds[kind]} {kind}", SIGNS[kind].tone) for kind in KINDS if kinds[kind]),
    ]
    if unreadable:
        pieces.append(Cell(f"{unreadable} unreadable", "error"))
    elif verdicts and not kinds:
        pieces.append(Cell("nothing wrong", "good"))
    if not snapshot.complete:
        pieces.append(Cell("there may be more streams", "warning"))
    return [piece for each in pieces for piece in (each, Cell(_GAP))]


def _number(count: int, word: str) -> str:
    return f"{figures.count(count)} {word}{'' if count == 1 else 's'}"


def _rows(
    stream: Stream, snapshot: Snapshot, verdicts: dict[tuple[str, str], Verdict]
) -> Iterator[_Row]:
    if stream.error is not None:
        yield _Row(_UNREADABLE, stream.name, [_NOT_KNOWN], [Cell(stream.error, "error")])
        return
    groups = [(group, verdicts[stream.name, group.name]) for group in stream.groups]
    worst = min((verdict for _, verdict in groups), key=lambda each: each.rank, default=None)
    sign = _NO_GROUPS if worst is None else SIGNS[worst.kind]
    yield _Row(sign, stream.name, [_figure(figures.count(stream.length), stream.length)])
    for group, verdict in groups:
        tone = SIGNS[verdict.kind].tone
        notes = [Cell(reason, tone) for reason in verdict.reasons]
        if notes:
            notes[0] = Cell(f"{verdict.kind}: {verdict.reasons[0]}", tone)
        yield _Row(SIGNS[verdict.kind], group.name, _values(group, snapshot), notes, "  ")


def _values(group: Group, snapshot: Snapshot) -> list[Cell]:
    lag, oldest = group.lag, group.oldest_pending
    age = group.lag_age_ms(snapshot.time_ms)
    idle = None if oldest is None or oldest.idle_ms < 0 else oldest.idle_ms
    return [
        Cell(""),
        _NOT_KNOWN if lag.count is None else _figure(figures.lag(lag), lag.count),
        _age(age, waiting=lag.count != 0),
        _figure(figures.count(group.pending), group.pending),
        _NONE if idle is None else Cell(figures.duration(idle)),
        _deliveries(group),
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


def _aligned(rows: Sequence[_Row], width: int | None) -> Iterator[list[Cell]]:
    """The heading and the rows in columns: names to the left, figures to the right."""
    widths = [
        max(cells(text) for text in (heading, *_texts(rows, index)))
        for index, heading in enumerate(_HEADINGS)
    ]
    names = [row.indent + printable(row.name) for row in rows]
    of_name = max(cells("STREAM / GROUP"), *map(cells, names))
    if width is not None:
        others = sum(widths) + len(_GAP) * (len(widths) + 1)
        of_name = max(_SHORTEST_NAME, min(of_name, width - others))
    yield _columns(
        Cell(" "),
        cut("STREAM / GROUP", of_name),
        [Cell(heading, "dim") for heading in _HEADINGS],
        of_name,
        widths,
    )
    for row, name in zip(rows, names, strict=True):
        yield _columns(row.sign, cut(name, of_name), row.values, of_name, widths)
        for note in row.notes:
            yield [Cell(row.indent + " " * 4), note]


def _texts(rows: Sequence[_Row], index: int) -> list[str]:
    """What stands in a column."""
    return [row.values[index].text for row in rows if index < len(row.values)]


def _columns(
    sign: Cell, name: str, values: Sequence[Cell], of_name: int, widths: Sequence[int]
) -> list[Cell]:
    pieces = [sign, Cell(" "), Cell(padded(name, of_name), "plain" if sign.text.strip() else "dim")]
    for value, width in zip(values, widths, strict=False):
        pieces += [Cell(_GAP), Cell(padded(value.text, width, right=True), value.tone)]
    return pieces
