"""How functions are run in transactions: together and yet alone, refused once closed, never half."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot.domain.errors import Misuse, Unavailable
from bot.domain.job import Job
from storage import Database, Transaction
from storage.engines import database_url as parsed
from tests.databases import on_postgres, on_sqlite
from tests.storage.facts import eventually, triggered


def held_up(database: Database) -> tuple[threading.Event, Future[Any]]:
    """A function that occupies a writer until the event is set, so that others gather behind it."""
    go, runs = threading.Event(), threading.Event()

    def waits(_: Transaction) -> bool:
        runs.set()
        return go.wait(timeout=10)

    future = database.submit(waits)
    assert runs.wait(timeout=10)
    return go, future


def keeping(name: str) -> Callable[[Transaction], None]:
    return lambda tx: tx.keep_fact(name, "kept")


def test_a_failing_function_fails_alone(database: Database) -> None:
    def writes(n: int) -> Any:
        def write(tx: Transaction) -> int:
            tx.keep_fact(f"fact {n}", "kept")
            if n % 10 == 3:
                raise Misuse(f"not {n}")
            return n

        return write

    go, _ = held_up(database)
    futures = [database.submit(writes(n)) for n in range(50)]
    go.set()
    failed = [n for n, future in enumerate(futures) if isinstance(future.exception(timeout=10), Misuse)]
    assert failed == [3, 13, 23, 33, 43]
    kept = database.submit(lambda tx: [n for n in range(50) if tx.fact(f"fact {n}")]).result(timeout=10)
    assert kept == [n for n in range(50) if n not in failed]


def test_a_constraint_breaks_one_function_and_not_its_neighbours(database: Database) -> None:
    def breaks(tx: Transaction) -> None:
        tx._connection.execute(sa.text("INSERT INTO facts (name) VALUES ('no value')"))

    go, _ = held_up(database)
    before, broken, after = (
        database.submit(lambda tx: tx.keep_fact("before", "1")), database.submit(breaks),
        database.submit(lambda tx: tx.keep_fact("after", "1")),
    )  # fmt: skip
    go.set()
    assert isinstance(broken.exception(timeout=10), sa.exc.IntegrityError)
    assert (before.exception(timeout=10), after.exception(timeout=10)) == (None, None)
    assert database.submit(lambda tx: (tx.fact("before"), tx.fact("after"))).result(timeout=10) == ("1", "1")


@on_sqlite
def test_what_waits_shares_one_commit(database: Database) -> None:
    commits: list[int] = []
    sa.event.listen(database._writing, "commit", lambda _: commits.append(1))
    go, first = held_up(database)
    futures = [database.submit(keeping(f"{n}")) for n in range(20)]
    go.set()
    for future in (first, *futures):
        future.result(timeout=10)
    assert sum(commits) == 2


def test_closing_finishes_what_was_submitted_and_refuses_the_rest(database: Database, database_url: str) -> None:
    go, _ = held_up(database)
    futures = [database.submit(keeping(f"{n}")) for n in range(10)]
    closing = threading.Thread(target=database.close)
    closing.start()
    go.set()
    closing.join(timeout=10)
    assert [future.result(timeout=0) for future in futures] == [None] * 10
    with pytest.raises(Unavailable, match="closed") as refusal:
        database.submit(lambda tx: tx.fact("0"))
    assert refusal.value.reached is False


def test_a_function_whose_caller_has_gone_is_not_run(database: Database) -> None:
    held = [held_up(database) for _ in range(1 if database.dialect == "sqlite" else 4)]
    gone = database.submit(lambda tx: tx.keep_fact("gone", "1"))
    assert gone.cancel()
    for go, future in held:
        go.set()
        future.result(timeout=10)
    assert database.submit(lambda tx: tx.fact("gone")).result(timeout=10) is None


def test_jobs_due_now_wake_after_the_commit_and_others_do_not(database: Database) -> None:
    woken: list[int] = []
    database.on_jobs(lambda: woken.append(1))
    if database._wakeups:
        assert database._wakeups.listening.wait(timeout=10)  # whoever begins to listen looks once
    woken.clear()
    database.submit(lambda tx: tx.put(Job("later", "a", delay=60))).result(timeout=10)
    database.submit(lambda tx: tx.keep_fact("no", "job")).result(timeout=10)
    assert woken == []
    database.submit(lambda tx: tx.put(Job("now", "b"))).result(timeout=10)
    eventually(lambda: bool(woken))


@pytest.mark.anyio
async def test_reading_sees_what_was_written_and_can_write_nothing(database: Database) -> None:
    await database.write(lambda tx: tx.record(triggered()))
    assert (await database.read(lambda tx: tx.incident(1))) is not None
    with pytest.raises(Unavailable):
        await database.read(lambda tx: tx.keep_fact("written", "while reading"))
    assert await database.read(lambda tx: tx.fact("written")) is None


@pytest.mark.anyio
async def test_a_closed_database_says_so(database: Database) -> None:
    database.close()
    with pytest.raises(Unavailable):
        await database.write(lambda tx: tx.fact("x"))
    with pytest.raises(Unavailable):
        await database.read(lambda tx: tx.fact("x"))


@on_sqlite
def test_a_full_disk_is_unavailable_and_heals(database: Database) -> None:
    with database._writing.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    sa.event.listen(database._writing, "begin", limit := _Pages(pages + 4))
    huge = "x" * 1_000_000
    small, full = database.submit(lambda tx: tx.keep_fact("small", "1")), database.submit(
        lambda tx: tx.keep_fact("huge", huge)
    )  # fmt: skip
    assert isinstance(full.exception(timeout=10), Unavailable)
    small.exception(timeout=10)
    limit.pages = pages + 1000
    database.submit(lambda tx: tx.keep_fact("huge", huge)).result(timeout=10)
    assert database.submit(lambda tx: tx.fact("huge")).result(timeout=10) == huge


@on_sqlite
def test_a_full_disk_in_an_attempt_is_not_taken_for_what_was_attempted(database: Database) -> None:
    """SQLite undoes everything then, and complains of the savepoint it no longer knows."""
    with database._writing.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    sa.event.listen(database._writing, "begin", _Pages(pages + 4))
    attempted: list[BaseException] = []

    def attempt(tx: Transaction) -> None:
        try:
            tx.attempt(lambda: tx.keep_fact("huge", "x" * 1_000_000))
        except Exception as error:
            attempted.append(error)
            raise

    assert isinstance(database.submit(attempt).exception(timeout=10), Unavailable)
    assert isinstance(attempted[0], Unavailable)


class _Pages:
    """A disk with room for so many pages."""

    def __init__(self, pages: int) -> None:
        self.pages = pages

    def __call__(self, connection: sa.Connection) -> None:
        connection.exec_driver_sql(f"PRAGMA max_page_count = {self.pages}")


@on_sqlite
def test_a_locked_database_is_unavailable(database: Database, tmp_path: Path) -> None:
    sa.event.listen(database._writing, "connect", lambda one, _: one.execute("PRAGMA busy_timeout = 20"))
    database._writing.dispose()
    backup = sa.create_engine(f"sqlite:///{tmp_path}/muster.db")
    with backup.connect() as connection:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        connection.exec_driver_sql("UPDATE facts SET value = value")
        blocked = database.submit(lambda tx: tx.keep_fact("a", "1")).exception(timeout=10)
    backup.dispose()
    assert isinstance(blocked, Unavailable)
    database.submit(lambda tx: tx.keep_fact("a", "1")).result(timeout=10)


@on_postgres
def test_a_connection_lost_before_the_commit_is_replaced_and_the_function_run_again(
    database: Database, database_url: str
) -> None:
    runs: list[int] = []

    def loses_its_connection(tx: Transaction) -> None:
        tx.keep_fact("kept", str(len(runs)))
        runs.append(tx._connection.scalar(sa.text("SELECT pg_backend_pid()")) or 0)
        if len(runs) == 1:
            terminate(database_url, f"pid = {runs[0]}")
        tx.keep_fact("too", "1")

    database.submit(loses_its_connection).result(timeout=10)
    assert len(runs) == 2
    assert database.submit(lambda tx: (tx.fact("kept"), tx.fact("too"))).result(timeout=10) == ("1", "1")


@on_postgres
def test_a_commit_whose_answer_was_lost_is_not_repeated(database: Database, database_url: str) -> None:
    runs: list[int] = []

    def loses_it_at_the_end(tx: Transaction) -> None:
        tx.keep_fact("kept", "1")
        runs.append(1)
        pid = tx._connection.scalar(sa.text("SELECT pg_backend_pid()"))
        terminate(database_url, f"pid = {pid}")

    error = database.submit(loses_it_at_the_end).exception(timeout=10)
    assert isinstance(error, Unavailable)
    assert (error.reached, len(runs)) == (True, 1)


@on_postgres
def test_a_deadlock_is_run_again(database: Database) -> None:
    both = threading.Barrier(2)

    def locks(first: str, second: str) -> Any:
        runs: list[int] = []

        def lock(tx: Transaction) -> int:
            runs.append(1)
            tx.keep_fact(first, second)
            if len(runs) == 1 and not both.broken:
                both.wait(timeout=5)
            tx.keep_fact(second, first)
            return len(runs)

        return lock

    for name in ("a", "b"):
        database.submit(keeping(name)).result(timeout=10)
    futures = [database.submit(locks("a", "b")), database.submit(locks("b", "a"))]
    assert sorted(future.result(timeout=15) for future in futures) == [1, 2]


def terminate(url: str, which: str) -> None:
    engine = sa.create_engine(parsed(url), poolclass=sa.NullPool)
    with engine.connect() as connection:
        connection.execute(sa.text(f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE {which}"))
