"""The rows of the entry list, and the columns that suit them."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from rich.cells import cell_len

from streamtop import decode, figures
from streamtop.model.ids import age_ms
from streamtop.ui.text import Cell
from streamtop.ui.widgets.columns import Column

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamtop.model.entries import Entry

MOST_FACTS = 3
"""Columns of facts that tell entries apart, at most."""
_WIDEST = 16


@dataclass(frozen=True, slots=True)
class EntryRow:
    """An entry with what its line shows."""

    entry: Entry
    summary: str
    facts: dict[str, str] = field(compare=False)
    """Facts that tell it from others, by name."""
    age_ms: int | None


def entry_row(entry: Entry, time_ms: int | None) -> EntryRow:
    """The row of an entry, which is decoded."""
    decoded = decode.decode(entry)
    return EntryRow(entry, decoded.summary, dict(decoded.facts), age_ms(entry.id, time_ms))


def _age(row: EntryRow) -> Cell:
    if row.age_ms is None:
        return Cell(figures.UNKNOWN, "dim")
    return Cell(figures.duration(row.age_ms))


FIRST: tuple[Column[EntryRow], ...] = (
    Column(
        "ID",
        18,
        lambda row: Cell(str(row.entry.id)),
        order=lambda row: row.entry.id,
        right=False,
        keep=100,
        descending=False,
    ),
    Column("AGE", 7, _age, keep=80),
    Column(
        "SIZE",
        7,
        lambda row: Cell(figures.size(row.entry.size)),
        order=lambda row: row.entry.size,
        keep=50,
    ),
)
LAST: Column[EntryRow] = Column(
    "PAYLOAD", 16, lambda row: Cell(row.summary), right=False, keep=60, grow=1
)


def columns_for(rows: Sequence[EntryRow]) -> tuple[Column[EntryRow], ...]:
    """The columns for these rows: among them the facts that most rows have and that differ."""
    names: dict[str, set[str]] = {}
    number: dict[str, int] = {}
    for row in rows:
        for name, value in row.facts.items():
            number[name] = number.get(name, 0) + 1
            names.setdefault(name, set()).add(value)
    suitable = [
        name
        for name, values in names.items()
        if 2 * number[name] > len(rows) and (len(values) > 1 or len(rows) == 1)
    ]
    return (*FIRST, *(_fact(name, names[name]) for name in suitable[:MOST_FACTS]), LAST)


def _fact(name: str, values: set[str]) -> Column[EntryRow]:
    longest = max(map(cell_len, values))
    return Column(
        name.upper(),
        max(len(name), min(longest, _WIDEST)),
        partial(_value, name),
        order=partial(_known, name),
        right=False,
        keep=40,
        descending=False,
    )


def _value(name: str, row: EntryRow) -> Cell:
    value = row.facts.get(name)
    return Cell(figures.ABSENT, "dim") if value is None else Cell(value)


def _known(name: str, row: EntryRow) -> str | None:
    return row.facts.get(name)
