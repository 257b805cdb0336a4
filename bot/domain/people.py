"""Who did it, and how one human is known in Slack and in PagerDuty."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

ActorKind = Literal["responder", "service", "muster", "system"]
Standing = Literal["member", "admin", "guest", "outsider", "bot", "deactivated"]


@dataclass(frozen=True)
class Actor:
    """Whoever did something: a responder (id: Slack's U… or PagerDuty's P…), a service, or Muster itself."""

    kind: ActorKind
    id: str
    name: str


MUSTER = Actor("muster", "muster", "Muster")
PAGERDUTY = Actor("service", "pagerduty", "PagerDuty")


@dataclass(frozen=True)
class Person:
    """One human in both worlds. What is None is not known, or does not exist there."""

    name: str
    email: str | None = None
    slack_id: str | None = None
    pagerduty_id: str | None = None
    standing: Standing = "member"  # in our Slack workspace
    checked_at: datetime | None = None  # when Slack or PagerDuty last told us so, misses included

    @property
    def is_member(self) -> bool:
        """Of our Slack workspace, in full."""
        return self.standing in {"member", "admin"}

    @property
    def actor(self) -> Actor:
        return Actor("responder", self.slack_id or self.pagerduty_id or "", self.name)
