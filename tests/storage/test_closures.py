from freezegun import freeze_time

from storage import Database

NOON = "2026-03-02T12:00:00Z"


def test_what_one_replica_is_told_all_of_them_know_until_it_is_over(database: Database) -> None:
    with freeze_time(NOON) as clock:
        began = clock().timestamp()
        database.submit(lambda tx: tx.keep_closed({"slack:pins.add": began + 30, "pagerduty": began + 5})).result()
        clock.tick(10)
        assert database.submit(lambda tx: tx.closed()).result() == {"slack:pins.add": began + 30}


def test_a_later_end_stands(database: Database) -> None:
    with freeze_time(NOON) as clock:
        began = clock().timestamp()
        for seconds in (30.0, 10.0, 40.0, 20.0):
            until = began + seconds
            database.submit(lambda tx, until=until: tx.keep_closed({"pagerduty": until})).result()  # type: ignore[misc]
        assert database.submit(lambda tx: tx.closed()).result() == {"pagerduty": began + 40}
