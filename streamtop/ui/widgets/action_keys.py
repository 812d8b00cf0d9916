"""Keys that wish for something, and why one of them cannot come true here."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from textual.binding import Binding
from textual.reactive import var

from streamtop.ui.messages import NEEDS
from streamtop.ui.text import as_sentence
from streamtop.ui.widgets.live_table import LiveTable

if TYPE_CHECKING:
    from textual import events

    from streamtop.model.abilities import Abilities
    from streamtop.ui.messages import Action

RowT = TypeVar("RowT")


def action_binding(
    key: str,
    kind: Action,
    description: str,
    id: str,  # noqa: A002 - Textual's own word
    tooltip: str,
    *,
    show: bool = True,
) -> Binding:
    """The key of a wish."""
    return Binding(key, f"want('{kind}')", description, show=show, id=id, tooltip=tooltip)


class ActionTable(LiveTable[RowT]):
    """A pane whose keys wish for changes: `want('claim')`.

    A key that cannot work is greyed; pressed all the same, it says why in one sentence.
    """

    abilities: var[Abilities | None] = var(None)
    """What server and user can do; `None` while that is not known."""

    def watch_abilities(self) -> None:
        self.refresh_bindings()

    def why_not(self, kind: Action) -> str | None:
        """Why this cannot be wished for here, in one sentence; `None` when it can."""
        lacking = None if self.abilities is None else self.abilities.why_not(*NEEDS[kind])
        return self.nothing_to_do(kind) if lacking is None else as_sentence(lacking)

    def nothing_to_do(self, kind: Action) -> str | None:
        """Why there is nothing here to do that to; `None` when there is."""
        return None

    def want(self, kind: Action) -> None:
        """Wish for it; it can come true."""
        raise NotImplementedError

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Wishes that cannot come true are greyed."""
        if action == "want":
            [kind] = (kind for kind in NEEDS if (kind,) == parameters)
            return True if self.why_not(kind) is None else None
        return super().check_action(action, parameters)

    def action_want(self, kind: Action) -> None:
        """Wish for something."""
        self.want(kind)

    def on_key(self, event: events.Key) -> None:
        """Say why a greyed key does nothing."""
        active = self.screen.active_bindings.get(event.key)
        if active is None or active.enabled or active.node is not self:
            return
        for kind in NEEDS:
            why_not = self.why_not(kind) if active.binding.action == f"want('{kind}')" else None
            if why_not is not None:
                event.stop()
                self.notify(why_not, title=active.binding.description, markup=False)
