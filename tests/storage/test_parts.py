"""Parts of a transaction: what fails alone leaves nothing, and jobs may wait for the end."""

from contextlib import suppress
from typing import Any

import pytest

from bot.domain.job import Job
from storage import Transaction


def lanes(run: Any) -> list[str]:
    return [claim.job.lane for claim in run(lambda tx: tx.claim(10))]


def test_jobs_that_wait_for_the_end_are_owed_in_their_order(run: Any) -> None:
    def work(tx: Transaction) -> int:
        with tx.jobs_last():
            for lane in ("a", "b"):
                tx.put(Job("say", lane))
            waiting = tx.owed().waiting
        tx.put(Job("say", "c"))
        return waiting

    assert run(work) == 0
    assert lanes(run) == ["a", "b", "c"]


def test_a_part_that_fails_owes_nothing_and_the_others_do(run: Any) -> None:
    def fails(tx: Transaction) -> None:
        tx.keep_fact("part", "spoiled")
        tx.put(Job("say", "spoiled"))
        raise LookupError

    def work(tx: Transaction) -> None:
        with tx.jobs_last():
            tx.attempt(lambda: tx.put(Job("say", "before")))
            with suppress(LookupError):
                tx.attempt(lambda: fails(tx))
            tx.attempt(lambda: tx.put(Job("say", "after")))

    run(work)
    assert run(lambda tx: tx.fact("part")) is None
    assert lanes(run) == ["before", "after"]


def test_who_fails_as_a_whole_owes_nothing_and_the_next_owes_at_once(run: Any) -> None:
    def work(tx: Transaction) -> None:
        with tx.jobs_last():
            tx.put(Job("say", "lost"))
            raise LookupError

    with pytest.raises(LookupError):
        run(work)
    run(lambda tx: tx.put(Job("say", "next")))
    assert lanes(run) == ["next"]
