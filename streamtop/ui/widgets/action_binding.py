"""Bindings of the keys that request a change: `request('claim')`, answered by the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.binding import Binding

if TYPE_CHECKING:
    from streamtop.ui.messages import Action


def action_binding(
    key: str,
    action: Action,
    description: str,
    id: str,  # noqa: A002 - Textual's own word
    tooltip: str,
    *,
    show: bool = True,
) -> Binding:
    """The binding of a key that requests an action."""
    return Binding(
        key, f"screen.request('{action}')", description, show=show, id=id, tooltip=tooltip
    )
