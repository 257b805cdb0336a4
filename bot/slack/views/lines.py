"""The quiet lines in a war room: one for each thing people care about."""

from collections.abc import Sequence
from datetime import datetime

from bot.domain.events import Entry
from bot.domain.incident import Incident
from bot.slack.blocks import context, section
from bot.slack.mrkdwn import escape, inline, when
from bot.slack.views import phrases
from bot.slack.views.message import Message

NOTHING = "–"
"""Slack refuses a message without text."""


def line(text: str, *, at: datetime | None = None) -> Message:
    """A timeline entry's sentence, foreign; `at` is shown when given, for news that comes late."""
    said = escape(text, 2000).strip() or NOTHING
    return Message(said, [context(f"{said} · {when(at)}" if at else said)])


def caught_up(incident: Incident, late: Sequence[Entry]) -> Message:
    """All that came late in one line, and how the incident stands now; a single piece of news is told itself."""
    if len(late) == 1:
        return line(late[0].text, at=late[0].at)
    first, last = when(late[0].at), when(late[-1].at)
    said = f"Caught up: {len(late)} updates from {first} to {last} · now {phrases.standing(incident)}"
    told = f"Caught up on {len(late)} updates that came late. {phrases.sentence(incident)}"
    return Message(told, [context(said)])


def ending(incident: Incident) -> Message:
    """Said once the incident is resolved: by whom, after how long, and what becomes of the room."""
    how = f"{phrases.title(incident)} · {phrases.standing(incident)}"
    due = incident.room.archive_after if incident.room else None
    stays = f"This room will be archived {when(due)}, unless people still talk." if due else "This room stays open."
    return Message(f"{phrases.sentence(incident)} {stays}", [section(how), context(stays)])


def answer(text: str) -> Message:
    """A private answer: one foreign sentence and nothing else."""
    return Message(inline(text, 2900) or NOTHING, [section(escape(text, 2900).strip() or NOTHING)])
