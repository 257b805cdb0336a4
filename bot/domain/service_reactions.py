"""When something happens that is about no incident, the bot does that."""

from collections.abc import Sequence

from bot.domain.events.changes import ChangeLogged, ServiceChangeLogged
from bot.domain.events.connecting import KeyEvent, SourceNotConnected
from bot.domain.events.event import ServiceEvent
from bot.domain.job import Job, Priority
from bot.domain.people import Actor


def of_service(event: ServiceEvent) -> Sequence[Job]:
    """A change that was logged here is owed to PagerDuty, what became of connecting a source to whoever asked for it
    in Slack."""
    if isinstance(event, ServiceChangeLogged):
        return [Job("send_change", f"service:{event.service_id}", arguments=change_to_send(event))]
    if isinstance(event, SourceNotConnected | KeyEvent) and event.asker.kind == "responder":
        return [_told_alone(event, event.asker)]
    return []


def change_to_send(event: ChangeLogged | ServiceChangeLogged) -> dict[str, object]:
    shared = {"change_id": event.change_id, "summary": event.summary, "service_id": event.service_id}
    return {**shared, "links": list(event.links), "at": event.at.isoformat(), "by": event.by.name}


def _told_alone(event: ServiceEvent, to: Actor) -> Job:
    arguments = {"user": to.id, "text": event.text(), "plain": True, "key": event.key}
    return Job("tell", f"tell:{to.id}", arguments=arguments, priority=Priority.HUMAN, key=f"tell:{event.key}")
