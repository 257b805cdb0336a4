"""How people write."""

from datetime import timedelta

import pytest

from commands.grammar import OURS, PAGERDUTYS, duration, either, first_word, links, nearest, sentence, words


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('declare "Checkout is down" on checkout', ["declare", "Checkout is down", "on", "checkout"]),
        ("“Checkout is down” high", ["Checkout is down", "high"]),
        ("„Kasse steht“ hoch", ["Kasse steht", "hoch"]),
        ("«La caisse» bas", ["La caisse", "bas"]),
        ("'two words' three", ["two words", "three"]),
        ("can't reach it, don't know", ["can't", "reach", "it,", "don't", "know"]),
        ('an 8" pipe', ["an", '8"', "pipe"]),
        ('"never closed', ['"never', "closed"]),
        ("see <https://x.test/a|the long page> now", ["see", "<https://x.test/a|the long page>", "now"]),
        ("", []),
    ],
)
def test_text_is_split_as_a_shell_would(text: str, said: list[str]) -> None:
    assert [word.text for word in words(text)] == said


def test_what_is_quoted_is_never_an_incident() -> None:
    assert words('"INC-42"')[0].matches(OURS) is None


@pytest.mark.parametrize("text", ["Q1ABCDEFGH2345", "PGR0VU2", "<https://acme.pagerduty.com/incidents/PGR0VU2>"])
def test_pagerduty_ids_are_known_with_and_without_their_address(text: str) -> None:
    match = words(text)[0].matches(PAGERDUTYS)
    assert match
    assert match[1] in text


@pytest.mark.parametrize(
    ("text", "split"),
    [("ack INC-1", ("ack", "INC-1")), ("ACK", ("ack", "")), ("  ", ("", "")), ("note\na  b", ("note", "a  b"))],
)
def test_the_first_word_is_the_verb(text: str, split: tuple[str, str]) -> None:
    assert first_word(text) == split


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ('"all of it quoted"', "all of it quoted"),
        ('only "some" quoted', 'only "some" quoted'),
        ("a &lt; b &amp;&amp; c", "a < b && c"),
        ("<@U1|bob> saw <#C1|room> at <https://x.test/?a=1&amp;b=2|x>", "@bob saw #room at https://x.test/?a=1&b=2"),
    ],
)
def test_free_text_loses_slacks_markup(text: str, meant: str) -> None:
    assert sentence(text) == meant


@pytest.mark.parametrize(
    ("word", "span"),
    [
        ("30m", timedelta(minutes=30)), ("2h", timedelta(hours=2)), ("1d", timedelta(days=1)),
        ("1w", timedelta(weeks=1)), ("1h30m", timedelta(minutes=90)), ("2H", timedelta(hours=2)),
        ("2", None), ("h", None), ("2hours", None), ("v2h", None), ("", None),
    ],
)  # fmt: skip
def test_times_are_read(word: str, span: timedelta | None) -> None:
    assert duration(word) == span


def test_links_are_found_once_and_without_the_sentence_around_them() -> None:
    text = "see https://x.test/pr/7, (https://x.test/run?id=1) and https://x.test/pr/7."
    assert links(text) == ("https://x.test/pr/7", "https://x.test/run?id=1")


def test_the_nearest_two_come_best_first() -> None:
    assert nearest("resovle", ["resolve", "reopen", "note", "lead"])[0] == "resolve"
    assert len(nearest("reso", ["resolve", "reopen", "resort"])) <= 2
    assert nearest("zzz", ["resolve", "note"]) == []


def test_choices_are_listed_as_people_say_them() -> None:
    assert either(["a"]) == "a"
    assert either(["a", "b", "c"]) == "a, b or c"
