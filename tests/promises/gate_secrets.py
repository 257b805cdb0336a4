"""Every secret is a canary: a whole journey with faults, everything logged, and none of them is found anywhere.

Looked for in the log at every level, in the database's files as they lie on the disk, in every page, metric, answer and
export, in tracebacks, in the processes' arguments. `python -m tests.promises.gate_secrets --full` runs it on each
database; the small tier is the same.
"""

import io
import logging
import sys
import tempfile
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import aiohttp
import sqlalchemy as sa

from bot import log
from bot.app import Bot
from bot.console.demo import CHOICES
from bot.console.export import FORMATS
from bot.settings.choices import Choices, Service
from bot.simulator import Simulator
from storage.engines import database_url as parsed
from tests.journeys.town import Town, outside, settings
from tests.journeys.works import source
from tests.promises.gate_house import shown

CANARIES = {
    "SLACK_BOT_TOKEN": "xoxb-simulated", "SLACK_SIGNING_SECRET": "0badc0de" * 4,
    "PAGERDUTY_API_TOKEN": "simulated-token", "PAGERDUTY_WEBHOOK_SECRETS": "simulated-webhook-secret",
}  # fmt: skip
OURS = {
    "MUSTER_SIGNING_KEY": b64encode(b"a canary that signs checkpoints.").decode(),
    "MUSTER_WATCH_KEY": "CANARY" + "1" * 26,
}
INTEGRATION_KEY, PROOF = "CANARYc0ffee00c0ffee00c0ffee00c0", "CANARY-of-a-source-0123456789"
FAULTS = ("slack:chat.postMessage", "slack:conversations.invite", "pagerduty:PUT /incidents/*", "events:*")


async def figure(database_url: str, full: bool) -> list[str]:
    with tempfile.TemporaryDirectory(prefix="muster-canaries-") as folder, _everything_logged() as logged:
        async with outside() as simulator:
            seen, urls = await _journey(simulator, database_url, Path(folder))
        secrets = [*CANARIES.values(), *OURS.values(), INTEGRATION_KEY, PROOF, *urls]
        seen["log"] = logged.getvalue()
        seen |= {"arguments": _arguments(), **_on_disk(database_url)}
    wrong = [
        f"{secret[:40]!r} stands in the {place}" for place, text in seen.items() for secret in secrets if secret in text
    ]
    kilobytes = sum(map(len, seen.values())) // 1000
    if len(urls) < 3 or kilobytes < 100:
        wrong.append(f"too little was looked at: {len(urls)} reply addresses, {kilobytes} kB")
    print(f"secrets: {len(secrets)} canaries, {kilobytes} kB in {len(seen)} places looked through: {len(wrong)} found")
    return wrong


async def _journey(simulator: Simulator, database_url: str, folder: Path) -> tuple[dict[str, str], list[str]]:
    services = {**CHOICES.services, "Checkout": Service(integration_key=INTEGRATION_KEY)}
    sources = {"monitor": source("events-v2", verify={"routing_key": PROOF})}
    told = CHOICES.model_copy(update={"services": services}).model_dump(exclude_defaults=True)
    config = settings(simulator, database_url, Choices.model_validate({**told, "sources": sources}), **OURS)
    bot = Bot(config)
    async with bot.running():
        simulator.bot_url = bot.url
        town = Town(simulator, bot.database)
        await town.pagerduty.trigger("Checkout is down")
        room = await town.room(within=20.0)
        for name in FAULTS:
            simulator.faults.add(name, status=500, times=2)
        for text in ("note seen", "change deploy Checkout v42", "ack", "nonsense", "list", "note"):
            await town.slack.command("Alice", room.id, f"/incident {text}")
        await town.fill_in("Alice", note="from the form")
        await town.press("Bob", "resolve")
        simulator.faults.add("slack:*", error="invalid_auth", times=2)
        await town.press("Alice", "lead")
        for proof, status in ((PROOF, 202), (PROOF + "x", 400)):
            assert await _signalled(bot, proof) == status
        await town.settled(within=60.0)
        seen = {"configuration": repr(config), **await _pages(bot), **await _exports(town)}
    addresses = list(simulator.slack.workspace.responses._issued)
    return seen, addresses


async def _signalled(bot: Bot, proof: str) -> int:
    event = {"payload": {"summary": "Disk full", "source": "db1", "severity": "critical"}}
    told = {"routing_key": proof, "event_action": "trigger", "dedup_key": "disk", **event}
    async with aiohttp.ClientSession() as session, session.post(f"{bot.url}/v2/enqueue", json=told) as answer:
        return answer.status


async def _pages(bot: Bot) -> dict[str, str]:
    async def page(session: aiohttp.ClientSession, method: str, path: str) -> str:
        async with session.request(method, bot.url + path, data=b"{") as answer:
            return f"{answer.headers} {await answer.text()}"

    async with aiohttp.ClientSession() as session:
        asked = [("GET", "/livez"), ("GET", "/readyz"), ("GET", "/metrics"), ("GET", "/x"),
                 ("POST", "/slack/events"), ("POST", "/pagerduty/webhook")]  # fmt: skip
        return {f"answer to {method} {path}": await page(session, method, path) for method, path in asked}


async def _exports(town: Town) -> dict[str, str]:
    incident, entries = await town.incident(), await town.timeline()
    return {f"export as {name}": build(incident, entries) for name, build in FORMATS.items()}


def _arguments() -> str:
    """What anyone on this machine can see of the process."""
    shown = Path("/proc/self/cmdline")
    return shown.read_text() if shown.exists() else ""


def _on_disk(database_url: str) -> dict[str, str]:
    """SQLite's files byte for byte, and what was deleted in them; of Postgres every column of every row."""
    url = parsed(database_url)
    if url.drivername.startswith("sqlite"):
        files = [path for path in Path(url.database or "").parent.glob("*") if path.is_file()]
        return {path.name: path.read_bytes().decode("latin-1") for path in files}
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        tables = sa.inspect(connection).get_table_names()
        rows = {table: str(connection.execute(sa.text(f"SELECT * FROM {table}")).all()) for table in tables}
    engine.dispose()
    return rows


@contextmanager
def _everything_logged() -> Iterator[io.StringIO]:
    """All loggers at DEBUG, formatted as `serve` formats."""
    said, root = io.StringIO(), logging.getLogger()
    handler, level = logging.StreamHandler(said), root.level
    handler.setFormatter(log.OneLine())
    handler.addFilter(log._is_worth_a_line)
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield said
    finally:
        root.removeHandler(handler)
        root.setLevel(level)


def main() -> int:
    return shown("secrets", figure)


if __name__ == "__main__":
    sys.exit(main())
