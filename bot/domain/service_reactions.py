"""When something happens that is about no incident, the bot does that."""

from collections.abc import Sequence

from bot.domain.asking import send_service_change
from bot.domain.events.approvals import (
    ApprovalAnswered,
    ApprovalDropped,
    ApprovalEvent,
    ApprovalNotShown,
    ApprovalShown,
)
from bot.domain.events.changes import ServiceChangeDelayed, ServiceChangeLogged, ServiceChangeTrouble
from bot.domain.events.connecting import KeyEvent, SourceNotConnected
from bot.domain.events.event import ServiceEvent
from bot.domain.job import Job, Priority
from bot.domain.people import Actor


def of_service(event: ServiceEvent) -> Sequence[Job]:
    """A change that was logged here is owed to PagerDuty, what became of it and of connecting a source to whoever asked
    for it in Slack, and what follows from approvals."""
    if isinstance(event, ServiceChangeLogged):
        return list(send_service_change(event))
    if isinstance(event, SourceNotConnected | KeyEvent | ServiceChangeTrouble):
        return [_told_alone(event, event.asker)] if event.asker and event.asker.kind == "responder" else []
    return of_approval(event) if isinstance(event, ApprovalEvent) else []


def of_approval(event: ApprovalEvent) -> Sequence[Job]:
    """The card tells all; an answer is owed to the source, and whoever gave one that came to nothing hears so."""
    if isinstance(event, ApprovalShown | ApprovalNotShown):
        return []
    jobs = [approval_card(event.service_id, event.approval, event.about)]
    if isinstance(event, ApprovalAnswered):
        jobs.append(_to_source(event))
    if isinstance(event, ApprovalDropped):
        jobs.append(_told_alone(event, event.asker))
    return jobs


def approval_card(source: str, approval: str, about: str) -> Job:
    """Posts it, or draws it anew."""
    arguments, lane = {"source": source, "approval": approval, "about": about}, f"approval:{approval}"
    return Job("show_approval", f"{lane}:card", arguments=arguments, key=f"{lane}:card", collapses=True)


def _to_source(event: ApprovalAnswered) -> Job:
    arguments = {
        "source": event.service_id, "approval": event.approval, "about": event.about, "approved": event.approved,
        "asker": event.by.id, "name": event.by.name,
    }  # fmt: skip
    lane = f"approval:{event.approval}:answer"
    return Job("answer_approval", lane, arguments=arguments, priority=Priority.HUMAN, key=f"send:{event.key}")


def _told_alone(event: ServiceEvent, to: Actor) -> Job:
    url = event.html_url if isinstance(event, ServiceChangeDelayed) else None
    arguments = {"user": to.id, "text": event.text(), "plain": True, "key": event.key, "url": url}
    return Job("tell", f"tell:{to.id}", arguments=arguments, priority=Priority.HUMAN, key=f"tell:{event.key}")
