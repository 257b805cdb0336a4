"""What a webhook means, in our words: https://developer.pagerduty.com/docs/webhooks-overview#event-types"""

from collections.abc import Callable, Mapping
from typing import Any

from bot.domain.events import Event, ServiceEvent
from bot.pagerduty.readers.envelope import Envelope
from bot.pagerduty.readers.news import NEWS, news
from bot.pagerduty.readers.reports import REPORTS
from bot.pagerduty.readers.services import SERVICES
from bot.pagerduty.reading import Members, NotUnderstood, parsed

READERS: Mapping[str, Callable[[Envelope], Event | ServiceEvent]] = {
    **dict.fromkeys(NEWS, news),
    **REPORTS,
    **SERVICES,
}

__all__ = ["READERS", "NotUnderstood", "told", "understood"]


def understood(body: bytes) -> Event | ServiceEvent | None:
    """The fact a delivery tells; None for PagerDuty's test ping. Pure.

    Raises NotUnderstood, and nothing else whatever `body` is, when the kind is unknown (PagerDuty adds kinds without
    notice) or a member we cannot do without is missing.
    """
    return _told(Members.of(parsed(body)).needed_object("event"))


def told(event: Mapping[str, Any]) -> Event | ServiceEvent | None:
    """The same of what stands under `event` in a webhook."""
    return _told(Members.of(event, "event"))


def _told(event: Members) -> Event | ServiceEvent | None:
    kind = event.needed_text("event_type")
    if kind == "pagey.ping":
        return None
    if kind not in READERS:
        raise NotUnderstood(f"event.event_type is {kind[:80]!r}, which is not known here")
    return READERS[kind](Envelope.opened(event))
