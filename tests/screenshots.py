"""Takes the pictures in screenshots/: the real app over the demo's server.

    python -m tests.screenshots [NAME ...]

Each picture is a few key presses away from the start; none is drawn by hand.
"""

from __future__ import annotations

import asyncio
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from streamtop.demo.launch import running_demo
from streamtop.gateway.connect import connect
from streamtop.settings import Settings
from streamtop.ui.app import StreamtopApp

FOLDER = Path(__file__).parent.parent / "screenshots"
LOOKS = 12
"""Looks taken before the picture: rates and lags have something to tell."""
INTERVAL = 0.5


@dataclass(frozen=True)
class Picture:
    """What is pressed, in how large a terminal, under which theme."""

    name: str
    keys: tuple[str, ...] = ()
    size: tuple[int, int] = (150, 42)
    theme: str = "textual-dark"
    looks: int = LOOKS


PICTURES = (
    Picture("dashboard", ("down",), (200, 50), looks=140),
    Picture("stuck", ("slash", *"orders", "enter", "4", "space", "space")),
    Picture("claim", ("slash", *"orders", "enter", "4", "space", "space", "c", "enter")),
    Picture("acknowledge", ("slash", *"payments", "enter", "4", "a")),
    Picture("bulk", ("slash", *"orders", "enter", "4", "b", *"5m", "tab", "3")),
    Picture("undo", ("slash", *"payments", "enter", "4", "a", "y", "escape", "u")),
    Picture("entries", ("slash", *"signups", "enter", "5", "down", "down")),
    Picture("goto", ("slash", *"orders", "enter", "5", "g")),
    Picture("light", ("down", "down"), theme="textual-light"),
    Picture("small", ("down", "down", "enter"), (80, 24)),
)


async def take(picture: Picture, url: str) -> str:
    """The picture as SVG."""
    settings = Settings(url, interval=INTERVAL, theme=picture.theme)
    with TemporaryDirectory() as folder:
        return await _taken(picture, url, settings, Path(folder, "journal.jsonl"))


async def _taken(picture: Picture, url: str, settings: Settings, journal: Path) -> str:
    app = StreamtopApp(
        lambda: connect(url), settings, shown_url="redis://prod-cache:6379/0", journal=journal
    )
    async with app.run_test(size=picture.size) as pilot:
        seen = 0
        last = None
        async with asyncio.timeout(180):
            while seen < picture.looks:
                await pilot.pause(0.05)
                seen += app.snapshot is not last
                last = app.snapshot
            for key in picture.keys:
                await pilot.press(key)
                await pilot.pause(0.2)
            await pilot.pause(2 * INTERVAL)
        return without_fonts(app.export_screenshot(title="streamtop"))


def without_fonts(svg: str) -> str:
    """The SVG without fonts from elsewhere: it looks the same offline."""
    return re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)


async def main(names: list[str]) -> None:
    """Take the pictures with these names, or all."""
    FOLDER.mkdir(exist_ok=True)
    with running_demo() as url:
        for picture in PICTURES:
            if not names or picture.name in names:
                svg = await take(picture, url)
                (FOLDER / f"{picture.name}.svg").write_text(svg, encoding="utf-8")
                sys.stdout.write(f"screenshots/{picture.name}.svg\n")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
