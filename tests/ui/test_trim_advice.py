from __future__ import annotations

import pytest

from tests.fakes import NOW_MS, FakeSource, group, pending_entries, snapshot, stream
from tests.kit.pilot import WIDE, watching


@pytest.mark.parametrize(
    ("held", "proposed"),
    [(0, f"{NOW_MS}-1, 10 entries: every group"), (1, f"{NOW_MS - 5}-0: billing still has")],
)
async def test_what_a_look_could_not_tell_of_a_busy_group_is_asked_before_a_trim_is_proposed(
    held: int, proposed: str
) -> None:
    seen = snapshot(stream("orders", group(pending=1, oldest=None)))
    rows = pending_entries(held, first_ms=NOW_MS - 5)
    async with watching(FakeSource(seen, held={("orders", "billing"): rows}), size=WIDE) as at:
        await at.press("T")
        await at.until(lambda: "Trim orders" in at.said)
        assert f"No group needs what lies below {proposed}" in at.said
