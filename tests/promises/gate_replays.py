"""A request of Slack's that comes again, byte for byte: the same answer and no second effect, on any replica, and after
the process that answered it was killed.

`python -m tests.promises.gate_replays --full` plays 1,000 requests again on each database.
"""

import asyncio
import itertools
import json
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from bot.console.demo import CHOICES
from bot.simulator import credentials
from bot.simulator.slack import payloads
from bot.simulator.slack.model import APP_ID, TEAM_ID
from storage import Transaction
from tests.bot.doors import slacks
from tests.eventually import eventually
from tests.journeys.mortals import Mortals, Process, a_mortal_town, free_port
from tests.journeys.nursery import Nursery, open_nursery
from tests.journeys.town import jobs_owed
from tests.promises.gate_house import shown
from tests.promises.gate_line import Answer, Line, request

FORM = "application/x-www-form-urlencoded"
SMALL, FULL = 12, 1_000
SOON = CHOICES.model_copy(update={"lease_seconds": 2.0})  # after which the other has what the killed one had in hand
_numbers = itertools.count(1)


def requests(town: Mortals, room: str) -> Iterator[bytes]:
    """Typed, pressed, submitted, chosen, mentioned, opened; each with an effect of its own, or refused."""
    alice, channel = town.slack.user("Alice"), town.slack.channels[room]
    for nth in _numbers:
        reply = f"{town.simulator.url}/slack/response/{nth}"
        typed = f"/incident {('note seen', 'ack', 'note', 'nonsense', 'lead', 'change deploy it')[nth % 6]} {nth}"
        yield _form(payloads.command(alice, channel, typed, trigger_id=f"1.{nth}", response_url=reply))
        action = {"type": "button", "action_id": "command:lead", "block_id": "b", "value": "INC-1", "action_ts": "1.1"}
        yield _payload(payloads.interaction("block_actions", alice, trigger_id=f"2.{nth}", actions=[action],
                                            **payloads.in_message(channel, "1.1", None)))  # fmt: skip
        for note in ("seen", ""):
            yield _payload(payloads.interaction("view_submission", alice, view=_form_of(room, f"V{nth}{note}", note)))
        yield _event(nth, {"type": "message", "user": alice.id, "channel": room, "text": f"!note {nth}", "ts": "1.1"})
        yield _event(-nth, {"type": "app_home_opened", "user": alice.id, "tab": "home"})


def _form_of(room: str, view: str, note: str) -> dict[str, Any]:
    return {
        "id": view, "hash": "h", "type": "modal", "callback_id": "form:note", "blocks": [],
        "private_metadata": json.dumps({"incident": 1, "channel": room}),
        "state": {"values": {"note": {"note": {"type": "plain_text_input", "value": note or None}}}},
    }  # fmt: skip


def _form(fields: dict[str, Any], kind: str = FORM) -> bytes:
    body = urlencode(fields).encode()
    return request("/slack/events", slacks(body, secret=credentials.SLACK_SIGNING_SECRET, kind=kind), body)


def _payload(interaction: dict[str, Any]) -> bytes:
    return _form({"payload": json.dumps(interaction)})


def _event(nth: int, event: dict[str, Any]) -> bytes:
    whole = {"type": "event_callback", "event_id": f"Ev{nth}", "team_id": TEAM_ID, "api_app_id": APP_ID, "event": event}
    body = json.dumps(whole).encode()
    return request("/slack/events", slacks(body, secret=credentials.SLACK_SIGNING_SECRET), body)


def _effects(tx: Transaction) -> tuple[int, ...]:
    """All that can be done: entries, and jobs ever put."""
    return tx.entries("INC-1"), jobs_owed(tx) + tx.owed().dead


async def figure(database_url: str, full: bool) -> list[str]:
    wrong: list[str] = []
    count, kills = (FULL, 10) if full else (SMALL, 2)
    async with _a_room(database_url) as (town, room, ports):
        sent = list(itertools.islice(requests(town, room), count))
        batch = -(-count // kills)
        for nth, first in enumerate(range(0, count, batch)):
            some = sent[first : first + batch]
            answers = [await _ask(ports[0], one) for one in some]
            wrong += [f"{one.status}" for one in answers if one.status != 200]
            if nth % 2 == 0:
                await _killed(town)
            wrong += await _again(town, ports, some, answers)
            await town.settled(within=30.0)
        print(
            f"replays: {count} requests came again, one by one and at once, after {-(-kills // 2)} kills:"
            f" {len(wrong)} with another answer or a second effect"
        )
    return wrong


async def _again(town: Mortals, ports: list[int], sent: list[bytes], answers: list[Answer]) -> list[str]:
    """Once everything it caused is done: each again, at every replica at once."""
    await town.settled(within=30.0)
    before, said = await town.database.read(_effects), _said(town)
    again = [await asyncio.gather(*(_ask(port, one) for port in (*ports, *ports))) for one in sent]
    await town.settled(within=30.0)
    differ = [f"{first} became {other}" for first, others in zip(answers, again, strict=True)
              for other in others if first[:2] != other[:2]]  # fmt: skip
    after = await town.database.read(_effects)
    return differ + (
        [] if (after, _said(town)) == (before, said) else [f"effects: {before} {said} became {after} {_said(town)}"]
    )


def _said(town: Mortals) -> tuple[int, ...]:
    """What people saw, and what PagerDuty was told."""
    posted = sum(len(channel.messages) for channel in town.slack.channels.values())
    return posted, len(town.slack.ephemerals), len(town.writes())


async def _ask(port: int, sent: bytes) -> Answer:
    async with Line(port) as line:
        return await line.ask(sent)


async def _killed(town: Mortals) -> None:
    lives = len(town.births)
    town.process.kill(signal.SIGKILL)
    await eventually(lambda: len(town.births) > lives, within=20.0)


@asynccontextmanager
async def _a_room(database_url: str) -> AsyncIterator[tuple[Mortals, str, list[int]]]:
    """INC-1 and its room; one process that is born again, and on Postgres another beside it."""
    with open_nursery() as nursery, tempfile.TemporaryDirectory(prefix="muster-replays-") as folder:
        async with (
            a_mortal_town(nursery, database_url, SOON, Path(folder)) as town,
            _another(nursery, town) as ports,
        ):
            await eventually(lambda: town.births, within=20.0)
            await town.pagerduty.trigger("Checkout is down")
            yield town, (await town.room(within=20.0)).id, [town.process.port, *ports]


@asynccontextmanager
async def _another(nursery: Nursery, town: Mortals) -> AsyncIterator[list[int]]:
    if town.database.dialect == "sqlite":
        yield []
        return
    replica = Process(nursery, town.process.environ, free_port(), town.process.log.with_suffix(".replica"))
    await replica.begin()
    try:
        yield [replica.port]
    finally:
        replica.kill()


def main() -> int:
    return shown("replays", figure)


if __name__ == "__main__":
    sys.exit(main())
