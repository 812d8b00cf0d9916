"""The form for marking pending entries by what they have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streamtop import figures
from streamtop.model.selection import Selection
from streamtop.model.text import from_name, printable, printable_bytes
from streamtop.ui.dialogs.form import Form, TextField, duration

if TYPE_CHECKING:
    from streamtop.ui.dialogs.form import Answers
    from streamtop.ui.messages import BulkMarkRequested

RELEASED = "(released)"
"""How released entries, which no consumer holds, are asked for."""


class Select(Form):
    """Four conditions, each of which may be left empty."""

    def __init__(self, requested: BulkMarkRequested) -> None:
        names = {printable(name): name for name in requested.consumers} | {RELEASED: ""}
        preset = requested.consumer
        self.idle = duration("Idle longer than", hint="any: 90s, 5m, 2h")
        self.deliveries = TextField("Delivered at least", _times, hint="any: 5")
        self.consumer = TextField(
            "Held by",
            lambda text: names.get(text.strip(), text.strip()) if text.strip() else None,
            preset="" if preset is None else printable(preset) or RELEASED,
            hint="anyone",
            suggestions=names,
        )
        self.contains = TextField(
            "Payload contains", lambda text: from_name(text) if text else None, hint="anything"
        )
        super().__init__(
            f"Mark which pending entries of {printable(requested.stream)}, "
            f"group {printable(requested.group)}?",
            (self.idle, self.deliveries, self.consumer, self.contains),
            notes=("Entries must match every condition; without any, all of them match.",),
        )

    def selection(self, answers: Answers) -> Selection:
        """The conditions that were given."""
        return Selection(
            idle_over_ms=answers[self.idle],
            deliveries_least=answers[self.deliveries],
            consumer=answers[self.consumer],
            contains=answers[self.contains],
        )


def _times(text: str) -> int | None:
    text = text.strip()
    if text and not (text.isascii() and text.isdecimal()):
        raise ValueError("Give a whole number such as 5.")
    return int(text) if text else None


def in_words(selection: Selection) -> str:
    """The conditions as one sentence.

    >>> in_words(Selection(idle_over_ms=90_000, deliveries_least=3, consumer=""))
    'Looking for pending entries idle longer than 1 m 30s, delivered 3 times or more, released'
    >>> in_words(Selection(consumer="w1", contains=b"42"))
    'Looking for pending entries held by w1, with 42 in their payload'
    """
    conditions = []
    if selection.idle_over_ms is not None:
        conditions.append(f"idle longer than {figures.duration(selection.idle_over_ms)}")
    if selection.deliveries_least is not None:
        conditions.append(f"delivered {selection.deliveries_least:,} times or more")
    if selection.consumer is not None:
        conditions.append(
            f"held by {printable(selection.consumer)}" if selection.consumer else "released"
        )
    if selection.contains is not None:
        conditions.append(f"with {printable_bytes(selection.contains)} in their payload")
    return " ".join(["Looking for pending entries", ", ".join(conditions)]).rstrip()
