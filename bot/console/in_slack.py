"""The checkpoints that Slack shows, held against the record: whoever owns the database cannot take them back."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from bot.config import Config
from bot.domain.checkpoint import Signed
from bot.domain.errors import Misuse
from bot.proof.record import CHECKPOINTS, Record, Trouble
from bot.slack.client import Slack
from bot.slack.pace import Gate
from bot.slack.views.checkpoints import said
from storage import Database, Transaction

DAYS = 90
"""That are looked at. Each is a thread, of which Slack lets us read about fifty a minute; and a workspace that does not
pay sees messages this long:
https://slack.com/help/articles/27204752526611-Feature-limitations-on-the-free-version-of-Slack"""

Stated = set[tuple[int, str]]
"""Number and hash of each. Two of one number show that the record was cut off and went on differently."""


async def held_against_slack(config: Config, database: Database, record: Record) -> tuple[int, Trouble | None]:
    """The newest checkpoint of the record that Slack shows, 0 when there is none; and what is wrong."""
    wanted = config.anchors(database.place).slack
    if wanted is None:
        raise Misuse("No Slack channel is an anchor: name one under `anchors:` in muster.yaml.")
    async with aiohttp.ClientSession() as session:
        web = AsyncWebClient(config.slack_bot_token, base_url=config.slack_api_url, session=session, retry_handlers=[])
        slack = Slack(web, Gate())
        channel = await slack.channel_id(wanted) if wanted.startswith("#") else wanted
        if channel is None:
            raise Misuse(f"Muster is not in {wanted}.")
        noted = await database.read(lambda tx: _noted(tx, channel))
        stated = await _stated(slack, channel, datetime.now(UTC) - timedelta(days=DAYS))
    # Read last, so that what Muster signed meanwhile is known, too.
    later = await database.read(lambda tx: tx.checkpoint_lines(after=len(record.checkpoints)))
    known = {one.number: one.hash for one in (*record.checkpoints, *map(Signed.from_line, later))}
    newest = max((number for number, _ in stated if number <= len(record.checkpoints)), default=0)
    return newest, _differs(stated, known) or _missing(stated, noted)


def _noted(tx: Transaction, channel: str) -> tuple[int, datetime] | None:
    """The newest checkpoint that is known to stand in this channel, and when it was made."""
    here = [number for number, place in tx.places("slack") if place.startswith(f"{channel}:")]
    newest = tx.checkpoint(max(here)) if here else None
    return (newest.checkpoint.number, datetime.fromisoformat(newest.checkpoint.at)) if newest else None


async def _stated(slack: Slack, channel: str, since: datetime) -> Stated:
    """What Muster itself stated in the channel's threads."""
    bot = (await slack.identity()).bot_user_id
    parents = [one async for one in slack.since(channel, since) if one.get("user") == bot and one.get("reply_count")]
    threads = [await slack.replies(channel, str(parent["ts"])) for parent in parents]
    texts = (str(one.get("text")) for thread in threads for one in thread if one.get("user") == bot)
    return set(filter(None, map(said, texts)))


def _differs(stated: Iterable[tuple[int, str]], known: Mapping[int, str]) -> Trouble | None:
    for number, hash_ in sorted(stated):
        if known.get(number) != hash_:
            return Trouble(CHECKPOINTS, number, "Slack shows another one, or one that is no longer in the database")
    return None


def _missing(stated: Iterable[tuple[int, str]], noted: tuple[int, datetime] | None) -> Trouble | None:
    """That it was deleted, or Slack keeps messages for a shorter time: either way it proves nothing any more."""
    if noted is None or noted[1] < datetime.now(UTC) - timedelta(days=DAYS - 1) or noted[0] in dict(stated):
        return None
    return Trouble(CHECKPOINTS, noted[0], f"Slack does not show it, though it was stated there after {noted[1]:%F %R}")
