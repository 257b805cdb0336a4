"""An incident's timeline, a page at a time."""

from collections.abc import Sequence

from bot.domain.digest import digest
from bot.domain.events import Entry
from bot.domain.incident import Incident
from bot.slack.blocks import actions, button, context, section, sections
from bot.slack.mrkdwn import inline, when
from bot.slack.views import phrases
from bot.slack.views.message import Message

PAGE = 15
"""Entries on one page."""


def pages(incident: Incident, entries: Sequence[Entry], *, page: int = 1, of: int = 1) -> Message:
    """Page `page` of `of`, counted from 1; `entries` are those of this page, oldest first, at most `PAGE`. Those that
    say one thing are one line, under the numbers of all.

    The buttons type what a person would: the incident and the page's number.
    """
    lines = [
        f"`{line.seqs}` {when(line.first.at, '{date_num} {time_secs}')}  {inline(line.text, 500)}"
        for line in digest(entries[:PAGE])
    ]
    buttons = [button("‹ Earlier", "timeline", f"{incident.name} {page - 1}", nth=1)] if page > 1 else []
    buttons += [button("Later ›", "timeline", f"{incident.name} {page + 1}", nth=2)] if page < of else []
    said = f"Timeline of {incident.name}, page {page} of {of}."
    blocks = [section(f"{phrases.title(incident)} · timeline"), *(sections(lines) or [section("Nothing yet.")])]
    blocks += [actions(*buttons)] if buttons else []
    whole = context(f"Page {page} of {of} · everything: `muster timeline {incident.name}`")
    return Message(said, [*blocks, whole])
