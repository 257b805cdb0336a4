"""The whole of Muster between a pretended Slack and a pretended PagerDuty, with nothing to set up."""

import contextlib
import tempfile
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.app import Bot
from bot.config import Config
from bot.settings.choices import Choices, RoomRule, Service
from bot.simulator import Simulator, credentials

CHOICES = Choices(
    default=RoomRule(announce="#incidents", archive_after_hours=24),
    services={
        "Checkout": Service(runbook="https://runbooks.example.com/checkout", bridge="https://meet.example.com/checkout"),
        "Payments": Service(runbook="https://runbooks.example.com/payments"),
    },
)


@dataclass(frozen=True)
class Stage:
    """A simulator and the bot that lives in it."""

    simulator: Simulator
    bot: Bot


def environment(simulator: Simulator) -> Mapping[str, str]:
    """What a bot must be told to live in this simulator; `muster simulator` prints it for any bot."""
    return {
        "SLACK_BOT_TOKEN": credentials.SLACK_BOT_TOKEN,
        "SLACK_SIGNING_SECRET": credentials.SLACK_SIGNING_SECRET,
        "SLACK_API_URL": f"{simulator.url}/slack/api/",
        "PAGERDUTY_API_TOKEN": credentials.PAGERDUTY_API_TOKEN,
        "PAGERDUTY_WEBHOOK_SECRETS": credentials.PAGERDUTY_WEBHOOK_SECRET,
        "PAGERDUTY_FROM": credentials.PAGERDUTY_FROM,
        "PAGERDUTY_API_URL": f"{simulator.url}/pagerduty",
        "PAGERDUTY_EVENTS_URL": f"{simulator.url}/events",
    }


@contextlib.asynccontextmanager
async def stage(*, port: int = 0, choices: Choices = CHOICES) -> AsyncIterator[Stage]:
    """Everything running, on a database that is forgotten afterwards."""
    with tempfile.TemporaryDirectory(prefix="muster-demo-") as folder:
        simulator = Simulator()
        await simulator.start(port=port)
        try:
            database = {"DATABASE_URL": f"sqlite:///{Path(folder) / 'muster.db'}"}
            config = Config.read({**environment(simulator), **database})
            async with Bot(config.model_copy(update={"choices": choices})).running() as bot:
                await _invite_bot(simulator, "#incidents")
                simulator.bot_url = bot.url
                yield Stage(simulator, bot)
        finally:
            await simulator.stop()


async def _invite_bot(simulator: Simulator, channel: str) -> None:
    """As a person would: Muster announces only where it was invited."""
    slack = simulator.slack
    bot = next(user for user in slack.users.values() if user.is_bot)
    slack.channel(channel.lstrip("#")).members.add(bot.id)
