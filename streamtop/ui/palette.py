"""Streams, groups and consumers by name, in the command palette."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from streamtop.model.text import printable
from streamtop.ui.screens.main import MainScreen

if TYPE_CHECKING:
    from collections.abc import Iterator

DISCOVERED = 20
"""Streams listed before anything is typed."""


class Names(Provider):
    """Go to a stream, a group or a consumer by its name."""

    def _names(self) -> Iterator[tuple[str, tuple[str, ...]]]:
        screen = self.screen
        if not isinstance(screen, MainScreen) or screen.snapshot is None:
            return
        for stream in screen.snapshot.streams:
            yield f"stream {printable(stream.name)}", (stream.name,)
            for group in stream.groups:
                path = f"{printable(group.name)} of {printable(stream.name)}"
                yield f"group {path}", (stream.name, group.name)
                for consumer in group.consumers:
                    yield (
                        f"consumer {printable(consumer.name)} of {path}",
                        (stream.name, group.name, consumer.name),
                    )

    def _go(self, path: tuple[str, ...]) -> None:
        if isinstance(self.screen, MainScreen):
            self.screen.select(*path)

    async def discover(self) -> Hits:
        """The first streams."""
        streams = (named for named in self._names() if len(named[1]) == 1)
        for _, (text, path) in zip(range(DISCOVERED), streams, strict=False):
            yield DiscoveryHit(Content(text), partial(self._go, path), text=text)

    async def search(self, query: str) -> Hits:
        """All names that match."""
        matcher = self.matcher(query)
        for text, path in self._names():
            score = matcher.match(text)
            if score > 0:
                yield Hit(score, Content(text), partial(self._go, path), text=text)
