"""Who is in a conversation: invite, join, leave, kick."""

from bot.simulator.slack import rooms
from bot.simulator.slack.api.call import Call, channel_of, room_of, user_of
from bot.simulator.slack.model import BOT_USER_ID, Channel, Json
from bot.simulator.slack.refusals import Refusal

MOST_INVITED = 100
"""Users in one call."""


def invite(call: Call) -> Json:
    """All or none; with `force` the good ones: https://docs.slack.dev/reference/methods/conversations.invite"""
    channel = room_of(call)
    wanted = list(dict.fromkeys(call.arguments.ids("users")))
    if not wanted:
        raise Refusal("no_user")
    if len(wanted) > MOST_INVITED:
        raise Refusal("too_many_users")
    reasons = {user: _why_not(call, channel, user) for user in wanted}
    errors = [{"user": user, "ok": False, "error": error} for user, error in reasons.items() if error]
    welcome = [user for user, error in reasons.items() if error is None]
    if errors and not (welcome and call.arguments.flag("force")):
        raise Refusal(str(errors[0]["error"]), errors=errors)
    for user in welcome:
        rooms.join(call.workspace, channel, user, inviter=BOT_USER_ID)
    return _shown(channel) | ({"errors": errors} if errors else {})


def _why_not(call: Call, channel: Channel, user_id: str) -> str | None:
    user = call.workspace.users.get(user_id)
    if user is None or user.deleted:
        return "user_not_found"
    if user_id == BOT_USER_ID:
        return "cant_invite_self"
    if user_id in channel.members:
        return "already_in_channel"
    if user.is_stranger:
        return "no_external_invite_permission"
    return "user_is_restricted" if user.is_restricted else None


def join(call: Call) -> Json:
    channel = channel_of(call)
    if channel.is_private or channel.is_im:
        raise Refusal("method_not_supported_for_channel_type")
    if channel.is_archived:
        raise Refusal("is_archived")
    if BOT_USER_ID in channel.members:
        return _shown(channel) | {"warning": "already_in_channel"}
    rooms.join(call.workspace, channel, BOT_USER_ID)
    return _shown(channel)


def leave(call: Call) -> Json:
    channel = room_of(call)
    if channel.is_general:
        raise Refusal("cant_leave_general")
    rooms.leave(call.workspace, channel, BOT_USER_ID)
    return {}


def kick(call: Call) -> Json:
    channel, user = room_of(call), user_of(call)
    if user.id == BOT_USER_ID:
        raise Refusal("cant_kick_self")
    if channel.is_general:
        raise Refusal("cant_kick_from_general")
    if user.id not in channel.members:
        raise Refusal("not_in_channel")
    rooms.leave(call.workspace, channel, user.id)
    return {}


def _shown(channel: Channel) -> Json:
    return {"channel": channel.payload(viewer=BOT_USER_ID)}
