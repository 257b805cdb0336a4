"""The account: everything in it, and one way to say that something happened to it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any, TypeVar

from bot.simulator.pagerduty.directory import EscalationPolicy, Integration, Named, Priority, Service, Team, User
from bot.simulator.pagerduty.ids import milliseconds, now, ulid
from bot.simulator.pagerduty.incident import Alert, Incident, Origin
from bot.simulator.pagerduty.links import Links

Thing = TypeVar("Thing", bound=Named)


@dataclass(eq=False)
class ChangeEvent:
    """Something deployed or changed, as the Events API took it. Causes no incident and no webhook."""

    summary: str
    at: datetime
    integration: Integration
    service: Service
    source: str | None
    custom_details: dict[str, Any]
    links: list[dict[str, str]]
    images: list[dict[str, str]]
    id: str = field(default_factory=lambda: ulid(now()))


@dataclass(frozen=True)
class Happening:
    """One v3 event on its way to the subscriptions; `resource` is the id that orders it, `body` the whole envelope."""

    event_type: str
    resource: str
    service: Service | None
    teams: tuple[Team, ...]
    body: dict[str, Any]


@dataclass
class Account:
    """State only; what may happen to it is in `lifecycle`, `collaboration` and `alerts`."""

    users: list[User] = field(default_factory=list)
    teams: list[Team] = field(default_factory=list)
    services: list[Service] = field(default_factory=list)
    escalation_policies: list[EscalationPolicy] = field(default_factory=list)
    priorities: list[Priority] = field(default_factory=list)
    incidents: list[Incident] = field(default_factory=list)
    change_events: list[ChangeEvent] = field(default_factory=list)
    alerts: dict[tuple[str, str], Alert] = field(default_factory=dict)
    links: Links = field(default_factory=Links)
    tell: Callable[[Happening], None] = lambda _: None
    later: Callable[[float, Callable[[], None]], None] = lambda _, act: act()
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def incident(self, id_or_number: str) -> Incident | None:
        """REST takes either in the path."""
        matches = (each for each in self.incidents if id_or_number in (each.id, str(each.number)))
        return next(matches, None)

    def user_by_email(self, email: str) -> User | None:
        return next((user for user in self.users if user.email.casefold() == email.strip().casefold()), None)

    def integration(self, key: str) -> tuple[Service, Integration] | None:
        """By routing key."""
        pairs = ((service, each) for service in self.services for each in service.integrations)
        return next((pair for pair in pairs if pair[1].key == key), None)

    def happened(self, event_type: str, origin: Origin, data: dict[str, Any], about: Incident | Service) -> None:
        """Tells every subscription, in the order of the calls, what just became true of `about`."""
        kind = "incident" if isinstance(about, Incident) else "service"
        service = about.service if isinstance(about, Incident) else about
        agent = self.links.agent(origin.agent)
        body = envelope(event_type, kind, agent, origin.client, data)
        self.tell(Happening(event_type, about.id, service, tuple(about.teams), body))


def named(things: list[Thing], wanted: str) -> Thing | None:
    """The one with this id or, regardless of case, this name."""
    return next((each for each in things if wanted == each.id or wanted.casefold() == each.name.casefold()), None)


def envelope(
    event_type: str, kind: str, agent: dict[str, Any] | None, client: dict[str, str] | None, data: dict[str, Any]
) -> dict[str, Any]:
    """https://developer.pagerduty.com/docs/webhooks-overview#webhook-payload"""
    at = now()
    return {
        "event": {
            "id": ulid(at),
            "event_type": event_type,
            "resource_type": kind,
            "occurred_at": milliseconds(at),
            "agent": agent,
            "client": client,
            "data": data,
        }
    }
