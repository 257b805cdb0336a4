"""`suspect` and `clear`: what people make of a recent change that is listed in the room. Only ever buttons."""

from bot.domain.errors import Misuse
from bot.domain.events.changes import ChangeCleared, ChangeJudged, ChangeSuspected
from bot.domain.incident import Incident
from bot.domain.room import ShownChange
from bot.slack.mrkdwn import inline
from commands.answers import UNCHANGED, in_room, said
from commands.command import Call, Command, Reply
from commands.which import one_and_text
from storage import Transaction


def suspect(tx: Transaction, call: Call) -> Reply:
    return _judge(tx, call, ChangeSuspected)


def clear(tx: Transaction, call: Call) -> Reply:
    return _judge(tx, call, ChangeCleared)


def _judge(tx: Transaction, call: Call, kind: type[ChangeJudged]) -> Reply:
    incident, change_id = one_and_text(tx, call, text_follows=False)
    change = _listed(incident, change_id.strip())
    if change.verdict == kind.verdict:
        return said(f"{inline(change.judged_by or 'Someone')} has said so already. {UNCHANGED}")
    event = kind(
        subject=incident.subject, at=call.at, by=call.actor, key=call.key(kind.verdict), origin=call.origin,
        change_id=change.id, summary=change.summary,
    )  # fmt: skip
    tx.record(event)
    return said(f"Marked as {kind.verdict}: {inline(change.summary)}.", quiet=in_room(call, incident))


def _listed(incident: Incident, change_id: str) -> ShownChange:
    listed = incident.room.changes if incident.room else ()
    change = next((one for one in listed if one.id == change_id), None)
    if change is None:
        raise Misuse(f"That change is not listed in the room of {incident.name}. Press a button beside one that is.")
    return change


SUSPECT = Command(name="suspect", usage="suspect", help="suspect a recent change", run=suspect, listed=False)
CLEAR = Command(name="clear", usage="clear", help="clear a recent change", run=clear, listed=False)
