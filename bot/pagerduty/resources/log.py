"""PagerDuty's own record of what happened: https://developer.pagerduty.com/api-reference, tag Log Entries"""

from datetime import datetime, timedelta

from bot.domain.people import PAGERDUTY
from bot.domain.record import LogEntry
from bot.pagerduty.reading import Members
from bot.pagerduty.resources.api import FARTHEST, Api, checked, read, utc
from bot.pagerduty.wire import Query

SHORTEST = timedelta(seconds=2)  # a time that cannot be halved any more


class Log(Api):
    async def log_entries(self, since: datetime, until: datetime) -> list[LogEntry]:
        """What happened to any incident in this time, in whole seconds. A time so full that PagerDuty's paging does
        not reach its end is asked for in halves."""
        span: Query = [("since", utc(since)), ("until", utc(until))]
        found = await self.all_of("/log_entries", "log_entries", span)
        if len(found) < FARTHEST or until - since < SHORTEST:
            return _entries(found)
        middle = since + (until - since) / 2
        return [*await self.log_entries(since, middle), *await self.log_entries(middle, until)]

    async def incident_log(self, incident_id: str, *, since: datetime | None = None) -> list[LogEntry]:
        """What happened to this incident since then or since it began, as far as PagerDuty's paging goes (10,000)."""
        span: Query = [("since", utc(since))] if since else []
        return _entries(await self.all_of(f"/incidents/{checked(incident_id)}/log_entries", "log_entries", span))


def _entries(found: list[Members]) -> list[LogEntry]:
    """Each once, those of no incident left out."""
    entries = [read(_entry, each) for each in found if each.reference("incident")]
    return list({entry.id: entry for entry in entries}.values())


def _entry(told: Members) -> LogEntry:
    return LogEntry(
        id=told.needed_name("id"),
        type=told.needed_text("type").removesuffix("_reference").removesuffix("_log_entry"),
        at=told.needed_instant("created_at"),
        by=told.actor("agent") or PAGERDUTY,  # nobody named: an automation, or time that ran out
        incident=told.needed_object("incident").needed_reference(),
        summary=told.text("summary") or "",
        note=_note(told),
    )


def _note(told: Members) -> str | None:
    """The text of a note stands in the channel it came through."""
    channel = told.object("channel")
    is_note = channel is not None and channel.text("type") == "note"
    return told.text("note") or (channel.text("summary") if channel and is_note else None)
