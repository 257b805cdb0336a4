"""conversations.*: making, describing and ending conversations."""

from bot.simulator.slack import rooms
from bot.simulator.slack.api.call import Call, channel_of, room_of
from bot.simulator.slack.model import BOT_USER_ID, Channel, Json
from bot.simulator.slack.refusals import Refusal

MOST_PEOPLE_IN_DIRECT = 8


def create(call: Call) -> Json:
    name, private = call.arguments.text("name"), call.arguments.flag("is_private")
    return _shown(rooms.create(call.workspace, name, BOT_USER_ID, private=private))


def info(call: Call) -> Json:
    return _shown(channel_of(call), counted=call.arguments.flag("include_num_members"))


def set_topic(call: Call) -> Json:
    return _described(call, "topic")


def set_purpose(call: Call) -> Json:
    return _described(call, "purpose")


def _described(call: Call, what: str) -> Json:
    channel = room_of(call)
    rooms.describe(call.workspace, channel, BOT_USER_ID, what, call.arguments.text(what))
    return _shown(channel) | {what: getattr(channel, what)}


def archive(call: Call) -> Json:
    channel = channel_of(call)
    if channel.is_im:
        raise Refusal("method_not_supported_for_channel_type")
    if channel.is_archived:
        raise Refusal("already_archived")
    if channel.is_general:
        raise Refusal("cant_archive_general")
    room_of(call)
    rooms.archive(call.workspace, channel, BOT_USER_ID)
    return {}


def unarchive(call: Call) -> Json:
    """Never with a bot token, which is what the bot has.

    https://docs.slack.dev/reference/methods/conversations.unarchive
    """
    if not channel_of(call).is_archived:
        raise Refusal("not_archived")
    raise Refusal("not_in_channel")


def rename(call: Call) -> Json:
    channel = room_of(call)
    rooms.check_name(call.workspace, call.arguments.text("name"))
    if channel.creator != BOT_USER_ID:
        raise Refusal("not_authorized")
    channel.name = call.arguments.text("name")
    call.workspace.changed()
    return _shown(channel)


def open_direct(call: Call) -> Json:
    """conversations.open with one person; the bot has no use for more."""
    people = call.arguments.ids("users")
    if not people and "channel" in call.arguments:
        return _shown(channel_of(call))
    if not people:
        raise Refusal("users_list_not_supplied")
    if len(people) > MOST_PEOPLE_IN_DIRECT:
        raise Refusal("too_many_users")
    if any(person not in call.workspace.users for person in people):
        raise Refusal("user_not_found")
    if len(people) > 1:
        raise Refusal("method_not_supported_for_channel_type")
    channel = rooms.direct(call.workspace, people[0])
    return _shown(channel) if call.arguments.flag("return_im") else {"channel": {"id": channel.id}}


def _shown(channel: Channel, *, counted: bool = False) -> Json:
    return {"channel": channel.payload(viewer=BOT_USER_ID, counted=counted)}
