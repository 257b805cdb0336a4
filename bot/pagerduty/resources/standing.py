"""Where an incident stands at this moment: what is read before anything is written."""

from dataclasses import dataclass
from datetime import datetime
from typing import Self

from bot.domain.incident import Reference, Snapshot, Status
from bot.domain.people import Actor
from bot.pagerduty.reading import Members
from bot.pagerduty.snapshot import from_rest


@dataclass(frozen=True)
class Standing:
    """`last_status_change_by`: a person, or the service whose time ran out."""

    snapshot: Snapshot
    last_status_change_at: datetime | None = None  # UTC
    last_status_change_by: Actor | None = None
    acknowledgers: tuple[Reference, ...] = ()

    @property
    def status(self) -> Status:
        return self.snapshot.status

    @classmethod
    def of(cls, answer: Members) -> Self:
        """Raises NotUnderstood when the answer holds no incident."""
        return cls.described(answer.needed_object("incident"))

    @classmethod
    def described(cls, told: Members) -> Self:
        """From the incident itself, as it stands in a list."""
        acknowledgers = (each.reference("acknowledger") for each in told.objects("acknowledgements"))
        return cls(
            snapshot=from_rest(told),
            last_status_change_at=told.instant("last_status_change_at"),
            last_status_change_by=told.actor("last_status_change_by"),
            acknowledgers=tuple(dict.fromkeys(one for one in acknowledgers if one)),
        )
