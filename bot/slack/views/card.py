"""The card of a war room: one pinned message that is always true, short enough for a phone at 3 a.m."""

from collections.abc import Iterator

from bot.domain.incident import Bridge, Deed, Incident, Status
from bot.domain.room import WarRoom
from bot.slack.blocks import Json, actions, button, context, section
from bot.slack.mrkdwn import inline, link, listed, when
from bot.slack.views import phrases
from bot.slack.views.message import Message

DOING = {"declare": "declaring", "acknowledge": "acknowledging", "resolve": "resolving", "reopen": "reopening"}


def card(incident: Incident) -> Message:
    """Most important first: what, how it stands, where, who; then what is under way; then what can be done."""
    blocks = [section(phrases.title(incident), *_standing(incident)), section(*facts(incident))]
    waiting = [_waiting(verb, deed, incident.late) for verb, deed in incident.pending.items()]
    blocks += [context(*waiting)] if waiting else []
    health = room_health(incident.room)
    blocks += [context(health)] if health else []
    return Message(phrases.sentence(incident), [*blocks, buttons(incident)])


def facts(incident: Incident) -> list[str]:
    """One line each, only what is known."""
    known = {
        "Service": phrases.service(incident),
        "Paged": phrases.names(incident.assignees),
        "Asked to help": phrases.names(incident.responders),
        "Acknowledged": _acknowledged(incident),
        "Lead": inline(incident.lead.name, 60) if incident.lead else "nobody yet",
        "Bridge": _bridge(incident.bridge),
        "Last change": inline(incident.last_change or "", 150),
    }
    return [f"*{name}*  {value}" for name, value in known.items() if value]


def buttons(incident: Incident) -> Json:
    """What makes sense as it stands, the likeliest first."""
    this = incident.name
    offered = {
        Status.TRIGGERED: [button("Acknowledge", "ack", this, style="primary"), button("Resolve", "resolve", this)],
        Status.ACKNOWLEDGED: [button("Resolve", "resolve", this, style="primary")],
        Status.RESOLVED: [button("Reopen", "reopen", this)],
    }[incident.status]
    offered += [button("Note", "note", this), button("Change", "change", this)]
    if incident.is_open and incident.lead is None:
        offered.append(button("Take lead", "lead", this))
    return actions(*offered, button("More", "show", this))


def room_health(room: WarRoom | None) -> str:
    """What of the room is late or missing, in words; empty when nothing is."""
    return " · ".join(_ailments(room)) if room else ""


def _ailments(room: WarRoom) -> Iterator[str]:
    if room.missed:
        came = len(room.invited)
        yield f"⚠️ Invited {came} of {came + len(room.missed)}: {listed(room.missed, 3)}"
    for part, why in room.trouble.items():
        yield f"⚠️ {inline(part, 30).capitalize()} waits: {inline(why, 100)}"


def _standing(incident: Incident) -> list[str]:
    first = " · ".join(filter(None, (phrases.standing(incident), phrases.weight(incident))))
    since = phrases.since(incident)
    return [first, f"Since {since}"] if since else [first]


def _acknowledged(incident: Incident) -> str:
    deed = incident.acknowledged
    if deed is None or incident.status is Status.ACKNOWLEDGED:  # then the status line says so already
        return ""
    return f"by {inline(deed.by.name, 60)} · {when(deed.at)}"


def _bridge(bridge: Bridge | None) -> str:
    if bridge is None:
        return ""
    url = link(bridge.conference_url, "Join the call") if bridge.conference_url else ""
    return " · ".join(filter(None, (url, inline(bridge.conference_number or "", 60))))


def _waiting(verb: str, deed: Deed, late: str | None) -> str:
    doing = f"⏳ {inline(deed.by.name, 60)} is {DOING.get(verb, inline(verb, 30))}"
    return f"{doing} · PagerDuty has not answered since {when(deed.at)}: {inline(late, 150)}" if late else f"{doing}…"
