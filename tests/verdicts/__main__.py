"""The verdict laboratory: a table of all situations, or one of them minute by minute.

python -m tests.verdicts                              the whole table
python -m tests.verdicts table 'killed*' --draws 5    some rows of it
python -m tests.verdicts explain never_read           one hour, look by look
python -m tests.verdicts real --server redis-8.2      a dozen of them on a real server
python -m tests.verdicts list                         the situations
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from fnmatch import fnmatch
from math import inf
from typing import TYPE_CHECKING

from tests import servers
from tests.verdicts import explanation, table
from tests.verdicts.real_time import FACTOR, conclusive_outcome
from tests.verdicts.scoring import Run, Score, score
from tests.verdicts.simulated_server import DIALECTS, dialect_of
from tests.verdicts.workloads import SITUATIONS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

GENERATIONS = ("6.2", "7.0", "7.2", "8.10")
DRAWS = 20


def runs(
    patterns: Sequence[str] = (),
    generations: Sequence[str] = GENERATIONS,
    draws: Sequence[int] = range(DRAWS),
    *,
    replica: bool = False,
) -> list[Run]:
    """The runs of a table, in its order."""
    return [
        Run(name, generation, draw, replica)
        for name, situation in SITUATIONS.items()
        if not patterns or any(fnmatch(name, pattern) for pattern in patterns)
        for generation in generations
        if DIALECTS[generation].xnack or not situation.xnack
        for draw in draws
    ]


def scored(chosen: Sequence[Run], processes: int) -> Iterator[tuple[Run, Score]]:
    """These runs with their scores, in their order, made by several processes."""
    if processes == 1:
        for run in chosen:
            yield run, score(run)
        return
    with ProcessPoolExecutor(processes) as pool:
        yield from zip(chosen, pool.map(score, chosen, chunksize=4), strict=True)


def _real(binary: servers.Binary, factor: int, draw: int) -> int:
    """Print the table of a real server; returns the exit code: 2 where nothing is shown."""
    dialect = dialect_of(binary.name)
    if dialect is None:
        return 0
    with servers.running(binary) as server:
        outcome = asyncio.run(conclusive_outcome(server, dialect, factor=factor, draw=draw))
    for line in table.lines(outcome.scores.items()):
        print(line)  # noqa: T201 - a command
    print(f"{binary}: {outcome.verdict}.", flush=True)  # noqa: T201
    return 2 if not outcome.conclusive else 0 if outcome.holds else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m tests.verdicts",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(dest="command")
    rows = commands.add_parser("table", help="the table; exit 1 where the bar is not met")
    rows.add_argument("patterns", nargs="*", help="names of situations, with * and ?")
    rows.add_argument("--draws", type=int, default=DRAWS)
    rows.add_argument("--generations", default=",".join(GENERATIONS), help=", ".join(DIALECTS))
    rows.add_argument("--processes", type=int, default=2)
    rows.add_argument("--replica", action="store_true", help="look at a replica")
    hour = commands.add_parser("explain", help="one run, look by look")
    hour.add_argument("situation", choices=SITUATIONS, metavar="situation")
    hour.add_argument("--generation", default="8.10", choices=DIALECTS)
    hour.add_argument("--draw", type=int, default=0)
    hour.add_argument("--each", type=float, default=60.0, help="seconds between two lines")
    hour.add_argument("--from", dest="begin", type=float, default=0.0)
    hour.add_argument("--to", dest="end", type=float, default=inf)
    hour.add_argument("--replica", action="store_true", help="look at a replica")
    real = commands.add_parser("real", help="some situations on real servers, one after another")
    real.add_argument("--server", default="", help="a name, or how it begins; default: all")
    real.add_argument("--factor", type=int, default=FACTOR, help="how fast time runs")
    real.add_argument("--draw", type=int, default=0)
    commands.add_parser("list", help="the situations")
    return parser


def main(words: Sequence[str]) -> int:
    """Run a command; returns its exit code."""
    options = _parser().parse_args(words or ["table"])
    if options.command == "list":
        for name, situation in SITUATIONS.items():
            print("healthy" if situation.healthy else "trouble", name)  # noqa: T201 - a command
        return 0
    if options.command == "real":
        return max(
            (
                _real(binary, options.factor, options.draw)
                for binary in servers.all_binaries()
                if binary.name.startswith(options.server)
            ),
            default=1,
        )
    if options.command == "explain":
        run = Run(options.situation, options.generation, options.draw, options.replica)
        for line in explanation.lines(run, options.each, options.begin, options.end):
            print(line)  # noqa: T201 - a command
        return 0
    began = time.perf_counter()
    chosen = runs(
        options.patterns,
        options.generations.split(","),
        range(options.draws),
        replica=options.replica,
    )
    holds = True

    def watched() -> Iterator[tuple[Run, Score]]:
        nonlocal holds
        for run, result in scored(chosen, options.processes):
            holds = holds and result.holds
            yield run, result

    for line in table.lines(watched()):
        print(line, flush=True)  # noqa: T201 - a command
    print(f"{len(chosen)} hours in {time.perf_counter() - began:.0f} s")  # noqa: T201
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
