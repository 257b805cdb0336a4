"""Asking PagerDuty for another status, as the person who asks. What stands there already is not asked for again."""

from bot.domain.events.requests import Request
from bot.domain.incident import Deed, Incident
from bot.slack.blocks import button
from bot.slack.mrkdwn import inline, when
from commands.answers import UNCHANGED, is_pressed_in_room, said, told, who
from commands.command import Call, Reply
from storage import Transaction


def asked(tx: Transaction, call: Call, event: Request, incident: Incident, doing: str) -> Reply:
    """Records the request; PagerDuty hears of it as soon as this is committed."""
    tx.record(event)
    text = f"{doing} {incident.name} in PagerDuty as you."
    return said(text, quiet=is_pressed_in_room(call, incident), awaits="pagerduty")


def asked_already(incident: Incident, verb: str, call: Call) -> Reply | None:
    """The answer when someone has asked for the same and PagerDuty has not answered yet; else None."""
    deed = incident.pending.get(verb)
    return on_its_way(incident, verb, deed, call) if deed else None


def on_its_way(incident: Incident, verb: str, deed: Deed, call: Call) -> Reply:
    late = f" It is late: {inline(incident.late)}." if incident.late else ""
    text = f"{who(deed.by, call)} asked to {verb} {incident.name}, {when(deed.at)}; it is already on its way."
    return said(text + late)


def resolved_already(incident: Incident, call: Call) -> Reply:
    """Who resolved it, and a way to reopen it on purpose."""
    text = f"{told(incident.resolved, 'resolved', incident, call)}. {UNCHANGED}"
    return said(text, button("Reopen", "reopen", incident.name))
