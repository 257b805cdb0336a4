"""What people ask of PagerDuty goes there, and while it is silent they are told so."""

from collections.abc import Iterable
from dataclasses import replace

from bot.domain.events.changes import ChangeLogged, ServiceChangeLogged
from bot.domain.events.event import Event, ServiceEvent
from bot.domain.happening import Happening, Reaction
from bot.domain.job import Job, Priority

SILENT_AFTER = 2.0  # seconds: people wait for three, and saying it takes time
LOOKS = "silence:"  # how the concern of these looks begins; the key of the request follows


def ask_pagerduty(kind: str, *, verb: str = "") -> Reaction:
    """The request goes to PagerDuty as the person who made it, in the order it was made. `verb`: `kind`, if empty."""

    def reaction(it: Happening) -> Iterable[Job]:
        asked = it.before is None or it.moved("pending", "expected_notes")
        if asked:
            owed = it.job(kind, "pagerduty", arguments=it.event.details())
            yield from _asked(owed, it.event, it.after.name, verb=verb or kind)

    return reaction


def send_change(it: Happening) -> Iterable[Job]:
    if isinstance(it.event, ChangeLogged):
        owed = it.job("send_change", "changes-out", arguments=_to_send(it.event))
        yield from _asked(owed, it.event, it.after.name, verb="change")


def send_service_change(event: ServiceChangeLogged) -> Iterable[Job]:
    owed = Job("send_change", event.stream, arguments=_to_send(event))
    return _asked(owed, event, event.stream, verb="change")


def _to_send(event: ChangeLogged | ServiceChangeLogged) -> dict[str, object]:
    shared = {"change_id": event.change_id, "summary": event.summary, "service_id": event.service_id}
    return {**shared, "links": list(event.links), "at": event.at.isoformat(), "by": event.by.name}


def _asked(owed: Job, event: Event | ServiceEvent, place: str, *, verb: str) -> Iterable[Job]:
    """The request, and a look at it soon; in a lane of its own, for in that of the request it would wait, too."""
    about = {"request": event.key, "asker": event.by.id, "name": event.by.name}
    yield replace(owed, arguments={**owed.arguments, **about}, priority=Priority.HUMAN)
    looked_for = {**about, "verb": verb, "in_lane": owed.lane}
    if isinstance(event, ServiceChangeLogged):
        looked_for |= {"service_id": event.service_id, "change_id": event.change_id}
    yield Job(
        "tell_if_silent", f"{place}/{LOOKS}{event.key}", owed.incident, looked_for, Priority.HUMAN, delay=SILENT_AFTER
    )
