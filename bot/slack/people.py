"""Who people are in Slack, ourselves included."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.domain.errors import Refused
from bot.domain.people import Person, Standing
from bot.slack.caller import Caller
from bot.slack.mrkdwn import clean
from bot.slack.pace import Gate

SLACKBOT = "USLACKBOT"  # its is_bot is false


@dataclass(frozen=True)
class Identity:
    """Who we are in which workspace; `url` is the workspace's address."""

    bot_user_id: str
    bot_id: str
    team_id: str
    team: str
    url: str
    enterprise_id: str = ""  # of an Enterprise Grid organisation


class People(Caller):
    def __init__(self, web: AsyncWebClient, gate: Gate, answered: Callable[[], None] = lambda: None) -> None:
        super().__init__(web, gate, answered)
        self._identities: list[Identity] = []  # none or one; shared by the copies `at` makes

    @property
    def known_identity(self) -> Identity | None:
        """Who we are, if Slack has been asked already."""
        return self._identities[0] if self._identities else None

    async def identity(self) -> Identity:
        """Asked once; a token never changes its bot."""
        if not self._identities:
            told = await self.call("auth.test")
            names = {"bot_user_id": "user_id", "bot_id": "bot_id", "team_id": "team_id", "team": "team", "url": "url",
                     "enterprise_id": "enterprise_id"}  # fmt: skip
            self._identities.append(Identity(**{ours: str(told.get(theirs) or "") for ours, theirs in names.items()}))
        return self._identities[0]

    async def app_id(self) -> str:
        """The app whose bot we are; auth.test does not say."""
        bot = (await self.call("bots.info", bot=(await self.identity()).bot_id)).get("bot") or {}
        return str(bot.get("app_id", ""))

    async def person(self, user_id: str) -> Person:
        """Refused with code "user_not_found" when there is nobody."""
        team = (await self.identity()).team_id
        return _person((await self.call("users.info", user=user_id))["user"], team)

    async def person_with_email(self, email: str) -> Person | None:
        """None when nobody, or only someone deactivated, has this address."""
        team = (await self.identity()).team_id
        try:
            return _person((await self.call("users.lookupByEmail", email=email))["user"], team)
        except Refused as refused:
            if refused.code in {"users_not_found", "invalid_email"}:
                return None
            raise

    async def room_members(self, channel: str) -> list[str]:
        """The user ids of those in a channel that the bot is in, or that is public."""
        return [str(user) async for user in self.pages("conversations.members", "members", channel=channel)]

    async def group_members(self, id_or_handle: str) -> list[str]:
        """The user ids of a user group: "S0123ABC", "@oncall" or "oncall". Refused when there is no such group."""
        groups = (await self.call("usergroups.list", include_users=True)).get("usergroups") or []
        wanted = id_or_handle.removeprefix("@")
        group = next((one for one in groups if one["id"] == wanted or one.get("handle") == wanted.casefold()), None)
        if group is None:
            raise Refused(f"Slack has no user group {id_or_handle}", code="no_such_subteam")
        if "users" in group:
            return [str(user) for user in group["users"]]
        return [str(user) for user in (await self.call("usergroups.users.list", usergroup=group["id"]))["users"]]


def _person(user: dict[str, Any], team: str) -> Person:
    profile = user.get("profile") or {}
    name = user.get("real_name") or profile.get("real_name") or profile.get("display_name") or user.get("name")
    return Person(
        name=clean(str(name or user["id"])), email=profile.get("email"), slack_id=str(user["id"]),
        standing=_standing(user, team), checked_at=datetime.now(UTC),
    )  # fmt: skip


def _standing(user: dict[str, Any], team: str) -> Standing:
    """https://docs.slack.dev/reference/objects/user-object"""
    teams = {user.get("team_id"), *(user.get("enterprise_user") or {}).get("teams", [])}
    verdicts: tuple[tuple[bool, Standing], ...] = (
        (bool(user.get("deleted")), "deactivated"),
        (bool(user.get("is_bot")) or user["id"] == SLACKBOT, "bot"),
        (bool(user.get("is_stranger")) or team not in teams, "outsider"),
        (bool(user.get("is_restricted") or user.get("is_ultra_restricted")), "guest"),
        (bool(user.get("is_admin") or user.get("is_owner") or user.get("is_primary_owner")), "admin"),
    )
    return next((standing for applies, standing in verdicts if applies), "member")
