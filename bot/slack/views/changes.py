"""What was deployed or changed lately: in a new room, and in answer to `changes`."""

from collections.abc import Sequence

from bot.domain.change import ChangeEvent
from bot.domain.incident import Incident
from bot.domain.room import ShownChange
from bot.slack.blocks import Json, actions, button, context, section, sections
from bot.slack.mrkdwn import inline, link, when
from bot.slack.views.message import Message

MOST_SHOWN = 10
MOST_LISTED = 20


def suspects(incident: Incident, changes: Sequence[ShownChange]) -> Message:
    """The changes of the last hours on the service, each to be suspected or cleared; edited as people judge."""
    shown = changes[:MOST_SHOWN]
    where = f" on {inline(incident.service.summary or incident.service.id, 80)}" if incident.service else ""
    said = f"{len(shown)} recent change{'' if len(shown) == 1 else 's'}{where}."
    blocks: list[Json] = [section(f"*Recent changes{where}*")]
    for number, change in enumerate(shown, start=1):
        blocks += _judged(incident, change, number)
    more = len(changes) - len(shown)
    return Message(said, [*blocks, *([context(f"and {more} more: /incident changes")] if more > 0 else [])])


def listing(changes: Sequence[ChangeEvent], *, service: str, since: str) -> Message:
    """Newest first; `since` in words ("the last 4 h")."""
    about = f"{inline(service, 80) or 'all services'} in {inline(since, 40)}"
    if not changes:
        none = f"No changes on {about}."
        return Message(none, [section(none)])
    shown = changes[:MOST_LISTED]
    more = len(changes) - len(shown)
    said = f"{len(changes)} change{'' if len(changes) == 1 else 's'} on {about}."
    rest = [context(f"and {more} more")] if more > 0 else []
    return Message(said, [section(f"*Changes on {about}*"), *sections(_line(one) for one in shown), *rest])


def _judged(incident: Incident, change: ShownChange, number: int) -> list[Json]:
    this = f"{incident.name} {change.id}"
    buttons = actions(
        button("Suspect", "suspect", this, nth=number, style="danger"), button("Cleared", "clear", this, nth=number)
    )
    words = {"suspect": "🔎 *Suspected*", "cleared": "✔️ *Cleared*"}
    verdict = words.get(change.verdict or "", "")
    by = f" by {inline(change.judged_by, 60)}" if change.judged_by else ""
    text = f"{link(change.link, change.summary, 200)} · {when(change.at)}"
    return [section(text, f"{verdict}{by}" if verdict else ""), buttons]


def _line(change: ChangeEvent) -> str:
    first = change.links[0] if change.links else None
    by = inline(change.by.name, 60) if change.by else ""
    parts = (when(change.at), link(first, change.summary, 300), inline(change.service, 60), by)
    return " · ".join(filter(None, parts))
