"""Loads of rows beside the polling: one at a time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from streamtop.source import SourceError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from streamtop.source import Source


class PageLoader:
    """Runs requested loads, one at a time.

    Requests that arrive during a load are passed to the next one together: a slow server makes
    loads rarer, and none is cut off by the next.
    """

    def __init__(
        self,
        load: Callable[[Source, set[str]], Awaitable[None]],
        *,
        wanted: Callable[[], bool],
        failed: Callable[[str], None],
    ) -> None:
        """Make the loader.

        Args:
            load: Loads what a set of requests names; may raise a SourceError.
            wanted: Whether anybody would see the rows; requests are dropped while nobody would.
            failed: Called with the text of a SourceError.
        """
        self.source: Source | None = None
        self._load = load
        self._wanted = wanted
        self._failed = failed
        self._requests: set[str] = set()
        self._requested = asyncio.Event()

    def request(self, what: str) -> None:
        """Add to the next load."""
        self._requests.add(what)
        self._requested.set()

    async def run(self) -> None:
        """Run the loads as they are requested; never returns."""
        while True:
            await self._requested.wait()
            self._requested.clear()
            requests, self._requests = self._requests, set()
            if self.source is not None and self._wanted():
                try:
                    await self._load(self.source, requests)
                except SourceError as error:
                    self._failed(str(error))
