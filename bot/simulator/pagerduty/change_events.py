"""Change events, as they come in. Kept, never deduplicated, and cause nothing.

https://developer.pagerduty.com/docs/send-change-event
"""

from datetime import UTC, datetime
from typing import Any

from bot.simulator.pagerduty.account import Account, ChangeEvent
from bot.simulator.pagerduty.ids import now


def accept(account: Account, event: dict[str, Any]) -> None:
    """A key that nobody has is swallowed."""
    found = account.integration(event["routing_key"])
    if found is None:
        return
    service, integration = found
    payload = event["payload"]
    change = ChangeEvent(
        summary=payload["summary"],
        at=_moment(payload.get("timestamp")),
        integration=integration,
        service=service,
        source=payload.get("source"),
        custom_details=payload.get("custom_details") or {},
        links=event.get("links") or [],
        images=event.get("images") or [],
    )
    account.change_events.append(change)


def _moment(text: str | None) -> datetime:
    moment = datetime.fromisoformat(text) if text else now()
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
