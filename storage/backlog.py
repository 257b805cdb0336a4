"""What is owed and for how long, and what of it may be forgotten."""

import json
import time
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from bot.domain.job import Priority
from storage.connected import Connected
from storage.schema import DEAD, jobs


@dataclass(frozen=True)
class Owed:
    """How many jobs stand in each state, and for how many seconds the longest-waiting one has been owed: since it was
    due for the first time, whatever became of its attempts."""

    waiting: int = 0
    running: int = 0
    late: int = 0
    dead: int = 0
    oldest: float = 0.0


class Backlog(Connected):
    def owed(self) -> Owed:
        counts = {row.state: row.jobs for row in self._all(COUNTS)}
        oldest = self._connection.scalar(OLDEST, {"now": time.time()})
        return Owed(**counts, oldest=max(0.0, time.time() - oldest) if oldest is not None else 0.0)

    def oldest_owed(self) -> dict[Priority, float]:
        """For how many seconds the longest-waiting job of each priority has been owed; 0.0 where none is."""
        now = time.time()
        owed = {Priority(row.priority): now - row.put_at for row in self._all(OLDEST_BY_PRIORITY, now=now)}
        return {priority: owed.get(priority, 0.0) for priority in Priority}

    def seen_to(self, since: datetime) -> set[tuple[int, str]]:
        """(incident, kind) of each job that is owed, or was settled or given up `since`."""
        return {(row.incident, row.kind) for row in self._all(SEEN_TO, since=since.timestamp())}

    def owes(self, lane: str, request: str) -> bool:
        """Whether what was asked under this key is still to be done."""
        return any(json.loads(row.arguments).get("request") == request for row in self._all(IN_LANE, in_lane=lane))

    def drop_waiting(self, concern: str) -> None:
        """Nobody need do any more what waits for its first attempt in a lane whose concern begins so."""
        self._do(DROP.where(jobs.c.lane.contains(f"/{concern}", autoescape=True)))

    def forget_settled(self, before: datetime) -> int:
        """Drop what was done before then, but for the keys of incidents and the dead. How many went."""
        return len(self._all(FORGET, before=before.timestamp()))


UNSETTLED = jobs.c.settled_at.is_(None)
OLDEST_BY_PRIORITY = (
    sa.select(jobs.c.priority, sa.func.min(jobs.c.put_at).label("put_at"))
    .where(UNSETTLED, jobs.c.put_at <= sa.bindparam("now", type_=sa.Double))
    .group_by(jobs.c.priority)
)
_count = sa.select(jobs.c.state, sa.func.count().label("jobs")).group_by(jobs.c.state)
COUNTS = sa.union_all(_count.where(UNSETTLED), _count.where(DEAD))  # two, so that each finds its index
# `due` moves with every attempt: to the end of its lease, to the next try.
OLDEST = sa.select(sa.func.min(jobs.c.put_at)).where(UNSETTLED, jobs.c.put_at <= sa.bindparam("now", type_=sa.Double))
SEEN_TO = (
    sa.select(jobs.c.incident, jobs.c.kind)
    .distinct()
    .where(
        jobs.c.incident.is_not(None),
        sa.or_(UNSETTLED, jobs.c.settled_at > sa.bindparam("since", type_=sa.Double)),
    )
)
IN_LANE = sa.select(jobs.c.arguments).where(UNSETTLED, jobs.c.lane == sa.bindparam("in_lane"))
DROP = jobs.delete().where(UNSETTLED, jobs.c.state == "waiting")
FORGET = (
    jobs.delete()
    .where(
        jobs.c.state == "done", jobs.c.settled_at < sa.bindparam("before"),
        sa.or_(jobs.c.key.is_(None), jobs.c.collapses, jobs.c.incident.is_(None)),
    )
    .returning(jobs.c.id)
)  # fmt: skip
