"""What every webhook says before it comes to the point: what kind, when, and who."""

from dataclasses import dataclass
from datetime import datetime
from typing import Self, TypedDict

from bot.domain.incident import Reference, Subject
from bot.domain.people import PAGERDUTY, Actor
from bot.pagerduty.reading import Members

ORIGIN = "pagerduty.webhook"


class Heard(TypedDict):
    """What all our events have in common, but whom they are about."""

    at: datetime
    by: Actor
    key: str
    origin: str


class HeardOfIncident(Heard):
    subject: Subject


@dataclass(frozen=True)
class Envelope:
    """https://developer.pagerduty.com/docs/webhooks-overview#webhook-payload; `occurred_at` as it was written."""

    kind: str
    occurred_at: str
    at: datetime
    by: Actor
    data: Members

    @classmethod
    def opened(cls, event: Members) -> Self:
        """Raises NotUnderstood when the time, or what happened, is missing."""
        return cls(
            kind=event.needed_text("event_type"),
            occurred_at=event.needed_name("occurred_at"),
            at=event.needed_instant("occurred_at"),
            by=event.actor("agent") or PAGERDUTY,  # nobody named: an automation, or time that ran out
            data=event.needed_object("data"),
        )

    def heard(self, about: str, part: str | None = None) -> Heard:
        """`about` is the id of the incident or service, `part` of the note, responder … in question.

        The key is the fact's own, not the delivery's: two overlapping subscriptions tell one fact twice.
        """
        key = f"pagerduty:{about}:{self.kind}:{self.occurred_at}:{part or ''}"
        return Heard(at=self.at, by=self.by, key=key, origin=ORIGIN)

    def heard_of(self, incident: Reference, part: str | None = None) -> HeardOfIncident:
        return HeardOfIncident(**self.heard(incident.id, part), subject=Subject(pagerduty_id=incident.id))

    @property
    def incident(self) -> Reference:
        """The incident that `data` names without describing it."""
        return self.data.needed_object("incident").needed_reference()
