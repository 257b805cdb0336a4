"""A timeline as people read it: one line for what says one thing, under the numbers of all that say it."""

from collections.abc import Sequence
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.digest import digest
from bot.domain.events import Entry
from bot.domain.people import MUSTER, Actor
from tests.builders import ALICE, BOB, at

IN_PAGERDUTY = Actor("responder", "PUALICE", "Alice Andersen")
HEARD, ANSWERED = "pagerduty.webhook", "pagerduty.rest"


def entry(kind: str, minutes: float = 0, *, by: Actor = ALICE, origin: str = "slack.command", **details: Any) -> Entry:
    """Of any number; `told` gives it one."""
    text = f"{by.name}: {kind}"
    return Entry("INC-1", 0, at(minutes), at(minutes), kind, by, origin, "key", text, details, "hash", salt="salt")


def told(*entries: Entry) -> list[tuple[str, str]]:
    numbered = [Entry(**{**vars(one), "seq": seq}) for seq, one in enumerate(entries, start=1)]
    return [(line.seqs, line.text) for line in digest(numbered)]


def note(by: Actor = ALICE, words: str = "disk full") -> Entry:
    return entry("note.written", by=by, note=words)


def sent(note_id: str = "N1") -> Entry:
    return entry("note.sent", 0.1, origin=ANSWERED, note_id=note_id)


def annotated(by: Actor = IN_PAGERDUTY, words: str = "disk full", note_id: str = "N1") -> Entry:
    return entry("incident.annotated", 0.1, by=by, origin=HEARD, note_id=note_id, content=words)


def acknowledged(origin: str, seconds: float = 0, *, by: Actor = ALICE) -> Entry:
    return entry("incident.acknowledged", seconds / 60, by=by, origin=origin)


CONFIRMED = "Alice Andersen: incident.acknowledged · confirmed by PagerDuty"


def test_what_pagerduty_answered_and_says_again_is_one_line_whichever_comes_first() -> None:
    answer, echo = acknowledged(ANSWERED), acknowledged(HEARD, 0.9, by=IN_PAGERDUTY)
    assert told(answer, echo) == told(echo, answer) == [("1–2", CONFIRMED)]


def test_what_somebody_else_did_or_the_same_person_later_is_a_line_of_its_own() -> None:
    for other in (acknowledged(HEARD, by=BOB), acknowledged(HEARD, 30), acknowledged(ANSWERED, 1)):
        assert [seqs for seqs, _ in told(acknowledged(ANSWERED), other)] == ["1", "2"]
    again = told(acknowledged(ANSWERED), acknowledged(HEARD), acknowledged(HEARD))
    assert [seqs for seqs, _ in again] == ["1–2", "3"]


def test_a_note_is_confirmed_by_its_arrival_and_by_its_echo() -> None:
    confirmed = "Alice Andersen: note.written · confirmed by PagerDuty"
    assert told(note(), sent(), annotated()) == [("1–3", confirmed)]
    assert told(note(), annotated(), entry("role.lead_taken"), sent())[0] == ("1–2, 4", confirmed)


def test_the_same_words_twice_are_two_lines_each_with_its_own_echo() -> None:
    twice = [note(), note(), sent("N1"), annotated(note_id="N1"), sent("N2"), annotated(note_id="N2")]
    assert [seqs for seqs, _ in told(*twice)] == ["1, 3–4", "2, 5–6"]


def test_what_is_written_in_pagerduty_echoes_nothing() -> None:
    others = annotated(by=BOB), annotated(words="other", note_id="N2")
    assert [seqs for seqs, _ in told(note(), *others)] == ["1", "2", "3"]
    assert [seqs for seqs, _ in told(annotated(), sent("elsewhere"))] == ["1", "2"]


def test_a_change_is_confirmed_once_pagerduty_has_it() -> None:
    changes = [entry("change.logged", change_id="a"), entry("change.logged", change_id="b")]
    have = [entry("change.sent", by=MUSTER, change_id=one) for one in "ba"]
    assert [seqs for seqs, _ in told(*changes, *have)] == ["1, 4", "2–3"]


def test_the_furnishing_of_a_room_is_one_line_and_what_is_mended_later_another() -> None:
    parts = [entry("room.furnished", by=MUSTER, part=part) for part in ("card", "topic", "pin")]
    later = entry("room.furnished", 60, by=MUSTER, part="topic")
    assert told(*parts[:2], note(), parts[2], later) == [
        ("1–2, 4", "War room: card, topic, pin in place"), ("3", "Alice Andersen: note.written"),
        ("5", "Muster: room.furnished"),
    ]  # fmt: skip


def test_what_was_redacted_stands_alone() -> None:
    blank = Entry(**{**vars(annotated()), "salt": None, "details": {}, "text": "(redacted)"})
    assert [seqs for seqs, _ in told(note(), blank)] == ["1", "2"]


ANY = st.sampled_from([
    note(), note(BOB), sent(), sent("N2"), annotated(), annotated(note_id="N2"), acknowledged(ANSWERED),
    acknowledged(HEARD), entry("change.logged", change_id="a"), entry("change.sent", change_id="a"),
    entry("room.furnished", part="card"), entry("incident.triggered"),
])  # fmt: skip


@given(st.lists(ANY, max_size=30))
def test_every_entry_is_in_one_line_and_lines_keep_their_order(entries: Sequence[Entry]) -> None:
    numbered = [Entry(**{**vars(one), "seq": seq}) for seq, one in enumerate(entries, start=1)]
    lines = digest(numbered)
    assert sorted(one.seq for line in lines for one in line.entries) == list(range(1, len(entries) + 1))
    assert [line.first.seq for line in lines] == sorted(line.first.seq for line in lines)
