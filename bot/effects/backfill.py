"""PagerDuty's log, read beside the timelines: what is on none of them is put there, as learnt late."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from itertools import groupby

from bot.domain.events.late import GapFound, Logged
from bot.domain.incident import Incident
from bot.domain.people import MUSTER
from bot.domain.record import LogEntry, untold
from bot.effects.world import World
from storage import Transaction

AROUND = timedelta(seconds=10)  # how far from a log entry its telling may stand


async def learn(world: World, entries: Sequence[LogEntry]) -> None:
    """Record what nobody had told us of the incidents we know, each incident in a transaction of its own. What was
    learnt before is not learnt again, so a repeat does no harm."""
    in_order = sorted(entries, key=lambda entry: (entry.incident.id, entry.at))
    for _, of_one in groupby(in_order, key=lambda entry: entry.incident.id):
        await world.database.write(partial(_learn, log=list(of_one)))


def _learn(tx: Transaction, *, log: Sequence[LogEntry]) -> None:
    incident = tx.incident_by_pagerduty_id(log[0].incident.id)
    if incident is None:
        return
    missing = untold(log, tx.timeline(incident.name, since=log[0].at - AROUND))
    for entry in missing:
        tx.record(_logged(incident, entry))
    missed = [entry for entry in missing if entry.is_missed]
    if missed:
        tx.record(_gap(incident, missed))


def _logged(incident: Incident, entry: LogEntry) -> Logged:
    return Logged(
        subject=incident.subject, at=entry.at, by=entry.by, key=entry.key, origin="pagerduty.log",
        incident=entry.incident, entry_id=entry.id, entry_type=entry.type, summary=entry.summary, note=entry.note,
    )  # fmt: skip


def _gap(incident: Incident, missed: Sequence[LogEntry]) -> GapFound:
    first, last = missed[0], missed[-1]
    return GapFound(
        subject=incident.subject, at=last.at, by=MUSTER, key=f"gap:{first.id}:{last.id}", origin="pagerduty.log",
        since=first.at, until=last.at, entries=len(missed),
    )  # fmt: skip
