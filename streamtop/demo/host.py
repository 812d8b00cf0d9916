"""The process that runs the demo: `python -m streamtop.demo.host DIRECTORY`.

It writes one line to its standard output: the URL once the streams exist, or the reason why
they do not. It ends on SIGTERM and at the end of its standard input, which comes however its
parent ends, and then removes the server and the directory.
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
"""Maximum time for creating the history; half a second is usual."""


def main(home: Path) -> int:
    """Run the demo until it is stopped.

    Args:
        home: The directory to use, which is removed at the end.

    Returns:
        The exit code: 1 if the demo could not be set up.
    """
    signal.signal(signal.SIGTERM, _leave)
    try:
        with running_server(home) as socket:
            asyncio.run(_play_until_stopped(socket))
    except (ServerFailedError, TimeoutError) as error:
        _say(" ".join(str(error).split()) or "the demo's streams were not ready in time")
        return 1
    finally:
        shutil.rmtree(home, ignore_errors=True)
    return 0


async def _play_until_stopped(socket: Path) -> None:
    """Play until SIGTERM, the end of standard input, or the end of the server."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stopped.set)
    stdin = sys.stdin.fileno()

    def on_input() -> None:
        if not os.read(stdin, 4096):
            loop.remove_reader(stdin)
            stopped.set()

    loop.add_reader(stdin, on_input)
    play, stop = asyncio.create_task(_play(socket)), asyncio.create_task(stopped.wait())
    await asyncio.wait((play, stop), return_when=asyncio.FIRST_COMPLETED)
    if play.done():
        stop.cancel()
        await play
    play.cancel()
    await asyncio.wait((play,))


async def _play(socket: Path) -> None:
    """Create the history, print the URL, and run the workload.

    redis-py is imported here, when the server is already running.
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
    """Handle SIGTERM before the event loop runs: exit through every `finally`."""
    raise SystemExit(128 + signal_number)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
