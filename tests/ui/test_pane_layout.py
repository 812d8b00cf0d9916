from __future__ import annotations

import pytest

from streamtop.ui.screens.pane_layout import PaneLayout
from streamtop.ui.widgets.pane_bar import PANES

LARGE = {"streams", "groups", "consumers", "detail"}


def layout(size: tuple[int, int] = (200, 50), fuller: str = "pending") -> PaneLayout:
    """A layout in a terminal of that size, with entries in one of the two lists."""
    return PaneLayout(lambda: size, lambda: fuller)


@pytest.mark.parametrize("fuller", ["pending", "entries"])
def test_the_list_shown_is_the_one_with_entries_until_one_is_chosen(fuller: str) -> None:
    panes = layout(fuller=fuller)
    assert panes.visible == {*LARGE, fuller}
    for chosen in ("entries", "pending"):
        panes.go(chosen)
        panes.go("streams")
        assert panes.visible == {*LARGE, chosen}


@pytest.mark.parametrize("size", [(200, 50), (110, 30), (109, 50), (200, 29), (1, 1)])
@pytest.mark.parametrize("zoomed", [False, True])
def test_tab_visits_every_pane_that_can_be_reached_and_back(
    size: tuple[int, int], zoomed: bool
) -> None:
    panes = layout(size)
    panes.zoomed = zoomed
    one = zoomed or size not in {(200, 50), (110, 30)}
    assert panes.one_pane is one
    visited = []
    for _ in PANES:
        panes.go(panes.next(1))
        assert panes.current in panes.visible
        assert len(panes.visible) == (1 if one else 5)
        visited.append(panes.current)
    assert set(visited) == (set(PANES) if one else {*LARGE, "pending"})
    panes.go(visited[-2])
    assert panes.next(1) == visited[-1]
    panes.go(visited[-1])
    assert panes.next(-1) == visited[-2]


@pytest.mark.parametrize("chosen", ["pending", "entries"])
def test_escape_leads_outwards_to_the_streams(chosen: str) -> None:
    panes = layout()
    panes.go(chosen)
    panes.go("detail")
    path = []
    while (outer := panes.outer) is not None:
        path.append(outer)
        panes.go(outer)
    inner = ["consumers", "groups"] if chosen == "pending" else []
    assert path == [chosen, *inner, "streams"]
