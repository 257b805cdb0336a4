"""Jobs: order, leases, fences, doubt, keys. The clock is frozen where time decides."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from freezegun import freeze_time
from freezegun.api import FrozenDateTimeFactory

from bot.domain.fence import TRUST
from bot.domain.job import LEASE, Claim, Job, Priority
from bot.domain.reactions import Reactions
from bot.domain.routing import Routing
from storage import Database, Owed
from tests.databases import on_postgres
from tests.storage.facts import START


@pytest.fixture
def clock() -> Iterator[FrozenDateTimeFactory]:
    with freeze_time(START) as clock:
        assert isinstance(clock, FrozenDateTimeFactory)
        yield clock


def put(run: Any, *jobs: Job) -> None:
    run(lambda tx: [tx.put(job) for job in jobs])


def claim(run: Any, limit: int = 10) -> list[Claim]:
    claims: list[Claim] = run(lambda tx: tx.claim(limit))
    return claims


def kinds(claims: list[Claim]) -> list[str]:
    return [one.job.kind for one in claims]


def pass_by(clock: FrozenDateTimeFactory, seconds: float) -> None:
    clock.tick(timedelta(seconds=seconds))


def test_a_job_comes_back_as_it_was_put(run: Any, clock: FrozenDateTimeFactory) -> None:
    job = Job("say", "INC-1/lines", 1, {"text": "Grüße", "to": ["U1"]}, Priority.URGENT, key="say:1")
    put(run, job)
    assert claim(run) == [Claim(id=1, job=job, attempt=1, doubt=False, owed_since=START.timestamp())]


def test_jobs_of_a_lane_run_one_after_the_other(run: Any) -> None:
    put(run, Job("first", "a"), Job("second", "a"))
    (first,) = claim(run)
    assert (first.job.kind, claim(run)) == ("first", [])
    assert run(lambda tx: tx.settle(first))
    assert kinds(claim(run)) == ["second"]


def test_lanes_run_side_by_side(run: Any) -> None:
    put(run, Job("a1", "a"), Job("b1", "b"), Job("a2", "a"), Job("c1", "c"))
    assert kinds(claim(run)) == ["a1", "b1", "c1"]


def test_what_matters_more_is_claimed_first_and_then_what_is_older(run: Any) -> None:
    order = (Priority.COSMETIC, Priority.NORMAL, Priority.HUMAN, Priority.NORMAL, Priority.URGENT)
    put(run, *(Job(f"{n}", f"{n}", priority=priority) for n, priority in enumerate(order)))
    assert kinds(claim(run, 2)) == ["2", "4"]
    assert kinds(claim(run)) == ["1", "3", "0"]


def test_a_delayed_job_starts_at_its_time_and_holds_up_its_lane(run: Any, clock: FrozenDateTimeFactory) -> None:
    put(run, Job("later", "a", delay=60), Job("behind", "a"), Job("beside", "b"))
    assert kinds(claim(run)) == ["beside"]
    pass_by(clock, 60)
    assert "later" in kinds(claim(run))


def test_a_key_is_used_up_for_ever(run: Any) -> None:
    put(run, Job("once", "a", key="k"), Job("once", "b", key="k"))
    (only,) = claim(run)
    run(lambda tx: tx.settle(only))
    put(run, Job("once", "a", key="k"))
    assert claim(run) == []


def test_waiting_duplicates_collapse_and_the_sooner_and_the_more_urgent_win(
    run: Any, clock: FrozenDateTimeFactory
) -> None:
    put(run, Job("card", "a", delay=60, key="k", collapses=True, priority=Priority.URGENT))
    put(run, Job("card", "a", key="k", collapses=True, priority=Priority.COSMETIC))
    put(run, Job("card", "a", delay=5, key="k", collapses=True))
    (only,) = claim(run)
    assert only.job.priority is Priority.URGENT
    assert run(lambda tx: tx.owed()) == Owed(running=1)


@pytest.mark.usefixtures("clock")
def test_what_is_put_while_its_like_is_running_runs_after_it(run: Any) -> None:
    card = Job("card", "a", key="k", collapses=True)
    put(run, card)
    (running,) = claim(run)
    put(run, card, card)
    run(lambda tx: tx.settle(running))
    assert len(claim(run)) == 1
    assert run(lambda tx: tx.owed()) == Owed(running=1)


def test_a_collapsing_job_that_was_put_off_stands_beside_one_that_waits(run: Any) -> None:
    card = Job("card", "a", key="k", collapses=True)
    put(run, card)
    (running,) = claim(run)
    put(run, card)
    assert run(lambda tx: tx.put_off(running, seconds=0, complaint="ratelimited", reached=False))
    assert run(lambda tx: tx.owed().waiting + tx.owed().late) == 2


def test_a_lapsed_lease_is_taken_over_in_doubt(run: Any, clock: FrozenDateTimeFactory) -> None:
    put(run, Job("post", "a"))
    (first,) = claim(run)
    pass_by(clock, LEASE - 0.1)
    assert claim(run) == []
    pass_by(clock, 0.2)
    (second,) = claim(run)
    assert (first.doubt, second.doubt, second.attempt) == (False, True, 2)


def test_who_lost_a_job_can_change_nothing_about_it(run: Any, clock: FrozenDateTimeFactory) -> None:
    put(run, Job("post", "a"))
    (lost,) = claim(run)
    pass_by(clock, LEASE + 1)
    (held,) = claim(run)
    assert not run(lambda tx: tx.settle(lost))
    assert not run(lambda tx: tx.give_up(lost, "too slow"))
    assert not run(lambda tx: tx.put_off(lost, seconds=0, complaint="too slow", reached=True))
    run(lambda tx: tx.hand_over([lost]))
    assert claim(run) == []
    assert run(lambda tx: tx.settle(held))
    assert not run(lambda tx: tx.settle(held))


def test_who_is_late_but_was_not_replaced_may_still_settle(run: Any, clock: FrozenDateTimeFactory) -> None:
    put(run, Job("post", "a"))
    (late,) = claim(run)
    pass_by(clock, LEASE * 2)
    assert run(lambda tx: tx.settle(late))


def test_a_heartbeat_keeps_a_job(run: Any, clock: FrozenDateTimeFactory) -> None:
    put(run, Job("post", "a"), Job("post", "b"))
    mine = claim(run)
    pass_by(clock, LEASE - 1)
    run(lambda tx: tx.heartbeat(mine[:1]))
    pass_by(clock, LEASE - 1)
    assert [one.job.lane for one in claim(run)] == ["b"]


def test_an_attempt_that_never_reached_the_vendor_leaves_no_doubt(run: Any) -> None:
    put(run, Job("post", "a"))
    for reached, doubt in ((False, False), (True, False), (False, True), (False, True)):
        (attempt,) = claim(run)
        assert attempt.doubt is doubt
        assert run(lambda tx, one=attempt, was=reached: tx.put_off(one, seconds=0, complaint="no", reached=was))


def test_what_is_put_off_waits_its_time_and_keeps_its_place(run: Any, clock: FrozenDateTimeFactory) -> None:
    put(run, Job("first", "a"), Job("second", "a"))
    (first,) = claim(run)
    run(lambda tx: tx.put_off(first, seconds=30, complaint="429", reached=False))
    assert claim(run) == []
    assert run(lambda tx: tx.next_due()) == START.timestamp() + 30
    pass_by(clock, 30)
    assert kinds(claim(run)) == ["first"]


@pytest.mark.usefixtures("clock")
def test_a_job_that_is_given_up_is_kept_and_its_lane_goes_on(run: Any) -> None:
    put(run, Job("first", "a"), Job("second", "a"))
    (first,) = claim(run)
    assert run(lambda tx: tx.give_up(first, "channel_not_found"))
    assert kinds(claim(run)) == ["second"]
    assert run(lambda tx: tx.owed()) == Owed(running=1, dead=1)


def test_what_is_handed_over_is_due_at_once_for_others_in_doubt(run: Any) -> None:
    put(run, Job("post", "a"))
    run(lambda tx: tx.hand_over(tx.claim(10)))
    (taken,) = claim(run)
    assert (taken.attempt, taken.doubt) == (2, True)


def test_what_a_dead_process_left_is_taken_over_and_in_doubt(run: Any, clock: FrozenDateTimeFactory) -> None:
    put(run, Job("post", "a"), Job("later", "b", delay=60))
    claim(run)
    pass_by(clock, TRUST)
    assert run(lambda tx: tx.take_over()) == 1
    assert [one.doubt for one in claim(run)] == [True]


@on_postgres
def test_nothing_is_taken_over_while_its_holder_may_act_without_asking(run: Any, clock: FrozenDateTimeFactory) -> None:
    """The holder may live, and have lost its connections."""
    put(run, Job("post", "a"))
    (held,) = claim(run)
    run(lambda tx: tx.take_over())
    pass_by(clock, TRUST / 2)
    assert claim(run) == []
    pass_by(clock, TRUST / 2)
    assert len(claim(run)) == 1
    assert not run(lambda tx: tx.renew(held))


def test_a_renewed_claim_is_held_for_another_lease(run: Any, clock: FrozenDateTimeFactory) -> None:
    put(run, Job("post", "a"))
    (held,) = claim(run)
    pass_by(clock, LEASE - 1)
    assert run(lambda tx: tx.renew(held))
    pass_by(clock, LEASE - 1)
    assert claim(run) == []
    run(lambda tx: tx.settle(held))
    assert not run(lambda tx: tx.renew(held))


@on_postgres
def test_while_another_replica_lives_only_the_lease_tells_whose_work_is_whose(run: Any, database_url: str) -> None:
    put(run, Job("post", "a"))
    claim(run)
    other = Database(database_url, Reactions(Routing()))
    other.open()
    assert other.submit(lambda tx: tx.take_over()).result() == 0
    other.close()


def test_the_next_due_time_is_that_of_a_head_alone(run: Any, clock: FrozenDateTimeFactory) -> None:
    assert run(lambda tx: tx.next_due()) is None
    put(run, Job("later", "a", delay=90), Job("behind", "a"), Job("sooner", "b", delay=60))
    assert run(lambda tx: tx.next_due()) == START.timestamp() + 60
    pass_by(clock, 60)
    claim(run)
    assert run(lambda tx: tx.next_due()) == START.timestamp() + 60 + LEASE


def test_what_is_owed_is_counted_and_the_oldest_is_timed(run: Any, clock: FrozenDateTimeFactory) -> None:
    put(run, Job("a", "a"), Job("b", "b"), Job("c", "c"), Job("later", "d", delay=600))
    first, second, _third = claim(run)
    run(lambda tx: [tx.settle(first), tx.put_off(second, seconds=7, complaint="no", reached=True)])
    pass_by(clock, 10)
    assert run(lambda tx: tx.owed()) == Owed(waiting=1, running=1, late=1, oldest=10.0)


def test_what_is_put_off_again_and_again_grows_older_all_the_while(run: Any, clock: FrozenDateTimeFactory) -> None:
    put(run, Job("a", "a"), Job("not yet", "b", delay=600))
    for _ in range(3):
        (held,) = claim(run)
        run(lambda tx, held=held: tx.put_off(held, seconds=30, complaint="503", reached=False))
        pass_by(clock, 30)
    assert run(lambda tx: tx.owed()).oldest == 90.0
    pass_by(clock, 510 + 5)
    held, _other = claim(run)
    run(lambda tx: tx.settle(held))
    assert run(lambda tx: tx.owed()).oldest == 5.0


def test_what_is_settled_is_forgotten_but_for_keys_and_the_dead(run: Any, clock: FrozenDateTimeFactory) -> None:
    put(run, *(Job("done", f"{n}") for n in range(3)), Job("card", "c", key="c", collapses=True))
    put(run, Job("once", "k", 42, key="k"), Job("tick", "t", key="tick@slot"), Job("dead", "d"))
    for one in claim(run):
        run(lambda tx, one=one: tx.give_up(one, "no") if one.job.kind == "dead" else tx.settle(one))
    assert run(lambda tx: tx.forget_settled(datetime.now(UTC))) == 0
    pass_by(clock, 1)
    assert run(lambda tx: tx.forget_settled(datetime.now(UTC))) == 5
    put(run, Job("once", "k", 42, key="k"))
    assert (claim(run), run(lambda tx: tx.owed().dead)) == ([], 1)


@on_postgres
def test_two_replicas_share_the_heads_and_never_a_job(run: Any, database: Database, replica: Database) -> None:
    put(run, *(Job("post", f"{n}") for n in range(60)))
    claims = [one.submit(lambda tx: tx.claim(7)) for _ in range(6) for one in (database, replica)]
    ids = [claim.id for claimed in claims for claim in claimed.result(timeout=10)]
    assert (len(ids), len(set(ids))) == (60, 60)


@on_postgres
def test_a_heartbeat_does_not_wait_for_a_row_that_is_being_written(
    run: Any, database: Database, replica: Database
) -> None:
    put(run, Job("post", "a"), Job("post", "b"))
    first, second = database.submit(lambda tx: tx.claim(10)).result(timeout=10)

    def beats_while_settling(tx: Any) -> None:
        tx.settle(first)  # its row stays locked until this function ends
        replica.submit(lambda other: other.heartbeat([first, second])).result(timeout=5)

    database.submit(beats_while_settling).result(timeout=10)
    assert database.submit(lambda tx: tx.owed()).result(timeout=5).running == 1


@on_postgres
def test_an_older_job_that_becomes_visible_late_waits_for_the_younger_that_runs(
    run: Any, database: Database, replica: Database
) -> None:
    def puts_and_lingers(tx: Any) -> list[Claim]:
        tx.put(Job("older", "a"))
        replica.submit(lambda other: other.put(Job("younger", "a"))).result(timeout=5)
        running: list[Claim] = replica.submit(lambda other: other.claim(5)).result(timeout=5)
        return running

    (younger,) = run(puts_and_lingers)
    assert (younger.job.kind, claim(run)) == ("younger", [])
    assert run(lambda tx: tx.next_due()) is None  # so that nobody asks for it again and again
    run(lambda tx: tx.settle(younger))
    assert kinds(claim(run)) == ["older"]
