"""`ack`: someone is on it."""

from bot.domain.events.requests import AcknowledgeRequested
from bot.domain.incident import Incident, Status
from commands.answers import UNCHANGED, said, together, told
from commands.asking import asked, asked_already, resolved_already
from commands.command import Call, Command, Reply
from commands.which import only_named
from storage import Transaction


def acknowledge(tx: Transaction, call: Call) -> Reply:
    return together([_one(tx, call, incident, nth) for nth, incident in enumerate(tx.held(only_named(tx, call)))])


def _one(tx: Transaction, call: Call, incident: Incident, nth: int) -> Reply:
    """An acknowledgement of what is resolved would reopen it in PagerDuty, so that is never asked for."""
    if incident.status is Status.RESOLVED:
        return resolved_already(incident, call)
    if incident.status is Status.ACKNOWLEDGED:
        return said(f"{told(incident.acknowledged, 'acknowledged', incident, call)}. {UNCHANGED}")
    waiting = asked_already(incident, "resolve", call) or asked_already(incident, "acknowledge", call)
    if waiting:
        return waiting
    event = AcknowledgeRequested(
        subject=incident.subject, at=call.at, by=call.actor, key=call.key("ack", nth), origin=call.origin
    )
    return asked(tx, call, event, incident, "Acknowledging")


ACK = Command(
    name="ack", aliases=("acknowledge",), usage="ack [INC-42 …]", run=acknowledge,
    help="acknowledge in PagerDuty, as you",
)  # fmt: skip
