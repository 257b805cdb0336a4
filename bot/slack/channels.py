"""What we do with channels."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.domain.errors import Refused
from bot.slack.errors import PeopleRefused
from bot.slack.mrkdwn import cut, escape
from bot.slack.people import People

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
LONGEST_TOPIC = 250
MOST_INVITED = 100
MOST_READ = 999
"""Messages in one answer: https://docs.slack.dev/reference/methods/conversations.history"""
CLOCKS_DIFFER = timedelta(minutes=1)
"""How far Slack's clock may be behind ours."""
SAID_WITHIN = timedelta(minutes=10)
"""How late a line may be said that is looked for later."""
ALREADY_IN = frozenset({"already_in_channel", "cant_invite_self"})
PERSONAL = frozenset(
    {
        "user_not_found", "users_not_found", "user_is_restricted", "user_is_ultra_restricted", "user_disabled",
        "cant_invite", "org_user_not_in_team", "org_user_disabled", "ura_max_channels", "user_team_mismatch",
        "invalid_users", "no_user", "user_not_visible", "no_external_invite_permission", "is_bot",
        "invitee_cant_see_channel", "failed_for_some_users",
    }
)  # fmt: skip
"""Reasons that lie in who is invited; any other concerns the channel or us, and fails the whole."""
SPEECH = frozenset({None, "thread_broadcast", "file_share", "me_message"})
"""The subtypes of messages that people write; the others are Slack's grey lines."""


class Channels(People):
    async def create_channel(self, name: str, *, private: bool) -> str:
        """The new channel's id; Refused with code "name_taken" when the name is in use, archived channels included."""
        answer = await self.call("conversations.create", name=name, is_private=private)
        return str(answer["channel"]["id"])

    async def own_channel(self, name: str, *, created_after: datetime) -> str | None:
        """The id of the open channel of this name that the bot itself created since then."""
        bot = (await self.identity()).bot_user_id
        earliest = (created_after - CLOCKS_DIFFER).timestamp()
        async for channel in self._joined():
            if channel.get("name") == name and channel.get("creator") == bot and channel["created"] >= earliest:
                return str(channel["id"])
        return None

    async def own_channels(self, *, created_after: datetime = LONG_AGO) -> dict[str, str]:
        """Id → name of the open channels that the bot is in and has itself created since then."""
        bot, earliest = (await self.identity()).bot_user_id, (created_after - CLOCKS_DIFFER).timestamp()
        return {
            str(one["id"]): str(one.get("name", ""))
            async for one in self._joined() if one.get("creator") == bot and one["created"] >= earliest
        }  # fmt: skip

    async def why_lost(self, channel: str) -> str | None:
        """Why a room of ours is not among our open channels; None: it is there, and the bot is in it again."""
        try:
            told = (await self.call("conversations.info", channel=channel))["channel"]
        except Refused as refused:
            if refused.code != "channel_not_found":
                raise
            return "the channel was deleted, or Muster was put out of it"
        if told.get("is_archived"):
            return "the channel was archived"
        if not told.get("is_member"):
            await self.join(channel)
        return None

    async def channel_id(self, name: str) -> str | None:
        """The id of the channel of this name, if the bot is in it; never a search of the whole workspace."""
        wanted = name.removeprefix("#").casefold()
        async for channel in self._joined():
            if channel.get("name") == wanted:
                return str(channel["id"])
        return None

    async def invite(self, channel: str, users: Sequence[str]) -> dict[str, str]:
        """Brings people in; returns who could not be, each with Slack's word for why. Being in already is fine."""
        missed: dict[str, str] = {}
        wanted = list(dict.fromkeys(users))
        batches = [wanted[start : start + MOST_INVITED] for start in range(0, len(wanted), MOST_INVITED)]
        while batches:
            batch = batches.pop()
            blamed = await self._blamed(channel, batch)
            missed |= {user: why for user, why in blamed.items() if user in batch and why not in ALREADY_IN}
            rest = [user for user in batch if user not in blamed]
            batches += [rest] if rest and blamed else []
        return missed

    async def set_topic(self, channel: str, text: str) -> None:
        """`text` is plain: it is escaped, and cut at 250 characters."""
        await self.call("conversations.setTopic", channel=channel, topic=escape(text, LONGEST_TOPIC))

    async def set_purpose(self, channel: str, text: str) -> None:
        """`text` is plain: it is escaped, and cut at 250 characters."""
        await self.call("conversations.setPurpose", channel=channel, purpose=escape(text, LONGEST_TOPIC))

    async def bookmarks(self, channel: str) -> list[tuple[str, str]]:
        """(title, link) of each."""
        answer = await self.call("bookmarks.list", channel_id=channel)
        return [(str(one.get("title", "")), str(one.get("link", ""))) for one in answer.get("bookmarks") or []]

    async def add_bookmark(self, channel: str, title: str, link: str, emoji: str | None = None) -> None:
        """`emoji` as ":name:". Slack adds the same one again when asked twice."""
        named = {"title": cut(title, 255), "link": link, "emoji": emoji}
        await self.call("bookmarks.add", channel_id=channel, type="link", **named)

    async def archive(self, channel: str) -> None:
        """Archived already is fine."""
        try:
            await self.call("conversations.archive", channel=channel)
        except Refused as refused:
            if refused.code != "already_archived":
                raise

    async def join(self, channel: str) -> None:
        """A public channel; being in already is fine."""
        await self.call("conversations.join", channel=channel)

    async def history(
        self, channel: str, *, most: int = 100, around: datetime | None = None
    ) -> list[dict[str, Any]]:
        """The newest messages, newest first, replies in threads not included; with `around`, those of then."""
        when = {}
        if around:
            oldest, latest = around - CLOCKS_DIFFER, around + SAID_WITHIN
            when = {"oldest": f"{oldest.timestamp():.6f}", "latest": f"{latest.timestamp():.6f}"}
        wanted = {"channel": channel, "limit": most, "include_all_metadata": True, **when}
        answer = await self.call("conversations.history", **wanted)
        return list(answer.get("messages") or [])

    def since(self, channel: str, oldest: datetime) -> AsyncIterator[dict[str, Any]]:
        """Every message since then, newest first, replies in threads not included."""
        return self.pages("conversations.history", "messages", channel=channel, oldest=f"{oldest.timestamp():.6f}")

    async def replies(self, channel: str, parent: str) -> list[dict[str, Any]]:
        """A thread, its parent first."""
        return [
            message
            async for message in self.pages("conversations.replies", "messages", channel=channel, ts=parent,
                                            include_all_metadata=True)
        ]  # fmt: skip

    async def last_word(self, channel: str) -> datetime | None:
        """When a human last wrote, threads included, as far as the newest 100 messages tell."""
        bot = (await self.identity()).bot_user_id
        times = [at for message in await self.history(channel) for at in _human_words(message, bot)]
        return datetime.fromtimestamp(max(times), UTC) if times else None

    async def _blamed(self, channel: str, users: list[str]) -> dict[str, str]:
        """Nobody once all are in; else who stands in the way of the batch, and why."""
        try:
            await self.call("conversations.invite", channel=channel, users=",".join(users))
        except PeopleRefused as refused:
            return refused.people
        except Refused as refused:
            if refused.code not in PERSONAL | ALREADY_IN:
                raise
            if len(users) == 1:
                return {users[0]: refused.code}
            return {user: why for one in users for user, why in (await self._blamed(channel, [one])).items()}
        return {}

    def _joined(self) -> AsyncIterator[dict[str, Any]]:
        """The open channels the bot is in."""
        return self.pages(
            "users.conversations", "channels", types="public_channel,private_channel", exclude_archived=True
        )


def _human_words(message: dict[str, Any], bot: str) -> list[float]:
    """When people wrote this message and the last reply to it, in seconds since the epoch."""
    written = not message.get("bot_id") and message.get("subtype") in SPEECH and message.get("user") != bot
    answered = message.get("latest_reply") and set(message.get("reply_users") or []) - {bot}
    return [float(message["ts"])] * bool(written) + [float(message.get("latest_reply", 0))] * bool(answered)
