"""A timeline as other programs and people elsewhere get it."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.console.export import FORMATS, as_csv, as_json, as_markdown, as_text, instant
from bot.domain.events import Entry, news
from bot.domain.incident import Incident
from bot.domain.people import Actor
from tests.builders import ALICE, START, at, incident, room_opened, told

RESOLVED = incident(room_opened(), told(news.Resolved, 42))
HOSTILE = "=cmd|' /C calc'!A0\r\n\x1b[31m| <b>"


def entry(seq: int = 1, **known: Any) -> Entry:
    plain: dict[str, Any] = {
        "at": at(seq), "recorded_at": at(seq) + timedelta(microseconds=5),
        "kind": "note.written", "actor": ALICE, "origin": "slack.command", "key": f"k{seq}", "text": "Restarted",
        "details": {"note": "Restarted"}, "hash": "ab" * 32,
    }  # fmt: skip
    return Entry("INC-1", seq, **{**plain, **known})


def test_json_has_exactly_the_shape_other_programs_rely_on() -> None:
    assert json.loads(as_json(RESOLVED, [entry()])) == {
        "incident": {
            "number": 1, "name": "INC-1", "pagerduty_id": "Q1", "title": "Checkout is down", "status": "resolved",
            "urgency": "high", "priority": None, "service": "Checkout", "html_url": None,
            "created_at": "2026-03-01T12:00:00Z", "resolved_at": "2026-03-01T12:42:00Z", "channel": "C0ROOM",
        },
        "entries": [
            {
                "seq": 1, "at": "2026-03-01T12:01:00Z", "recorded_at": "2026-03-01T12:01:00.000005Z",
                "kind": "note.written",
                "actor": {"kind": "responder", "id": "U0ALICE", "name": "Alice Andersen"},
                "origin": "slack.command", "text": "Restarted", "details": {"note": "Restarted"}, "hash": "ab" * 32,
                "key": "k1", "content_hash": "", "salt": None,
            }
        ],
        "proof": None,
    }  # fmt: skip


def test_times_are_utc_wherever_they_were_taken() -> None:
    assert instant(datetime(2026, 3, 1, 14, tzinfo=timezone(timedelta(hours=2)))) == "2026-03-01T12:00:00Z"
    assert datetime.fromisoformat(instant(START)) == START.astimezone(UTC)


def test_text_is_one_line_an_entry() -> None:
    assert as_text(RESOLVED, [entry(1), entry(2, text="It is up again")]).splitlines() == [
        "INC-1  Checkout is down  (resolved)",
        "1  2026-03-01 12:01:00  Alice Andersen      Restarted",
        "2  2026-03-01 12:02:00  Alice Andersen      It is up again",
    ]


def test_what_people_read_is_folded_and_what_programs_read_is_whole() -> None:
    """The numbers of all that is folded stay, so that each can still be redacted."""
    parts = [entry(seq, kind="room.furnished", details={"part": part}, salt="s", recorded_at=at(1), at=at(1))
             for seq, part in enumerate(["card", "topic", "pin"], start=1)]  # fmt: skip
    whole = [*parts, entry(4)]
    assert as_text(RESOLVED, whole).splitlines()[1:] == [
        "1–3  2026-03-01 12:01:00  Alice Andersen      War room: card, topic, pin in place",
        "  4  2026-03-01 12:04:00  Alice Andersen      Restarted",
    ]
    assert "| 1–3 | 2026-03-01 12:01:00 |" in as_markdown(RESOLVED, whole)
    assert len(json.loads(as_json(RESOLVED, whole))["entries"]) == len(rows(as_csv(RESOLVED, whole))) - 1 == 4


def test_markdown_is_a_table() -> None:
    assert as_markdown(RESOLVED, [entry()]).splitlines() == [
        "# INC-1: Checkout is down", "", "Status: resolved", "", "| # | at (UTC) | who | what |", "|---|---|---|---|",
        "| 1 | 2026-03-01 12:01:00 | Alice Andersen | Restarted |",
    ]  # fmt: skip


@given(text=st.text(max_size=40), title=st.text(max_size=40), name=st.text(max_size=40))
@pytest.mark.parametrize("style", ["text", "markdown"])
def test_foreign_text_adds_no_line_and_no_terminal_code(style: str, text: str, title: str, name: str) -> None:
    whole = [entry(text=text, actor=Actor("responder", "U1", name))]
    shown = FORMATS[style](incident(title=title or "x"), whole)
    assert shown.count("\n") == FORMATS[style](RESOLVED, [entry()]).count("\n")
    assert all(line.isprintable() for line in shown.split("\n"))


def test_foreign_text_stays_in_its_cell_of_the_markdown_table() -> None:
    row = as_markdown(RESOLVED, [entry(text="a | b\n<script>[x](y)")]).splitlines()[-1]
    assert row.endswith(r"| a \| b \<script\>\[x\]\(y\) |")


def rows(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))


def test_csv_names_its_columns() -> None:
    head, row = rows(as_csv(RESOLVED, [entry()]))
    assert dict(zip(head, row, strict=True)) == {
        "incident": "INC-1", "seq": "1", "at": "2026-03-01T12:01:00Z", "recorded_at": "2026-03-01T12:01:00.000005Z",
        "kind": "note.written", "actor_kind": "responder", "actor_id": "U0ALICE", "actor": "Alice Andersen",
        "text": "Restarted", "hash": "ab" * 32,
    }  # fmt: skip


@given(start=st.sampled_from(["", "=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＠"]), rest=st.text(max_size=20))
def test_no_cell_is_a_formula_and_no_text_is_lost(start: str, rest: str) -> None:
    text = start + rest
    _, row = rows(as_csv(RESOLVED, [entry(text=text)]))
    assert row[8] in (text, f"'{text}")
    assert not row[8].startswith(("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠"))


@pytest.mark.parametrize("style", sorted(FORMATS))
def test_an_incident_nothing_is_known_of_can_be_exported(style: str) -> None:
    bare = Incident(9)
    assert "Restarted" in FORMATS[style](bare, [entry()])
    assert FORMATS[style](bare, [])


def test_hostile_text_comes_back_from_json_as_it_was() -> None:
    assert json.loads(as_json(RESOLVED, [entry(text=HOSTILE)]))["entries"][0]["text"] == HOSTILE
