"""First door: someone speaks to Muster in Slack. Whatever way they speak, the same command runs.

Bolt is the edge and nothing more: a listener commits, then acknowledges, and the acknowledgement carries the answer.
"""

import json
import re
import time
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext

from bot.speaking.conversation import Conversation
from bot.speaking.menus import Menus
from bot.speaking.overhearing import Overhearing
from commands import Call
from commands.perform import perform, spoken

COMMAND = re.compile(r"^command:(?P<verb>\w[\w-]*)(?::\d+)?$")
FORM = re.compile(r"^form:(?P<verb>\w[\w-]*)$")
MENTION = re.compile(r"^\s*<@\w+(?:\|[^>]*)?>\s*")
ANYTHING = re.compile(r".*")
DOMAIN, TS = re.compile(r"[a-z0-9-]+"), re.compile(r"\d+\.\d+")

Body = Mapping[str, Any]


class Listeners:
    """`changing`: the names of the slash command that logs a change; every other takes verbs."""

    def __init__(
        self, conversation: Conversation, overhearing: Overhearing, menus: Menus | None = None, *,
        changing: Collection[str] = ("/change",),
    ) -> None:  # fmt: skip
        self._conversation, self._overhearing, self._menus = conversation, overhearing, menus
        self._changing = changing

    def attach(self, app: AsyncApp) -> None:
        """Every listener there is."""
        app.command(ANYTHING)(self.typed)
        app.event("app_mention")(self.mentioned)
        app.event("message")(self.heard)
        app.action(COMMAND)(self.pressed)
        app.action(ANYTHING)(self.touched)
        app.options(ANYTHING)(self.typed_in_menu)
        app.view(FORM)(self.submitted)
        app.shortcut(COMMAND)(self.chosen_from_menu)
        app.event("channel_archive")(self.archived)
        app.event("group_archive")(self.archived)
        app.event("app_home_opened")(self.home_opened)
        app.event(ANYTHING)(self.something_else)

    async def typed(self, ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        """Whatever the command is called: Slack sends only those of our app."""
        call = await self._call(
            body, context, body["user_id"], body["channel_id"], text=body.get("text") or "", origin="slack.command"
        )
        logs_change = body["command"] in self._changing
        reply = await self._conversation.answer(
            call, (lambda tx, call: perform(tx, "change", call)) if logs_change else spoken
        )
        if reply.quiet:
            await ack()
        else:
            kind = "in_channel" if reply.to_all else "ephemeral"
            await ack(text=reply.text, blocks=list(reply.blocks), response_type=kind)

    async def mentioned(self, event: Body, body: Body, context: AsyncBoltContext) -> None:
        text = event.get("text") or ""
        if _is_somebodys(event) and not text.lstrip().startswith("!"):  # which is heard as it is
            await self._said(event, body, context, MENTION.sub("", text))

    async def heard(self, event: Body, body: Body, context: AsyncBoltContext) -> None:
        """`!ack` works where slash commands do not: in threads. Of all else nothing is kept."""
        text = event.get("text") or ""
        if not _is_somebodys(event):
            return
        if text.lstrip().startswith("!"):
            await self._said(event, body, context, _without(context.bot_user_id, text.lstrip()[1:]))
        else:
            await self._overhearing.overheard(event, body["event_id"])

    async def pressed(self, ack: AsyncAck, body: Body, action: Body, context: AsyncBoltContext) -> None:
        call = await self._call(
            body, context, body["user"]["id"], _channel(body), text=_value(action), origin="slack.button",
            is_private=_is_private(body),
        )  # fmt: skip
        verb = _verb(COMMAND, action["action_id"])
        await self._conversation.answer_later(call, lambda tx, call: perform(tx, verb, call))
        await ack()

    async def chosen_from_menu(self, ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
        """From everywhere, or from the menu of a message: then its words are the text, and it says where it stands."""
        message: Body = body.get("message") or {}
        call = await self._call(
            body, context, body["user"]["id"], _channel(body), text=message.get("text") or "", origin="slack.shortcut"
        )
        call = replace(call, thread_ts=message.get("thread_ts"), permalink=_permalink(body, message))
        verb = _verb(COMMAND, body["callback_id"])
        await self._conversation.answer_later(call, lambda tx, call: perform(tx, verb, call))
        await ack()

    async def typed_in_menu(self, ack: AsyncAck, body: Body) -> None:
        asked = time.monotonic()
        call = Call(
            by=await self._conversation.who(body["user"]["id"]), channel="", at=datetime.now(UTC), text=body["value"],
            origin="slack.menu", asked=asked,
        )  # fmt: skip
        await ack(options=await self._menus.offered(call, body["action_id"]) if self._menus else [])

    async def submitted(self, ack: AsyncAck, body: Body, view: Body, context: AsyncBoltContext) -> None:
        """What is wrong with an input is said beside it, and the form stays open."""
        told, asked = json.loads(view.get("private_metadata") or "{}"), time.monotonic()
        by = await self._conversation.who(body["user"]["id"])
        call = Call(
            by=by, channel=told.get("channel") or "", at=datetime.now(UTC), fields=_fields(view, told),
            id=f"{view['id']}:{view.get('hash', '')}", origin="slack.form", response_url=told.get("response_url"),
            request=_request(context), asked=asked,
        )  # fmt: skip
        verb = _verb(FORM, view["callback_id"])
        errors = await self._conversation.submit(call, lambda tx, call: perform(tx, verb, call))
        await (ack(response_action="errors", errors=errors) if errors else ack())

    async def archived(self, event: Body, body: Body, context: AsyncBoltContext) -> None:
        await self._overhearing.archived(event["channel"], event["user"], body["event_id"], _request(context))

    async def home_opened(self, event: Body, context: AsyncBoltContext) -> None:
        await self._overhearing.home_opened(event["user"], _request(context))

    async def touched(self, ack: AsyncAck) -> None:
        """A link was opened, or an input was changed: nothing is asked of us."""
        await ack()

    async def something_else(self, event: Body) -> None:
        """Newly invented by Slack: nothing follows."""

    async def _call(
        self, body: Body, context: AsyncBoltContext, user: str, channel: str, *,
        text: str, origin: str, is_private: bool = False,
    ) -> Call:  # fmt: skip
        asked, reply_to = time.monotonic(), body.get("response_url")
        by = await self._conversation.who(user)
        return Call(
            by=by, channel=channel, at=datetime.now(UTC), text=text, id=body["trigger_id"], origin=origin,
            trigger_id=body["trigger_id"], is_private=is_private, request=_request(context),
            response_url=self._conversation.sealed(reply_to) if reply_to else None, asked=asked,
        )  # fmt: skip

    async def _said(self, event: Body, body: Body, context: AsyncBoltContext, text: str) -> None:
        """Slack sends an event again when it doubts that we heard; its event_id stays the same."""
        asked = time.monotonic()
        by = await self._conversation.who(event["user"])
        call = Call(
            by=by, channel=event["channel"], at=datetime.now(UTC), text=text, id=body["event_id"],
            origin="slack.mention", thread_ts=event.get("thread_ts"), request=_request(context), asked=asked,
        )  # fmt: skip
        await self._conversation.answer_later(call, spoken)


def _is_somebodys(event: Body) -> bool:
    """Whether a person has just said it: an app that has somebody's token says a `bot_id` too, and what was said
    before comes again when it is edited."""
    return bool(event.get("user")) and not event.keys() & {"subtype", "bot_id", "edited"}


def _without(bot: str | None, text: str) -> str:
    """`!ack @muster` is as good as `!ack`."""
    return re.sub(rf"<@{re.escape(bot)}(?:\|[^>]*)?>", "", text).strip() if bot else text


def _request(context: AsyncBoltContext) -> str:
    """What the door calls this request; nothing when it came through a socket, which nobody can play again."""
    return str(context.get("request", ""))


def _verb(pattern: re.Pattern[str], name: str) -> str:
    match = pattern.match(name)
    return match["verb"] if match else ""


def _value(action: Body) -> str:
    """What the button, menu or overflow stands for: the text a person would have typed after the verb."""
    option = action.get("selected_option") or {}
    return str(action.get("value") or option.get("value") or "")


def _fields(view: Body, told: Body) -> dict[str, str]:
    """The inputs of a submitted form, by name; what was left empty is left out."""
    found = {"incident": f"INC-{told['incident']}"} if told.get("incident") else {}
    for block in view["state"]["values"].values():
        for name, state in block.items():
            value = state.get("value") or (state.get("selected_option") or {}).get("value")
            found |= {name: str(value)} if value else {}
    return found


def _channel(body: Body) -> str:
    container = body.get("container") or {}
    return str((body.get("channel") or {}).get("id") or container.get("channel_id") or "")


def _permalink(body: Body, message: Body) -> str:
    """As chat.getPermalink makes it, without asking: https://docs.slack.dev/reference/methods/chat.getPermalink"""
    domain, channel, ts = (body.get("team") or {}).get("domain") or "", _channel(body), message.get("ts") or ""
    if not (channel and DOMAIN.fullmatch(domain) and TS.fullmatch(ts)):
        return ""
    thread = message.get("thread_ts") or ts
    place = f"?thread_ts={thread}&cid={channel}" if thread != ts and TS.fullmatch(thread) else ""
    return f"https://{domain}.slack.com/archives/{channel}/p{ts.replace('.', '')}{place}"


def _is_private(body: Body) -> bool:
    """Whether the button stood in an answer only the presser sees, or on their own home tab."""
    container = body.get("container") or {}
    return bool(container.get("is_ephemeral")) or container.get("type") == "view"
