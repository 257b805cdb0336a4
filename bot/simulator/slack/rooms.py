"""What happens to conversations, whoever does it, and the messages and events it causes."""

import re
import time

from bot.simulator.slack.messages import post
from bot.simulator.slack.model import BOT_USER_ID, TEAM_ID, Channel, Json
from bot.simulator.slack.refusals import Refusal
from bot.simulator.slack.workspace import Workspace

LONGEST_NAME = 80
LONGEST_TOPIC = 250
_NAME = re.compile(r"[^\W_A-Z]|[-_]")


def check_name(workspace: Workspace, name: str) -> None:
    """Slack's rules for names; a taken one stays taken when its channel is archived.

    https://docs.slack.dev/reference/methods/conversations.create#naming
    """
    if not name:
        raise Refusal("invalid_name_required")
    if len(name) > LONGEST_NAME:
        raise Refusal("invalid_name_maxlength")
    if not all(letter.isascii() and _NAME.fullmatch(letter) for letter in name):
        raise Refusal("invalid_name_specials")
    if not any(letter.isalnum() for letter in name):
        raise Refusal("invalid_name_punctuation")
    if any(channel.name == name for channel in workspace.channels.values()):
        raise Refusal("name_taken")


def create(workspace: Workspace, name: str, creator: str, *, private: bool = False) -> Channel:
    """A new channel with its creator in it."""
    check_name(workspace, name)
    channel = Channel(workspace.mint_id("C"), name, creator, int(time.time()), is_private=private, members={creator})
    workspace.channels[channel.id] = channel
    if not private:
        told: Json = {"id": channel.id, "name": name, "created": channel.created, "creator": creator}
        workspace.emit("channel_created", {"type": "channel_created", "channel": told})
    _note(workspace, channel, creator, "channel_join", f"<@{creator}> has joined the channel")
    return channel


def direct(workspace: Workspace, user: str) -> Channel:
    """The bot's direct conversation with a person, opened when there is none."""
    for channel in workspace.channels.values():
        if channel.is_im and channel.members == {BOT_USER_ID, user}:
            return channel
    im_id = workspace.mint_id("D")
    workspace.channels[im_id] = Channel(
        im_id, "", BOT_USER_ID, int(time.time()), is_im=True, members={BOT_USER_ID, user}
    )
    return workspace.channels[im_id]


def join(workspace: Workspace, channel: Channel, user: str, inviter: str | None = None) -> None:
    """Brings someone in; `inviter` when it was not their own doing."""
    channel.members.add(user)
    _note(workspace, channel, user, "channel_join", f"<@{user}> has joined the channel")
    body: Json = {"type": "member_joined_channel", "user": user, "channel": channel.id, "team": TEAM_ID}
    body |= {"channel_type": "G" if channel.is_private else "C"} | ({"inviter": inviter} if inviter else {})
    if BOT_USER_ID in channel.members:
        workspace.emit("member_joined_channel", {**body, "event_ts": workspace.mint_ts()})


def leave(workspace: Workspace, channel: Channel, user: str) -> None:
    bot_hears = BOT_USER_ID in channel.members
    channel.members.discard(user)
    body: Json = {"type": "member_left_channel", "user": user, "channel": channel.id, "team": TEAM_ID}
    if bot_hears:
        workspace.emit("member_left_channel", {**body, "channel_type": "G" if channel.is_private else "C"})
    workspace.changed()


def describe(workspace: Workspace, channel: Channel, user: str, what: str, text: str) -> None:
    """Sets `what`, the "topic" or the "purpose"."""
    if len(text) > LONGEST_TOPIC:
        raise Refusal("too_long")
    setattr(channel, what, text)
    _note(workspace, channel, user, f"channel_{what}", f"set the channel {what}: {text}")


def archive(workspace: Workspace, channel: Channel, user: str) -> None:
    _note(workspace, channel, user, "channel_archive", "archived the channel")
    channel.is_archived = True
    kind = "group_archive" if channel.is_private else "channel_archive"
    if not channel.is_private or BOT_USER_ID in channel.members:
        workspace.emit(kind, {"type": kind, "channel": channel.id, "user": user, "event_ts": workspace.mint_ts()})
    workspace.changed()


def _note(workspace: Workspace, channel: Channel, user: str, subtype: str, text: str) -> None:
    """The grey line Slack itself writes."""
    private = subtype.replace("channel_", "group_") if channel.is_private else subtype
    post(workspace, channel, user, text, subtype=private)
