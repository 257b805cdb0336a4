"""The card of a war room: one pinned message that is always true, short enough for a phone at 3 a.m."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from bot.domain.incident import Bridge, Deed, Incident, Status
from bot.domain.room import WarRoom
from bot.slack.blocks import Json, actions, button, context, section, sections
from bot.slack.mrkdwn import channel, inline, link, listed, when
from bot.slack.views import phrases
from bot.slack.views.message import Message
from bot.slack.views.origins import origins

DOING = {
    "declare": "declaring", "acknowledge": "acknowledging", "resolve": "resolving", "reopen": "reopening",
    "merge": "merging",
}  # fmt: skip


@dataclass(frozen=True)
class Share:
    """Of the incidents that share this room: how many, how many are open, and the newest of those."""

    incidents: int = 0
    open: int = 0
    newest: tuple[Incident, ...] = ()


def card(incident: Incident, *, share: Share | None = None, as_of: datetime | None = None) -> Message:
    """Most important first: what, how it stands, where, who; then what is under way; then what can be done.

    `share`: of an umbrella. `as_of`: when it was drawn, told of a card that comes late.
    """
    blocks = [section(phrases.title(incident), *_standing(incident)), section(*facts(incident))]
    blocks += [section(*origins(incident))] if incident.alerts else []
    waiting = [_waiting(verb, deed, incident.late) for verb, deed in incident.pending.items()]
    blocks += [context(*waiting)] if waiting else []
    health = room_health(incident.room)
    blocks += [context(health)] if health else []
    blocks += _shared(incident, share) if share and share.incidents else []
    late = f"⏱ As of {when(as_of, '{time_secs}')}: Slack's limits or an outage delay this card." if as_of else ""
    blocks += [context(late)] if late else []
    return Message(phrases.sentence(incident), [*blocks, buttons(incident)])


def moved_out(incident: Incident) -> Message:
    """What stands in a shared room of an incident that has its own now."""
    where = channel(incident.room.channel) if incident.room else "a room of its own"
    said = f"{phrases.title(incident)} is worked on in {where}"
    return Message(f"{incident.name} is worked on in {where}.", [section(said)])


def _shared(incident: Incident, share: Share) -> list[Json]:
    """Who else is here, newest first, and the proposal to make one incident of them all."""
    more = share.open - len(share.newest)
    lines = [phrases.summary(one, 60) for one in share.newest] + ([f"and {more} more"] if more > 0 else [])
    head = f"⛈️ *A storm*: {_incidents(share.incidents)} more came at once and share this room, {share.open} open"
    sure = f"PagerDuty will resolve {_incidents(share.open)} and move what they hold into {incident.name}."
    merge = button(f"Merge {share.open} into this", "merge", incident.name, sure=sure)
    offered = [actions(merge)] if share.open and incident.is_open and "merge" not in incident.pending else []
    return [section(head), *sections(lines), *offered]


def _incidents(count: int) -> str:
    return f"{count} incident{'' if count == 1 else 's'}"


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
    if incident.is_open and incident.room and incident.room.umbrella:
        offered.append(button("Own room", "promote", this))
    return actions(*offered, button("More", "show", this))


def room_health(room: WarRoom | None) -> str:
    """What of the room is late or missing, in words; empty when nothing is."""
    return " · ".join(_ailments(room)) if room else ""


def _ailments(room: WarRoom) -> Iterator[str]:
    if room.missed:
        came = len(room.invited)
        yield f"⚠️ Invited {came} of {came + len(room.missed)}: {listed(room.missed, 3)}"
    for part, why in room.ailments.items():
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
