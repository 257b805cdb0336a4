"""Third door: a job is due. It is claimed, paid by its effect, and settled together with what the effect reports."""

import asyncio
import contextlib
import logging
import random
import time
from collections.abc import Callable, Collection, Mapping

from bot.closures import Closures
from bot.domain.errors import Refused, Unavailable
from bot.domain.events import ServiceEvent
from bot.domain.fence import GUARD, Overtaken
from bot.domain.job import Claim, Priority
from bot.effects import EFFECTS, Facts, World
from bot.metrics import JOB_SECONDS, JOBS
from bot.tenure import Instant, Tenure
from bot.trouble import note, over
from storage import Transaction

log = logging.getLogger(__name__)

AT_ONCE = 64  # jobs in hand
KEPT_FREE = 16  # of these, for people and rooms that go first: the others may all be waiting for Slack
NET = 1.0  # seconds: the poll that catches what no wake-up announced
HEARTBEAT = 4.0  # seconds; sooner where a third of the lease is less
LAST_WORDS = 5.0  # seconds a stopping worker waits for what it has in hand
FIRST_WAIT, LONGEST_WAIT = 0.5, 30.0  # seconds between attempts
BUG_WAIT = 60.0  # seconds
MENDING_WAIT = 15.0  # seconds between attempts while a token is not believed


class Worker:
    """Runs due jobs until told to stop. `world` is all its effects may touch."""

    def __init__(self, world: World, closures: Closures | None = None) -> None:
        """`closures`: of the gates in `world`, when they are to be shared with other replicas."""
        self._world = world
        self._closures = closures
        self._database = world.database
        self._wake = asyncio.Event()
        self._stopping = False
        self._unknown: frozenset[str] = frozenset()  # kinds that only a newer version can do
        self._in_hand: dict[asyncio.Task[None], Claim] = {}  # by task: a job whose lease lapsed may be here twice

    def wake(self) -> None:
        """Something is due: look at once."""
        self._wake.set()

    async def run(self) -> None:
        """Claim and pay, for ever. The loop is stopped by a flag, never cancelled: a claim in flight would be lost."""
        loop = asyncio.get_running_loop()
        self._database.on_jobs(lambda: self._woken_in(loop))
        heart = asyncio.create_task(self._beat())
        try:
            while not self._stopping:
                self._wake.clear()
                await self._rest(await self._take())
        finally:
            heart.cancel()
            await self._hand_over()

    def _woken_in(self, loop: asyncio.AbstractEventLoop) -> None:
        with contextlib.suppress(RuntimeError):  # the loop has ended, and so have we
            loop.call_soon_threadsafe(self._wake.set)

    def stop(self) -> None:
        """Take nothing new; `run` returns once what is in hand is done or handed over."""
        self._stopping = True
        self._wake.set()

    async def _take(self) -> float:
        """Start what is due; how many seconds there is nothing to do unless woken."""
        free = AT_ONCE - len(self._in_hand)
        if not free:
            return NET
        asked, closures = Instant.now(), self._closures
        news = closures.news() if closures else {}

        def take(tx: Transaction) -> tuple[list[Claim], float | None, Mapping[str, float]]:
            tx.keep_closed(news)
            return _claimed(tx, free, self._unknown), tx.next_due(unknown=self._unknown), tx.closed()

        try:
            claims, due, closed = await self._database.write(take)
        except Unavailable as trouble:
            note(trouble)
            return NET
        over("database")
        if closures:
            closures.heed(closed)
        for claim in claims:
            task = asyncio.create_task(self._pay(claim, asked), name=f"{claim.job.kind} {claim.job.lane}")
            self._in_hand[task] = claim
            task.add_done_callback(self._in_hand.pop)
            task.add_done_callback(lambda _: self._wake.set())
        return NET if due is None else min(NET, max(0.0, due - time.time()))

    async def _rest(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            return

    async def _pay(self, claim: Claim, asked: Instant) -> None:
        """`asked`: when it was claimed. The task's own context carries the guard to wherever a call goes out."""
        started = time.perf_counter()
        GUARD.set(Tenure(self._database, claim, asked).prove)
        try:
            outcome = await self._attempt(claim)
            JOBS.labels(claim.job.kind, outcome).inc()
        except Unavailable as trouble:  # our own database: the lease brings the job back
            note(trouble)
            log.debug("could not settle %s: %s", claim.job.kind, trouble, extra=_about(claim))
        except Exception:  # a bug: the lease brings the job back
            log.exception("bug in settling %s", claim.job.kind, extra=_about(claim))
        finally:
            JOB_SECONDS.labels(claim.job.kind).observe(time.perf_counter() - started)

    async def _attempt(self, claim: Claim) -> str:
        if claim.job.kind not in EFFECTS:
            return await self._leave(claim)
        try:
            facts = await EFFECTS[claim.job.kind].run(self._world.at(claim.job.priority), claim)
        except Overtaken as news:
            log.warning("%s left to another: %s", claim.job.kind, news, extra=_about(claim))
            return "overtaken"
        except Refused as refusal:
            note(refusal)
            if refusal.trouble:
                return await self._await_mending(claim, refusal)
            return await self._give_up(claim, str(refusal))
        except Unavailable as trouble:
            note(trouble)
            return await self._put_off(claim, trouble)
        except Exception:  # a bug: the job is kept, the worker lives
            log.exception("bug in %s", claim.job.kind, extra=_about(claim))
            return await self._put_off(claim, Unavailable("a fault in Muster; its log says more", retry_after=BUG_WAIT))
        return await self._settle(claim, facts)

    async def _settle(self, claim: Claim, facts: Facts) -> str:
        return await self._end(claim, "done", facts, lambda tx: tx.settle(claim))

    async def _end(self, claim: Claim, outcome: str, facts: Facts, end: Callable[[Transaction], bool]) -> str:
        """In one transaction: what happened is recorded and the attempt ends. What an overtaken attempt did is for the
        other to find and to record: it must not pass for something else that was done.

        The incident comes before the attempt's own job, which whoever writes to that incident may want to owe: with two
        orders, the room and the correlation of one incident waited for each other until Postgres undid one of them.
        """

        def recorded(tx: Transaction) -> None:
            _record(tx, facts)
            if not end(tx):
                raise Overtaken(f"job {claim.id} is another's since attempt {claim.attempt}")

        try:
            await self._database.write(recorded)
        except Overtaken:
            return "overtaken"
        return outcome

    async def _leave(self, claim: Claim) -> str:
        """A newer Muster owes it, which runs beside us while versions are rolled out, or will again. From now on none
        of its kind is claimed here."""
        reason = f"only a newer Muster knows how to {claim.job.kind}"
        if claim.job.kind not in self._unknown:
            self._unknown |= {claim.job.kind}
            log.warning("left: %s", reason, extra=_about(claim))
        return await self._end(
            claim, "left", [], lambda tx: tx.put_off(claim, seconds=0.0, complaint=reason, reached=False)
        )

    async def _await_mending(self, claim: Claim, refusal: Refused) -> str:
        """The vendor believes us no more, which an operator mends and the job outlives."""
        unbelieved = Unavailable(str(refusal), retry_after=MENDING_WAIT, reached=False, trouble=refusal.trouble)
        return await self._put_off(claim, unbelieved)

    async def _put_off(self, claim: Claim, trouble: Unavailable) -> str:
        effect, reason = EFFECTS[claim.job.kind], str(trouble)
        if effect.is_given_up(claim):
            return await self._give_up(claim, reason)
        wait = trouble.retry_after if trouble.retry_after is not None else backoff(claim.attempt)
        level = logging.DEBUG if trouble.trouble else logging.INFO  # a system's trouble has been said once for all jobs
        log.log(level, "%s waits %.1f s: %s", claim.job.kind, wait, reason, extra=_about(claim))
        facts = effect.delayed(claim, reason, wait=wait)
        return await self._end(
            claim, "put off", facts,
            lambda tx: tx.put_off(claim, seconds=wait, complaint=reason, reached=trouble.reached),
        )  # fmt: skip

    async def _give_up(self, claim: Claim, reason: str) -> str:
        log.warning("gave up %s: %s", claim.job.kind, reason, extra=_about(claim))
        facts = EFFECTS[claim.job.kind].failed(claim, reason)
        return await self._end(claim, "given up", facts, lambda tx: tx.give_up(claim, reason))

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(min(HEARTBEAT, self._database.lease / 3))
            with contextlib.suppress(Unavailable):  # the next beat comes within the lease
                await self._keep(list(self._in_hand.values()))

    async def _keep(self, held: list[Claim]) -> None:
        await self._database.write(lambda tx: tx.heartbeat(held))

    async def _hand_over(self) -> None:
        if self._in_hand:
            await asyncio.wait(list(self._in_hand), timeout=LAST_WORDS)
        left = {task: claim for task, claim in self._in_hand.items() if not task.done()}
        if left:
            for task in left:  # it would act for a job that is another's
                task.cancel()
            await asyncio.wait(left)
            with contextlib.suppress(Unavailable):  # the leases end by themselves
                await self._database.write(lambda tx: tx.hand_over(list(left.values())))


def _claimed(tx: Transaction, free: int, unknown: Collection[str]) -> list[Claim]:
    """What is most urgent first; the last hands only take what people or many incidents wait for."""
    most = max(0, free - KEPT_FREE)
    claims = tx.claim(most, unknown=unknown) if most else []
    if len(claims) < most:
        return claims
    return claims + tx.claim(free - most, least=Priority.SHARED, unknown=unknown)


def backoff(attempt: int) -> float:
    """Seconds before the next attempt: doubling, with jitter so that many do not come back as one."""
    longest = min(FIRST_WAIT * 2.0 ** min(attempt - 1, 10), LONGEST_WAIT)
    return longest * random.uniform(0.75, 1.0)  # noqa: S311 - jitter guards nothing


def _record(tx: Transaction, facts: Facts) -> None:
    for fact in facts:
        if isinstance(fact, ServiceEvent):
            tx.record_for_service(fact)
        else:
            tx.record(fact)


def _about(claim: Claim) -> dict[str, object]:
    return {"job": claim.id, "incident": claim.job.incident, "attempt": claim.attempt}
