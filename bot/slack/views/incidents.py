"""Answers about incidents: the list, one of them closely, and the question which one is meant."""

from collections.abc import Sequence

from bot.domain.incident import Incident, Status
from bot.slack.blocks import VALUE, Json, actions, button, context, section, sections
from bot.slack.mrkdwn import channel, cut, inline
from bot.slack.views import phrases
from bot.slack.views.card import facts, room_health
from bot.slack.views.message import Message
from bot.slack.views.origins import origins

MOST_LISTED = 20
MOST_PICKED = 5


def listing(incidents: Sequence[Incident], *, heading: str = "Open incidents") -> Message:
    """Newest first, one line each with its room."""
    if not incidents:
        none = f"{inline(heading)}: none."
        return Message(none, [section(none)])
    lines = [_listed(incident) for incident in incidents[:MOST_LISTED]]
    more = len(incidents) - MOST_LISTED
    rest = [context(f"and {more} more")] if more > 0 else []
    named = ", ".join(incident.name for incident in incidents[:MOST_LISTED])
    return Message(f"{inline(heading)}: {named}.", [section(f"*{inline(heading)}*"), *sections(lines), *rest])


def shown(incident: Incident) -> Message:
    """One incident closely, with everything that can be done about it; the answer to `show` and to *More*."""
    top = " · ".join(filter(None, (phrases.standing(incident), phrases.weight(incident), phrases.since(incident))))
    room = incident.room
    where = [f"*Room*  {channel(room.channel)}"] if room else ["*Room*  none"]
    health = room_health(room)
    blocks = [section(phrases.title(incident), top), section(*facts(incident), *where)]
    blocks += [section(*origins(incident))] if incident.alerts else []
    blocks += [context(health)] if health else []
    return Message(phrases.sentence(incident), [*blocks, *_deeds(incident)])


def picker(incidents: Sequence[Incident], verb: str, rest: str = "") -> Message:
    """Which one? A button for each; pressing runs `verb` on it with `rest` (e.g. the note's text) kept."""
    asked = "Which incident do you mean?"
    buttons = [
        button(f"{one.name} {one.title}", verb, cut(f"{one.name} {rest}".strip(), VALUE), nth=number)
        for number, one in enumerate(incidents[:MOST_PICKED], start=1)
    ]
    hint = context("Or name it: the number from INC-… stands on every card.")
    return Message(asked, [section(asked), *([actions(*buttons)] if buttons else []), hint])


def _listed(incident: Incident) -> str:
    room = channel(incident.room.channel) if incident.room and not incident.room.archived_at else ""
    return " · ".join(filter(None, (phrases.summary(incident), room)))


def _deeds(incident: Incident) -> list[Json]:
    this = incident.name
    status = {
        Status.TRIGGERED: [button("Acknowledge", "ack", this, style="primary"), button("Resolve", "resolve", this)],
        Status.ACKNOWLEDGED: [button("Resolve", "resolve", this, style="primary")],
        Status.RESOLVED: [button("Reopen", "reopen", this)],
    }[incident.status]
    lead = [button("Take lead", "lead", this)] if incident.is_open else []
    doing = [*status, button("Note", "note", this), button("Change", "change", this), *lead]
    asking = [button("Timeline", "timeline", this), button("Recent changes", "changes", this), button("Help", "help")]
    return [actions(*doing), actions(*asking)]
