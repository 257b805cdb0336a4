"""A commit on one replica wakes the workers of another."""

import threading
from typing import Any

from bot.domain.job import Job
from storage import Database
from tests.databases import on_postgres
from tests.storage.facts import eventually
from tests.storage.test_writing import terminate


def listening(replica: Database) -> threading.Event:
    """Set by the next wake-up, once the replica hears."""
    woken = threading.Event()
    replica.on_jobs(woken.set)
    assert replica._wakeups is not None
    assert replica._wakeups.listening.wait(timeout=10)
    return woken


@on_postgres
def test_a_job_put_on_one_replica_wakes_the_other(run: Any, database: Database, replica: Database) -> None:
    woken = listening(replica)
    run(lambda tx: tx.put(Job("post", "a")))
    assert woken.wait(timeout=5)
    woken.clear()
    run(lambda tx: tx.hand_over(tx.claim(1)))
    assert woken.wait(timeout=5)


@on_postgres
def test_a_replica_that_lost_its_ear_listens_again(
    run: Any, database: Database, replica: Database, database_url: str
) -> None:
    woken = listening(replica)
    terminate(database_url, "query LIKE 'LISTEN%' OR query LIKE 'NOTIFY%'")
    assert replica._wakeups is not None
    eventually(lambda: woken.is_set())  # whoever listens again looks once: something may have been said meanwhile
    woken.clear()
    run(lambda tx: tx.put(Job("post", "a")))
    assert woken.wait(timeout=5)
