"""Unsigned requests at full speed from several connections: what is signed is served meanwhile, and memory stays flat.

`python -m tests.promises.gate_flood --full` floods for a minute on each database, the small tier for two seconds.
"""

import asyncio
import contextlib
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from bot.simulator import credentials
from tests.bot.doors import pagerdutys, told
from tests.promises.gate_house import House, a_house, shown
from tests.promises.gate_line import Line, request

SMALL, FULL = 2.0, 60.0  # seconds
CONNECTIONS, AT_ONCE = 8, 16  # connections, requests that each sends without waiting
EVERY = 0.02  # seconds between two signed webhooks
SLOWEST, GROWTH = 0.250, 20.0  # seconds at p99 (or twice that of quiet, on a busy machine), MB
FORGED = request(
    "/slack/events", {"X-Slack-Signature": "v0=" + "0" * 64, "X-Slack-Request-Timestamp": "1"}, b"x" * 2000
)
FORGED_PAGE = request("/pagerduty/webhook", {"X-PagerDuty-Signature": "v1=" + "0" * 64}, told("FORGED"))


async def figure(database_url: str, full: bool) -> list[str]:
    seconds = FULL if full else SMALL
    async with a_house(database_url) as house:
        async with _flood(house.port):  # to warm up: pools, caches and buffers are of their size
            await _signed(house, min(seconds, 2.0), "WARM")
        quiet = _p99((await _signed(house, min(seconds, 2.0), "QUIET"))[0])
        before = _memory(house)
        async with _flood(house.port) as flood:
            took, refused = await _signed(house, seconds, "FLOODED")
        grown, forged = _memory(house) - before, flood[0]
    p99 = _p99(took)
    wrong = [] if p99 < max(SLOWEST, 2 * quiet) else [f"p99 is {p99 * 1000:.0f} ms"]
    wrong += [] if grown < GROWTH else [f"memory grew by {grown:.1f} MB"]
    wrong += [f"{refused} signed requests were refused"] if refused else []
    print(f"flood: {forged / seconds:.0f} unsigned requests/s for {seconds:.0f} s; {len(took)} signed webhooks,"
          f" {refused} refused, p99 {p99 * 1000:.0f} ms (in quiet {quiet * 1000:.0f} ms);"
          f" memory grew by {grown:.1f} MB")  # fmt: skip
    return wrong


async def _signed(house: House, seconds: float, name: str) -> tuple[list[float], int]:
    """How long each took, and how many were not answered 202."""
    took: list[float] = []
    refused, until = 0, time.perf_counter() + seconds
    async with Line(house.port) as line:
        while time.perf_counter() < until:
            body = told(f"{name}{len(took)}", id=f"Q{name}{len(took) % 20}")
            started = time.perf_counter()
            answer = await line.ask(
                request("/pagerduty/webhook", pagerdutys(body, credentials.PAGERDUTY_WEBHOOK_SECRET), body)
            )
            took.append(time.perf_counter() - started)
            refused += answer.status != 202
            await asyncio.sleep(EVERY)
    return took, refused


def _p99(took: list[float]) -> float:
    return sorted(took)[int(len(took) * 0.99)]


def _memory(house: House) -> float:
    """MB that are the process's own."""
    lines = Path(f"/proc/{house.served.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))


@asynccontextmanager
async def _flood(port: int) -> AsyncIterator[list[int]]:
    """In a process of its own, so that it takes no time from whoever measures; how many were sent, afterwards."""
    flood = await asyncio.create_subprocess_exec(
        sys.executable, "-m", __name__ if __name__ != "__main__" else "tests.promises.gate_flood", "--pour", str(port),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    sent = [0]
    assert flood.stdout
    await flood.stdout.readline()  # it pours
    try:
        yield sent
    finally:
        said, _ = await flood.communicate(b"enough\n")
        sent[0] = int(said or 0)


async def pour(port: int) -> None:
    """Until told that it is enough."""
    loop, counts = asyncio.get_running_loop(), [0]
    pourers = [asyncio.create_task(_pour(port, nth, counts)) for nth in range(CONNECTIONS)]
    print("pouring", flush=True)
    await loop.run_in_executor(None, sys.stdin.readline)
    for pourer in pourers:
        pourer.cancel()
    print(counts[0], flush=True)


async def _pour(port: int, nth: int, counts: list[int]) -> None:
    burst = (FORGED, FORGED_PAGE)[nth % 2] * AT_ONCE
    while True:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            while True:
                writer.write(burst)
                await writer.drain()
                for _ in range(AT_ONCE):
                    head = await reader.readuntil(b"\r\n\r\n")
                    length = head.lower().partition(b"content-length: ")[2].partition(b"\r")[0]
                    await reader.readexactly(int(length))
                    counts[0] += 1


def main() -> int:
    if "--pour" in sys.argv:
        asyncio.run(pour(int(sys.argv[-1])))
        return 0
    return shown("flood", figure)


if __name__ == "__main__":
    sys.exit(main())
