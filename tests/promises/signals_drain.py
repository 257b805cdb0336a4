"""Signals leave for PagerDuty as fast as it lets them, in order: `python -m tests.promises.signals_drain [--full]`.

The real `muster serve`, and an Events API that takes 120 events a minute for each key and answers 429 to more. Every
second signal of an alert settles what the one before it raised. `--full`: 10,000 signals over 50 keys; `--postgres`.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections import defaultdict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import yaml
from aiohttp import web

from bot.simulator import Simulator
from tests.eventually import eventually
from tests.promises.serving import Muster, databases

PER_MINUTE, MINUTE = 120, 60.0  # https://developer.pagerduty.com/docs/events-api-v2-overview#rate-limits
AT_ONCE = 50  # requests under way
ALERTS = 4  # of each key
SLACKNESS = 0.95  # of the allowed rate
SECRET = "a-secret-of-the-load"


@dataclass
class Events:
    """What PagerDuty would see. `taken`: (key, dedup_key, action) in the order it came."""

    taken: list[tuple[str, str, str]] = field(default_factory=list)
    refused: int = 0
    first: float = 0.0
    last: float = 0.0
    _recent: defaultdict[str, deque[float]] = field(default_factory=lambda: defaultdict(deque))

    async def enqueue(self, request: web.Request) -> web.Response:
        told, now = await request.json(), time.monotonic()
        recent = self._recent[told["routing_key"]]
        while recent and recent[0] <= now - MINUTE:
            recent.popleft()
        if len(recent) >= PER_MINUTE:
            self.refused += 1
            return web.json_response({"status": "throttle exceeded"}, status=429)
        recent.append(now)
        self.first, self.last = self.first or now, now
        self.taken.append((told["routing_key"], told["dedup_key"], told["event_action"]))
        return web.json_response({"status": "success", "dedup_key": told["dedup_key"]}, status=202)


@dataclass(frozen=True)
class Outcome:
    """`seconds` from the first event to the last; `allowed`: what they take at 120 a minute for each key; `least`: what
    they could take, each minute's worth at once."""

    signals: int
    keys: int
    taken: int
    refused: int
    out_of_order: int
    seconds: float
    allowed: float
    least: float

    @property
    def share(self) -> float:
        """Of the allowed rate; more than 1 where the first minute's worth goes at once."""
        return self.allowed / self.seconds

    @property
    def is_well(self) -> bool:
        return self.taken == self.signals and not self.out_of_order and self.share >= SLACKNESS

    def __str__(self) -> str:
        return (
            f"{self.signals} signals over {self.keys} keys: {self.taken} arrived in {self.seconds:.1f} s, where 120 a"
            f" minute and key take {self.allowed:.1f} s ({100 * self.share:.0f} % of that rate) and each minute's worth"
            f" at once {self.least:.0f} s; {self.out_of_order} out of order, {self.refused} answered 429"
        )


@asynccontextmanager
async def events_api() -> AsyncIterator[tuple[Events, str]]:
    events, app = Events(), web.Application()
    app.router.add_post("/v2/enqueue", events.enqueue)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield events, f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


class Loaded(Muster):
    """With a source that has a route for each key."""

    keys: int
    events_url: str

    def settings(self) -> dict[str, str]:
        routes = [{"name": f"r{nth}", "integration_key": key(nth)} for nth in range(self.keys)]
        load = {"adapter": "events-v2", "verify": {"routing_key": SECRET}, "routes": routes}
        path = self.folder / "muster.yaml"
        path.write_text(yaml.safe_dump({"sources": {"load": load}}))
        return {**super().settings(), "MUSTER_CONFIG": str(path), "PAGERDUTY_EVENTS_URL": self.events_url}


def key(nth: int) -> str:
    return f"{nth:032}"


async def drained(url: str, signals: int, keys: int) -> Outcome:
    with tempfile.TemporaryDirectory(prefix="muster-drain-") as folder:
        async with Simulator() as simulator, events_api() as (events, events_url):
            muster = Loaded(simulator, Path(folder), url)
            muster.keys, muster.events_url = keys, events_url
            await muster.start()
            try:
                await _send(muster.port, signals, keys)
                await eventually(lambda: len(events.taken) >= signals, within=60.0 + 3 * allowed(signals, keys))
            finally:
                await muster.stop()
    return Outcome(
        signals, keys, len(events.taken), events.refused, out_of_order(events), events.last - events.first,
        allowed(signals, keys), least(signals, keys),
    )  # fmt: skip


async def _send(port: int, signals: int, keys: int) -> None:
    """Each key's in order: alert by alert triggered, then resolved, and so on."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=AT_ONCE)) as session:

        async def send(nth: int) -> None:
            for one in range(nth, signals, keys):
                url = f"http://127.0.0.1:{port}/in/load?to=r{nth}"
                async with session.post(url, json=_event(nth, one // keys)) as answer:
                    assert answer.status == 202, await answer.text()

        await asyncio.gather(*(send(nth) for nth in range(keys)))


def _event(nth: int, turn: int) -> dict[str, object]:
    action = "resolve" if turn // ALERTS % 2 else "trigger"
    payload = {"summary": f"Turn {turn}", "source": f"host-{nth}", "severity": "error"}
    return {"routing_key": SECRET, "event_action": action, "dedup_key": f"{nth}/{turn % ALERTS}", "payload": payload}


def allowed(signals: int, keys: int) -> float:
    """Seconds that so many events take at the allowed rate."""
    return MINUTE * signals / keys / PER_MINUTE


def least(signals: int, keys: int) -> float:
    """Seconds that they could take: a minute's worth at once, and again after each minute."""
    return MINUTE * ((-(-signals // keys) - 1) // PER_MINUTE)


def out_of_order(events: Events) -> int:
    """Of one alert, triggers and resolves take turns."""
    last: dict[str, str] = {}
    wrong = 0
    for _, dedup_key, action in events.taken:
        wrong += last.get(dedup_key, "resolve") == action
        last[dedup_key] = action
    return wrong


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--full", action="store_true", help="10,000 signals over 50 keys, which takes a minute")
    parser.add_argument("--postgres", action="store_true")
    asked = parser.parse_args()
    signals, keys = (10_000, 50) if asked.full else (400, 10)
    with databases() as urls:
        [url] = urls["postgresql" if asked.postgres else "sqlite"]
        outcome = asyncio.run(drained(url, signals, keys))
    print(outcome)
    return 0 if outcome.is_well else 1


if __name__ == "__main__":
    sys.exit(main())
