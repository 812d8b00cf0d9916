"""The footer: the keys that work now, as many as fit; help and quit always."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from rich.style import Style
from rich.text import Text
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Footer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from textual.app import ComposeResult
    from textual.events import MouseDown, MouseMove

_ALWAYS = {"out", "help", "quit"}
"""The actions whose keys are always shown."""
_AROUND = 3
"""Cells beside the key and its description."""


@dataclass(frozen=True)
class ShownKey:
    """A key as it is shown."""

    key: str
    display: str
    description: str
    action: str
    enabled: bool
    tooltip: str

    @property
    def cells(self) -> int:
        """The width."""
        return cell_len(self.display) + cell_len(self.description) + _AROUND


class KeyLine(Widget):
    """Keys in one line; a click presses one."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "key-line--key",
        "key-line--description",
        "key-line--hover",
    }

    compact: reactive[bool] = reactive(False)
    hovered: reactive[ShownKey | None] = reactive(None)

    def __init__(self, keys: Sequence[ShownKey]) -> None:
        super().__init__()
        self.keys = keys

    def render(self) -> Text:
        line = Text(no_wrap=True)
        key_form, description_form = ("{} ", "{}  ") if self.compact else (" {} ", "{} ")
        for key in self.keys:
            extra = Style(dim=not key.enabled)
            if key is self.hovered:
                extra += self.get_component_rich_style("key-line--hover")
            for text, form, name in (
                (key.display, key_form, "key"),
                (key.description, description_form, "description"),
            ):
                style = self.get_component_rich_style(f"key-line--{name}")
                line.append(form.format(text), style + extra)
        return line

    def key_at(self, x: int) -> ShownKey | None:
        """The key at that column; `None` after the last."""
        for key in self.keys:
            x -= key.cells
            if x < 0:
                return key
        return None

    def on_mouse_down(self, event: MouseDown) -> None:
        key = self.key_at(event.x)
        if key is None:
            return
        if key.enabled:
            self.app.simulate_key(key.key)
        else:
            self.app.bell()

    def on_mouse_move(self, event: MouseMove) -> None:
        self.hovered = self.key_at(event.x)
        self.tooltip = None if self.hovered is None else self.hovered.tooltip or None

    def on_leave(self) -> None:
        self.hovered = None


class KeyBar(Footer):
    """A footer that drops whole keys instead of cutting them: `?` shows all.

    It is one widget, where Textual's own mounts one for each key: twenty at every change of focus.
    """

    _fitted_for = 0
    """The width that the keys were chosen for."""

    def compose(self) -> ComposeResult:
        self._fitted_for = self.app.size.width
        actions: dict[str, ShownKey] = {}
        for _, binding, enabled, tooltip in self.screen.active_bindings.values():
            if binding.show:
                display = self.app.get_key_display(binding)
                actions.setdefault(
                    binding.action,
                    ShownKey(
                        *(binding.key, display, binding.description),
                        *(binding.action, enabled, tooltip),
                    ),
                )
        yield KeyLine(list(self._fitting(list(actions.values())))).data_bind(Footer.compact)

    def _fitting(self, keys: Sequence[ShownKey]) -> Iterator[ShownKey]:
        room = self.app.size.width - sum(key.cells for key in keys if key.action in _ALWAYS)
        for key in keys:
            if key.action not in _ALWAYS:
                room -= key.cells
                if room < 0:
                    continue
            yield key

    def on_resize(self) -> None:
        if self._fitted_for != self.app.size.width:
            self.refresh(recompose=True)
