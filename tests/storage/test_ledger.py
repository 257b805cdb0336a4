"""The laws of the ledger, on both databases."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.events import Event, news, requests, rooms
from bot.domain.incident import Incident, Reference, Status, Subject
from storage import Database, Transaction
from tests.databases import on_postgres
from tests.storage import facts
from tests.storage.facts import ALICE, START, fact, noted, room_opened, service_renamed, told, triggered

DECLARED: dict[str, Any] = {
    "title": "Checkout is slow", "service_id": "PSVC1", "service": "Checkout", "urgency": "high",
    "incident_key": "ours",
}  # fmt: skip


def recording(event: Event) -> Callable[[Transaction], Incident]:
    return lambda tx: tx.record(event)


def test_the_first_news_introduces_an_incident_with_the_next_number(run: Any) -> None:
    first = run(lambda tx: tx.record(triggered("Q1")))
    second = run(lambda tx: tx.record(noted("It is the cache", key="n", pagerduty_id="Q2")))
    assert (first.name, second.name) == ("INC-1", "INC-2")
    assert (first.status, second.pagerduty_id, second.title) == (Status.TRIGGERED, "Q2", "Checkout is slow")
    assert run(lambda tx: tx.incident(1)) == first


def test_an_incident_that_has_not_changed_is_not_read_again(run: Any) -> None:
    run(lambda tx: tx.record(triggered("Q1")))
    first, again = run(lambda tx: tx.incident(1)), run(lambda tx: tx.incidents()[0])
    run(lambda tx: tx.record(told(news.Acknowledged, Status.ACKNOWLEDGED, after=1)))
    assert again is first
    assert run(lambda tx: tx.incident(1)).status is Status.ACKNOWLEDGED
    assert first.status is Status.TRIGGERED


@on_postgres
def test_what_is_held_is_read_as_the_last_writer_left_it(database: Database) -> None:
    """Two who want the same two, in either order, come one after the other; the second sees what the first did."""
    seeds = [database.submit(recording(triggered(f"Q{n}", key=f"t{n}"))).result(timeout=5) for n in (1, 2)]

    def resolve_both(incidents: list[Incident], who: int) -> Callable[[Transaction], int]:
        def run(tx: Transaction) -> int:
            held = tx.held(incidents)
            for one in held:
                if "resolve" not in one.pending:
                    tx.record(requests.ResolveRequested(
                        subject=one.subject, at=START, by=ALICE, key=f"r{who}:{one.number}", origin="slack.command"
                    ))  # fmt: skip
            return sum("resolve" not in one.pending for one in held)

        return run

    orders = [seeds if who % 2 else seeds[::-1] for who in range(20)]
    runs = [database.submit(resolve_both(order, who)) for who, order in enumerate(orders)]
    assert sorted(run.result(timeout=20) for run in runs) == [0] * 19 + [2]


def test_what_is_recorded_can_be_read_as_it_was(run: Any) -> None:
    event = told(news.Acknowledged, Status.ACKNOWLEDGED, after=2.5)
    run(lambda tx: tx.record(event))
    (entry,) = run(lambda tx: tx.timeline("INC-1"))
    assert (entry.stream, entry.seq, entry.kind, entry.key) == ("INC-1", 1, "incident.acknowledged", event.key)
    assert (entry.at, entry.actor, entry.origin) == (event.at, event.by, "pagerduty.webhook")
    assert entry.text == "PagerDuty acknowledged"
    assert entry.details["snapshot"]["service"]["summary"] == "Checkout API"
    assert entry.recorded_at > entry.at


def test_the_same_key_again_changes_nothing(run: Any) -> None:
    first = run(lambda tx: tx.record(triggered()))
    again = run(lambda tx: tx.record(triggered()))
    assert again == first
    assert run(lambda tx: tx.entries("INC-1")) == 1
    assert run(lambda tx: tx.owed()).waiting == 1


def test_a_fact_that_names_no_incident_introduces_one_only_once(run: Any) -> None:
    declared = requests.Declared(subject=Subject(), at=START, by=ALICE, key="slack:1", origin="slack.form", **DECLARED)
    first = run(lambda tx: tx.record(declared))
    assert run(lambda tx: tx.record(declared)) == first
    assert list(run(lambda tx: tx.streams())) == ["INC-1"]


def test_reactions_are_told_what_was_before_and_their_jobs_are_owed(run: Any) -> None:
    run(lambda tx: tx.record(triggered()))
    run(lambda tx: tx.record(told(news.Acknowledged, Status.ACKNOWLEDGED, after=1)))
    said = []
    while claims := run(lambda tx: tx.claim(10)):
        said += [claim.job.arguments for claim in claims]
        run(lambda tx, claims=claims: [tx.settle(claim) for claim in claims])
    assert said == [
        {"introduced": True, "before": None, "after": "triggered"},
        {"introduced": False, "before": "triggered", "after": "acknowledged"},
    ]


def test_a_fact_its_state_and_its_jobs_are_written_together_or_not_at_all(run: Any) -> None:
    def fails(tx: Any) -> None:
        tx.record(triggered())
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run(fails)
    assert run(lambda tx: (tx.incident(1), tx.entries("INC-1"), tx.owed().waiting)) == (None, 0, 0)


def test_an_incident_we_declared_is_found_by_its_key_until_pagerduty_names_it(run: Any) -> None:
    by_key = Subject(incident_key="ours")
    run(lambda tx: tx.record(fact(requests.Declared, "d", subject=by_key, **DECLARED)))
    named = run(lambda tx: tx.record(triggered("Q7", incident_key="ours", after=1)))
    assert (named.number, named.pagerduty_id) == (1, "Q7")
    assert run(lambda tx: tx.find(by_key)).number == 1
    assert run(lambda tx: tx.incident_by_pagerduty_id("Q7")).number == 1


def test_a_key_that_pagerduty_uses_again_means_another_incident(run: Any) -> None:
    run(lambda tx: tx.record(triggered("Q1", incident_key="srv/cpu")))
    again = run(lambda tx: tx.record(triggered("Q2", incident_key="srv/cpu", after=60)))
    assert again.number == 2
    assert run(lambda tx: tx.find(Subject(incident_key="srv/cpu"))).number == 2


def test_news_that_overtook_the_answer_to_a_declaration_is_kept_not_lost(run: Any) -> None:
    run(lambda tx: tx.record(fact(requests.Declared, "d", subject=Subject(incident_key="ours"), **DECLARED)))
    run(lambda tx: tx.record(noted("Seen", key="n", pagerduty_id="Q9")))
    created = fact(requests.Created, "c", subject=Subject(number=1), snapshot=facts.snapshot("Q9", incident_key="ours"))
    assert run(lambda tx: tx.record(created)).pagerduty_id == "Q9"
    assert run(lambda tx: tx.record(triggered("Q9", incident_key="ours"))).number == 2


def test_an_unknown_number_is_a_bug_and_writes_nothing(run: Any) -> None:
    with pytest.raises(LookupError):
        run(lambda tx: tx.record(room_opened(42, "C1")))
    assert list(run(lambda tx: tx.streams())) == []


def test_an_incident_is_found_by_its_present_and_its_former_rooms(run: Any) -> None:
    run(lambda tx: tx.record(triggered()))
    run(lambda tx: tx.record(room_opened(1, "C1")))
    run(lambda tx: tx.record(room_opened(1, "C2", after=2)))
    found = run(lambda tx: [tx.incident_in(channel) for channel in ("C1", "C2", "C3")])
    assert [one and one.number for one in found] == [1, 1, None]


def test_incidents_are_listed_newest_first_by_service_and_openness(run: Any) -> None:
    other: Any = {"service": Reference("PSVC2", "Straße")}
    run(lambda tx: [tx.record(triggered("Q1")), tx.record(triggered("Q2", **other)), tx.record(triggered("Q3"))])
    run(lambda tx: tx.record(told(news.Resolved, Status.RESOLVED, pagerduty_id="Q3", after=5)))

    def numbers(**wanted: Any) -> list[int]:
        return [one.number for one in run(lambda tx: tx.incidents(**wanted))]

    assert numbers() == [2, 1]
    assert numbers(open_only=False) == [3, 2, 1]
    assert numbers(open_only=False, limit=2) == [3, 2]
    assert numbers(service="PSVC1") == [1]
    assert numbers(service="STRASSE") == [2]


def test_a_room_is_to_be_archived_once_its_time_has_come_and_only_while_resolved(run: Any) -> None:
    due = START + timedelta(hours=24)
    run(lambda tx: [tx.record(triggered()), tx.record(room_opened(1, "C1"))])
    run(lambda tx: tx.record(told(news.Resolved, Status.RESOLVED, after=5)))
    run(lambda tx: tx.record(fact(rooms.ArchiveScheduled, "a", subject=Subject(number=1), due=due)))
    assert run(lambda tx: tx.rooms_to_archive(due - timedelta(microseconds=1))) == []
    assert [one.number for one in run(lambda tx: tx.rooms_to_archive(due))] == [1]
    run(lambda tx: tx.record(told(news.Reopened, Status.TRIGGERED, after=9)))
    assert run(lambda tx: tx.rooms_to_archive(due)) == []


def test_an_unfinished_room_is_found_until_every_part_is_in_place(run: Any) -> None:
    run(lambda tx: [tx.record(triggered("Q1")), tx.record(triggered("Q2")), tx.record(room_opened(2, "C2"))])
    assert [one.number for one in run(lambda tx: tx.rooms_unfinished())] == [1, 2]
    claims = run(lambda tx: tx.claim(10))
    run(lambda tx: [tx.settle(claim) for claim in claims])
    assert [one.number for one in run(lambda tx: tx.rooms_unfinished())] == [2]
    for part in ("card", "pin", "invitations", "topic", "purpose", "bookmarks", "changes", "announcement", "link"):
        furnished = fact(rooms.RoomFurnished, part, subject=Subject(number=2), after=2, part=part)
        run(lambda tx, furnished=furnished: tx.record(furnished))
    assert run(lambda tx: tx.rooms_unfinished()) == []


def test_a_service_has_a_timeline_of_its_own(run: Any) -> None:
    run(lambda tx: tx.record_for_service(service_renamed()))
    run(lambda tx: tx.record_for_service(service_renamed()))
    (entry,) = run(lambda tx: tx.timeline("service:PSVC1"))
    assert (entry.text, entry.actor) == ("Alice changed the service Checkout", ALICE)
    assert [claim.job.lane for claim in run(lambda tx: tx.claim(5))] == ["service:PSVC1"]


def test_a_timeline_is_read_in_pages(run: Any) -> None:
    run(lambda tx: [tx.record(noted(f"{n}", key=f"n{n}")) for n in range(7)])
    pages = run(lambda tx: [tx.timeline("INC-1", after=after, limit=3) for after in (0, 3, 6)])
    assert [[entry.seq for entry in page] for page in pages] == [[1, 2, 3], [4, 5, 6], [7]]


def test_text_no_database_can_keep_is_kept_as_near_as_possible(run: Any) -> None:
    run(lambda tx: tx.record(noted("a\x00b\ud800c 🔥", key="odd")))
    (entry,) = run(lambda tx: tx.timeline("INC-1"))
    assert entry.text == "PagerDuty noted: a\ufffdb?c 🔥"
    assert run(lambda tx: tx.verify("INC-1")).complaint is None


@on_postgres
def test_two_replicas_that_hear_of_an_incident_at_once_introduce_one(database: Database, replica: Database) -> None:
    for n in range(20):
        event = triggered(f"Q{n}")
        futures = [one.submit(recording(event)) for one in (database, replica) * 2]
        assert {future.result(timeout=10).number for future in futures} == {n + 1}
    assert database.submit(lambda tx: tx.owed()).result(timeout=5).waiting == 20


def test_a_chain_never_forks_under_eight_threads(database: Database) -> None:
    def write(thread: int) -> None:
        for n in range(25):
            event = noted(f"{thread} {n}", key=f"{thread}:{n}", pagerduty_id=f"Q{n % 2}")
            database.submit(recording(event)).result(timeout=30)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(write, range(8)))
    streams = database.submit(lambda tx: [tx.verify(stream) for stream in tx.streams()]).result(timeout=5)
    assert sorted((one.entries, one.complaint) for one in streams) == [(96, None), (104, None)]
