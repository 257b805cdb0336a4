"""PagerDuty against the ledger: what no webhook told us is read, and recorded as learnt late."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

from bot.domain.errors import Refused
from bot.domain.events.news import LookedUp
from bot.domain.incident import Incident, Subject
from bot.domain.job import Claim
from bot.domain.people import MUSTER
from bot.domain.record import differs
from bot.domain.redacted import hashed, without
from bot.effects.backfill import learn
from bot.effects.looking import instant
from bot.effects.subscriptions import scope
from bot.effects.world import Facts, World
from bot.pagerduty.rest import Standing
from storage import Transaction

MARK, BEGINNING = "reconciled_until", "reconciled_from"  # facts: how far the log was read; what is older is not ours
FIRST_LOOK = timedelta(hours=1)  # what the first run of a new Muster looks back
ON_ITS_WAY = timedelta(minutes=1)  # a webhook needs some time, and an answer of PagerDuty's may be as old
OVERLAP = timedelta(minutes=2)  # entries may show up late in the log
AT_ONCE = timedelta(hours=1)  # of the log, so that a long gap is filled in steps that are kept
MOST_ASKED = 100  # incidents asked for one by one in one run
MOST_OPEN = 10_000


@dataclass(frozen=True)
class Look:
    """One run: up to which instant it looks, from where, and since when incidents concern us at all."""

    claim: Claim
    since: datetime
    until: datetime
    beginning: datetime


async def reconcile(world: World, claim: Claim) -> Facts:
    """Read what is open in PagerDuty, what began since last time, and the log of what happened; record the
    differences. A repeat finds none, and each step that was done is kept."""
    look = await _look(world, claim)
    began = await _standings(world, look)
    for incident_id in began:
        await learn(world, await world.pagerduty.incident_log(incident_id))
    for since, until in _steps(look.since - OVERLAP, look.until):
        await learn(world, await world.pagerduty.log_entries(since, until))
        await world.database.write(partial(_mark, until=until))
    return []


async def _look(world: World, claim: Claim) -> Look:
    until = datetime.now(UTC) - ON_ITS_WAY

    def facts(tx: Transaction) -> tuple[str | None, str | None]:
        return tx.fact(MARK), tx.fact(BEGINNING)

    mark, beginning = await world.database.read(facts)
    first = (until - FIRST_LOOK).isoformat()
    if beginning is None:
        await world.database.write(lambda tx: tx.keep_fact(BEGINNING, first))
    return Look(claim, datetime.fromisoformat(mark or first), until, datetime.fromisoformat(beginning or first))


def _mark(tx: Transaction, *, until: datetime) -> None:
    tx.keep_fact(MARK, until.isoformat())


def _steps(since: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
    while since < until:
        end = min(since + AT_ONCE, until)
        yield since, end
        since = end


async def _standings(world: World, look: Look) -> Sequence[str]:
    """Move what stands otherwise than we know, introduce what we never heard of, oldest first; which of these began
    before the part of the log that is read next.

    The ledger is read before PagerDuty is asked, so that news which comes meanwhile is newer than the answer.
    """
    known = await world.database.read(_open_ones)
    listed = await world.pagerduty.open_incidents()
    begun = await world.pagerduty.incidents_created(look.since - OVERLAP, look.until)
    told = {each.snapshot.pagerduty_id: each for each in (*listed, *begun)}
    told |= await _asked_one_by_one(world, [name for name in known if name not in told])
    ours = {name: known.get(name) or await _known(world, name) for name in told}
    strangers = [name for name, incident in ours.items() if incident is None]
    covered = await scope(world) if strangers else None
    facts: list[LookedUp] = []
    long_begun: list[str] = []
    for name, standing in sorted(told.items(), key=lambda each: _began(each[1])):
        incident = ours[name]
        if incident:
            facts += _moved(look, incident, standing)
        elif covered and covered.holds(standing.snapshot) and look.beginning <= _began(standing) < look.until:
            facts.append(_found(look, Incident(0), standing))
            long_begun += [name] * (_began(standing) < look.since)
    for fact in facts:  # each in a transaction of its own, which holds no other incident while it waits for its own
        await world.database.write(partial(_recorded, fact=fact))
    return long_begun


def _recorded(tx: Transaction, *, fact: LookedUp) -> None:
    tx.record(fact)


def _open_ones(tx: Transaction) -> dict[str, Incident]:
    found = tx.incidents(limit=MOST_OPEN)
    return {incident.pagerduty_id: incident for incident in found if incident.pagerduty_id}


async def _known(world: World, pagerduty_id: str) -> Incident | None:
    return await world.database.read(lambda tx: tx.incident_by_pagerduty_id(pagerduty_id))


async def _asked_one_by_one(world: World, names: Sequence[str]) -> dict[str, Standing]:
    """Those we hold for open and PagerDuty does not list; the rest comes next time."""
    found = {}
    for name in names[:MOST_ASKED]:
        try:
            found[name] = await world.pagerduty.standing(name)
        except Refused:  # deleted, or hidden from our token: nothing can be said of it
            continue
    return found


def _moved(look: Look, incident: Incident, standing: Standing) -> Sequence[LookedUp]:
    """Nothing where we know better: what we heard in the last minute may be newer than PagerDuty's answer."""
    if incident.news_at and incident.news_at > look.until:
        return []
    found = without(_found(look, incident, standing), hashed(incident.redacted))
    return [found] if differs(incident, incident.after(found)) else []


def _found(look: Look, incident: Incident, standing: Standing) -> LookedUp:
    said = standing.snapshot
    return LookedUp(
        subject=Subject(pagerduty_id=said.pagerduty_id, incident_key=said.incident_key), by=MUSTER,
        at=instant(incident, standing), key=f"effect:{look.claim.id}:{said.pagerduty_id}", origin="pagerduty.log",
        snapshot=said, changed_by=standing.last_status_change_by,
    )  # fmt: skip


def _began(standing: Standing) -> datetime:
    return standing.snapshot.created_at or datetime.min.replace(tzinfo=UTC)
