"""Actions: the keys that request a change, by pane, and what is known of each before its form."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from textual.binding import Binding
from textual.message import Message

from streamtop.operations.catalogue import CATALOGUE, OperationName

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from textual.binding import BindingType

    from streamtop.model.ids import EntryId
    from streamtop.model.pending_entries import PendingEntries
    from streamtop.planning.plan import Plan

    Form = Callable[[Any], Awaitable[Plan | None]]
    """From a FormContext to the plan; `None` if the user left."""

Action = OperationName | Literal["take-over", "edit"]
"""An operation, or another form for one."""


class ActionKey(NamedTuple):
    """The key of an action in one pane."""

    key: str
    action: Action
    title: str
    id: str
    """The name by which the key can be remapped."""
    tooltip: str
    show: bool = True


_KEYS: Mapping[str, tuple[ActionKey, ...]] = {
    "streams": (
        ActionKey("A", "add", "Add", "streams.add", "Add an entry (XADD)", show=False),
        ActionKey("N", "create-group", "New group", "streams.new-group", "Create a group", False),
        ActionKey("T", "trim", "Trim", "streams.trim", "Delete the oldest entries (XTRIM)"),
        ActionKey("R", "redrive", "Redrive", "streams.redrive", "Send dead letters back"),
        ActionKey("X", "delete-stream", "Delete", "streams.delete", "Delete the stream", False),
    ),
    "groups": (
        ActionKey("N", "create-group", "New", "groups.new", "Create a group (XGROUP CREATE)"),
        ActionKey("i", "set-id", "Set ID", "groups.set-id", "Set its position (XGROUP SETID)"),
        ActionKey("X", "destroy-group", "Destroy", "groups.destroy", "Destroy it (XGROUP DESTROY)"),
    ),
    "consumers": (
        ActionKey("H", "handover", "Hand over", "consumers.hand-over", "Give all it holds away"),
        ActionKey(
            "T", "take-over", "Take over", "consumers.take-over", "Claim entries idle for long"
        ),
        ActionKey(
            "N", "create-consumer", "New", "consumers.new", "Create a consumer in advance", False
        ),
        ActionKey("X", "remove-consumer", "Remove", "consumers.remove", "Remove it from the group"),
        ActionKey(
            *("P", "prune-consumers", "Prune", "consumers.prune"),
            "Remove all that are gone and hold nothing",
            show=False,
        ),
    ),
    "pending": (
        ActionKey("a", "acknowledge", "Ack", "pending.acknowledge", "Acknowledge (XACK)"),
        ActionKey("c", "claim", "Claim", "pending.claim", "Give to a consumer (XCLAIM)"),
        ActionKey("r", "replay", "Replay", "pending.replay", "Add a copy to a stream (XADD)"),
        ActionKey("n", "release", "Release", "pending.release", "Free it for any consumer (XNACK)"),
        ActionKey(
            "D", "dead-letter", "Dead-letter", "pending.dead-letter", "Move aside, with a reason"
        ),
        ActionKey(
            "H", "handover", "Hand over", "pending.hand-over", "Give all of its consumer away"
        ),
        ActionKey("d", "delete", "Delete", "pending.delete", "Delete it (XDEL)", show=False),
    ),
    "entries": (
        ActionKey("r", "replay", "Replay", "entries.replay", "Add a copy to a stream (XADD)"),
        ActionKey("d", "delete", "Delete", "entries.delete", "Delete from the stream (XDEL)"),
        ActionKey("A", "add", "Add", "entries.add", "Add an entry (XADD)", show=False),
        ActionKey("E", "edit", "Edit", "entries.edit", "Edit a copy, and add it", show=False),
        ActionKey("R", "redrive", "Redrive", "entries.redrive", "Send back to its origin", False),
    ),
}
_FORMS: Mapping[Action, str] = {
    "acknowledge": "pending_entries",
    "claim": "pending_entries",
    "take-over": "pending_entries",
    "release": "pending_entries",
    "handover": "pending_entries",
    "replay": "copies",
    "dead-letter": "copies",
    "redrive": "copies",
    "delete": "removals",
    "trim": "removals",
    "delete-stream": "removals",
    "add": "added_entries",
    "edit": "added_entries",
    "create-group": "groups",
    "set-id": "groups",
    "destroy-group": "groups",
    "create-consumer": "groups",
    "remove-consumer": "groups",
    "prune-consumers": "groups",
}
"""The module in `forms` that has a function named like the action."""
NEEDS: Mapping[Action, tuple[str, ...]] = {
    **{name: row.needs for name, row in CATALOGUE.items()},
    "take-over": CATALOGUE["claim"].needs,
    "edit": CATALOGUE["add"].needs,
}
"""The commands without which an action is disabled."""


def bindings_of(pane: str) -> list[BindingType]:
    """The bindings of a pane's action keys: `request('claim')`, answered by the screen."""
    return [
        Binding(
            key.key,
            f"screen.request('{key.action}')",
            key.title,
            show=key.show,
            id=key.id,
            tooltip=key.tooltip,
        )
        for key in _KEYS[pane]
    ]


def form_of(action: Action) -> Form:
    """The form of an action; its module is imported when the form is first needed."""
    module = import_module(f"streamtop.ui.forms.{_FORMS[action]}")
    form: Form = getattr(module, action.replace("-", "_"))
    return form


class ActionRequested(Message):
    """Ask for what an action lacks; then confirm and run it."""

    def __init__(
        self,
        action: Action,
        stream: str,
        *,
        group: str | None = None,
        consumer: str | None = None,
        entries: PendingEntries | tuple[EntryId, ...] = (),
    ) -> None:
        super().__init__()
        self.action: Action = action
        self.stream = stream
        self.group = group
        """The group; for pending entries, the one in which they are pending."""
        self.consumer = consumer
        self.entries = entries
        """The entries chosen when the key was pressed; `PendingEntries` if they are pending."""
