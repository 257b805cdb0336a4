"""The crash storm and the replicas, in small. What is printed is the figure."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.databases import migrated, postgres_database
from tests.journeys.nursery import Nursery
from tests.promises import crash_storm, replicas
from tests.promises.crash_storm import Storm


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    with crash_storm.bears(None) as bearer:
        yield bearer


@pytest.mark.parametrize(
    "storm", [Storm(200, 4), Storm(100, 2, "postgresql", kill_postgres=True)], ids=["SQLite", "Postgres, killed too"]
)
def test_nothing_is_lost_and_nothing_done_twice_however_often_it_is_killed(
    storm: Storm, nursery: Nursery, tmp_path: Path
) -> None:
    outcome = crash_storm.run(storm, tmp_path, nursery)
    print(outcome)
    assert outcome.found.wrong == {}


def test_the_storm_notices_a_bot_that_answers_before_the_commit_and_sends_blindly_again(tmp_path: Path) -> None:
    outcome = crash_storm.run(Storm(200, 2, control="both"), tmp_path)
    print(outcome)
    assert {"acknowledged_and_lost", "duplicate_messages"} <= outcome.found.wrong.keys()


@contextmanager
def a_database(server: str) -> Iterator[str]:
    with postgres_database(server) as url:
        migrated(url)
        yield url


def test_replicas_stopped_past_their_leases_do_nothing_twice(
    nursery: Nursery, postgres_url: str, tmp_path: Path
) -> None:
    with a_database(postgres_url) as url:
        outcome = asyncio.run(replicas.troubled(nursery, url, tmp_path, 2, 4))
    print(outcome)
    assert outcome.found.wrong == {}


def test_a_replica_stopped_right_before_it_writes_leaves_that_to_the_other(
    nursery: Nursery, postgres_url: str, tmp_path: Path
) -> None:
    with a_database(postgres_url) as url:
        assert asyncio.run(replicas.notes_after_a_pause(nursery, url, tmp_path)) == 1


def test_every_slot_of_the_clock_fires_once_on_four_replicas(postgres_url: str) -> None:
    with a_database(postgres_url) as url:
        put, struck = asyncio.run(replicas.slots(url, 4, 25))
    assert put == struck == 25


def test_retry_after_told_to_one_replica_is_honoured_by_all(
    nursery: Nursery, postgres_url: str, tmp_path: Path
) -> None:
    with a_database(postgres_url) as url:
        early, late = asyncio.run(replicas.calls_too_soon(nursery, url, tmp_path))
    assert early == 0
    assert late


def test_a_dead_replicas_work_resumes_soon_after_its_lease(nursery: Nursery, postgres_url: str, tmp_path: Path) -> None:
    with a_database(postgres_url) as url:
        assert asyncio.run(replicas.resumed(nursery, url, tmp_path)) < replicas.LEASE + replicas.RESUMES_WITHIN
