"""What people do in PagerDuty's own app and systems do to it, for tests and the page to call.

`by` is a person's e-mail address, name or id; None is automation. People, services and policies are named likewise.
All raise KeyError for a name that nothing has, and `refusals.Refusal` for what PagerDuty refuses.
"""

from collections.abc import Sequence
from typing import Any

from bot.simulator.news import News
from bot.simulator.pagerduty import collaboration, lifecycle
from bot.simulator.pagerduty.account import Account, Thing, named
from bot.simulator.pagerduty.directory import EscalationPolicy, Priority, Service, User
from bot.simulator.pagerduty.incident import Incident, Note, Origin, StatusUpdate

ALICE = "alice@example.com"
WEB_CLIENT = {"name": "PagerDuty"}


class Driving:
    """Everything is done, and its webhooks queued, when a call returns; `PagerDuty.settled` waits for delivery."""

    def __init__(self, account: Account, news: News) -> None:
        self.account, self.news = account, news

    def user(self, who: str) -> User:
        """By e-mail address, name, first name or id."""
        wanted = who.casefold()
        for user in self.account.users:
            names = (user.id, user.email, user.name, user.name.split()[0])
            if wanted in [name.casefold() for name in names]:
                return user
        raise KeyError(f"no user {who!r} among {[user.email for user in self.account.users]}")

    def service(self, which: str) -> Service:
        return _named(self.account.services, which)

    def policy(self, which: str) -> EscalationPolicy:
        return _named(self.account.escalation_policies, which)

    def incident(self, which: str) -> Incident:
        """By id or number."""
        found = self.account.incident(which)
        if found is None:
            raise KeyError(f"no incident {which!r}")
        return found

    async def trigger(
        self,
        title: str,
        *,
        service: str = "Checkout",
        urgency: str | None = "high",
        priority: str | None = None,
        assignees: Sequence[str] | None = None,
        by: str | None = None,
    ) -> Incident:
        """Without `by` the service itself is the agent, as for what a monitor sent."""
        chosen = self.service(service)
        return lifecycle.trigger(
            self.account,
            self._origin(by) if by else Origin(chosen),
            title,
            chosen,
            urgency=urgency,
            priority=_named(self.account.priorities, priority) if priority else None,
            assignees=[self.user(each) for each in assignees] if assignees else None,
        )

    async def acknowledge(self, incident: Incident, *, by: str | None = ALICE) -> None:
        lifecycle.acknowledge(self.account, incident, self._origin(by))

    async def unacknowledge(self, incident: Incident, *, by: str | None = None) -> None:
        lifecycle.unacknowledge(self.account, incident, self._origin(by))

    async def resolve(self, incident: Incident, *, by: str | None = ALICE, note: str | None = None) -> None:
        lifecycle.resolve(self.account, incident, self._origin(by), note)

    async def reopen(self, incident: Incident, *, by: str | None = ALICE) -> None:
        lifecycle.reopen(self.account, incident, self._origin(by))

    async def reassign(self, incident: Incident, to: Sequence[str] | str, *, by: str | None = ALICE) -> None:
        names = [to] if isinstance(to, str) else to
        lifecycle.reassign(self.account, incident, self._origin(by), [self.user(each) for each in names])

    async def escalate(self, incident: Incident, level: int | None = None, *, by: str | None = ALICE) -> None:
        """To the next level unless one is given."""
        lifecycle.escalate(self.account, incident, self._origin(by), level or incident.level + 1)

    async def delegate(self, incident: Incident, to: str, *, by: str | None = ALICE) -> None:
        """`to` is an escalation policy: "Payments on call"."""
        lifecycle.delegate(self.account, incident, self._origin(by), self.policy(to))

    async def merge(self, source: Incident, into: Incident, *, by: str | None = ALICE) -> None:
        lifecycle.merge(self.account, into, [source], self._origin(by))

    async def set_priority(self, incident: Incident, priority: str | None, *, by: str | None = ALICE) -> None:
        chosen: Priority | None = _named(self.account.priorities, priority) if priority else None
        collaboration.set_priority(self.account, incident, self._origin(by), chosen)

    async def set_urgency(self, incident: Incident, urgency: str, *, by: str | None = ALICE) -> None:
        """No webhook."""
        collaboration.set_urgency(self.account, incident, self._origin(by), urgency)
        self.news.publish("pagerduty")

    async def set_title(self, incident: Incident, title: str, *, by: str | None = ALICE) -> None:
        """No webhook."""
        collaboration.entitle(self.account, incident, self._origin(by), title)
        self.news.publish("pagerduty")

    async def set_type(self, incident: Incident, name: str, *, by: str | None = ALICE) -> None:
        collaboration.set_type(self.account, incident, self._origin(by), name)

    async def set_service(self, incident: Incident, service: str, *, by: str | None = ALICE) -> None:
        collaboration.set_service(self.account, incident, self._origin(by), self.service(service))

    async def set_bridge(
        self, incident: Incident, *, number: str | None = None, url: str | None = None, by: str | None = ALICE
    ) -> None:
        given = {"conference_number": number, "conference_url": url}
        bridge = {name: value for name, value in given.items() if value is not None}
        collaboration.set_bridge(self.account, incident, self._origin(by), bridge)

    async def set_fields(self, incident: Incident, *, by: str | None = ALICE, **values: Any) -> None:
        collaboration.set_fields(self.account, incident, self._origin(by), values)

    async def annotate(self, incident: Incident, content: str, *, by: str | None = ALICE) -> Note:
        return collaboration.annotate(self.account, incident, self._origin(by), content)

    async def publish_status_update(self, incident: Incident, message: str, *, by: str | None = ALICE) -> StatusUpdate:
        origin = self._origin(by)
        update = StatusUpdate(origin.agent, message)
        collaboration.publish_status_update(self.account, incident, origin, update)
        return update

    async def add_responder(
        self, incident: Incident, user: str, *, message: str = "Please help", by: str | None = ALICE
    ) -> None:
        collaboration.request_responders(self.account, incident, self._origin(by), [self.user(user)], message)

    async def respond(self, incident: Incident, user: str, state: str = "joined") -> None:
        """`state` is joined or declined; LookupError for someone who was not asked."""
        collaboration.respond(self.account, incident, self.user(user), state)

    async def snooze(self, incident: Incident, duration: int, *, by: str | None = ALICE) -> None:
        """`duration` in seconds. No webhook until it ends."""
        collaboration.snooze(self.account, incident, self._origin(by), duration)
        self.news.publish("pagerduty")

    async def assign_role(self, incident: Incident, role: str, user: str | None, *, by: str | None = ALICE) -> None:
        """None for `user` takes the role away."""
        assignee = self.user(user) if user else None
        collaboration.assign_role(self.account, incident, self._origin(by), role, assignee)

    def _origin(self, by: str | None) -> Origin:
        return Origin(self.user(by), "website", WEB_CLIENT) if by else Origin(None, "timeout")


def _named(things: list[Thing], which: str) -> Thing:
    found = named(things, which)
    if found is None:
        raise KeyError(f"no {which!r} among {[each.name for each in things]}")
    return found
