"""Muster calls Slack, PagerDuty and what is configured: hostile reply addresses and ids lead nowhere else.

A trap listens beside the simulator: whatever reaches it would have been sent to a stranger.
`python -m tests.promises.gate_outbound --full` tries 10,000 of each kind on each database.
"""

import asyncio
import itertools
import random
import ssl
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from yarl import URL

from bot.app import Bot
from bot.console.demo import CHOICES
from bot.domain.errors import Refused, Unavailable
from bot.domain.incident import Status
from bot.domain.job import Job, Priority
from bot.roster import Roster
from bot.simulator.pagerduty.incident import Incident as Page
from bot.slack.views.message import Message
from storage import Owed, Transaction
from tests.eventually import eventually
from tests.journeys.town import outside, settings
from tests.promises.gate_house import shown

SMALL, FULL, JOBS = 200, 10_000, 33
SAID = Message("hello", [])
IDS = ("", ".", "..", "../users", "Q1/notes", "Q1?x=1", "Q1#", "Q1%2f..", "//{trap}/x", "\\\\{trap}", "Q 1",
       "Q1\r\nHost: x",       "Ｑ1", "Q1\0", "@{trap}", "http://{trap}/", "Q1;x", "Q1&y")  # fmt: skip
URLS = (
    "http://{trap}/x", "https://{trap}/x", "//{trap}/x", "http://{trap}", "HTTP://{trap}/", "http://{slack}@{trap}/",
    "ftp://{trap}/",
    "https://hooks.slack.com@{trap}/", "https://hooks.slack.com.{trap}/", "https://hooks.slack.com%2f@{trap}/",
    "http://hooks.slack.com:{port}/", "https://hooks.slack.com\\@{trap}/",
    "http://{slack}.evil.example/", "http://127.0.0.1:{port}/", "http://localhost:{port}/", "http://[::1]:{port}/",
    "http://2130706433:{port}/",
    "http://0x7f000001:{port}/", "http://127.1:{port}/", "http://{slack}\t@{trap}/", " http://{trap}/",
    "http:/{trap}/", "http:{trap}",
    "javascript://{trap}/", "file:///etc/passwd", "gopher://{trap}/", "{trap}", "",
    "https://xhooks.slack.com.evil.example:{port}/",
    "http://{slack}:80@{trap}/", "http://{trap}\\@{slack}/", "http://{trap}?@{slack}/", "http://{trap}#@{slack}/",
)  # fmt: skip


@dataclass
class Trap:
    port: int
    caught: int = 0

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"


@asynccontextmanager
async def a_trap() -> AsyncIterator[Trap]:
    trap = Trap(0)

    async def catch(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        trap.caught += 1
        writer.close()

    server = await asyncio.start_server(catch, "127.0.0.1", 0)
    trap.port = server.sockets[0].getsockname()[1]
    async with server:
        yield trap


def urls(trap: Trap, slack: str, count: int) -> Iterator[str]:
    """Every kind, and then with noise."""
    chance = random.Random(3)
    filled = [url.format(trap=trap.address, port=trap.port, slack=slack) for url in URLS]
    for nth, url in zip(range(count), itertools.cycle(filled), strict=False):
        at = chance.randrange(len(url) + 1)
        noise = "".join(chance.choices("@:/\\#?.%\t\0 é", k=chance.randint(1, 3))) if nth >= len(filled) else ""
        yield url[:at] + noise + url[at:]


async def figure(database_url: str, full: bool) -> list[str]:
    count = FULL if full else SMALL
    async with outside() as simulator, a_trap() as trap:
        bot = Bot(settings(simulator, database_url, CHOICES))
        async with bot.running():
            simulator.bot_url = bot.url
            page = await simulator.pagerduty.trigger("Checkout is down", urgency="low")
            slack, calls = simulator.url.removeprefix("http://"), len(simulator.faults.calls("pagerduty:*"))
            wrong = [await _answer(bot, url) for url in urls(trap, slack, count)]
            wrong += [await _looked_up(bot, one, page) for one in _ids(trap, count)]
            wrong += await _owed(bot, list(urls(trap, slack, JOBS)))
            wrong += await _redirected(bot, trap)
            wrong += [] if _verifies(bot) else ["TLS is not verified"]
            asked = [call.name for call in simulator.faults.calls("pagerduty:*")[calls:]]
            led = [name for name in asked if "GET /incidents/" in name]
            wrong += [f"ids led to {led}"] if led else []
    wrong = [one for one in wrong if one]
    wrong += [f"{trap.caught} connections to a stranger"] if trap.caught else []
    print(f"outbound: {count} hostile reply addresses and {count} hostile ids, {JOBS} of them in jobs:"
          f" {trap.caught} connections elsewhere, {len(wrong)} not refused")  # fmt: skip
    return wrong


async def _answer(bot: Bot, url: str) -> str:
    """Refused; those that noise turned into Slack's own address may be answered by it."""
    try:
        await bot.world.slack.respond(url, SAID)
    except Refused:
        return ""
    except Unavailable as trouble:
        return "" if URL(url).host == "hooks.slack.com" else f"{url!r}: {trouble}"
    return f"{url!r} was called"


def _ids(trap: Trap, count: int) -> Iterator[str]:
    hostile = [one.format(trap=trap.address) for one in IDS]
    return itertools.islice(itertools.cycle(hostile), count)


async def _looked_up(bot: Bot, identifier: str, page: Page) -> str:
    try:
        await bot.world.pagerduty.set_status(identifier, Status.RESOLVED, as_email="alice@example.com")
    except Refused:
        return "" if page.status == "triggered" else f"{identifier!r} led to {page.id}"
    return f"{identifier!r} entered a path"


async def _owed(bot: Bot, hostile: list[str]) -> list[str]:
    """What a job holds is no better than what a request holds: each is told to the person without it."""

    def owe(tx: Transaction) -> None:
        for nth, url in enumerate(hostile):
            arguments = {
                "user": "U0ALICE",
                "channel": "C0GENERAL",
                "text": "x",
                "response_url": url or "x",
                "key": f"{nth}",
            }
            tx.put(Job("tell", f"hostile/{nth}", arguments=arguments, priority=Priority.HUMAN, key=f"hostile:{nth}"))

    await bot.database.write(owe)
    owed = await eventually(lambda: bot.database.read(_dead_or_none), within=20.0)
    assert owed
    return [f"{owed.dead} of {len(hostile)} jobs were given up"] if owed.dead else []


def _dead_or_none(tx: Transaction) -> Owed | None:
    owed = tx.owed()
    return None if owed.waiting or owed.running or owed.late else owed


async def _redirected(bot: Bot, trap: Trap) -> list[str]:
    """A host that may be called sends us on to one that may not."""
    elsewhere = f"HTTP/1.1 307 Temporary Redirect\r\nLocation: http://{trap.address}/\r\nContent-Length: 0\r\n\r\n"

    async def send_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(elsewhere.encode())
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(send_on, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    known = f"http://127.0.0.1:{port}"
    async with server:
        changed = bot.config.model_copy(
            update={"slack_api_url": f"{known}/api/", "pagerduty_api_url": known, "pagerduty_events_url": known}
        )
        return await _sent_on(Bot(changed))


async def _sent_on(sent: Bot) -> list[str]:
    async with sent.connections:
        world = sent.connections.world(Roster(()))
        calls = (
            world.slack.identity(), world.pagerduty.standing("Q1"),
            world.slack.respond(f"{sent.config.slack_api_url}x", SAID),
            world.events_api.enqueue("k", "resolve", dedup_key="x"),
        )  # fmt: skip
        outcomes = await asyncio.gather(*calls, return_exceptions=True)
    return [f"a redirect gave {one!r}" for one in outcomes if not isinstance(one, (Refused, Unavailable))]


def _verifies(bot: Bot) -> bool:
    """Both clients as they are: the certificate must be there, and be of that host."""
    connector = bot.connections._session.connector
    slack = getattr(connector, "_ssl", True) is True
    pool = bot.world.pagerduty._wire.http._transport._pool  # type: ignore[attr-defined]
    context = pool._ssl_context
    return slack and bool(context.check_hostname) and context.verify_mode is ssl.CERT_REQUIRED


def main() -> int:
    return shown("outbound", figure)


if __name__ == "__main__":
    sys.exit(main())
