"""The situations on real servers: `pytest tests/verdicts -m real_time -n 3` takes 90 s."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from tests.verdicts.real_time import CHOSEN, chosen, conclusive_outcome, outcome_on
from tests.verdicts.simulated_server import DIALECTS, dialect_of

if TYPE_CHECKING:
    from tests.servers import Running
    from tests.verdicts.scoring import Look
    from tests.verdicts.simulated_server import Dialect
    from tests.verdicts.virtual_time import World


@pytest.fixture
def dialect(every_server: Running) -> Dialect:
    """The dialect that a server speaks."""
    found = dialect_of(every_server.name)
    if found is None:
        pytest.skip(f"the laboratory does not speak {every_server.name}")
    return found


def test_a_dozen_situations_are_chosen() -> None:
    assert all(len(chosen(dialect)) >= 12 for dialect in DIALECTS.values())
    assert len(chosen(DIALECTS["8.10"])) == len(CHOSEN)


def test_what_happens_on_a_server_is_known(every_server: Running, dialect: Dialect) -> None:
    """Each look is held against the simulated server, which got the same commands."""
    delivered = []

    def note(world: World, look: Look) -> None:
        delivered.append(world.group(look.key).tally.delivered)

    outcome = asyncio.run(outcome_on(every_server, dialect, seconds=24.0, note=note))
    assert {run.situation for run in outcome.scores} == set(chosen(dialect))
    assert max(delivered) > 0


@pytest.mark.real_time
def test_the_bar_holds_on_real_servers(every_server: Running, dialect: Dialect) -> None:
    outcome = asyncio.run(conclusive_outcome(every_server, dialect))
    if not outcome.conclusive:
        pytest.skip(outcome.verdict)
    assert not [f"{run}: {score}" for run, score in outcome.scores.items() if not score.holds]
