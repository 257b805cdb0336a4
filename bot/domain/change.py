"""PagerDuty's change event: something was deployed or changed."""

from dataclasses import dataclass
from datetime import datetime

from bot.domain.people import Actor


@dataclass(frozen=True)
class ChangeEvent:
    """One change as we list it. `id` is ours for changes logged here, PagerDuty's for the others."""

    id: str
    summary: str
    at: datetime
    service_id: str
    service: str
    by: Actor | None = None
    links: tuple[str, ...] = ()
    incident: int | None = None
