"""Consumers whose idle times streamtop itself has restarted, by claiming entries for them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from streamtop.model.snapshot import Consumer, Snapshot

_SLACK_MS = 200
"""By how much an idle time may differ from the time since it was restarted."""


@dataclass(frozen=True, slots=True)
class _Touch:
    """A consumer as it was when its idle time was last known to be its own."""

    before: Consumer
    seen: float
    touched: float


class TouchedConsumers:
    """Remembers how long consumers had been idle before XCLAIM restarted their idle times.

    XCLAIM counts as a sign of life of the consumer that it names, though only streamtop was
    alive. Times are seconds of the monotonic clock.
    """

    def __init__(self) -> None:
        self._touches: dict[tuple[str, str, str], _Touch] = {}

    def touch(
        self, stream: str, group: str, consumers: Iterable[Consumer], *, seen: float, at: float
    ) -> None:
        """Remember consumers that entries were claimed for.

        Args:
            stream: The stream.
            group: The group.
            consumers: As the last look before showed them.
            seen: When that was.
            at: When the last entry was claimed.
        """
        for consumer in consumers:
            self._touches[stream, group, consumer.name] = _Touch(consumer, seen, at)

    def as_before(self, snapshot: Snapshot) -> Snapshot:
        """The snapshot with the idle times that there would be without our claims.

        A consumer that has read since is forgotten.
        """
        if not self._touches:
            return snapshot
        streams = {key[0] for key in self._touches}
        return replace(
            snapshot,
            streams=tuple(
                replace(
                    stream,
                    groups=tuple(
                        replace(
                            group,
                            consumers=tuple(
                                self._consumer(stream.name, group.name, consumer, snapshot)
                                for consumer in group.consumers
                            ),
                        )
                        for group in stream.groups
                    ),
                )
                if stream.name in streams
                else stream
                for stream in snapshot.streams
            ),
        )

    def _consumer(
        self, stream: str, group: str, consumer: Consumer, snapshot: Snapshot
    ) -> Consumer:
        key = stream, group, consumer.name
        touch = self._touches.get(key)
        if touch is None:
            return consumer
        look_ms = round(snapshot.cost.seconds * 1000)
        since_ms = round((snapshot.at - touch.touched) * 1000) - look_ms - _SLACK_MS
        if consumer.idle_ms < since_ms:
            del self._touches[key]
            return consumer
        passed = max(0, round((snapshot.at - touch.seen) * 1000))
        inactive = touch.before.inactive_ms
        return replace(
            consumer,
            idle_ms=max(consumer.idle_ms, touch.before.idle_ms + passed),
            inactive_ms=None if inactive is None else inactive + passed,
            never_active=touch.before.never_active,
        )
