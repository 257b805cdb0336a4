"""The checkpoints that Slack shows."""

from datetime import UTC, datetime, timedelta

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from bot.config import Config
from bot.console.stated import DAYS, Shown, Stated, noted
from bot.domain.errors import Misuse
from bot.slack.client import Slack
from bot.slack.pace import Gate
from bot.slack.views.checkpoints import said
from storage import Database, Transaction


async def shown_in_slack(config: Config, database: Database) -> Shown:
    wanted = config.anchors(database.place).slack or ""
    async with aiohttp.ClientSession() as session:
        web = AsyncWebClient(config.slack_bot_token, base_url=config.slack_api_url, session=session, retry_handlers=[])
        slack = Slack(web, Gate())
        channel = await slack.channel_id(wanted) if wanted.startswith("#") else wanted
        if channel is None:
            raise Misuse(f"Muster is not in {wanted}.")
        newest = await database.read(lambda tx: noted(tx, _taken(tx, channel)))
        return Shown("Slack", await _stated(slack, channel), newest)


def _taken(tx: Transaction, channel: str) -> list[int]:
    """The checkpoints that are known to stand in this channel."""
    return [number for number, place in tx.places("slack") if place.startswith(f"{channel}:")]


async def _stated(slack: Slack, channel: str) -> Stated:
    """What Muster itself stated in the channel's threads."""
    bot, since = (await slack.identity()).bot_user_id, datetime.now(UTC) - timedelta(days=DAYS)
    parents = [one async for one in slack.since(channel, since) if one.get("user") == bot and one.get("reply_count")]
    threads = [await slack.replies(channel, str(parent["ts"])) for parent in parents]
    texts = (str(one.get("text")) for thread in threads for one in thread if one.get("user") == bot)
    return set(filter(None, map(said, texts)))
