"""What an effect may touch, and what it gives back."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, TypedDict, TypeVar

from bot.atlas import Atlas
from bot.domain.anchors import Anchors
from bot.domain.errors import Refused
from bot.domain.events import Event, ServiceEvent
from bot.domain.incident import Incident, Reference, Subject
from bot.domain.job import Claim, Priority
from bot.domain.people import MUSTER, Actor
from bot.domain.policy import Policy
from bot.domain.room import WarRoom
from bot.domain.routing import Routing
from bot.keptn import Keptn
from bot.pagerduty.events import EventsApi
from bot.pagerduty.rest import PagerDuty
from bot.proof.keys import Keys
from bot.proof.vault import Vault
from bot.roster import Roster
from bot.slack.client import Slack
from storage import Database


@dataclass(frozen=True)
class World:
    """The database, Slack, PagerDuty, and what the operator decided."""

    database: Database
    slack: Slack
    pagerduty: PagerDuty  # of `account`
    events_api: EventsApi
    routing: Routing
    policy: Policy = field(default_factory=Policy)
    writes_as: str | None = None  # the e-mail Muster's own notes in PagerDuty go out under
    integration_keys: Mapping[str, str] = field(default_factory=dict)  # by service id or name, case-folded
    public_url: str | None = None  # where the outside reaches us
    addresses: Mapping[str, str] = field(default_factory=dict)  # Slack id → PagerDuty e-mail, where they differ
    keys: Callable[[], Keys | None] = lambda: None  # that sign checkpoints; without any there are none
    vault: Callable[[], Vault | None] = lambda: None  # closed with those keys
    roster: Roster = field(default_factory=lambda: Roster(()))
    route_keys: tuple[str, ...] = field(default=(), repr=False)  # integration keys that routes of sources name
    anchors: Anchors = field(default_factory=Anchors)
    atlas: Mapping[str, Atlas] = field(default_factory=dict)  # by the name of the source that is told, or asked
    keptn: Mapping[str, Keptn] = field(default_factory=dict)  # by the name of the source whose approvals it answers
    accounts: Mapping[str, PagerDuty] = field(default_factory=dict)  # others than ours, by their names
    account: str = ""  # whose services are meant; empty: ours
    seen_within: float = 60.0  # seconds in which what was sent to prove something must show up

    def at(self, priority: Priority) -> "World":
        """The same world, whose Slack lets more urgent work pass."""
        return replace(self, slack=self.slack.at(priority))

    def of(self, account: str) -> "World":
        """The same world, whose PagerDuty is another account. Refused when muster.yaml has none of this name."""
        if not account:
            return self
        if account not in self.accounts:
            known = f"; there are {', '.join(sorted(self.accounts))}" if self.accounts else ""
            raise Refused(f"muster.yaml has no account {account}{known}")
        return replace(self, pagerduty=self.accounts[account], account=account)

    def all_keys(self) -> tuple[str, ...]:
        """Every integration key that the operator wrote down."""
        return (*self.route_keys, *self.integration_keys.values())

    async def routing_key(self, service_id: str) -> str:
        """The service's own integration key: from muster.yaml, else read from PagerDuty, and never kept."""
        service = await self._service(service_id)
        names = (service_id, service.summary if service else "")
        configured = next((key for name in names if (key := self.integration_keys.get(name.casefold()))), None)
        key = configured or await self.pagerduty.integration_key(service.id if service else service_id)
        if key is None:
            name = service.summary if service else service_id
            raise Refused(f"{name} has no Events API v2 integration: add one in PagerDuty, or its key to muster.yaml")
        return key

    async def _service(self, id_or_name: str) -> Reference | None:
        """PagerDuty is asked when nobody has heard of it: it may be new, or Muster is."""
        known = await self.database.read(lambda tx: tx.service(id_or_name))
        if known is None:
            services = await self.pagerduty.services()
            await self.database.write(lambda tx: tx.remember_services(services))
            known = await self.database.read(lambda tx: tx.service(id_or_name))
        return known

    async def incident(self, claim: Claim) -> Incident:
        """The incident a job belongs to, as it stands now."""
        number = claim.job.incident
        found = None if number is None else await self.database.read(lambda tx: tx.incident(number))
        if found is None:
            raise Refused(f"there is no incident INC-{number} in the ledger")
        return found


T = TypeVar("T")
Facts = Sequence[Event | ServiceEvent]
Run = Callable[[World, Claim], Awaitable[Facts]]


async def side_by_side(*calls: Coroutine[Any, Any, T]) -> list[T]:
    """All answers, in order. When one fails the others are waited for first, so that nothing goes on unseen."""
    answers = await asyncio.gather(*calls, return_exceptions=True)
    for answer in answers:
        if isinstance(answer, BaseException):
            raise answer
    return [answer for answer in answers if not isinstance(answer, BaseException)]


class Common(TypedDict):
    """What every fact an effect reports has in common."""

    subject: Subject
    at: datetime
    by: Actor
    key: str
    origin: str


def common(
    claim: Claim, what: str, *, by: Actor = MUSTER, origin: str = "slack.web", at: datetime | None = None,
    key: str | None = None,
) -> Common:  # fmt: skip
    """The key is the job's, so that a job done twice reports once; else one that several jobs share. `at`: now, unless
    somebody else's clock said."""
    subject, at = Subject(number=claim.job.incident), at or datetime.now(UTC)
    return Common(subject=subject, at=at, by=by, key=key or f"effect:{claim.id}:{what}", origin=origin)


def room_of(incident: Incident) -> WarRoom:
    """The room there is; a job for a room that is gone is settled."""
    if incident.room is None:
        raise Refused(f"{incident.name} has no war room")
    return incident.room


def is_known(claim: Claim, room: WarRoom) -> bool:
    """Whether the part this job puts in place may stand there from another time: its room was adopted, or is mended."""
    return room.adopted or bool(claim.job.arguments.get("look_first"))


def asker(claim: Claim) -> Actor:
    """The responder whose wish this job carries out."""
    arguments: Mapping[str, Any] = claim.job.arguments
    return Actor("responder", str(arguments["asker"]), str(arguments["name"]))
