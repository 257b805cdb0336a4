"""What happens to messages, whoever does it, and the events it causes."""

from typing import Any

from bot.simulator.slack.model import BOT_ID, BOT_USER_ID, TEAM_ID, Channel, Ephemeral, Json, Message
from bot.simulator.slack.workspace import Workspace

SUBSCRIPTIONS = {"channel": "message.channels", "group": "message.groups", "im": "message.im"}
LONGEST_TEXT = 40_000
"""Characters; the rest is cut off: https://docs.slack.dev/reference/methods/chat.postMessage#truncating"""


def post(workspace: Workspace, channel: Channel, user: str, text: str, **what: Any) -> Message:
    """A new message; `what` are further fields of `Message`."""
    message = Message(workspace.mint_ts(), channel.id, user, text[:LONGEST_TEXT], **what)
    if user == BOT_USER_ID and message.subtype is None:
        message.bot_id = BOT_ID
    if message.thread_ts:
        _start_thread(channel, message.thread_ts)
    channel.messages.append(message)
    announce(workspace, channel, message.payload())
    return message


def _start_thread(channel: Channel, ts: str) -> None:
    parent = channel.message(ts)
    if parent is not None:
        parent.thread_ts = ts


def announce(workspace: Workspace, channel: Channel, body: Json) -> None:
    """The message event, heard only in conversations the bot is in."""
    if BOT_USER_ID in channel.members:
        placed = {"channel": channel.id, "channel_type": channel.kind, "event_ts": body["ts"]}
        workspace.emit(SUBSCRIPTIONS[channel.kind], {**body, **placed})
    workspace.changed()


def edit(workspace: Workspace, channel: Channel, message: Message, text: str, blocks: list[Json]) -> None:
    """New words in the same place."""
    before = message.payload()
    ts = workspace.mint_ts()
    message.text, message.blocks = text, blocks
    message.edited = {"user": message.user, "ts": ts}
    body: Json = {"type": "message", "subtype": "message_changed", "hidden": True, "ts": ts}
    announce(workspace, channel, {**body, "message": message.payload(), "previous_message": before})


def erase(workspace: Workspace, channel: Channel, message: Message) -> None:
    channel.messages.remove(message)
    channel.pins = [ts for ts in channel.pins if ts != message.ts]
    body: Json = {"type": "message", "subtype": "message_deleted", "hidden": True, "ts": workspace.mint_ts()}
    announce(workspace, channel, {**body, "deleted_ts": message.ts, "previous_message": message.payload()})


def whisper(
    workspace: Workspace, user: str, channel: str, text: str, blocks: list[Json], thread_ts: str | None = None
) -> Ephemeral:
    """A message for one person's eyes."""
    shown = Ephemeral(workspace.mint_ts(), user, channel, text, blocks, thread_ts)
    workspace.ephemerals.append(shown)
    workspace.changed()
    return shown


def react(workspace: Workspace, channel: Channel, message: Message, user: str, name: str, *, add: bool = True) -> None:
    """A reaction added or taken back; which it is must have been possible."""
    users = message.reactions.setdefault(name, [])
    users.append(user) if add else users.remove(user)
    if not users:
        del message.reactions[name]
    kind = "reaction_added" if add else "reaction_removed"
    item = {"type": "message", "channel": channel.id, "ts": message.ts}
    body: Json = {"type": kind, "user": user, "reaction": name, "item": item, "item_user": message.user}
    if BOT_USER_ID in channel.members:
        workspace.emit(kind, {**body, "event_ts": workspace.mint_ts()})
    workspace.changed()


def mention(workspace: Workspace, channel: Channel, message: Message) -> None:
    """The second event that a message naming the bot causes."""
    if BOT_USER_ID in channel.members and f"<@{BOT_USER_ID}" in message.text:
        placed = {"type": "app_mention", "channel": channel.id, "event_ts": message.ts, "team": TEAM_ID}
        workspace.emit("app_mention", message.payload() | placed)
