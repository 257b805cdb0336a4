"""What one person sees of the pretended Slack, as JSON."""

from bot.simulator.page.world import Json
from bot.simulator.slack import Slack
from bot.simulator.slack.model import BOT_USER_ID, Channel, Ephemeral, Message, User, View

MESSAGES_SHOWN = 200
"""The newest ones of the chosen channel."""


def slack_snapshot(slack: Slack, user_id: str, channel_id: str) -> Json:
    """KeyError for somebody or something there is not; without ids: the first person, the channel #incidents."""
    viewer = slack.user(user_id) if user_id else next(each for each in slack.users.values() if not each.is_bot)
    visible = [channel for channel in slack.channels.values() if _sees(viewer, channel)]
    chosen = next((each for each in visible if each.id == channel_id), None) or _first(visible)
    return {
        "me": viewer.id,
        "bot": BOT_USER_ID,
        "people": [_person(user) for user in slack.users.values()],
        "groups": [{"id": group.id, "handle": group.handle} for group in slack.usergroups.values()],
        "channels": [_listed(channel, viewer) for channel in visible],
        "channel": _opened(slack, chosen, viewer) if chosen else None,
        "view": _view(slack.views(viewer.id)),
    }


def _sees(viewer: User, channel: Channel) -> bool:
    """Guests and strangers find only what they were invited to: https://slack.com/help/articles/202518103"""
    open_to_all = not (channel.is_private or channel.is_im or viewer.is_restricted or viewer.is_stranger)
    return open_to_all or viewer.id in channel.members


def _first(visible: list[Channel]) -> Channel | None:
    return next((each for each in visible if each.name == "incidents"), visible[0] if visible else None)


def _person(user: User) -> Json:
    kind = "app" if user.is_bot else "guest" if user.is_restricted else "outsider" if user.is_stranger else "member"
    return {"id": user.id, "name": user.name, "real_name": user.real_name, "kind": kind, "tz": user.tz}


def _listed(channel: Channel, viewer: User) -> Json:
    flags = {"archived": channel.is_archived, "private": channel.is_private, "direct": channel.is_im}
    said = sum(message.subtype is None for message in channel.messages)
    return {"id": channel.id, "name": channel.name, "said": said, "member": viewer.id in channel.members, **flags}


def _opened(slack: Slack, channel: Channel, viewer: User) -> Json:
    shown = [_message(message, channel) for message in channel.messages[-MESSAGES_SHOWN:]]
    whispers = [_whisper(each) for each in slack.ephemerals if (each.user, each.channel) == (viewer.id, channel.id)]
    return _listed(channel, viewer) | {
        "topic": channel.topic,
        "purpose": channel.purpose,
        "members": sorted(channel.members),
        "bookmarks": [{"title": each.get("title", ""), "link": each.get("link", "")} for each in channel.bookmarks],
        "messages": sorted([*shown, *whispers[-MESSAGES_SHOWN:]], key=lambda each: str(each["ts"])),
    }


def _message(message: Message, channel: Channel) -> Json:
    parent = message.thread_ts if message.is_reply else None
    return {
        "ts": message.ts,
        "user": message.user,
        "text": message.text,
        "blocks": message.blocks,
        "subtype": message.subtype,
        "parent": parent,
        "edited": bool(message.edited),
        "pinned": message.ts in channel.pins,
        "reactions": message.reactions,
    }


def _whisper(whisper: Ephemeral) -> Json:
    said = {"ts": whisper.ts, "user": BOT_USER_ID, "text": whisper.text, "blocks": whisper.blocks}
    return said | {"ephemeral": True, "parent": whisper.thread_ts}


def _view(stack: list[View]) -> Json | None:
    """The topmost of the open ones."""
    if not stack:
        return None
    view = stack[-1]
    shown = {part: view.definition.get(part) for part in ("title", "submit", "close", "blocks")}
    return shown | {"id": view.id, "hash": view.hash, "errors": view.errors, "deep": len(stack)}
