"""What streamtop costs in a terminal, beside the least that a Textual program costs."""

from __future__ import annotations

import statistics
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.benchmarks.scale import MEASURES, scaled
from tests.benchmarks.terminal import Terminal, terminal

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from tests.servers import Running

pytestmark = pytest.mark.benchmark
HELLO = (sys.executable, str(Path(__file__).with_name("hello.py")))
CONSUMERS, PRESSES, SECONDS = scaled(1000), scaled(200), scaled(15, least=1)


def p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]


def keys(shown: Terminal) -> list[float]:
    """Seconds from key to paint, for many keys one after another."""
    return [shown.press(b"j" if at % 40 < 20 else b"k") for at in range(PRESSES)]


def report(name: str, first: float, cpu: float, pressed: list[float], memory: int) -> str:
    return (
        f"{name:28} first frame {first * 1000:4.0f} ms   {cpu:6.2%} of a core   "
        f"key to paint p50 {statistics.median(pressed) * 1000:4.1f} ms  "
        f"p95 {p95(pressed) * 1000:4.1f} ms   {memory / 1e6:3.0f} MB"
    )


async def test_a_thousand_consumers_cost_a_twentieth_of_a_core_and_keys_never_wait(
    redis: Redis, a_server: Running, capsys: pytest.CaptureFixture[str]
) -> None:
    await redis.xgroup_create("orders", "billing", id="0", mkstream=True)
    async with redis.pipeline(transaction=False) as pipe:
        for number in range(CONSUMERS):
            pipe.xadd("orders", {"order": str(number)})
        for number in range(CONSUMERS):
            pipe.xreadgroup("billing", f"worker-{number:04}", {"orders": ">"}, count=1)
        await pipe.execute()
    with terminal(HELLO) as hello:
        hello_first = hello.until(b"hello")
        hello.quiet(0.3)
        hello_keys = keys(hello)
        hello_line = report(
            "hello world", hello_first, hello.cpu_share(SECONDS), hello_keys, hello.memory()
        )
    with terminal((sys.executable, "-m", "streamtop", a_server.url)) as shown:
        first = shown.until(b"Streams")
        data = shown.until(b"worker-0000")
        shown.press(b"3")
        shown.press(b"z")
        shown.quiet(0.3)
        cpu = shown.cpu_share(SECONDS)
        pressed = keys(shown)
        line = report(f"streamtop, {CONSUMERS:,} consumers", first, cpu, pressed, shown.memory())
    with capsys.disabled():
        sys.stdout.write(f"\n{hello_line}\n{line}\n{'':28} first data  {data * 1000:4.0f} ms\n")
    assert cpu < 0.05 or not MEASURES
    assert p95(pressed) < 0.020 or not MEASURES
