"""Webhook subscriptions: what they listen to, where they deliver, and when they are switched off."""

import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from bot.simulator.pagerduty.account import Happening
from bot.simulator.pagerduty.ids import now, short_id

ALL_EVENTS = (
    "incident.acknowledged",
    "incident.action_invocation.created",
    "incident.action_invocation.terminated",
    "incident.action_invocation.updated",
    "incident.annotated",
    "incident.conference_bridge.updated",
    "incident.custom_field_values.updated",
    "incident.delegated",
    "incident.escalated",
    "incident.incident_type.changed",
    "incident.priority_updated",
    "incident.reassigned",
    "incident.reopened",
    "incident.resolved",
    "incident.responder.added",
    "incident.responder.replied",
    "incident.role.assigned",
    "incident.service_updated",
    "incident.status_update_published",
    "incident.task.completed",
    "incident.task.created",
    "incident.task.updated",
    "incident.triggered",
    "incident.unacknowledged",
    "incident.workflow.completed",
    "incident.workflow.started",
    "service.created",
    "service.custom_field_values.updated",
    "service.deleted",
    "service.updated",
)
DROPS_ALLOWED = 3
"""Consecutive drops after which it is disabled, and the queue with it.

https://developer.pagerduty.com/docs/webhooks-behavior
"""
DISABLED_FOR = timedelta(hours=24)


@dataclass(eq=False)
class Subscription:
    """`url` is called anew for each delivery and answers None while nobody listens.

    Every secret of `secrets` signs, newest first, as while one is being rotated.
    """

    url: Callable[[], str | None]
    secrets: list[str] = field(default_factory=lambda: [secrets.token_urlsafe(48)])
    events: tuple[str, ...] = ALL_EVENTS
    filter_type: str = "account_reference"
    filter_id: str | None = None
    description: str | None = None
    custom_headers: dict[str, str] = field(default_factory=dict)
    active: bool = True
    disabled_until: datetime | None = None
    drops: int = 0
    id: str = field(default_factory=short_id)

    @property
    def temporarily_disabled(self) -> bool:
        """Switched off by PagerDuty itself, and not yet on again by time or by hand."""
        return self.disabled_until is not None and now() < self.disabled_until

    def wants(self, happening: Happening) -> bool:
        """Whether it is on, listens to this type, and its filter lets it through; a ping is for whom it was asked."""
        if not self.active or self.temporarily_disabled:
            return False
        if happening.event_type == "pagey.ping":
            return happening.resource == self.id
        return happening.event_type in self.events and self._within(happening)

    def signature(self, body: bytes) -> str:
        """https://developer.pagerduty.com/docs/verifying-signatures: HMAC-SHA256 of the raw body, one per secret."""
        digests = (hmac.new(each.encode(), body, hashlib.sha256).hexdigest() for each in self.secrets)
        return ",".join(f"v1={digest}" for digest in digests)

    def count(self, dropped: bool) -> None:
        """Disables it for a day at the third drop in a row."""
        self.drops = self.drops + 1 if dropped else 0
        if self.drops >= DROPS_ALLOWED:
            self.disabled_until, self.drops = now() + DISABLED_FOR, 0

    def enable(self) -> None:
        self.disabled_until, self.drops = None, 0

    def _within(self, happening: Happening) -> bool:
        match self.filter_type:
            case "service_reference":
                return happening.service is not None and happening.service.id == self.filter_id
            case "team_reference":
                return any(team.id == self.filter_id for team in happening.teams)
        return True
