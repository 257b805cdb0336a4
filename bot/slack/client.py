"""Slack as the bot uses it. Every failure is Refused, with Slack's own word as its code, or Unavailable."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.errors import Refused
from bot.domain.fence import GUARD
from bot.slack.channels import MOST_READ, Channels
from bot.slack.errors import TOO_MANY_REQUESTS, code_in, failing, silence, too_many
from bot.slack.pace import Gate
from bot.slack.seal import Seal
from bot.slack.views.message import Message

EVENT_TYPE = "muster_message"
SLACK = frozenset({("https", "hooks.slack.com"), ("https", "hooks.slack-gov.com")})
SENT_AS_IS = {"unfurl_links": False, "unfurl_media": False, "parse": "none"}
"""Slack must not turn names or addresses in foreign text into mentions or previews."""
NO_SEAL = Seal(())


class Slack(Channels):
    def __init__(
        self, web: AsyncWebClient, gate: Gate, seal: Seal = NO_SEAL, answered: Callable[[], None] = lambda: None
    ) -> None:
        super().__init__(web, gate, answered)
        self._seal = seal

    async def post(self, channel: str, message: Message, *, key: str, thread_ts: str | None = None) -> str:
        """Posts, and returns the message's ts. `key` goes along unseen, so that `posted` finds it again.

        https://docs.slack.dev/messaging/message-metadata
        """
        metadata = {"event_type": EVENT_TYPE, "event_payload": {"key": key}}
        where = {"channel": channel, "thread_ts": thread_ts}
        answer = await self.call("chat.postMessage", **where, metadata=metadata, **_said(message), **SENT_AS_IS)
        return str(answer["ts"])

    async def posted(
        self, channel: str, key: str, *, thread_ts: str | None = None, around: datetime | None = None
    ) -> str | None:
        """The ts of our own message with this key, if it is among the newest of the channel, or of the thread; with
        `around`, if it was posted soon after.

        Only a member may read: a public channel that the bot has not joined yet, it joins.
        """
        bot = (await self.identity()).bot_user_id
        messages = await (self.replies(channel, thread_ts) if thread_ts else self._newest(channel, around))
        ours = (message for message in messages if message.get("user") == bot)
        return next((str(message["ts"]) for message in ours if _key(message) == key), None)

    async def update(self, channel: str, ts: str, message: Message) -> None:
        """Replaces the whole message; its key stays."""
        await self.call("chat.update", channel=channel, ts=ts, parse="none", **_said(message))

    async def whisper(self, channel: str, user: str, message: Message, *, thread_ts: str | None = None) -> None:
        """Shown to one person, who must be in the channel."""
        where = {"channel": channel, "user": user, "thread_ts": thread_ts}
        await self.call("chat.postEphemeral", **where, parse="none", **_said(message))

    def sealed(self, response_url: str) -> str:
        """A reply address as it may be kept; `respond` opens it."""
        return self._seal.closed(response_url)

    async def respond(self, response_url: str, message: Message, *, replace: bool = False) -> None:
        """A private answer to a command or a press; five times within half an hour.

        https://docs.slack.dev/interactivity/handling-user-interaction#message_responses
        """
        url = self._seal.opened(response_url)
        if not self._is_slack(url):
            raise Refused("a response_url must lead to Slack", code="not_slack")
        body = {**_said(message), "response_type": "ephemeral", "replace_original": replace}
        if guard := GUARD.get():
            await guard()
        try:
            async with self._session.post(url, json=body, allow_redirects=False) as answer:
                _check_response(answer.status, await answer.text(errors="replace"), answer.headers)
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise silence("response_url", error) from error

    async def pin(self, channel: str, ts: str) -> None:
        """Pinned already is fine."""
        try:
            await self.call("pins.add", channel=channel, timestamp=ts)
        except Refused as refused:
            if refused.code != "already_pinned":
                raise

    async def permalink(self, channel: str, ts: str) -> str:
        return str((await self.call("chat.getPermalink", channel=channel, message_ts=ts))["permalink"])

    async def open_form(self, trigger_id: str, view: dict[str, Any]) -> None:
        """Opens a modal; the trigger lives three seconds and serves once."""
        await self.call("views.open", trigger_id=trigger_id, view=view)

    async def show_home(self, user: str, view: dict[str, Any]) -> None:
        """Replaces the home tab that `user` sees."""
        await self.call("views.publish", user_id=user, view=view)

    async def _newest(self, channel: str, around: datetime | None = None) -> list[dict[str, Any]]:
        try:
            return await self.history(channel, most=MOST_READ, around=around)
        except Refused as refused:
            if refused.code != "not_in_channel":
                raise
        await self.join(channel)
        return await self.history(channel, most=MOST_READ, around=around)

    def _is_slack(self, url: str) -> bool:
        """Whether it may be told what we know: Slack's own hosts over TLS, or the host we were configured to call."""
        return _origin(url) in SLACK | {_origin(self._web.base_url)}


def _origin(url: str) -> tuple[str, str]:
    try:
        parts = urlsplit(url)
    except ValueError:
        return "", ""
    return parts.scheme, parts.netloc


def _said(message: Message) -> dict[str, Any]:
    return {"text": message.text, "blocks": message.blocks}


def _key(message: dict[str, Any]) -> str | None:
    metadata = message.get("metadata") or {}
    key = (metadata.get("event_payload") or {}).get("key")
    return str(key) if key and metadata.get("event_type") == EVENT_TYPE else None


def _check_response(status: int, text: str, headers: Any) -> None:
    if status == TOO_MANY_REQUESTS:
        raise too_many("response_url", headers)
    if status >= 500:
        raise failing(f"Slack answered response_url with {status}")
    if status != 200:
        code = code_in(text) or f"http_{status}"
        raise Refused(f"Slack refused response_url: {code}", code=code)
