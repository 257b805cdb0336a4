"""A request is heard once; heard again, its answer is known, as long as it is kept."""

import time

import pytest

from storage import Database, Transaction
from tests.databases import on_postgres


def said(tx: Transaction) -> str | None:
    before = tx.hear("r1")
    if before is None:
        tx.answered("r1", '{"text": "Done."}')
    return before


def test_the_second_time_its_answer_is_known(database: Database) -> None:
    assert database.submit(said).result(5) is None
    assert database.submit(said).result(5) == '{"text": "Done."}'


def test_what_failed_was_never_heard(database: Database) -> None:
    def fails(tx: Transaction) -> None:
        said(tx)
        raise LookupError("no")

    with pytest.raises(LookupError, match="no"):
        database.submit(fails).result(5)
    assert database.submit(said).result(5) is None


@on_postgres
def test_two_replicas_that_hear_it_at_once_do_it_once(database: Database, replica: Database) -> None:
    both = [each.submit(said) for each in (database, replica, database, replica)]
    assert sorted(str(one.result(5)) for one in both) == ["None", *['{"text": "Done."}'] * 3]  # "N" before "{"


def test_it_is_forgotten_when_it_is_old(database: Database) -> None:
    database.submit(said).result(5)
    assert database.submit(lambda tx: tx.forget_answers(time.time() - 60)).result(5) == 0
    assert database.submit(lambda tx: tx.forget_answers(time.time() + 60)).result(5) == 1
    assert database.submit(said).result(5) is None
