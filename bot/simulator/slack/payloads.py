"""What Slack tells the bot about something a person did.

https://docs.slack.dev/reference/interaction-payloads and …/interactivity/implementing-slash-commands
"""

import re
import time

from bot.simulator.slack.events import VERIFICATION_TOKEN
from bot.simulator.slack.model import APP_ID, TEAM_DOMAIN, TEAM_ID, Channel, Json, Message, User, View
from bot.simulator.slack.workspace import Workspace

_TOKEN = re.compile(r"(<[@#!][^<>]+>)")
_NAMED = re.compile(r"(?<![\w@#])([@#])([a-z0-9][a-z0-9._-]*)")
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


def typed(workspace: Workspace, text: str) -> str:
    """What a person typed as Slack passes it on: escaped, with @names and #channels as ids.

    Mentions that are written as `<@U…>` already stay.
    """
    parts = _TOKEN.split(text)
    return "".join(
        part if number % 2 else _NAMED.sub(lambda found: _id(workspace, found), part.translate(_ESCAPES))
        for number, part in enumerate(parts)
    )


def _id(workspace: Workspace, found: re.Match[str]) -> str:
    sign, name = found[1], found[2].rstrip(".")
    rest = found[2][len(name) :]
    if sign == "@":
        return next((f"<@{each.id}>{rest}" for each in workspace.users.values() if each.name == name), found[0])
    named = (f"<#{each.id}|{name}>{rest}" for each in workspace.channels.values() if each.name == name)
    return next(named, found[0])


def command(user: User, channel: Channel, text: str, **tokens: str) -> Json:
    """The form of a slash command; `tokens` are `trigger_id` and `response_url`."""
    name, _, rest = text.partition(" ")
    where = {"channel_id": channel.id, "channel_name": _channel_name(channel)}
    who = {"user_id": user.id, "user_name": user.name, "command": name, "text": rest.strip()}
    fields = {"token": VERIFICATION_TOKEN, "team_id": TEAM_ID, "team_domain": TEAM_DOMAIN, **where, **who}
    return fields | {"api_app_id": APP_ID, "is_enterprise_install": "false", **tokens}


def _channel_name(channel: Channel) -> str:
    return "directmessage" if channel.is_im else "privategroup" if channel.is_private else channel.name


def interaction(kind: str, user: User, **fields: object) -> Json:
    """What every interaction has, and `fields`."""
    who = {"id": user.id, "username": user.name, "name": user.name, "team_id": user.team_id}
    body: Json = {"type": kind, "user": who, "api_app_id": APP_ID, "token": VERIFICATION_TOKEN}
    body |= {"team": {"id": TEAM_ID, "domain": TEAM_DOMAIN}, "enterprise": None, "is_enterprise_install": False}
    return body | fields


def in_message(channel: Channel, ts: str, message: Message | None) -> Json:
    """Where a press happened; an ephemeral message is not told, only named."""
    container = {"type": "message", "message_ts": ts, "channel_id": channel.id, "is_ephemeral": message is None}
    body: Json = {"container": container, "channel": {"id": channel.id, "name": _channel_name(channel)}}
    body["state"] = {"values": {}}
    if message is not None:
        body["message"] = message.payload()
        if message.thread_ts:
            container["thread_ts"] = message.thread_ts
    return body


def in_view(view: View) -> Json:
    return {"container": {"type": "view", "view_id": view.id}, "view": view.payload()}


def suggestion(user: User, view: View, block: Json, element: Json, typed: str) -> Json:
    """What is asked of the bot when somebody types in a menu whose options are the bot's."""
    asked = {"action_id": element["action_id"], "block_id": block["block_id"], "value": typed}
    return interaction("block_suggestion", user, **asked, **in_view(view))


def action_ts() -> str:
    return f"{time.time():.6f}"
