"""First door: someone speaks to Muster in Slack. Whatever way they speak, the same command runs.

Bolt is the edge and nothing more: a listener commits, then acknowledges, and the acknowledgement carries the answer.
"""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from slack_bolt.async_app import AsyncAck, AsyncApp

from bot.conversation import Conversation
from commands import Call
from commands.perform import perform, spoken

PRESSED = re.compile(r"^command:(\w[\w-]*)(?::\d+)?$")
SUBMITTED = re.compile(r"^form:(\w[\w-]*)$")
MENTION = re.compile(r"^\s*<@\w+(?:\|[^>]*)?>\s*")

Body = Mapping[str, Any]


def attach(app: AsyncApp, conversation: Conversation) -> None:
    """Every listener there is."""
    attach_speech(app, conversation)
    attach_presses(app, conversation)
    attach_events(app, conversation)


def attach_speech(app: AsyncApp, conversation: Conversation) -> None:
    @app.command(re.compile(r".*"))
    async def typed(ack: AsyncAck, body: Body) -> None:
        """Slack offers us only the names in our manifest; the one that ends in "change" is for logging a change."""
        call = Call(
            by=await conversation.who(body["user_id"]), channel=body["channel_id"], at=datetime.now(UTC),
            text=body.get("text", ""), id=body["trigger_id"], trigger_id=body["trigger_id"],
            response_url=body.get("response_url"),
        )  # fmt: skip
        logs_change = body["command"].endswith("change")
        run = (lambda tx: perform(tx, "change", call)) if logs_change else (lambda tx: spoken(tx, call))
        reply = await conversation.answer(call, run)
        if reply.quiet:
            await ack()
        else:
            kind = "in_channel" if reply.to_all else "ephemeral"
            await ack(text=reply.text, blocks=list(reply.blocks), response_type=kind)

    @app.event("app_mention")
    async def mentioned(event: Body, body: Body) -> None:
        await _said(conversation, event, body, MENTION.sub("", event.get("text", "")))

    @app.event("message")
    async def heard(event: Body, body: Body) -> None:
        """`!ack` works where slash commands do not: in threads."""
        text = event.get("text") or ""
        if text.startswith("!") and "subtype" not in event and "bot_id" not in event:
            await _said(conversation, event, body, text[1:])


async def _said(conversation: Conversation, event: Body, body: Body, text: str) -> None:
    """Slack sends an event again when it doubts that we heard; its event_id stays the same."""
    call = Call(
        by=await conversation.who(event["user"]), channel=event["channel"], at=datetime.now(UTC), text=text,
        id=body["event_id"], origin="slack.mention", thread_ts=event.get("thread_ts"),
    )  # fmt: skip
    await conversation.answer_later(call, lambda tx: spoken(tx, call))


def attach_presses(app: AsyncApp, conversation: Conversation) -> None:
    @app.action(PRESSED)
    async def pressed(ack: AsyncAck, body: Body, action: Body) -> None:
        found = PRESSED.match(action["action_id"])
        text = chosen(action)
        verb, text = (found[1], text) if found else ("", text)
        call = Call(
            by=await conversation.who(body["user"]["id"]), channel=_channel(body), at=datetime.now(UTC), text=text,
            id=body["trigger_id"], trigger_id=body["trigger_id"], origin="slack.button",
            response_url=body.get("response_url"), is_private=_is_private(body),
        )  # fmt: skip
        await conversation.answer_later(call, lambda tx: perform(tx, verb, call))
        await ack()

    @app.action(re.compile(r".*"))
    async def elsewhere(ack: AsyncAck) -> None:
        """A link was opened, or an input was changed: nothing is asked of us."""
        await ack()

    @app.view(SUBMITTED)
    async def submitted(ack: AsyncAck, body: Body, view: Body) -> None:
        found = SUBMITTED.match(view["callback_id"])
        told = json.loads(view.get("private_metadata") or "{}")
        fields = answers(view)
        if told.get("incident"):
            fields["incident"] = f"INC-{told['incident']}"
        call = Call(
            by=await conversation.who(body["user"]["id"]), channel=told.get("channel") or "", at=datetime.now(UTC),
            fields=fields, id=f"{view['id']}:{view.get('hash', '')}", origin="slack.form",
            response_url=told.get("response_url"),
        )  # fmt: skip
        errors = await conversation.submit(call, lambda tx: perform(tx, found[1] if found else "", call))
        if errors:
            await ack(response_action="errors", errors=errors)
        else:
            await ack()

    @app.shortcut(re.compile(r"^command:\w+$"))
    async def shortcut(ack: AsyncAck, body: Body) -> None:
        verb = body["callback_id"].partition(":")[2]
        call = Call(
            by=await conversation.who(body["user"]["id"]), channel=(body.get("channel") or {}).get("id", ""),
            at=datetime.now(UTC), text=(body.get("message") or {}).get("text", ""), id=body["trigger_id"],
            trigger_id=body["trigger_id"], origin="slack.shortcut", response_url=body.get("response_url"),
        )  # fmt: skip
        await conversation.answer_later(call, lambda tx: perform(tx, verb, call))
        await ack()


def attach_events(app: AsyncApp, conversation: Conversation) -> None:
    @app.event("channel_archive")
    async def channel_archived(event: Body, body: Body) -> None:
        await conversation.archived(event["channel"], event["user"], body["event_id"])

    @app.event("group_archive")
    async def group_archived(event: Body, body: Body) -> None:
        await conversation.archived(event["channel"], event["user"], body["event_id"])

    @app.event("app_home_opened")
    async def home_opened(event: Body) -> None:
        await conversation.home_opened(event["user"])

    @app.event(re.compile(r".*"))
    async def other(event: Body) -> None:
        """Subscribed to for others' sake, or newly invented by Slack: nothing follows."""


def chosen(action: Body) -> str:
    """What the button, menu or overflow stands for: the text a person would have typed after the verb."""
    option = action.get("selected_option") or {}
    return str(action.get("value") or option.get("value") or "")


def answers(view: Body) -> dict[str, str]:
    """The inputs of a submitted form, by name; what was left empty is left out."""
    found: dict[str, str] = {}
    for block in view["state"]["values"].values():
        for name, state in block.items():
            value = state.get("value") or (state.get("selected_option") or {}).get("value")
            if value:
                found[name] = str(value)
    return found


def _channel(body: Body) -> str:
    container = body.get("container") or {}
    return str((body.get("channel") or {}).get("id") or container.get("channel_id") or "")


def _is_private(body: Body) -> bool:
    """Whether the button stood in an answer only the presser sees, or on their own home tab."""
    container = body.get("container") or {}
    return bool(container.get("is_ephemeral")) or container.get("type") == "view"
