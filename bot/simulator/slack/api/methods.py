"""Every method the simulator knows: what it does, how often it may be called, what it needs.

https://docs.slack.dev/reference/methods
"""

from collections.abc import Callable
from typing import NamedTuple

from bot.simulator.slack.api import chat, conversations, history, marks, members, people, views
from bot.simulator.slack.api.call import Call
from bot.simulator.slack.model import Json
from bot.simulator.slack.tiers import SPECIAL

TIER_1, TIER_2, TIER_3, TIER_4 = 1, 20, 50, 100
"""Calls a minute that Slack promises to take."""


class Method(NamedTuple):
    """`need` names a scope, or a family of `FAMILIES` whose scope depends on the conversation."""

    act: Callable[[Call], Json]
    per_minute: int
    need: str = ""
    required: tuple[str, ...] = ()


FAMILIES: dict[str, dict[str, tuple[str, ...]]] = {
    "manage": {"channel": ("channels:manage",), "group": ("groups:write",), "im": ("im:write",)},
    "invite": {
        "channel": ("channels:manage", "channels:write.invites"),
        "group": ("groups:write", "groups:write.invites"),
    },
    "topic": {"channel": ("channels:manage", "channels:write.topic"), "group": ("groups:write", "groups:write.topic")},
    "read": {"channel": ("channels:read",), "group": ("groups:read",), "im": ("im:read",)},
    "history": {"channel": ("channels:history",), "group": ("groups:history",), "im": ("im:history",)},
}
"""Any one of the scopes will do; the first is the one Slack asks for."""

CHANNEL = ("channel",)
MARKED = ("channel", "timestamp")

METHODS: dict[str, Method] = {
    "auth.test": Method(people.auth_test, SPECIAL),
    "bots.info": Method(people.bot_info, TIER_3, "users:read"),
    "conversations.create": Method(conversations.create, TIER_2, "manage"),
    "conversations.invite": Method(members.invite, TIER_3, "invite", CHANNEL),
    "conversations.setTopic": Method(conversations.set_topic, TIER_2, "topic", CHANNEL),
    "conversations.setPurpose": Method(conversations.set_purpose, TIER_2, "topic", CHANNEL),
    "conversations.archive": Method(conversations.archive, TIER_2, "manage", CHANNEL),
    "conversations.unarchive": Method(conversations.unarchive, TIER_2, "manage", CHANNEL),
    "conversations.rename": Method(conversations.rename, TIER_2, "manage", CHANNEL),
    "conversations.info": Method(conversations.info, TIER_3, "read", CHANNEL),
    "conversations.history": Method(history.history, TIER_3, "history", CHANNEL),
    "conversations.replies": Method(history.replies, TIER_3, "history", ("channel", "ts")),
    "conversations.members": Method(history.members, TIER_4, "read", CHANNEL),
    "conversations.join": Method(members.join, TIER_3, "channels:join", CHANNEL),
    "conversations.leave": Method(members.leave, TIER_3, "manage", CHANNEL),
    "conversations.kick": Method(members.kick, TIER_3, "manage", ("channel", "user")),
    "conversations.list": Method(history.every, TIER_2, "read"),
    "conversations.open": Method(conversations.open_direct, TIER_3, "im:write"),
    "users.conversations": Method(history.mine, TIER_3, "read"),
    "chat.postMessage": Method(chat.post_message, SPECIAL, "chat:write", CHANNEL),
    "chat.update": Method(chat.update, TIER_3, "chat:write", ("channel", "ts")),
    "chat.delete": Method(chat.delete, TIER_3, "chat:write", ("channel", "ts")),
    "chat.postEphemeral": Method(chat.post_ephemeral, TIER_4, "chat:write", ("channel", "user")),
    "chat.getPermalink": Method(chat.get_permalink, SPECIAL, "", ("channel", "message_ts")),
    "pins.add": Method(marks.pin, TIER_2, "pins:write", MARKED),
    "pins.remove": Method(marks.unpin, TIER_2, "pins:write", MARKED),
    "pins.list": Method(marks.pins, TIER_2, "pins:read", CHANNEL),
    "bookmarks.add": Method(marks.bookmark, TIER_2, "bookmarks:write", ("channel_id", "title", "type")),
    "bookmarks.edit": Method(marks.edit_bookmark, TIER_2, "bookmarks:write", ("channel_id", "bookmark_id")),
    "bookmarks.remove": Method(marks.remove_bookmark, TIER_2, "bookmarks:write", ("channel_id", "bookmark_id")),
    "bookmarks.list": Method(marks.bookmarks, TIER_3, "bookmarks:read", ("channel_id",)),
    "reactions.add": Method(marks.react, TIER_3, "reactions:write", (*MARKED, "name")),
    "reactions.remove": Method(marks.unreact, TIER_2, "reactions:write", (*MARKED, "name")),
    "reactions.get": Method(marks.reactions, TIER_3, "reactions:read", MARKED),
    "users.lookupByEmail": Method(people.lookup_by_email, TIER_3, "users:read.email", ("email",)),
    "users.info": Method(people.info, TIER_4, "users:read", ("user",)),
    "users.list": Method(people.every, TIER_2, "users:read"),
    "usergroups.list": Method(people.usergroups, TIER_2, "usergroups:read"),
    "usergroups.users.list": Method(people.usergroup_users, TIER_2, "usergroups:read", ("usergroup",)),
    "views.open": Method(views.open_view, TIER_4, "", ("trigger_id", "view")),
    "views.push": Method(views.push, TIER_4, "", ("trigger_id", "view")),
    "views.update": Method(views.update, TIER_4, "", ("view",)),
    "views.publish": Method(views.publish, TIER_4, "", ("user_id", "view")),
}
SOCKET_METHOD = "apps.connections.open"
"""The one method that takes the app's token; the door answers it."""


def sufficient(method: Method, kind: str) -> tuple[str, ...]:
    """The scopes of which one is needed for a conversation of that kind; none: every token will do."""
    if not method.need:
        return ()
    return FAMILIES[method.need].get(kind, ()) if method.need in FAMILIES else (method.need,)


ALL_SCOPES = frozenset(
    {scope for family in FAMILIES.values() for scopes in family.values() for scope in scopes}
    | {each.need for each in METHODS.values() if each.need and each.need not in FAMILIES}
    | {"chat:write.public", "commands", "app_mentions:read"}
)
