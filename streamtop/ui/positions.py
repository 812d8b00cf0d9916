"""The places in a stream that can be gone to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from streamtop import figures
from streamtop.model.entry_position import parse_position
from streamtop.model.ids import ZERO, age_ms
from streamtop.model.text import printable
from streamtop.ui.dialogs.form import Form, NameField, NameOption

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamtop.model.ids import EntryId
    from streamtop.model.snapshot import Stream
    from streamtop.ui.dialog_host import ShowDialog
    from streamtop.ui.widgets.entry_browser import Place


@dataclass(frozen=True, slots=True)
class _NamedPlace:
    name: str
    place: Place
    about: str


async def choose_position(stream: Stream, now_ms: int, ask: ShowDialog) -> Place | None:
    """Ask for a place: one with a name, an entry ID, or a time.

    Returns:
        The place; `None` if the user left.
    """
    places = [*_ends(stream, now_ms), *_of_groups(stream, now_ms)]
    by_name = {named.name: named.place for named in places}

    def unfit(name: str) -> str | None:
        if name in by_name:
            return None
        try:
            parse_position(name, now_ms)
        except ValueError as error:
            return str(error)
        return None

    where = NameField(
        "Place",
        [NameOption(named.name, named.about) for named in places],
        new="an ID, a time (10:32) or -15m",
        unfit=unfit,
    )
    answers = await ask(Form(f"Go where in {printable(stream.name)}?", [where]))
    if answers is None:
        return None
    name = answers[where].name
    return by_name[name] if name in by_name else parse_position(name, now_ms)


def _ends(stream: Stream, now_ms: int) -> Sequence[_NamedPlace]:
    edges = stream.edges
    return (
        _NamedPlace("newest", "newest", _age(edges.last_entry_id if edges else None, now_ms)),
        _NamedPlace("oldest", "oldest", _age(edges.first_entry_id if edges else None, now_ms)),
    )


def _of_groups(stream: Stream, now_ms: int) -> Sequence[_NamedPlace]:
    """Of each group the first entry that it has not read, and its oldest pending one."""
    places = []
    newest = stream.edges.last_entry_id if stream.edges else None
    for group in stream.groups:
        name = printable(group.name)
        read = group.last_delivered_id
        if stream.edges is not None and newest is not None and read < newest:
            oldest = stream.edges.first_entry_id or ZERO
            about = _age(oldest, now_ms) if read < oldest else f"after {_age(read, now_ms)}"
            first = max(oldest, read.next())
            places.append(_NamedPlace(f"first not read by {name}", first, about))
        if group.oldest_pending is not None:
            pending = group.oldest_pending.id
            about = _age(pending, now_ms)
            places.append(_NamedPlace(f"oldest pending in {name}", pending, about))
    return places


def _age(entry_id: EntryId | None, now_ms: int) -> str:
    age = age_ms(entry_id, now_ms)
    if entry_id is None:
        return ""
    return str(entry_id) if age is None else f"{entry_id}  {figures.duration(age)} ago"
