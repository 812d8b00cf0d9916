"""Where in a stream somebody may want to go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from streamtop import figures
from streamtop.model.entry_position import parse_position
from streamtop.model.ids import ZERO, age_ms
from streamtop.model.text import printable
from streamtop.ui.dialogs.form import Form
from streamtop.ui.dialogs.form_fields import NameField, NameOption

if TYPE_CHECKING:
    from collections.abc import Sequence

    from streamtop.model.ids import EntryId
    from streamtop.model.snapshot import Stream
    from streamtop.ui.forms.context import ShowDialog

Place = "EntryId | Literal['newest', 'oldest']"
NEWEST, OLDEST = "newest", "oldest"


@dataclass(frozen=True, slots=True)
class _Known:
    """A place that has a name."""

    name: str
    at: EntryId | Literal["newest", "oldest"]
    about: str


async def choose_position(
    stream: Stream, now_ms: int, ask: ShowDialog
) -> EntryId | Literal["newest", "oldest"] | None:
    """Ask for a place: a known one, an entry ID, or a time.

    Returns:
        The ID to go to, or either end; `None` if the user left.
    """
    known = [*_ends(stream, now_ms), *_of_groups(stream, now_ms)]
    by_name = {each.name: each.at for each in known}

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
        [NameOption(each.name, each.about) for each in known],
        new="an ID, a time (10:32) or -15m",
        unfit=unfit,
    )
    answers = await ask(Form(f"Go where in {printable(stream.name)}?", [where]))
    if answers is None:
        return None
    name = answers[where].name
    return by_name[name] if name in by_name else parse_position(name, now_ms)


def _ends(stream: Stream, now_ms: int) -> Sequence[_Known]:
    edges = stream.edges
    return (
        _Known(NEWEST, "newest", _age(edges.last_entry_id if edges else None, now_ms)),
        _Known(OLDEST, "oldest", _age(edges.first_entry_id if edges else None, now_ms)),
    )


def _of_groups(stream: Stream, now_ms: int) -> Sequence[_Known]:
    """The first entry that a group has not read, and the oldest that it has pending."""
    found = []
    newest = stream.edges.last_entry_id if stream.edges else None
    for group in stream.groups:
        name = printable(group.name)
        read = group.last_delivered_id
        if stream.edges is not None and newest is not None and read < newest:
            oldest = stream.edges.first_entry_id or ZERO
            about = _age(oldest, now_ms) if read < oldest else f"after {_age(read, now_ms)}"
            first = max(oldest, read.next())
            found.append(_Known(f"first not read by {name}", first, about))
        if group.oldest_pending is not None:
            pending = group.oldest_pending.id
            about = _age(pending, now_ms)
            found.append(_Known(f"oldest pending in {name}", pending, about))
    return found


def _age(entry_id: EntryId | None, now_ms: int) -> str:
    age = age_ms(entry_id, now_ms)
    if entry_id is None:
        return ""
    return str(entry_id) if age is None else f"{entry_id}  {figures.duration(age)} ago"
