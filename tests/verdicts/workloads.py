"""All situations of the laboratory, by name."""

from __future__ import annotations

from tests.verdicts import healthy, trouble
from tests.verdicts.situations import SITUATIONS

__all__ = ["SITUATIONS", "healthy", "trouble"]
