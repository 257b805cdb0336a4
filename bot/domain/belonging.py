"""Which incident an alert of a source belongs to, as far as that can be said without asking."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from bot.domain.incident import Reference
from bot.domain.signal import Alert

FIRST_LOOK = timedelta(seconds=10)  # after an alert was raised; a webhook needs a second or two
LOOKS = 8  # each three times as late as the one before: the last after six hours


def is_on(alert: Alert, service: Reference | None) -> bool:
    """Whether its route names this service, by its id or its name."""
    names = {service.id.casefold(), service.summary.casefold()} if service else set()
    return alert.service_id is not None and alert.service_id.casefold() in names


def matching(alerts: Iterable[Alert], service: Reference | None, title: str) -> list[Alert]:
    """Of the alerts that have an incident's key those that are its own: on its service, else the one whose service
    nobody knows, the likeliest first."""
    known = [one for one in alerts if not one.elsewhere]
    exact = [one for one in known if is_on(one, service)]
    unknown = sorted((one for one in known if one.service_id is None), key=lambda one: one.summary != title)
    return exact or (unknown[:1] if service else known[:1])


def is_sought(alert: Alert, now: datetime) -> bool:
    """Whether it is time to ask PagerDuty where this alert belongs."""
    if alert.elsewhere or alert.incident is not None or alert.raised_at is None or alert.looked >= LOOKS:
        return False
    return bool(now - alert.raised_at >= FIRST_LOOK * 3**alert.looked)
