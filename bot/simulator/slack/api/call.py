"""One call of a method, and the questions every family asks of it."""

import base64
import binascii
from collections.abc import Sequence
from typing import NamedTuple, TypeVar

from bot.simulator.slack.arguments import Arguments
from bot.simulator.slack.model import BOT_USER_ID, Channel, Json, Message, User
from bot.simulator.slack.refusals import Refusal
from bot.simulator.slack.workspace import Workspace

Item = TypeVar("Item")

DEFAULT_PAGE = 100
LARGEST_PAGE = 999


class Call(NamedTuple):
    """What a method gets: the state, the arguments, and the scopes of the token."""

    workspace: Workspace
    arguments: Arguments
    scopes: frozenset[str]


def channel_of(call: Call, name: str = "channel") -> Channel:
    """The conversation named by id; one the bot cannot see is not found, as for real."""
    channel = call.workspace.channels.get(call.arguments.text(name))
    if channel is None or ((channel.is_private or channel.is_im) and BOT_USER_ID not in channel.members):
        raise Refusal("channel_not_found")
    return channel


def room_of(call: Call, name: str = "channel", *, archived: str | None = "is_archived") -> Channel:
    """A conversation the bot is in; refused with `archived` when it is, unless that is None."""
    channel = channel_of(call, name)
    if archived and channel.is_archived:
        raise Refusal(archived)
    if BOT_USER_ID not in channel.members:
        raise Refusal("not_in_channel")
    return channel


def message_of(call: Call, channel: Channel, name: str = "ts", error: str = "message_not_found") -> Message:
    message = channel.message(call.arguments.text(name))
    if message is None:
        raise Refusal(error)
    return message


def user_of(call: Call, name: str = "user", error: str = "user_not_found") -> User:
    user = call.workspace.users.get(call.arguments.text(name))
    if user is None:
        raise Refusal(error)
    return user


def page(call: Call, items: Sequence[Item], *, default: int = DEFAULT_PAGE) -> tuple[list[Item], Json]:
    """The page that `cursor` and `limit` ask for, and what goes beside it."""
    limit = call.arguments.number("limit", default, error="invalid_limit")
    if not 0 < limit <= LARGEST_PAGE + 1:
        raise Refusal("invalid_limit")
    start = _start(call.arguments.text("cursor"))
    more = start + limit < len(items)
    cursor = base64.b64encode(f"next:{start + limit}".encode()).decode() if more else ""
    return list(items[start : start + limit]), {"response_metadata": {"next_cursor": cursor}}


def _start(cursor: str) -> int:
    if not cursor:
        return 0
    try:
        word, _, number = base64.b64decode(cursor, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as unreadable:
        raise Refusal("invalid_cursor") from unreadable
    if word != "next" or not number.isdigit():
        raise Refusal("invalid_cursor")
    return int(number)
