"""The whole bot between a pretended Slack and a pretended PagerDuty, and what can be seen from outside."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa
from freezegun import freeze_time
from freezegun.api import TickingDateTimeFactory

from bot.app import Bot
from bot.config import Config
from bot.console.demo import CHOICES, environment
from bot.domain.events import Entry
from bot.domain.incident import Incident
from bot.settings.choices import Choices
from bot.simulator import Simulator
from bot.simulator.faults import Faults
from bot.simulator.news import News
from bot.simulator.pagerduty import PagerDuty
from bot.simulator.slack import Slack
from bot.simulator.slack.model import Answer, Channel, Message
from bot.slack.manifest import manifest
from storage import Database, Transaction
from tests.eventually import eventually

BOT = "U0MUSTER"
MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HERE = "127.0.0.1"
LOOKS = sa.text("SELECT count(*) FROM jobs WHERE kind = 'tell_if_silent' AND state = 'waiting'")
BRISK = 1.0  # seconds that the minute of a Slack which counts no calls lasts


class Town:
    """Slack and PagerDuty, the ledger of the bot that lives there, and what people did."""

    def __init__(self, simulator: Simulator, database: Database) -> None:
        self.simulator = simulator
        self.slack, self.pagerduty, self.faults = simulator.slack, simulator.pagerduty, simulator.faults
        self.database = database

    async def incident(self, number: int = 1) -> Incident:
        found = await self.database.read(lambda tx: tx.incident(number))
        if found is None:
            raise LookupError(f"no INC-{number} in the ledger")
        return found

    async def timeline(self, number: int = 1) -> list[Entry]:
        return await self.database.read(lambda tx: tx.timeline(f"INC-{number}"))

    async def strike(self, fn: Callable[[Transaction], None]) -> None:
        """What the clock would do."""
        await self.database.write(fn)

    async def kinds(self, number: int = 1) -> list[str]:
        return [entry.kind for entry in await self.timeline(number)]

    async def settled(self, *, within: float = 8.0) -> None:
        """Until no webhook is under way, every one is read, and nothing is owed but a look at what was asked of
        PagerDuty."""

        async def is_settled() -> bool:
            await self.pagerduty.settled(within)
            await self.slack.settled(within)
            return await self.database.read(self._owes_nothing) and self.pagerduty.webhooks.idle

        await eventually(is_settled, within=within)

    async def room(self, number: int = 1, *, within: float = 10.0) -> Channel:
        """The war room, once it is whole and nothing is owed."""
        await eventually(lambda: self._is_whole(number), within=within)
        await self.settled(within=within)
        return await self.channel(number)

    async def channel(self, number: int = 1) -> Channel:
        """The war room as soon as it is known, whole or not."""
        room = (await self.incident(number)).room
        if room is None:
            raise LookupError(f"INC-{number} has no room yet")
        return self.slack.channels[room.channel]

    async def press(self, who: str, verb: str, *, number: int = 1) -> Answer:
        """A button of the card."""
        room = await self.channel(number)
        return await self.slack.press(who, room.id, card(room).ts, f"command:{verb}")

    async def fill_in(self, who: str, **values: Any) -> Answer:
        """The form that opens on someone's screen."""
        view = (await eventually(lambda: self.slack.views(who)))[-1]
        return await self.slack.submit(who, view.id, values)

    def told(self, who: str) -> list[str]:
        """What this person alone was told, oldest first."""
        user = self.slack.user(who).id
        direct = [c for c in self.slack.channels.values() if c.is_im and user in c.members]
        whispered = [each.text for each in self.slack.ephemerals if each.user == user]
        return whispered + [message.text for channel in direct for message in channel.messages]

    def writes(self) -> list[str]:
        """The calls that change something in PagerDuty, oldest first, whatever became of them."""
        calls = (call.name.removeprefix("pagerduty:") for call in self.faults.calls("pagerduty:*"))
        return [name for name in calls if not name.startswith("GET ")]

    async def _is_whole(self, number: int) -> bool:
        room = (await self.incident(number)).room
        return room is not None and room.is_whole

    def _owes_nothing(self, tx: Transaction) -> bool:
        taken = [each.event_id for each in self.pagerduty.deliveries if each.outcome == "delivered"]
        kept = [tx.delivery(f"pagerduty:{event_id}") for event_id in taken]
        unread = [delivery for delivery in kept if delivery is None or delivery.state == "kept"]
        return not (jobs_owed(tx) or unread)


def jobs_owed(tx: Transaction) -> int:
    """How many are to be done, but for looks at what was asked of PagerDuty: they end by themselves."""
    owed = tx.owed()
    return owed.waiting + owed.running + owed.late - int(tx._connection.scalar(LOOKS) or 0)


def card(room: Channel) -> Message:
    """The pinned message."""
    [pinned] = (message for message in room.messages if message.ts in room.pins)
    return pinned


def shown(message: Message) -> str:
    """All that stands in a message."""
    return f"{message.text} {message.blocks}"


def lines(room: Channel) -> list[str]:
    """What Muster said in the room beside the card."""
    return [message.text for message in room.messages if message.bot_id and message.ts not in room.pins]


def announcements(town: Town) -> list[Message]:
    """Of incidents, that is: the checkpoints of the day stand in the same channel, in a thread."""
    return [one for one in town.slack.channel("incidents").messages if "checkpoint" not in one.text.casefold()]


def outside(faults: Faults | None = None) -> Simulator:
    """Slack grants and sends what our manifest asks for, and nothing else; PagerDuty is quick to send again."""
    asked = manifest("https://muster.example.com", socket=False)
    faults, news = faults or Faults(), News()
    simulator = Simulator(
        slack=Slack(faults, news, lambda: simulator.bot_url, scopes=frozenset(asked["oauth_config"]["scopes"]["bot"])),
        pagerduty=PagerDuty(faults, news, bot_url=lambda: simulator.bot_url),
    )
    simulator.slack.has_options_url = bool(asked["settings"]["interactivity"].get("message_menu_options_url"))
    simulator.slack.events.subscriptions = frozenset(asked["settings"]["event_subscriptions"]["bot_events"])
    simulator.slack.channel("incidents").members.add(BOT)  # as a person would invite it
    simulator.pagerduty.webhooks.retries.first = 0.05
    return simulator


def settings(simulator: Simulator, database_url: str, choices: Choices, **environ: str) -> Config:
    told: Mapping[str, str] = {**environment(simulator), "DATABASE_URL": database_url, **environ}
    return Config.read(told).model_copy(update={"choices": choices})


@asynccontextmanager
async def a_bot_in(
    simulator: Simulator, database_url: str, choices: Choices = CHOICES, **environ: str
) -> AsyncIterator[Town]:
    """The bot in this process, over real HTTP. `environ`: what it is told besides. Its minute is as long as Slack's; it
    listens where MUSTER_PUBLIC_URL leads, if that is here."""
    public = urlsplit(environ.get("MUSTER_PUBLIC_URL", ""))
    port = public.port or 0 if public.hostname == HERE else 0
    minute = simulator.slack.api.tiers.minute if simulator.slack.tiers else BRISK
    bot = Bot(settings(simulator, database_url, choices, **environ), slack_minute=minute)
    async with bot.running(port=port):
        simulator.bot_url = bot.url
        yield Town(simulator, bot.database)


@asynccontextmanager
async def a_town(
    database_url: str, choices: Choices = CHOICES, *, faults: Faults | None = None, **environ: str
) -> AsyncIterator[Town]:
    async with outside(faults) as simulator, a_bot_in(simulator, database_url, choices, **environ) as town:
        yield town


@asynccontextmanager
async def a_town_on_monday(
    database_url: str, choices: Choices = CHOICES
) -> AsyncIterator[tuple[Town, TickingDateTimeFactory]]:
    """The same shortly before nine; its clock goes on by itself, and jumps when told to."""
    with freeze_time(MONDAY - timedelta(hours=1), tick=True, real_asyncio=True) as clock:
        assert isinstance(clock, TickingDateTimeFactory)
        async with a_town(database_url, choices) as town:
            clock.move_to(MONDAY)
            yield town, clock
