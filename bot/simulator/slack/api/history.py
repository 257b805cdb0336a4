"""Reading conversations: their messages, their members, and which there are."""

import re
from collections.abc import Iterable

from bot.simulator.slack.api.call import LARGEST_PAGE, Call, channel_of, message_of, page, room_of
from bot.simulator.slack.model import BOT_USER_ID, Channel, Json, Message
from bot.simulator.slack.refusals import Refusal

_TS = re.compile(r"\d+(\.\d{1,6})?")
TYPES = frozenset({"public_channel", "private_channel", "im", "mpim"})


def history(call: Call) -> Json:
    """Newest first, replies left out: https://docs.slack.dev/reference/methods/conversations.history"""
    channel = room_of(call, archived=None)
    shown = [each for each in channel.messages if not each.is_reply or each.broadcast]
    body = _page_of_messages(call, channel, sorted(_within(call, shown), key=_age, reverse=True))
    return body | {"pin_count": len(channel.pins)}


def replies(call: Call) -> Json:
    """A thread, its parent first."""
    channel = room_of(call, archived=None)
    parent = message_of(call, channel, error="thread_not_found")
    thread = [each for each in channel.messages if each.is_reply and each.thread_ts == parent.ts]
    return _page_of_messages(call, channel, [parent, *_within(call, thread)])


def _age(message: Message) -> float:
    return float(message.ts)


def _page_of_messages(call: Call, channel: Channel, messages: list[Message]) -> Json:
    if call.arguments.number("limit", 1) > LARGEST_PAGE:
        raise Refusal("invalid_limit")
    found, beside = page(call, messages)
    with_metadata = call.arguments.flag("include_all_metadata")
    bodies = [_message(channel, each, with_metadata) for each in found]
    if not beside["response_metadata"]["next_cursor"]:
        return {"messages": bodies, "has_more": False}
    return {"messages": bodies, "has_more": True, **beside}


def _message(channel: Channel, message: Message, with_metadata: bool) -> Json:
    body = message.payload(with_metadata=with_metadata)
    answers = [each for each in channel.messages if each.is_reply and each.thread_ts == message.ts]
    if answers:
        body |= {"reply_count": len(answers), "latest_reply": answers[-1].ts}
    return body | ({"pinned_to": [channel.id]} if message.ts in channel.pins else {})


def _within(call: Call, messages: Iterable[Message]) -> list[Message]:
    oldest, latest = _bound(call, "oldest", 0.0), _bound(call, "latest", float("inf"))
    if call.arguments.flag("inclusive"):
        return [each for each in messages if oldest <= _age(each) <= latest]
    return [each for each in messages if oldest < _age(each) < latest]


def _bound(call: Call, name: str, default: float) -> float:
    given = call.arguments.text(name)
    if given and not _TS.fullmatch(given):
        raise Refusal(f"invalid_ts_{name}")
    return float(given) if given else default


def members(call: Call) -> Json:
    found, beside = page(call, sorted(channel_of(call).members))
    return {"members": found, **beside}


def every(call: Call) -> Json:
    """conversations.list: what the bot can see."""
    found, beside = page(call, [each for each in _listed(call) if not each.is_private or _has(each, BOT_USER_ID)])
    return {"channels": [each.payload(viewer=BOT_USER_ID, counted=True) for each in found], **beside}


def mine(call: Call) -> Json:
    """users.conversations: what `user`, by default the bot, is in."""
    user = call.arguments.text("user", BOT_USER_ID)
    seen = [each for each in _listed(call) if _has(each, user) and (not each.is_private or _has(each, BOT_USER_ID))]
    found, beside = page(call, seen)
    return {"channels": [each.payload(viewer=BOT_USER_ID) for each in found], **beside}


def _has(channel: Channel, user: str) -> bool:
    return user in channel.members


def _listed(call: Call) -> list[Channel]:
    types = set(call.arguments.ids("types") or ["public_channel"])
    if not types <= TYPES:
        raise Refusal("invalid_types")
    live_only = call.arguments.flag("exclude_archived")
    channels = call.workspace.channels.values()
    return [each for each in channels if _type(each) in types and not (live_only and each.is_archived)]


def _type(channel: Channel) -> str:
    return "im" if channel.is_im else "private_channel" if channel.is_private else "public_channel"
