"""Whatever happens to claims, every job ends once, and its lane in order."""

from collections.abc import Callable
from typing import Any, ClassVar

from freezegun import freeze_time
from hypothesis import HealthCheck, settings
from hypothesis import stateful as hs
from hypothesis import strategies as st

from bot.domain.job import LEASE, Claim, Job
from storage import Database, Transaction
from tests.storage.facts import START

LANES = ("a", "b", "c")
ENDS: dict[str, Callable[[Transaction, Claim], object]] = {
    "settle": lambda tx, claim: tx.settle(claim),
    "give up": lambda tx, claim: tx.give_up(claim, "no"),
    "put off": lambda tx, claim: tx.put_off(claim, seconds=1, complaint="later", reached=True),
    "hand over": lambda tx, claim: tx.hand_over([claim]),
    "crash": lambda tx, claim: None,
}


class Workers(hs.RuleBasedStateMachine):
    """Workers that fail in every way there is, on a few lanes; time is frozen and passes by rule."""

    database: ClassVar[Database]

    def __init__(self) -> None:
        super().__init__()
        self.freezer = freeze_time(START)
        self.clock: Any = self.freezer.start()
        self.put: dict[str, list[int]] = {lane: [] for lane in LANES}
        self.ended: dict[str, list[int]] = {lane: [] for lane in LANES}
        self.held: list[Claim] = []

    def teardown(self) -> None:
        """In the end everything is worked off."""
        self.pass_by(LEASE + 1)
        self.take(limit=10)
        while self.held:
            self.end_one("settle")
            self.take(limit=10)
        self.freezer.stop()
        assert self.ended == self.put

    @hs.rule(lane=st.sampled_from(LANES), delay=st.sampled_from([0.0, 0.0, 3.0]))
    def owe(self, lane: str, delay: float) -> None:
        number = sum(map(len, self.put.values()))
        self.run(lambda tx: tx.put(Job("count", lane, arguments={"number": number}, delay=delay)))
        self.put[lane].append(number)

    @hs.rule(limit=st.integers(1, 4))
    def take(self, limit: int) -> None:
        claims = self.run(lambda tx: tx.claim(limit))
        taken = {one.id for one in claims}
        self.held = [one for one in self.held if one.id not in taken] + claims

    @hs.precondition(lambda self: self.held)
    @hs.rule(how=st.sampled_from(sorted(ENDS)))
    def end_one(self, how: str) -> None:
        claim = self.held.pop(0)
        self.run(lambda tx: ENDS[how](tx, claim))
        if how in {"settle", "give up"}:
            self.ended[claim.job.lane].append(claim.job.arguments["number"])

    @hs.rule(seconds=st.sampled_from([0.5, 2.0, LEASE + 1]))
    def pass_by(self, seconds: float) -> None:
        self.clock.tick(seconds)

    @hs.invariant()
    def no_lane_is_in_two_hands(self) -> None:
        lanes = [one.job.lane for one in self.held]
        assert len(lanes) == len(set(lanes))

    def run(self, fn: Callable[[Transaction], Any]) -> Any:
        return self.database.submit(fn).result(timeout=10)


def test_every_job_ends_once_and_its_lane_in_order(database: Database) -> None:
    workers = type("WorkersHere", (Workers,), {"database": database})
    few = settings(
        max_examples=25, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck), database=None
    )
    hs.run_state_machine_as_test(workers, settings=few)
