"""`note`: something worth remembering."""

from bot.domain.events.requests import NoteWritten
from bot.slack.views import forms
from commands.answers import ask_in_form, in_room, said
from commands.command import Call, Command, Reply, WrongField
from commands.grammar import sentence
from commands.redact import offered
from commands.which import one_and_text
from storage import Transaction


def note(tx: Transaction, call: Call) -> Reply:
    incident, text = one_and_text(tx, call)
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


NOTE = Command(
    name="note", aliases=("n", "log", "add"), usage="note [INC-42] text", run=note,
    help="keep a note on the timeline and on the PagerDuty incident",
)  # fmt: skip
