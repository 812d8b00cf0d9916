"""What the user chose: flags first, then the environment, then the defaults."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from streamtop.model.verdict import Thresholds

if TYPE_CHECKING:
    from collections.abc import Mapping

DEFAULT_URL = "redis://localhost:6379/0"


@dataclass(frozen=True, slots=True)
class Settings:
    """All choices, made."""

    url: str = DEFAULT_URL
    match: tuple[str, ...] = ()
    """Patterns of stream names; none for all streams."""
    interval: float = 1.0
    """Seconds from one look to the next."""
    read_only: bool = False
    theme: str | None = None
    limits: Thresholds = field(default_factory=Thresholds)


def url_from(argument: str | None, environment: Mapping[str, str]) -> str:
    """The server's URL: the argument, $STREAMTOP_URL, $REDIS_URL, or the default.

    >>> url_from(None, {"REDIS_URL": "redis://b", "STREAMTOP_URL": "redis://a"})
    'redis://a'
    >>> url_from(None, {"STREAMTOP_URL": ""})
    'redis://localhost:6379/0'
    """
    given = (argument, environment.get("STREAMTOP_URL"), environment.get("REDIS_URL"))
    return next(filter(None, given), DEFAULT_URL)
