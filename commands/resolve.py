"""`resolve`: it is over."""

from bot.domain.events.requests import ResolveRequested
from bot.domain.incident import Incident, Status
from commands.answers import together
from commands.asking import asked, asked_already, resolved_already
from commands.command import Call, Command, Reply
from commands.grammar import sentence
from commands.redact import offered
from commands.which import some_and_text
from storage import Transaction


def resolve(tx: Transaction, call: Call) -> Reply:
    incidents, text = some_and_text(tx, call)
    summary = call.fields.get("summary", "").strip() or sentence(text)
    reply = together([_one(tx, call, incident, nth, summary) for nth, incident in enumerate(tx.held(incidents))])
    return offered(tx, summary, call.key("resolve"), reply)


def _one(tx: Transaction, call: Call, incident: Incident, nth: int, summary: str) -> Reply:
    if incident.status is Status.RESOLVED:
        return resolved_already(incident, call)
    waiting = asked_already(incident, "resolve", call)
    if waiting:
        return waiting
    event = ResolveRequested(
        subject=incident.subject, at=call.at, by=call.actor, key=call.key("resolve", nth), origin=call.origin,
        resolution=summary,
    )  # fmt: skip
    return asked(tx, call, event, incident, "Resolving")


RESOLVE = Command(
    name="resolve", aliases=("close", "end"), usage="resolve [INC-42 …] [summary]", run=resolve,
    help="resolve in PagerDuty, as you; a summary becomes its resolution note",
)  # fmt: skip
