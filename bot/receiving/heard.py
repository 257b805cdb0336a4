"""PagerDuty's news, in whichever form it came, put on the timelines of the incidents they are about."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from bot.domain.events import Event, ServiceEvent
from bot.domain.record import is_plausible
from bot.pagerduty import meaning
from storage import Delivery, Transaction


def record(tx: Transaction, delivery: Delivery, event: Event | ServiceEvent | None) -> None:
    if event is not None and not is_plausible(event.at, delivery.received_at):
        event = replace(event, at=delivery.received_at)  # what was said stays in its key
    if isinstance(event, ServiceEvent):
        tx.record_for_service(event)
    elif event is not None:
        incident = tx.record(event)
        tx.withhold(delivery.id, incident)


def record_all(tx: Transaction, delivery: Delivery, events: Sequence[Mapping[str, Any]]) -> str | None:
    """`events`: as of v3 webhooks. The complaint about those that make no sense; the others are recorded."""
    complaints = []
    for nth, event in enumerate(events):
        try:
            found = meaning.told(event)
        except meaning.NotUnderstood as complaint:
            complaints.append(f"messages[{nth}]: {complaint}")
        else:
            record(tx, delivery, found)
    return "; ".join(complaints) or None
