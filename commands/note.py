"""`note`: something worth remembering."""

from bot.domain.events.requests import NoteWritten
from bot.domain.incident import Incident
from bot.slack.mrkdwn import cut, escape
from bot.slack.views import forms
from bot.slack.views.forms import LONGEST_NOTE
from commands.answers import ask_in_form, in_room, said
from commands.command import Call, Command, Reply, WrongField
from commands.grammar import sentence
from commands.redact import offered
from commands.which import one_and_text, reached
from storage import Transaction


def note(tx: Transaction, call: Call) -> Reply:
    incident, text = _pointed_at(tx, call) if call.origin == "slack.shortcut" else one_and_text(tx, call)
    written = call.fields.get("note", "").strip() or sentence(text)
    if call.origin == "slack.form" and not written:
        raise WrongField("note", "Write something first.")
    if not written:
        view = forms.note(incident, channel=call.channel, response_url=call.response_url)
        return ask_in_form(call, view, instead="Say what to note, for example `note replica promoted`.")
    event = NoteWritten(
        subject=incident.subject, at=call.at, by=call.actor, key=call.key("note"), origin=call.origin, note=written
    )
    tx.record(event)
    text = f"Noted on {incident.name}; PagerDuty gets the note too."
    reply = said(text, quiet=in_room(call, incident), awaits="pagerduty")
    return offered(tx, written, event.key, reply)


def _pointed_at(tx: Transaction, call: Call) -> tuple[Incident, str]:
    """A message of a room is about its incident, whatever words it begins with; its address stands below it."""
    told = call.saying("\n".join(part for part in (cut(call.text, LONGEST_NOTE), escape(call.permalink)) if part))
    here = tx.incident_in(call.channel, call.thread_ts)
    return (reached(call, here), told.text) if here else one_and_text(tx, told)


NOTE = Command(
    name="note", aliases=("n", "log", "add"), usage="note [INC-42] text", run=note,
    help="keep a note on the timeline and on the PagerDuty incident",
)  # fmt: skip
