"""Every Web API method we call: how often Slack lets us, and which scopes it asks for. The manifest follows from it.

https://docs.slack.dev/apis/web-api/rate-limits · https://docs.slack.dev/reference/methods
"""

from typing import NamedTuple

TIER_1, TIER_2, TIER_3, TIER_4 = 1, 20, 50, 100
HUNDREDS = 300
"""What we take "several hundred" calls a minute to mean."""
POSTS_A_CHANNEL, POSTING_SECONDS = 3, 3.0
"""One message a second and channel, of which a few may come at once."""


class Method(NamedTuple):
    """`per_minute` calls in any 60 s; the scopes needed in public channels or at all, and those for private ones.

    Of these calls `first` are kept for people and for rooms that go first, and `shared` more for those and for rooms
    that many incidents wait for: a P1 that comes last in a storm finds the minute used up otherwise.
    """

    per_minute: int
    scopes: tuple[str, ...] = ()
    private_scopes: tuple[str, ...] = ()
    first: int = 0
    shared: int = 0


METHODS = {
    "auth.test": Method(HUNDREDS),
    "bookmarks.add": Method(TIER_2, ("bookmarks:write",)),
    "bookmarks.list": Method(TIER_3, ("bookmarks:read",)),
    "bots.info": Method(TIER_3, ("users:read",)),
    "chat.getPermalink": Method(HUNDREDS),
    "chat.postEphemeral": Method(TIER_4, ("chat:write",)),
    "chat.postMessage": Method(
        HUNDREDS, ("chat:write", "chat:write.public"),  # announcements, before it has joined
        first=30, shared=30,
    ),
    "chat.update": Method(TIER_3, ("chat:write",), first=5),
    "conversations.archive": Method(TIER_2, ("channels:manage",), ("groups:write",)),
    "conversations.create": Method(TIER_2, ("channels:manage",), ("groups:write",), first=2, shared=3),
    "conversations.history": Method(TIER_3, ("channels:history",), ("groups:history",)),
    "conversations.info": Method(TIER_3, ("channels:read",), ("groups:read",)),
    "conversations.invite": Method(TIER_3, ("channels:manage",), ("groups:write",), first=5, shared=3),
    "conversations.join": Method(TIER_3, ("channels:join",)),
    "conversations.members": Method(TIER_4, ("channels:read",), ("groups:read",)),
    "conversations.replies": Method(TIER_3, ("channels:history",), ("groups:history",)),
    "conversations.setPurpose": Method(TIER_2, ("channels:manage",), ("groups:write",)),
    "conversations.setTopic": Method(TIER_2, ("channels:manage",), ("groups:write",)),
    "pins.add": Method(TIER_2, ("pins:write",), first=2),
    "usergroups.list": Method(TIER_2, ("usergroups:read",)),
    "usergroups.users.list": Method(TIER_2, ("usergroups:read",)),
    "users.conversations": Method(TIER_3, ("channels:read",), ("groups:read",)),
    "users.info": Method(TIER_4, ("users:read", "users:read.email")),
    "users.lookupByEmail": Method(TIER_3, ("users:read.email",), first=5),
    "views.open": Method(TIER_4),
    "views.publish": Method(TIER_4),
}

EVENTS = {
    "app_home_opened": (),
    "app_mention": ("app_mentions:read",),
    "channel_archive": ("channels:read",),
    "group_archive": ("groups:read",),
    "member_joined_channel": ("channels:read", "groups:read"),
    "message.channels": ("channels:history",),
    "message.groups": ("groups:history",),
}
"""What we ask to be told, and the scopes Slack asks for it. https://docs.slack.dev/reference/events"""


def scopes() -> list[str]:
    """All a bot token needs, and nothing else."""
    of_methods = {scope for method in METHODS.values() for scope in (*method.scopes, *method.private_scopes)}
    return sorted({"commands"} | of_methods | {scope for asked in EVENTS.values() for scope in asked})
