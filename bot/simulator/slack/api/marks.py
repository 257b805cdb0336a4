"""pins.*, bookmarks.* and reactions.*: what hangs on channels and messages."""

import time

from bot.simulator.slack import messages
from bot.simulator.slack.api.call import Call, channel_of, message_of, room_of
from bot.simulator.slack.model import BOT_USER_ID, Channel, Json
from bot.simulator.slack.refusals import Refusal

MOST_PINS = 100
MOST_BOOKMARKS = 100
MOST_EMOJI = 23
"""Different reactions on one message."""


def pin(call: Call) -> Json:
    channel = room_of(call)
    message = message_of(call, channel, "timestamp")
    if message.ts in channel.pins:
        raise Refusal("already_pinned")
    if len(channel.pins) >= MOST_PINS:
        raise Refusal("too_many_pins")
    channel.pins.append(message.ts)
    call.workspace.changed()
    return {}


def unpin(call: Call) -> Json:
    channel = room_of(call)
    message = message_of(call, channel, "timestamp")
    if message.ts not in channel.pins:
        raise Refusal("no_pin")
    channel.pins.remove(message.ts)
    call.workspace.changed()
    return {}


def pins(call: Call) -> Json:
    channel = channel_of(call)
    pinned = filter(None, map(channel.message, reversed(channel.pins)))
    return {"items": [{"type": "message", "channel": channel.id, "message": each.payload()} for each in pinned]}


def bookmark(call: Call) -> Json:
    channel = room_of(call, "channel_id")
    if call.arguments.text("type") != "link":
        raise Refusal("invalid_bookmark_type")
    if len(channel.bookmarks) >= MOST_BOOKMARKS:
        raise Refusal("too_many_bookmarks")
    now = int(time.time())
    made: Json = {"id": call.workspace.mint_id("Bk"), "channel_id": channel.id, "title": call.arguments.text("title")}
    made |= {"link": _link(call), "emoji": call.arguments.text("emoji"), "type": "link", "date_created": now}
    made |= {"date_updated": now, "last_updated_by_user_id": BOT_USER_ID}
    channel.bookmarks.append(made)
    call.workspace.changed()
    return {"bookmark": made}


def _link(call: Call) -> str:
    link = call.arguments.text("link")
    if not link.startswith(("http://", "https://")):
        raise Refusal("invalid_link")
    return link


def edit_bookmark(call: Call) -> Json:
    channel = room_of(call, "channel_id")
    found = _bookmark(call, channel)
    if "link" in call.arguments:
        found["link"] = _link(call)
    found |= {name: call.arguments.text(name) for name in ("title", "emoji") if name in call.arguments}
    call.workspace.changed()
    return {"bookmark": found}


def remove_bookmark(call: Call) -> Json:
    channel = room_of(call, "channel_id")
    channel.bookmarks.remove(_bookmark(call, channel))
    call.workspace.changed()
    return {}


def bookmarks(call: Call) -> Json:
    return {"bookmarks": channel_of(call, "channel_id").bookmarks}


def _bookmark(call: Call, channel: Channel) -> Json:
    wanted = call.arguments.text("bookmark_id")
    for each in channel.bookmarks:
        if each["id"] == wanted:
            return each
    raise Refusal("not_found")


def react(call: Call) -> Json:
    channel = room_of(call)
    message, name = message_of(call, channel, "timestamp"), call.arguments.text("name").strip(":")
    if not name:
        raise Refusal("invalid_name")
    if BOT_USER_ID in message.reactions.get(name, []):
        raise Refusal("already_reacted")
    if name not in message.reactions and len(message.reactions) >= MOST_EMOJI:
        raise Refusal("too_many_emoji")
    messages.react(call.workspace, channel, message, BOT_USER_ID, name)
    return {}


def unreact(call: Call) -> Json:
    channel = room_of(call)
    message, name = message_of(call, channel, "timestamp"), call.arguments.text("name").strip(":")
    if BOT_USER_ID not in message.reactions.get(name, []):
        raise Refusal("no_reaction")
    messages.react(call.workspace, channel, message, BOT_USER_ID, name, add=False)
    return {}


def reactions(call: Call) -> Json:
    channel = channel_of(call)
    message = message_of(call, channel, "timestamp")
    return {"type": "message", "channel": channel.id, "message": message.payload()}
