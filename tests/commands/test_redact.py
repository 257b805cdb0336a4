"""redact: words go, and the entry that says so stays."""

import pytest

from bot.domain.errors import Misuse
from tests.commands.desk import ELSEWHERE, Desk, buttons

SECRET = "password=Tr0ub4dor-3x9Q"


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
