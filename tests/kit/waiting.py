"""Waiting for a condition: no test sleeps a fixed time, and none gives up on a busy machine."""

from __future__ import annotations

import asyncio
import inspect
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

PATIENCE = 60.0
"""Seconds after which a test gives up waiting."""


async def a_moment() -> None:
    """Let other tasks and processes run."""
    await asyncio.sleep(0.01)


async def until(
    condition: Callable[[], object],
    *,
    between: Callable[[], Awaitable[None]] = a_moment,
    report: Callable[[], str] = str,
) -> None:
    """Return as soon as a condition holds.

    Args:
        condition: Checked again and again; its answer is awaited if it asks a server.
        between: Awaited between two checks.
        report: Describes what there is instead, for the failure.

    Raises:
        AssertionError: If the condition does not hold within `PATIENCE`.
    """
    try:
        async with asyncio.timeout(PATIENCE):
            while True:
                answer = condition()
                if await answer if inspect.isawaitable(answer) else answer:
                    return
                await between()
    except TimeoutError:
        raise AssertionError(f"not within {PATIENCE:.0f} s; there is:\n{report()}") from None
