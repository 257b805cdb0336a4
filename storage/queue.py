"""Jobs: effects owed, in lanes, under leases.

A lane's head is its oldest unsettled job; only heads are claimed, so a lane runs in order and lanes run side by side.
A claim is a lease of LEASE seconds and a new `attempt`, which fences out whoever held the job before.
"""

import json
import time
from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa

from bot.domain.fence import TRUST
from bot.domain.job import LEASE, Claim, Job, Priority
from storage.backlog import Backlog
from storage.engines import WRITER
from storage.schema import COLLAPSING, RUNNING, in_both, jobs


class Queue(Backlog):
    lease = LEASE  # seconds; Database puts in what the operator decided

    def put(self, job: Job) -> None:
        """Owe a job. One that is delayed holds up its lane, as any head does: give it a lane of its own."""
        due = time.time() + job.delay
        self._do(
            (COLLAPSE if job.collapses else PUT)[self._dialect], kind=job.kind, lane=job.lane, incident=job.incident,
            arguments=json.dumps(dict(job.arguments)), priority=int(job.priority), put_at=due, due=due,
            state="waiting", attempt=0, doubt=False, key=job.key, collapses=job.collapses,
        )  # fmt: skip
        self.wakes |= job.delay <= 0

    def claim(
        self, limit: int, *, least: Priority = Priority.COSMETIC, unknown: Collection[str] = ()
    ) -> list[Claim]:
        """The heads of lanes that are due, at most `limit`, by priority and then age; a lapsed lease is due too.

        What is less urgent than `least` is left, and so are kinds that are `unknown`.
        """
        now = time.time()
        wanted = {"now": now, "lease_end": now + self.lease, "most": limit, "least": int(least)}
        rows = self._all(CLAIM_KNOWN, **wanted, unknown=list(unknown)) if unknown else self._all(CLAIM, **wanted)
        return [_claim(row) for row in sorted(rows, key=lambda row: (row.priority, row.id))]

    def settle(self, claim: Claim) -> bool:
        """Done. False: the job was taken over in the meantime, and nothing was changed."""
        return self._fenced(SETTLE, claim, state="done", complaint=None, now=time.time())

    def give_up(self, claim: Claim, complaint: str) -> bool:
        """Never again by itself; the complaint is kept and the lane goes on. False as in `settle`."""
        return self._fenced(SETTLE, claim, state="dead", complaint=complaint, now=time.time())

    def put_off(self, claim: Claim, *, seconds: float, complaint: str, reached: bool) -> bool:
        """Due again in `seconds`. `reached`: this attempt may have acted, so the next one must look first."""
        self.wakes |= seconds <= 0
        return self._fenced(PUT_OFF, claim, later=time.time() + seconds, complaint=complaint, reached=reached)

    def hand_over(self, claims: Sequence[Claim]) -> None:
        """Due at once for somebody else, in doubt: these attempts were broken off."""
        self._lease(claims, until=time.time())
        self.wakes |= bool(claims)

    def heartbeat(self, claims: Sequence[Claim]) -> None:
        """Ours for another lease. Rows someone is writing are skipped: waiting for them could deadlock."""
        self._lease(claims, until=time.time() + self.lease)

    def renew(self, claim: Claim) -> bool:
        """Ours for another lease. False: it was taken over, or settled, and is not ours to do."""
        return self._fenced(RENEW, claim, until=time.time() + self.lease)

    def take_over(self) -> int:
        """At start: what a dead process left running is due at once. How many; none while another replica writes to
        the same Postgres, for then only the leases tell whose work is whose.

        A replica that lost its connections cannot be seen, and one may begin right after we looked: so nothing is due
        before TRUST has passed since its holder last proved to have it. From then on the holder, if it lives after
        all, asks before it acts.
        """
        if self._dialect == "postgresql" and self._connection.scalar(OTHERS_WRITE):
            return 0
        trusted = TRUST if self._dialect == "postgresql" else 0.0  # SQLite's lock file tells for certain
        left = self._all(TAKE_OVER, now=time.time(), trusted=trusted - self.lease)
        self.wakes |= bool(left)
        return len(left)

    def next_due(self, *, unknown: Collection[str] = ()) -> float | None:
        """When the next lane's head is due, in seconds since the epoch; a running one when its lease ends."""
        statement, wanted = (NEXT_DUE_KNOWN, {"unknown": list(unknown)}) if unknown else (NEXT_DUE, {})
        due: float | None = self._connection.scalar(statement, {"now": time.time(), **wanted})
        return due

    def hurry(self, lane: str, priority: Priority) -> int:
        """What waits in this lane is due now, and at least that urgent; how many. What runs is left alone."""
        hurried = self._all(HURRY, in_lane=lane, now=time.time(), at_least=int(priority))
        self.wakes |= bool(hurried)
        return len(hurried)

    def _fenced(self, statement: sa.Update, claim: Claim, **values: Any) -> bool:
        return self._first(statement, job_id=claim.id, held_attempt=claim.attempt, **values) is not None

    def _lease(self, claims: Sequence[Claim], *, until: float) -> None:
        if claims:
            self._do(LEASE_UNTIL, held=[(claim.id, claim.attempt) for claim in claims], until=until)


def _claim(row: sa.Row[Any]) -> Claim:
    job = Job(
        kind=row.kind, lane=row.lane, incident=row.incident, arguments=json.loads(row.arguments),
        priority=Priority(row.priority), key=row.key, collapses=row.collapses,
    )  # fmt: skip
    return Claim(id=row.id, job=job, attempt=row.attempt, doubt=row.doubt, owed_since=row.put_at)


def _earlier(one: sa.ColumnElement[Any], other: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    return sa.case((one < other, one), else_=other)  # SQLite has no least()


def _collapsing(insert: Any) -> sa.Insert:
    put = insert(jobs)
    sooner = {name: _earlier(put.excluded[name], jobs.c[name]) for name in ("put_at", "due", "priority")}
    merged: sa.Insert = put.on_conflict_do_update(index_elements=["key"], index_where=COLLAPSING, set_=sooner)
    return merged


PUT = in_both(lambda insert: insert(jobs).on_conflict_do_nothing())
COLLAPSE = in_both(_collapsing)

_unsettled = jobs.c.settled_at.is_(None)
_other = jobs.alias("other")
_older = sa.exists().where(_other.c.lane == jobs.c.lane, _other.c.settled_at.is_(None), _other.c.id < jobs.c.id)
# On Postgres an older job may become visible after a younger one: the lane is taken then, until that one has ended.
_running = sa.exists().where(
    _other.c.lane == jobs.c.lane, sa.text("other.state = 'running'"), _other.c.id != jobs.c.id,
    _other.c.due > sa.bindparam("now", type_=sa.Double),
)  # fmt: skip
_known = jobs.c.kind.not_in(sa.bindparam("unknown", expanding=True))


def _claiming(*more: sa.ColumnElement[bool]) -> sa.Executable:
    heads = (
        sa.select(jobs.c.id)
        .where(
            _unsettled,
            jobs.c.priority <= sa.bindparam("least", type_=sa.Integer),
            jobs.c.due <= sa.bindparam("now", type_=sa.Double),
            ~_older,
            ~_running,
            *more,
        )
        .order_by(jobs.c.priority, jobs.c.id)
        .limit(sa.bindparam("most", type_=sa.Integer))
        .with_for_update(skip_locked=True, of=jobs)
        .cte("heads")  # not a plain IN: Postgres may run that more than once and claim more than it should
    )
    return (
        jobs.update()
        .where(jobs.c.id.in_(sa.select(heads.c.id)))
        .values(
            state="running", attempt=jobs.c.attempt + 1, due=sa.bindparam("lease_end", type_=sa.Double),
            doubt=sa.or_(jobs.c.doubt, jobs.c.state == "running"),
        )
        .returning(*jobs.c)
    )  # fmt: skip


CLAIM, CLAIM_KNOWN = _claiming(), _claiming(_known)

_held = jobs.update().where(
    jobs.c.id == sa.bindparam("job_id"), jobs.c.attempt == sa.bindparam("held_attempt"), _unsettled
)
SETTLE = _held.values(
    state=sa.bindparam("state"), complaint=sa.bindparam("complaint"), settled_at=sa.bindparam("now")
).returning(jobs.c.id)
PUT_OFF = _held.values(
    state="late", due=sa.bindparam("later"), complaint=sa.bindparam("complaint"),
    doubt=sa.or_(jobs.c.doubt, sa.bindparam("reached", type_=sa.Boolean)),
).returning(jobs.c.id)  # fmt: skip

_free = (
    sa.select(jobs.c.id)
    .where(sa.tuple_(jobs.c.id, jobs.c.attempt).in_(sa.bindparam("held", expanding=True)), _unsettled)
    .with_for_update(skip_locked=True)
    .cte("free")
)
LEASE_UNTIL = jobs.update().where(jobs.c.id.in_(sa.select(_free.c.id))).values(due=sa.bindparam("until"))
HURRY = (
    jobs.update()
    .where(jobs.c.lane == sa.bindparam("in_lane"), _unsettled, jobs.c.state != "running")
    .values(
        due=_earlier(jobs.c.due, sa.bindparam("now", type_=sa.Double)),
        priority=_earlier(jobs.c.priority, sa.bindparam("at_least", type_=sa.Integer)),
    )
    .returning(jobs.c.id)
)
RENEW = _held.values(due=sa.bindparam("until")).returning(jobs.c.id)
_now = sa.bindparam("now", type_=sa.Double)
_trusted_until = jobs.c.due + sa.bindparam("trusted", type_=sa.Double)
TAKE_OVER = (
    jobs.update()
    .where(RUNNING)
    .values(due=sa.case((_trusted_until > _now, _trusted_until), else_=_now))
    .returning(jobs.c.id)
)
_own_name = sa.func.current_setting("application_name", type_=sa.Text)
_theirs = sa.table("pg_stat_activity", sa.column("datname"), sa.column("application_name", sa.Text)).c
OTHERS_WRITE = sa.select(
    sa.or_(
        ~_own_name.startswith(WRITER),  # DATABASE_URL names us otherwise, and may name the others so
        sa.exists().where(
            _theirs.datname == sa.func.current_database(), _theirs.application_name.startswith(WRITER),
            _theirs.application_name != _own_name,
        ),
    )
)  # fmt: skip
NEXT_DUE = sa.select(sa.func.min(jobs.c.due)).where(_unsettled, ~_older, ~_running)
NEXT_DUE_KNOWN = NEXT_DUE.where(_known)
