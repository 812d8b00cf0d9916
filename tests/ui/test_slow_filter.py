from __future__ import annotations

from tests.fakes import FakeSource, entry, snapshot, stream
from tests.kit.pilot import WIDE, watching
from tests.kit.screen import drawn

ROUND_AND_ROUND = entry(1, (b"a", b"a" * 60 + b"b"))


async def test_an_expression_that_would_go_on_for_ever_is_said_to_take_too_long() -> None:
    source = FakeSource(snapshot(stream("orders", length=1)), stored={"orders": [ROUND_AND_ROUND]})
    async with watching(source, size=WIDE) as at:
        await at.press("5")
        await at.until(lambda: len(at.screen.entries.rows) == 1)
        await at.press("slash", *"/(a|aa)+$/", "enter")
        await at.until(lambda: "this expression takes too long" in drawn(at.screen.entries))
        assert len(at.screen.entries.rows) == 1
        await at.press("escape")
        await at.until(lambda: "too long" not in drawn(at.screen.entries))
