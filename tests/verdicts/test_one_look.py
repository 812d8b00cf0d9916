"""What `check` and `snapshot` say: each look judged by itself, as if there were no other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from streamtop.headless.evaluation import verdict_of
from streamtop.model.verdict import Thresholds
from tests.verdicts.engines import Finding, Judgement
from tests.verdicts.scoring import Run, score
from tests.verdicts.workloads import SITUATIONS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streamtop.model.snapshot import Snapshot
    from tests.verdicts.virtual_time import GroupKey

HEALTHY = [name for name, situation in SITUATIONS.items() if situation.healthy]
PROVEN = (
    *("never_read", "all_killed", "old_backlog_at_the_first_look", "never_acknowledged"),
    *("old_pending_at_the_first_look", "failed_entries_nobody_retries", "hangs_for_ever", "poison"),
)
FORGOTTEN = 600
"""Seconds, by default."""


class OneLook:
    """Judges each look without those before it."""

    def observe(self, snapshot: Snapshot) -> Mapping[GroupKey, Judgement]:
        judged: dict[GroupKey, Judgement] = {}
        for stream in snapshot.streams:
            for group in stream.groups:
                verdict = verdict_of(group, snapshot, Thresholds())
                findings = tuple(
                    Finding(each.kind, each.sentence, each.figures) for each in verdict.findings
                )
                judged[stream.name, group.name] = Judgement(findings)
        return judged


@pytest.mark.parametrize("generation", ["6.2", "7.2"])
@pytest.mark.parametrize("name", HEALTHY)
def test_one_look_gives_no_false_alarm(name: str, generation: str) -> None:
    result = score(Run(name, generation, 0), OneLook, 1_800)
    assert not result.red_names
    assert not result.amber
    assert not result.false


@pytest.mark.parametrize("generation", ["6.2", "7.2"])
@pytest.mark.parametrize("name", PROVEN)
def test_one_look_names_what_has_lasted_for_long(name: str, generation: str) -> None:
    result = score(Run(name, generation, 0), OneLook, 1_800)
    assert result.delay < FORGOTTEN
    assert not result.misnamed
    assert not result.false
