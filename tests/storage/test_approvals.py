"""Approvals on both databases: moved by what is recorded and by nothing else, answered once, and forgetful."""

import threading
from typing import Any

from bot.domain.approval import Approval, approval_id
from bot.domain.chain import redaction_key
from bot.domain.events.approvals import (
    ApprovalAnswered,
    ApprovalDropped,
    ApprovalFinished,
    ApprovalRequested,
    ApprovalTaken,
)
from bot.domain.events.redactions import RedactedElsewhere
from bot.domain.people import MUSTER, Actor
from storage import Database, Transaction
from tests.databases import on_postgres
from tests.storage.conftest import Run
from tests.storage.facts import START

ALICE, BOB = Actor("responder", "U1", "Alice"), Actor("responder", "U2", "Bob")
KEPTN = Actor("service", "keptn", "Keptn")
NAME, SECRET = approval_id("keptn", "q1"), "Mrs Example of 12 Long Street"


def told(kind: Any, key: str, by: Actor = KEPTN, name: str = NAME, **more: Any) -> Any:
    about = {"approval": name, "about": "shop/production/carts"}
    return kind(service_id="keptn", at=START, by=by, key=key, origin="in.keptn", **about, **more)


def requested(name: str = NAME, **more: Any) -> Any:
    place = {"project": "shop", "stage": "production", "service": "carts"}
    return told(ApprovalRequested, f"asked:{name}", name=name, asked="q1", context="c", **place, **more)


def answered(by: Actor, approved: bool, name: str = NAME, nth: int = 0) -> Any:
    return told(ApprovalAnswered, f"approval:{name}:answer:{nth}", by, name, approved=approved)


def after(run: Run[Any], *events: Any) -> Approval:
    def record(tx: Transaction) -> Approval | None:
        for event in events:
            tx.record_for_service(event)
        return tx.approval(NAME)

    found = run(record)
    assert isinstance(found, Approval)
    return found


def test_an_approval_is_open_from_the_question_to_the_first_answer(run: Run[Any]) -> None:
    assert run(lambda tx: tx.approval(NAME)) is None
    assert after(run, requested()).is_open
    held = after(run, answered(ALICE, approved=True), answered(BOB, approved=False))
    assert held.answer is not None
    assert (held.is_open, held.answer.by, held.answer.approved, held.answer.is_taken) == (False, ALICE, True, False)
    taken = after(run, told(ApprovalTaken, "t", MUSTER, approved=True, asker=ALICE)).answer
    assert taken is not None
    assert taken.is_taken


def test_an_answer_that_came_to_nothing_can_be_given_again(run: Run[Any]) -> None:
    refused = told(ApprovalDropped, "d", MUSTER, asker=ALICE, reason="Keptn answered 400")
    back = after(run, requested(), answered(ALICE, approved=True), refused)
    assert (back.is_open, back.refused, back.trouble) == (True, 1, "Keptn answered 400")
    again = after(run, answered(BOB, approved=False, nth=back.refused)).answer
    assert again is not None
    assert again.by == BOB


def test_what_is_over_at_its_source_is_over_whatever_came_first(run: Run[Any]) -> None:
    over = after(run, told(ApprovalFinished, "f", approved=False), requested(), answered(ALICE, approved=True))
    assert (over.is_open, over.approved, over.over_at, over.answer) == (False, False, START, None)


@on_postgres
def test_of_two_who_answer_on_two_replicas_one_counts(database: Database, replica: Database) -> None:
    names = [approval_id("keptn", f"race-{n}") for n in range(20)]
    for name in names:
        database.submit(lambda tx, name=name: tx.record_for_service(requested(name))).result(timeout=10)
    races = [
        there.submit(lambda tx, name=name, by=by, said=said: tx.record_for_service(answered(by, said, name)))
        for name in names for there, by, said in ((database, ALICE, True), (replica, BOB, False))
    ]  # fmt: skip
    for race in races:
        race.result(timeout=10)
    entries = database.submit(lambda tx: tx.timeline("source:keptn")).result(timeout=10)
    first = {one.details["approval"]: one.actor for one in entries if one.kind == ApprovalAnswered.kind}
    found = [database.submit(lambda tx, name=name: tx.approval(name)).result(timeout=10) for name in names]
    assert [one.answer.by for one in found if one and one.answer] == [first[name] for name in names]
    assert len([one for one in entries if one.kind == ApprovalAnswered.kind]) == len(names)


def test_labels_that_are_redacted_are_gone_from_what_the_card_shows_and_it_is_drawn_anew(run: Run[Any]) -> None:
    after(run, requested(values={"customer": SECRET, "build": "88"}))

    def redact(tx: Transaction) -> list[str]:
        entry = tx.timeline("source:keptn")[0]
        tx.redact_elsewhere(
            entry,
            RedactedElsewhere(
                service_id=entry.stream, at=START, by=MUSTER, key=redaction_key(entry.stream, entry.seq), origin="cli",
                seq=entry.seq, entry_kind=entry.kind, entry_key=entry.key, entry_at=START,
            ),
        )  # fmt: skip
        return [claim.job.kind for claim in tx.claim(10)]

    assert "show_approval" in run(redact)
    approval = run(lambda tx: tx.approval(NAME))
    assert SECRET not in str(approval)
    assert approval.is_open


def test_another_question_of_the_same_name_is_not_what_people_answer(run: Run[Any]) -> None:
    swapped = told(ApprovalRequested, "swapped", project="shop", stage="dev", service="carts", asked="q1", context="c")
    held = after(run, requested(), swapped).question
    assert held is not None
    assert held.stage == "production"


def test_the_first_end_counts(run: Run[Any]) -> None:
    ends = (told(ApprovalFinished, key, approved=approved) for key, approved in (("f1", False), ("f2", True)))
    assert after(run, requested(), *ends).approved is False


@on_postgres
def test_nobody_else_ends_what_somebody_has_in_hand(database: Database, replica: Database) -> None:
    """Else it is answered although whoever answers hears that it is over."""
    database.submit(lambda tx: tx.record_for_service(requested())).result(timeout=10)
    held, go_on = threading.Event(), threading.Event()

    def answer(tx: Transaction) -> bool:
        found = tx.approval_in_hand(NAME)
        held.set()
        go_on.wait(10)
        tx.record_for_service(answered(ALICE, approved=True))
        return bool(found and found.is_open)

    answering = database.submit(answer)
    assert held.wait(10)
    ending = replica.submit(lambda tx: tx.record_for_service(told(ApprovalFinished, "f", approved=False)))
    go_on.set()
    assert answering.result(timeout=10)
    ending.result(timeout=10)
    found = database.submit(lambda tx: tx.approval(NAME)).result(timeout=10)
    assert found
    assert found.answer
