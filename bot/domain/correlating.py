"""When incidents come from sources, the bot does that: the part of `reactions` that is about signals."""

from collections.abc import Iterable

from bot.domain.events import requests, signals
from bot.domain.events.event import Event
from bot.domain.happening import Happening, Reaction
from bot.domain.incident import Incident, Status
from bot.domain.job import Job
from bot.domain.origin import Origin
from bot.domain.routing import Routing

TOLD_ONE_BY_ONE = 5  # alerts that join an incident; of more the card keeps count


def correlate(it: Happening) -> Iterable[Job]:
    """Whatever the first news of it was: it may be a source's. What a person declared is not."""
    if it.routing.sources and it.before is None and not isinstance(it.event, requests.Declared):
        yield it.once("correlate", "signals")


def follow_merge(it: Happening) -> Iterable[Job]:
    """PagerDuty moves the alerts of a merged incident to the other."""
    if it.before and it.moved("merged_into") and it.after.merged_into and it.after.alerts:
        yield it.once("correlate", "signals")


def follow_severity(it: Happening) -> Iterable[Job]:
    """Not of the first alert, whose severity PagerDuty has seen itself."""
    if it.before and it.before.alerts and it.after.is_open and _severities(it.before) != _severities(it.after):
        yield it.once("follow_severity", "urgency")


def write_back(it: Happening) -> Iterable[Job]:
    if it.before and it.moved("status", "alerts") and to_write_back(it.after, it.routing):
        yield it.once("write_back", "write-back")


def invite_its_people(it: Happening) -> Iterable[Job]:
    """Whom the source names, as soon as it is known that it is one's."""
    if not (it.room and it.before and it.moved("alerts") and it.after.is_open):
        return
    if set(it.routing.assigned(it.after)) - set(it.routing.assigned(it.before)):
        yield it.once("invite", "people")


def to_write_back(incident: Incident, routing: Routing) -> list[Origin]:
    """Whose source is to hear that a person acknowledged, or that the acknowledgement we told it of is no more. What
    the source itself said is not told back to it."""
    open_ones = [one for one in incident.alerts if one.is_open and routing.writes_back(one.source)]
    if incident.status is Status.TRIGGERED:
        return [one for one in open_ones if one.is_told]
    by_person = incident.acknowledged is not None and incident.acknowledged.by.kind == "responder"
    is_held = incident.status is Status.ACKNOWLEDGED and by_person
    return [one for one in open_ones if one.status == "triggered"] if is_held else []


def said_by_source(it: Happening) -> str | None:
    """The line that the room hears of a signal; None: none. What only repeats what is known is no news."""
    if isinstance(it.event, signals.UrgencySet):
        return it.event.text()
    if not it.moved("alerts"):
        return None
    if isinstance(it.event, signals.Correlated):
        had = len(it.before.alerts) if it.before else 0
        return it.event.text() if 0 < had < TOLD_ONE_BY_ONE else None
    return it.event.text() + _left(it)


def _left(it: Happening) -> str:
    """How many alerts keep the incident open when one is over."""
    left = sum(one.is_open for one in it.after.alerts)
    is_over = isinstance(it.event, signals.Signalled) and it.event.action == "resolve" and it.after.is_open
    return f" ({left} more alert{'' if left == 1 else 's'} of {it.after.name} open)" if is_over and left else ""


def _severities(incident: Incident) -> list[str]:
    return sorted(one.severity for one in incident.alerts if one.is_open)


OF_SOURCES: tuple[Reaction, ...] = (correlate, follow_merge, follow_severity, write_back, invite_its_people)

SIGNALS: tuple[type[Event], ...] = (
    signals.Signalled, signals.Correlated, signals.SeverityLearned, signals.UrgencySet,
)  # fmt: skip
"""What the room hears of sources, when it is news."""
