"""chat.*: saying something, correcting it, taking it back."""

from bot.simulator.slack import messages, rooms
from bot.simulator.slack.api.call import Call, channel_of, message_of
from bot.simulator.slack.api.content import content
from bot.simulator.slack.model import BOT_USER_ID, TEAM_DOMAIN, Channel, Json
from bot.simulator.slack.refusals import Refusal

LONGEST_UPDATE = 4000
"""Characters of text: https://docs.slack.dev/reference/methods/chat.update#errors"""


def post_message(call: Call) -> Json:
    """To a channel's id or name, or to a person: https://docs.slack.dev/reference/methods/chat.postMessage"""
    channel = _destination(call)
    said = content(call.arguments)
    thread_ts = call.arguments.text("thread_ts") or None
    if thread_ts and channel.message(thread_ts) is None:
        raise Refusal("thread_not_found")
    what: Json = {"blocks": said.blocks, "metadata": said.metadata, "thread_ts": thread_ts}
    what["broadcast"] = call.arguments.flag("reply_broadcast")
    message = messages.post(call.workspace, channel, BOT_USER_ID, said.text, **what)
    return {"channel": channel.id, "ts": message.ts, "message": message.payload(with_metadata=True)}


def _destination(call: Call) -> Channel:
    named = call.arguments.text("channel")
    if named in call.workspace.users and named != BOT_USER_ID:
        return rooms.direct(call.workspace, named)
    public = (each for each in call.workspace.channels.values() if each.name == named.lstrip("#"))
    channel = next(public, None) if named not in call.workspace.channels else call.workspace.channels[named]
    if channel is None or (channel.is_private and BOT_USER_ID not in channel.members):
        raise Refusal("channel_not_found")
    if channel.is_archived:
        raise Refusal("is_archived")
    if BOT_USER_ID not in channel.members and "chat:write.public" not in call.scopes:
        raise Refusal("not_in_channel")
    return channel


def update(call: Call) -> Json:
    """Only its own messages; blocks that are not given again are gone."""
    channel = channel_of(call)
    said = content(call.arguments, longest=LONGEST_UPDATE)
    message = message_of(call, channel)
    if message.user != BOT_USER_ID or message.subtype:
        raise Refusal("cant_update_message")
    if channel.is_archived:
        raise Refusal("is_inactive")
    if said.metadata is not None:
        message.metadata = said.metadata
    messages.edit(call.workspace, channel, message, said.text, said.blocks)
    return {"channel": channel.id, "ts": message.ts, "text": message.text, "message": message.payload()}


def delete(call: Call) -> Json:
    channel = channel_of(call)
    message = message_of(call, channel)
    if message.user != BOT_USER_ID or message.subtype:
        raise Refusal("cant_delete_message")
    messages.erase(call.workspace, channel, message)
    return {"channel": channel.id, "ts": message.ts}


def post_ephemeral(call: Call) -> Json:
    channel = channel_of(call)
    if channel.is_archived:
        raise Refusal("is_archived")
    if BOT_USER_ID not in channel.members and (channel.is_private or "chat:write.public" not in call.scopes):
        raise Refusal("not_in_channel")
    user = call.arguments.text("user")
    if user not in channel.members:
        raise Refusal("user_not_in_channel")
    said = content(call.arguments, longest=messages.LONGEST_TEXT)
    thread_ts = call.arguments.text("thread_ts") or None
    shown = messages.whisper(call.workspace, user, channel.id, said.text, said.blocks, thread_ts)
    return {"message_ts": shown.ts}


def get_permalink(call: Call) -> Json:
    channel = channel_of(call)
    ts = message_of(call, channel, "message_ts").ts
    link = f"https://{TEAM_DOMAIN}.slack.com/archives/{channel.id}/p{ts.replace('.', '')}"
    return {"channel": channel.id, "permalink": link}
