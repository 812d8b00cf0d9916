"""The keys that work now, as many as there is room for; help and quit always."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.widgets import Footer
from textual.widgets._footer import FooterKey

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from textual.app import ComposeResult

_ALWAYS = {"out", "help", "quit"}
"""The actions whose keys are never left out."""
_AROUND = 3
"""Cells beside the key and its description."""


class KeyBar(Footer):
    """A footer that leaves keys out rather than cut them: `?` shows all."""

    _fitted_for = 0
    """The width that the keys were chosen for."""

    def compose(self) -> ComposeResult:
        self._fitted_for = self.app.size.width
        keys = [each for each in super().compose() if isinstance(each, FooterKey)]
        yield from self._fitting(keys)

    def _fitting(self, keys: Sequence[FooterKey]) -> Iterator[FooterKey]:
        room = self.app.size.width - sum(self._cells(key) for key in keys if key.action in _ALWAYS)
        for key in keys:
            if key.action not in _ALWAYS:
                room -= self._cells(key)
                if room < 0:
                    continue
            yield key

    @staticmethod
    def _cells(key: FooterKey) -> int:
        return cell_len(key.key_display) + cell_len(key.description) + _AROUND

    def on_resize(self) -> None:
        if self._fitted_for != self.app.size.width:
            self.refresh(recompose=True)
