"""A bulk operation in a process of its own, which can be killed: URL, then replay or redrive."""

from __future__ import annotations

import asyncio
import sys

from streamtop.gateway.connect import connect
from streamtop.model.selection import Selection
from streamtop.operations import NoLog, apply
from streamtop.operations.replay import Replay
from streamtop.planning.copies import RedriveRequest, plan_redrive
from streamtop.planning.pending_entries import gather
from streamtop.planning.plan import PlanContext

STREAM, GROUP, COPIES = "orders", "billing", "copies"
DEAD_LETTERS = "copies:dlq"
"""Comes from COPIES, by its name."""


async def main(url: str, what: str) -> None:
    source = await connect(url)
    try:
        if what == "replay":
            held = await gather(PlanContext(source), STREAM, GROUP, Selection())
            await apply(Replay(STREAM, COPIES, held, GROUP), source, NoLog())
        else:
            plan = await plan_redrive(
                PlanContext(source), RedriveRequest(DEAD_LETTERS, make_streams=True)
            )
            await plan.run(source, NoLog())
    finally:
        await source.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
