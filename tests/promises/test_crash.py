"""The crash storm and the replicas, in small; `python -m tests.promises.replicas` shows the rest within a minute."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.simulator import Simulator
from storage import Database
from tests.databases import migrated, postgres_database
from tests.journeys.nursery import Nursery
from tests.promises import crash_storm, replicas
from tests.promises.crash_storm import Storm
from tests.promises.operating_backup import delivery
from tests.promises.stream import Stream


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    with crash_storm.bears(None) as bearer:
        yield bearer


def test_nothing_is_lost_and_nothing_done_twice_however_often_it_is_killed(nursery: Nursery, tmp_path: Path) -> None:
    outcome = crash_storm.run(Storm(300, 100), tmp_path, nursery)
    print(outcome)
    assert outcome.found.wrong == {}


def test_nor_when_postgres_is_killed_too(nursery: Nursery, tmp_path: Path) -> None:
    outcome = crash_storm.run(Storm(80, 16, "postgresql", kill_postgres=True), tmp_path, nursery)
    print(outcome)
    assert outcome.found.wrong == {}


def test_the_storm_notices_a_bot_that_answers_before_the_commit_and_sends_blindly_again(tmp_path: Path) -> None:
    outcome = crash_storm.run(Storm(150, 2, control="both"), tmp_path)
    print(outcome)
    assert {"acknowledged_and_lost", "duplicate_messages"} <= outcome.found.wrong.keys()


@contextmanager
def a_database(server: str) -> Iterator[str]:
    with postgres_database(server) as url:
        migrated(url)
        yield url


@pytest.mark.anyio
async def test_a_backlog_that_shrinks_is_waited_for_and_one_that_does_not_is_named(
    database: Database, database_url: str
) -> None:
    """What came while replicas were stopped takes its time on a busy machine, and is no fault."""
    for nth in range(6):
        database.submit(lambda tx, nth=nth: tx.keep(delivery(nth))).result()  # type: ignore[misc]

    async def read_one_by_one() -> None:
        for one in await database.read(lambda tx: tx.unread(6)):
            await asyncio.sleep(0.2)
            await database.write(lambda tx, one=one: tx.mark_read(one.id))  # type: ignore[misc]

    async with Simulator() as simulator:
        stream = Stream(simulator, 1)
        with pytest.raises(AssertionError, match="6 unread"):
            await crash_storm.settled(database_url, simulator, stream, stuck_after=0.1)
        _, found = await asyncio.gather(
            read_one_by_one(), crash_storm.settled(database_url, simulator, stream, stuck_after=0.5)
        )
    assert found.wrong == {}


def test_replicas_stopped_past_their_leases_do_nothing_twice(
    nursery: Nursery, postgres_url: str, tmp_path: Path
) -> None:
    with a_database(postgres_url) as url:
        outcome = asyncio.run(replicas.troubled(nursery, url, tmp_path, 2, 3))
    print(outcome)
    assert outcome.found.wrong == {}


def test_a_replica_stopped_right_before_it_writes_leaves_that_to_the_other(
    nursery: Nursery, postgres_url: str, tmp_path: Path
) -> None:
    with a_database(postgres_url) as url:
        assert asyncio.run(replicas.notes_after_a_pause(nursery, url, tmp_path)) == 1


def test_every_slot_of_the_clock_fires_once_on_four_replicas(postgres_url: str) -> None:
    with a_database(postgres_url) as url:
        put, struck = asyncio.run(replicas.slots(url, 4, 10))
    assert put == struck == 10
