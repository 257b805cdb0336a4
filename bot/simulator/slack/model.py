"""What a workspace is made of, each with the shape Slack gives it on the wire."""

import time
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]

TEAM_ID = "T0SIMULATED"
TEAM_DOMAIN = "simulated"
APP_ID = "A0SIMULATED"
BOT_ID = "B0MUSTER"
BOT_USER_ID = "U0MUSTER"
STRANGER_TEAM_ID = "T0STRANGER"


@dataclass
class User:
    """Someone, or some bot, in the workspace; a stranger belongs to another one (Slack Connect)."""

    id: str
    name: str
    real_name: str
    email: str | None = None
    is_bot: bool = False
    is_restricted: bool = False
    """A guest."""
    is_stranger: bool = False
    is_admin: bool = False
    deleted: bool = False
    tz: str = "Europe/Copenhagen"

    @property
    def team_id(self) -> str:
        return STRANGER_TEAM_ID if self.is_stranger else TEAM_ID

    def payload(self) -> Json:
        """A user object: https://docs.slack.dev/reference/objects/user-object"""
        profile = {"real_name": self.real_name, "display_name": self.name, "team": self.team_id}
        if self.email and not self.is_stranger:
            profile["email"] = self.email
        flags = {"is_admin": self.is_admin, "is_owner": False, "is_primary_owner": False}
        flags |= {"is_restricted": self.is_restricted, "is_ultra_restricted": False, "is_stranger": self.is_stranger}
        return {
            "id": self.id,
            "team_id": self.team_id,
            "name": self.name,
            "real_name": self.real_name,
            "deleted": self.deleted,
            "is_bot": self.is_bot,
            "is_app_user": False,
            "tz": self.tz,
            "profile": profile,
            **flags,
        }


@dataclass
class UserGroup:
    """A group that is mentioned by its handle."""

    id: str
    handle: str
    name: str
    users: list[str]

    def payload(self, *, with_users: bool) -> Json:
        """A usergroup object: https://docs.slack.dev/reference/objects/usergroup-object"""
        body: Json = {"id": self.id, "team_id": TEAM_ID, "is_usergroup": True, "handle": self.handle}
        body |= {"name": self.name, "user_count": len(self.users), "date_delete": 0}
        return body | ({"users": list(self.users)} if with_users else {})


@dataclass
class Message:
    """One message of a channel. `user` wrote it; `bot_id` is set when that was the bot."""

    ts: str
    channel: str
    user: str
    text: str
    blocks: list[Json] = field(default_factory=list)
    metadata: Json | None = None
    thread_ts: str | None = None
    edited: Json | None = None
    bot_id: str | None = None
    subtype: str | None = None
    broadcast: bool = False
    reactions: dict[str, list[str]] = field(default_factory=dict)

    @property
    def is_reply(self) -> bool:
        return self.thread_ts not in {None, self.ts}

    def payload(self, *, with_metadata: bool = False) -> Json:
        """A message object: https://docs.slack.dev/reference/events/message"""
        body: Json = {"type": "message", "user": self.user, "text": self.text, "ts": self.ts, "team": TEAM_ID}
        optional = {"subtype": self.subtype, "thread_ts": self.thread_ts, "edited": self.edited, "blocks": self.blocks}
        body |= {name: value for name, value in optional.items() if value}
        if self.bot_id:
            body |= {"bot_id": self.bot_id, "app_id": APP_ID}
            body["bot_profile"] = {"id": BOT_ID, "app_id": APP_ID, "name": "Muster", "team_id": TEAM_ID}
        if self.reactions:
            body["reactions"] = [_reaction(name, users) for name, users in self.reactions.items()]
        if with_metadata and self.metadata:
            body["metadata"] = self.metadata
        return body


def _reaction(name: str, users: list[str]) -> Json:
    return {"name": name, "users": list(users), "count": len(users)}


@dataclass
class Channel:
    """A conversation; `messages` are oldest first, `pins` are their ts."""

    id: str
    name: str
    creator: str
    created: int
    is_private: bool = False
    is_archived: bool = False
    is_general: bool = False
    is_ext_shared: bool = False
    is_im: bool = False
    topic: str = ""
    purpose: str = ""
    members: set[str] = field(default_factory=set)
    messages: list[Message] = field(default_factory=list)
    pins: list[str] = field(default_factory=list)
    bookmarks: list[Json] = field(default_factory=list)

    @property
    def kind(self) -> str:
        """The word Slack has for it in `channel_type` and in the names of scopes and events."""
        return "im" if self.is_im else "group" if self.is_private else "channel"

    def message(self, ts: str) -> Message | None:
        return next((each for each in reversed(self.messages) if each.ts == ts), None)

    def payload(self, *, viewer: str, counted: bool = False) -> Json:
        """A conversation object: https://docs.slack.dev/reference/objects/conversation-object"""
        body: Json = {"id": self.id, "created": self.created, "creator": self.creator, "is_archived": self.is_archived}
        if self.is_im:
            return body | {"is_im": True, "user": next(iter(self.members - {viewer}), viewer), "is_open": True}
        body |= {"name": self.name, "name_normalized": self.name, "is_general": self.is_general}
        body |= {"is_channel": not self.is_private, "is_group": False, "is_im": False, "is_mpim": False}
        body |= {"is_private": self.is_private, "is_ext_shared": self.is_ext_shared, "is_shared": self.is_ext_shared}
        body |= {"is_org_shared": False, "is_member": viewer in self.members, "context_team_id": TEAM_ID}
        for name, text in (("topic", self.topic), ("purpose", self.purpose)):
            body[name] = {"value": text, "creator": self.creator if text else "", "last_set": self.created}
        return body | ({"num_members": len(self.members)} if counted else {})


@dataclass
class View:
    """A modal or a home tab that `user` sees; `errors` are what its last submission was answered with, `offered` the
    options that the bot last gave each menu of its own."""

    id: str
    user: str
    definition: Json
    hash: str
    root_id: str
    previous_id: str | None = None
    errors: dict[str, str] = field(default_factory=dict)
    values: dict[str, dict[str, Json]] = field(default_factory=dict)
    offered: dict[str, list[Json]] = field(default_factory=dict)

    @property
    def callback_id(self) -> str:
        return str(self.definition.get("callback_id", ""))

    @property
    def blocks(self) -> list[Json]:
        return list(self.definition["blocks"])

    def payload(self) -> Json:
        """A view object: https://docs.slack.dev/reference/views/modal-views"""
        kept = ("type", "blocks", "title", "submit", "close", "private_metadata", "callback_id", "external_id")
        absent: Json = {"private_metadata": "", "callback_id": "", "external_id": "", "submit": None, "close": None}
        flags = {name: bool(self.definition.get(name)) for name in ("clear_on_close", "notify_on_close")}
        body = absent | {name: self.definition[name] for name in kept if name in self.definition} | flags
        body |= {"id": self.id, "team_id": TEAM_ID, "app_id": APP_ID, "bot_id": BOT_ID, "hash": self.hash}
        body |= {"root_view_id": self.root_id, "previous_view_id": self.previous_id, "app_installed_team_id": TEAM_ID}
        return body | {"state": {"values": self.values}}


@dataclass
class Ephemeral:
    """A message that one person sees and no history keeps."""

    ts: str
    user: str
    channel: str
    text: str
    blocks: list[Json] = field(default_factory=list)
    thread_ts: str | None = None
    at: float = field(default_factory=lambda: time.time())


@dataclass
class Answer:
    """What came of something a person did: the bot's answer, and what Slack showed for it.

    `status` is 0 when no answer came. `error` is Slack's own word for what failed (`operation_timeout`, …).
    """

    status: int
    body: Json | None = None
    text: str = ""
    blocks: list[Json] = field(default_factory=list)
    error: str | None = None
    ephemeral: Ephemeral | None = None

    @property
    def ok(self) -> bool:
        return self.error is None
