"""`declare`: there is an incident, and PagerDuty does not know yet."""

from collections.abc import Mapping

from bot.domain.events.requests import Declared
from bot.domain.incident import Subject
from bot.slack.mrkdwn import inline
from bot.slack.views import forms
from commands.answers import ask_in_form, said, short_enough
from commands.command import Call, Command, Reply, WrongField
from commands.grammar import Word, plain, words
from commands.services import like, service_named
from storage import Transaction

URGENCIES = ("high", "low")
USAGE = 'declare "title" [on SERVICE] [high|low]'


def declare(tx: Transaction, call: Call) -> Reply:
    """In a form all is entered; what was typed may lack the service, which a form then asks for. A message that was
    only pointed at was not written to declare anything, so it is always a form's beginning."""
    typed = _pointed_at if call.origin == "slack.shortcut" else _typed
    wanted = call.fields or typed(tx, call.text)
    if call.origin != "slack.form" and not (wanted.get("title") and wanted.get("service")):
        view = forms.declare(tx.services(), prefill=wanted, channel=call.channel, response_url=call.response_url)
        return ask_in_form(call, view, instead=f"Say what is wrong and where: `{USAGE}`.")
    return _declared(tx, call, wanted)


def _declared(tx: Transaction, call: Call, wanted: Mapping[str, str]) -> Reply:
    title, urgency = short_enough(wanted.get("title", "").strip(), "title"), wanted.get("urgency") or "high"
    if not title:
        raise WrongField("title", "Say what is wrong.")
    if urgency not in URGENCIES:
        raise WrongField("urgency", "The urgency is high or low.")
    service, incident_key = service_named(tx, wanted.get("service", "")), f"muster-{call.unique_id('declare')}"
    event = Declared(
        subject=Subject(incident_key=incident_key), at=call.at, by=call.actor, key=call.key("declare"),
        origin=call.origin, title=title, service_id=service.id, service=service.summary, urgency=urgency,
        incident_key=incident_key, description=wanted.get("description", "").strip(),
    )  # fmt: skip
    name = tx.record(event).name
    text = f"Declared {name} on {inline(service.summary)}: {inline(title)}. PagerDuty is told, a room opens."
    return said(text, awaits="pagerduty")


def _pointed_at(_: Transaction, message: str) -> Mapping[str, str]:
    said = plain(message)
    return {"title": said.partition("\n")[0], "description": said}


def _typed(tx: Transaction, text: str) -> Mapping[str, str]:
    """Title, service and urgency, as far as they were said. The urgency is the last word unless the title is quoted,
    and in an unquoted title "on" may be just a word: the database is on fire."""
    said = words(text)
    is_quoted = bool(said) and said[0].quoted
    urgency = next((word for word in (said[1:] if is_quoted else said[-1:]) if word.is_one_of(*URGENCIES)), None)
    rest = [word for word in said if word is not urgency]
    title, service = _split_at_on(rest)
    if service and not (is_quoted or tx.service(service) or like(tx, service)):
        title, service = _joined(rest), ""
    return {"title": title, "service": service, "urgency": urgency.text.casefold() if urgency else ""}


def _split_at_on(said: list[Word]) -> tuple[str, str]:
    ons = [nth for nth, word in enumerate(said) if nth and word.is_one_of("on")]
    return (_joined(said[: ons[-1]]), _joined(said[ons[-1] + 1 :])) if ons else (_joined(said), "")


def _joined(said: list[Word]) -> str:
    return plain(" ".join(word.text for word in said))


DECLARE = Command(
    name="declare", aliases=("new", "open", "start", "create", "trigger"), usage=USAGE, run=declare,
    help="open an incident in PagerDuty, as you; without a title, in a form",
)  # fmt: skip
