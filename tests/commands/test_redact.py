"""redact: words go, and the entry that says so stays."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from bot.domain.errors import Misuse
from bot.domain.events import news
from bot.domain.events.late import Logged
from bot.domain.incident import Reference
from bot.domain.job import Job
from bot.receiving.reader import read_some
from storage import NewDelivery
from storage.engines import database_url as engine_url
from storage.schema import metadata
from tests.bot.doors import told
from tests.commands.desk import BOB, ELSEWHERE, Desk, buttons

SECRET = "password=Tr0ub4dor-3x9Q"
INCIDENT = {"id": "Q1", "type": "incident_reference", "summary": "Checkout is down", "html_url": ""}
ROOMY = "the key\n is   <R&D>'s Tr0ub4dor-3x9Q"


def everything(url: str) -> str:
    """All that the database keeps."""
    engine = sa.create_engine(engine_url(url), poolclass=sa.NullPool)
    with engine.connect() as connection:
        return repr([list(connection.execute(sa.select(table))) for table in metadata.sorted_tables])


def delivered(desk: Desk, body: bytes) -> None:
    """PagerDuty sends a webhook about what happens now, and it is read."""
    body = body.replace(b"2026-03-01T12:00:00Z", datetime.now(UTC).isoformat().encode())
    delivery = NewDelivery("pagerduty", f"d{hash(body)}", "Q1", {}, body, received_at=datetime.now(UTC))
    desk.run(lambda tx: tx.keep(delivery))
    assert desk.run(read_some) == 1


def lines(desk: Desk) -> list[str]:
    """What the room is told by all that is owed, which is done with this."""
    told: list[str] = []
    while done := desk.run(lambda tx: [claim for claim in tx.claim(100) if tx.settle(claim)]):
        told += [str(claim.job.arguments["text"]) for claim in done if claim.job.kind == "say"]
    return told


def echo(content: str, **more: Any) -> bytes:
    return told(kind="incident.annotated", id=f"N{len(content)}", type="incident_note", content=content,
                incident=INCIDENT, **{"trimmed": False, **more})  # fmt: skip


def entry(desk: Desk, kind: str = "note.written") -> int:
    return next(one.seq for one in desk.run(lambda tx: tx.timeline("INC-1")) if one.kind == kind)


def test_a_note_that_looks_like_a_secret_is_answered_with_a_way_out(desk: Desk) -> None:
    desk.incident()
    answer = desk.says(f"note {SECRET}")
    assert "looks as if it held a password" in answer.text
    [(verb, value)] = buttons(answer)
    assert (verb, value) == ("redact", f"INC-1 {entry(desk)} a password")
    desk.says("lead")
    assert "is redacted" in desk.presses(verb, value).text
    assert desk.last()["entry_kind"] == "note.written"
    assert SECRET not in repr(desk.run(lambda tx: tx.timeline("INC-1")))
    assert SECRET not in repr(desk.owed("annotate"))


def test_an_ordinary_note_is_not_bothered(desk: Desk) -> None:
    desk.incident()
    assert buttons(desk.says("note restarted the pods")) == []


def test_other_entries_with_the_same_words_are_offered_too(desk: Desk) -> None:
    desk.incident()
    desk.says(f"note {SECRET}")
    desk.says(f"note again: {SECRET}")
    desk.says("lead")
    answer = desk.says(f"redact {entry(desk)} leaked")
    assert "The same words stand in entry" in answer.text
    assert buttons(answer)


@pytest.mark.parametrize("said", ["redact", "redact all of it", "redact 99", "redact INC-1", "redact 0"])
def test_only_an_entry_there_is_can_be_redacted(desk: Desk, said: str) -> None:
    desk.incident()
    desk.says("lead")
    with pytest.raises(Misuse, match="timeline"):
        desk.says(said)


def test_a_redaction_cannot_be_repeated_nor_redacted(desk: Desk) -> None:
    desk.incident()
    desk.says("lead")
    desk.says(f"note {SECRET}")
    place = entry(desk)
    desk.says(f"redact #{place}")
    with pytest.raises(Misuse, match="already"):
        desk.says(f"redact INC-1 {place}", channel=ELSEWHERE)
    with pytest.raises(Misuse, match="stays"):
        desk.says(f"redact {entry(desk, 'entry.redacted')}")


@pytest.mark.parametrize("cut", [False, True])
def test_the_echo_of_what_was_redacted_brings_it_back_nowhere(desk: Desk, database_url: str, cut: bool) -> None:
    """PagerDuty has the note, and tells us of it only now; of a long one it tells the beginning."""
    note = f"{SECRET} {'and so on ' * 30}".strip() if cut else SECRET
    desk.incident()
    desk.says(f"note {note}")
    desk.presses("redact", f"INC-1 {entry(desk)} a password")
    lines(desk)
    delivered(desk, echo(f"{note[:200]}…" if cut else note, trimmed=cut))
    assert SECRET not in everything(database_url)
    assert desk.kinds()[-1] == "incident.annotated"
    assert desk.last()["content"] == "(redacted)"
    assert lines(desk) == []
    assert desk.run(lambda tx: tx.verify("INC-1")).complaint is None


def test_the_echo_of_another_note_is_heard_as_ever(desk: Desk) -> None:
    desk.incident()
    desk.says(f"note {SECRET}")
    desk.says("note restarted the pods")
    desk.presses("redact", f"INC-1 {entry(desk)} a password")
    lines(desk)
    delivered(desk, echo("restarted the pods"))
    assert lines(desk) == []
    delivered(desk, echo("somebody else's note"))
    assert lines(desk) == ["Bob Brown noted: somebody else's note"]


def test_the_echo_of_a_redacted_resolution_brings_it_back_nowhere(desk: Desk, database_url: str) -> None:
    desk.incident()
    desk.says(f"resolve {SECRET}")
    desk.presses("redact", f"INC-1 {entry(desk, 'resolve.requested')} a password")
    delivered(desk, echo(f"Resolution Note: {SECRET}"))
    assert SECRET not in everything(database_url)


def test_what_pagerdutys_log_repeats_is_redacted_too(desk: Desk, database_url: str) -> None:
    it = desk.incident()
    desk.says(f"note {SECRET}")
    desk.presses("redact", f"INC-1 {entry(desk)} a password")
    fact = {**desk.fact(BOB.actor), "origin": "pagerduty.log"}
    noted = Logged(
        subject=it.subject, **fact, incident=Reference("Q1"), entry_id="R1", entry_type="annotate",
        summary="Annotated.", note=SECRET,
    )  # fmt: skip
    desk.tell(noted)
    assert SECRET not in everything(database_url)
    assert desk.last()["note"] == "(redacted)"


def test_a_title_goes_with_the_news_that_brought_it_and_stays_away(desk: Desk, database_url: str) -> None:
    desk.incident(title=SECRET)
    desk.owed("update_card")
    desk.says("redact 1 leaked")
    assert desk.now_is().title == "(redacted)"
    shown = {claim.job.kind for claim in desk.run(lambda tx: tx.claim(100))}
    assert shown >= {"update_card", "update_announcement", "set_topic"}
    delivered(desk, told("E2", kind="incident.acknowledged", status="acknowledged", title=SECRET))
    assert desk.now_is().title == "(redacted)"
    assert SECRET not in everything(database_url)
    assert desk.run(lambda tx: tx.verify("INC-1")).complaint is None


def test_answers_forms_and_listings_lose_the_words_however_they_are_written(desk: Desk, database_url: str) -> None:
    """They belong to no incident; Slack escapes what we say, and lines are folded."""
    desk.incident()
    desk.submits("note", {"incident": "INC-1", "note": ROOMY})
    shown = "You wrote: the key is &lt;R&amp;D&gt;'s Tr0ub4dor-3x9Q, thanks"
    blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": shown}}]
    jobs = [
        Job("tell", "tell/UALICE", arguments={"user": "UALICE", "text": shown, "blocks": blocks}),
        Job("open_form", "form/1", arguments={"view": {"blocks": [{"element": {"initial_value": ROOMY}}]}}),
        Job("tell", "tell/UBOB", arguments={"user": "UBOB", "text": "of something else"}),
    ]  # fmt: skip
    desk.run(lambda tx: [tx.put(job) for job in jobs])
    desk.run(lambda tx: (tx.hear("request"), tx.answered("request", json.dumps({"text": shown, "blocks": blocks}))))
    desk.says(f"redact INC-1 {entry(desk)} a key")
    assert "Tr0ub4dor" not in everything(database_url)
    assert "You wrote: (redacted), thanks" in everything(database_url)
    assert "of something else" in everything(database_url)
    assert desk.run(lambda tx: tx.hear("request")) is not None  # so that it is not done twice


@pytest.mark.parametrize(("kind", "said"), [
    ("incident.custom_field_values.updated",
     {"custom_fields": [{"name": "Login", "value": SECRET}], "changed_custom_fields": [{"name": "Login"}]}),
    ("incident.task.created", {"name": SECRET, "status": "open"}),
])  # fmt: skip
def test_fields_and_tasks_leave_no_trace_in_what_was_delivered(
    desk: Desk, database_url: str, kind: str, said: dict[str, Any]
) -> None:
    desk.incident()
    delivered(desk, told(kind=kind, **{"type": "x", "incident": INCIDENT, **said}))
    desk.says(f"redact INC-1 {entry(desk, kind)} a password")
    assert SECRET not in everything(database_url)


def test_an_entry_that_holds_the_words_in_its_details_alone_is_offered_too(desk: Desk) -> None:
    desk.incident(title=SECRET)
    desk.news(news.Acknowledged, title=SECRET)
    assert len(buttons(desk.says("redact 1 leaked"))) == 1
