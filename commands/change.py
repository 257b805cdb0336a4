"""`change`: something was deployed or changed."""

from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict

from bot.domain.change import ChangeEvent
from bot.domain.events.changes import ChangeLogged, ServiceChangeLogged
from bot.domain.incident import Incident, Reference
from bot.domain.people import Actor
from bot.slack.mrkdwn import inline, web_address
from bot.slack.views import forms
from commands.answers import ask_in_form, in_room, said, short_enough
from commands.command import Call, Command, Reply, WrongField
from commands.grammar import links, plain, sentence, words
from commands.redact import offered
from commands.services import like, service_named, service_said_first, unknown_service
from commands.which import here_or_none
from storage import Transaction


class _Told(TypedDict):
    """What both kinds of logged change are made of."""

    at: datetime
    by: Actor
    key: str
    origin: str
    change_id: str
    summary: str
    service_id: str
    service: str
    links: tuple[str, ...]


@dataclass(frozen=True)
class Said:
    """What changed, and on which service, as far as it was said."""

    summary: str = ""
    service: Reference | None = None
    links: tuple[str, ...] = ()


def change(tx: Transaction, call: Call) -> Reply:
    incident, text = here_or_none(tx, call, text_follows=True)
    own = incident.service if incident else None
    it = _submitted(tx, call) if call.origin == "slack.form" else _typed(tx, text, own)
    service = it.service or own
    return _logged(tx, call, incident, it, service) if it.summary and service else _asked(tx, call, incident, it)


def deploy(tx: Transaction, call: Call) -> Reply:
    return change(tx, call.saying(f"deploy {call.text}"))


def _submitted(tx: Transaction, call: Call) -> Said:
    summary, link = call.fields.get("summary", "").strip(), call.fields.get("link", "").strip()
    if not summary:
        raise WrongField("summary", "Say what changed.")
    if link and not web_address(link):
        raise WrongField("link", "A link begins with https:// and has no spaces.")
    wanted = tuple(dict.fromkeys((*([link] if link else []), *links(summary))))
    return Said(summary, service_named(tx, call.fields.get("service", "")), wanted)


def _typed(tx: Transaction, text: str, own: Reference | None) -> Said:
    first = next(iter(words(text)), None)
    if first and first.is_one_of("deploy", "deployed"):
        return _deployed(tx, text[first.start + len(first.text) :], own)
    name, colon, rest = sentence(text).partition(":")
    service = tx.service(name.strip()) if colon and rest.strip() else None
    summary = rest.strip() if service else sentence(text)
    return Said(summary, service, links(summary))


def _deployed(tx: Transaction, text: str, own: Reference | None) -> Said:
    """Service and version; in a room the service may be left out, but a slip in its name must not pass for one."""
    said = words(plain(text))
    service, rest = service_said_first(tx, said)
    if said and service is None and (own is None or like(tx, said[0].text)):
        raise unknown_service(tx, said[0].text)
    what = [service.summary] if service else []
    what += [word.text for word in rest]
    return Said(" ".join(["Deployed", *what]) if what else "", service, links(plain(text)))


def _asked(tx: Transaction, call: Call, incident: Incident | None, it: Said) -> Reply:
    prefill = {"summary": it.summary, "service": it.service.id if it.service else ""}
    view = forms.change(
        tx.services(), incident=incident, prefill=prefill, channel=call.channel, response_url=call.response_url
    )
    return ask_in_form(call, view, instead="Say what changed and where, for example `change deploy checkout v42`.")


def _logged(tx: Transaction, call: Call, incident: Incident | None, it: Said, service: Reference) -> Reply:
    """On the incident's timeline, else on the service's; either way PagerDuty gets a change event."""
    summary, change_id = short_enough(it.summary, "summary"), call.unique_id("change")
    told: _Told = {
        "at": call.at, "by": call.actor, "key": call.key("change"), "origin": call.origin, "change_id": change_id,
        "summary": summary, "service_id": service.id, "service": service.summary, "links": it.links,
    }  # fmt: skip
    if incident:
        tx.record(ChangeLogged(subject=incident.subject, **told))
    else:
        tx.record_for_service(ServiceChangeLogged(**told))
    number = incident.number if incident else None
    kept = ChangeEvent(change_id, summary, call.at, service.id, service.summary, call.actor, it.links, number)
    tx.keep_change(kept)
    where = f"{inline(service.summary)} ({incident.name})" if incident else inline(service.summary)
    text = f"Logged on {where}: {inline(summary)}. PagerDuty gets the change event."
    reply = said(text, quiet=incident is not None and in_room(call, incident), awaits="events")
    return offered(tx, summary, told["key"], reply) if incident else reply


CHANGE = Command(
    name="change", aliases=("changed",), usage="change [deploy SERVICE VERSION | SERVICE: what changed]", run=change,
    help="log a change here and in PagerDuty; in a room, on its incident",
)  # fmt: skip
DEPLOY = Command(
    name="deploy", usage="deploy SERVICE VERSION", run=deploy, help="the same as change deploy", listed=False,
    same_as="change",
)
