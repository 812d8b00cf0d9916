"""The process that plays the demo: `python -m streamtop.demo.host DIRECTORY`.

It writes one line to its standard output: the URL when the streams are there, or else why
they are not. It ends, and takes the server and the directory with it, on SIGTERM and when
its standard input ends, which happens however its parent ended.
"""

import asyncio
import os
import shutil
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import NoReturn
from urllib.parse import quote

from streamtop.demo.server import ServerFailedError, running_server

HISTORY_SECONDS = 30
"""How long the history may take to make; half a second is usual."""


def main(home: Path) -> int:
    """Play the demo until nobody watches.

    Args:
        home: The directory to use, and to remove at the end.

    Returns:
        The exit code: 1 if the demo could not be set up.
    """
    signal.signal(signal.SIGTERM, _leave)
    try:
        with running_server(home) as socket:
            asyncio.run(_play_until_told(socket))
    except (ServerFailedError, TimeoutError) as error:
        _say(" ".join(str(error).split()) or "the demo's streams were not ready in time")
        return 1
    finally:
        shutil.rmtree(home, ignore_errors=True)
    return 0


async def _play_until_told(socket: Path) -> None:
    """Play; stop on SIGTERM, at the end of standard input, or when the server is gone."""
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, told.set)
    stdin = sys.stdin.fileno()

    def on_input() -> None:
        if not os.read(stdin, 4096):
            loop.remove_reader(stdin)
            told.set()

    loop.add_reader(stdin, on_input)
    play, stop = asyncio.create_task(_play(socket)), asyncio.create_task(told.wait())
    await asyncio.wait((play, stop), return_when=asyncio.FIRST_COMPLETED)
    if play.done():
        stop.cancel()
        await play
    play.cancel()
    await asyncio.wait((play,))


async def _play(socket: Path) -> None:
    """Make the history, tell the URL, and let the workload run.

    redis-py is imported here, while the server is already there.
    """
    from streamtop.demo.client import client_of
    from streamtop.demo.history import make_history
    from streamtop.demo.scenario import SCENARIO
    from streamtop.demo.workload import play

    async with client_of(socket) as client:
        async with asyncio.timeout(HISTORY_SECONDS):
            await make_history(client, SCENARIO)
        _say(f"unix://{quote(str(socket))}")
        await play(client, SCENARIO)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _leave(signal_number: int, frame: FrameType | None) -> NoReturn:
    """End at once, by way of every `finally`: SIGTERM before the event loop runs."""
    raise SystemExit(128 + signal_number)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
