"""What was read from PagerDuty, as news of the incident."""

from datetime import UTC, datetime

from bot.domain.events.event import Event
from bot.domain.events.news import LookedUp
from bot.domain.incident import Incident
from bot.domain.job import Claim
from bot.effects.world import common
from bot.pagerduty.rest import Standing


def looked_up(claim: Claim, incident: Incident, standing: Standing) -> Event:
    """How PagerDuty says that it stands."""
    at = instant(incident, standing)
    return LookedUp(
        **common(claim, "looked-up", origin="pagerduty.rest", at=at), snapshot=standing.snapshot,
        changed_by=standing.last_status_change_by,
    )  # fmt: skip


def instant(incident: Incident, standing: Standing) -> datetime:
    """PagerDuty's clock, which has whole seconds here, but never before what we already know of it: our own clock
    must not decide what is stale."""
    known = incident.news_at or datetime.min.replace(tzinfo=UTC)
    return max(standing.last_status_change_at or known, known)
