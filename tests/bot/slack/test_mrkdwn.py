"""Foreign text in our markup."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack.mrkdwn import cut, escape, inline, lasted, link, listed, web_address, when, width


@given(st.text(), st.integers(1, 50))
def test_escaped_text_reads_back_as_it_was_as_far_as_it_goes(text: str, most: int) -> None:
    escaped = escape(text, most)
    read = escaped.removesuffix("…").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    assert width(escaped) <= most
    assert "<" not in escaped
    assert "&" not in escaped.replace("&lt;", "").replace("&gt;", "").replace("&amp;", "")
    assert read in escape(text, 10**6).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def test_only_the_three_characters_are_escaped() -> None:
    assert escape("""a & b < c > d "e" 'f' *g*""") == """a &amp; b &lt; c &gt; d "e" 'f' *g*"""


def test_what_is_short_enough_is_not_cut() -> None:
    assert (cut("abc", 3), cut("abcd", 3)) == ("abc", "ab…")


def test_emoji_count_twice_as_slack_counts_them() -> None:
    assert cut("🔥🔥🔥", 4) == "🔥…"


def test_a_line_has_no_breaks() -> None:
    assert inline(" a\n b\t c ") == "a b c"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://pd.example/Q1", "<https://pd.example/Q1|Q1 &lt;down&gt;>"),
        ("https://pd.example/?a=1&b=2", "<https://pd.example/?a=1&amp;b=2|Q1 &lt;down&gt;>"),
        ("https://pd.example/|x> <!channel>", "<https://pd.example/%7Cx%3E%20%3C!channel%3E|Q1 &lt;down&gt;>"),
        ("javascript:alert(1)", "Q1 &lt;down&gt;"),
        ("https://", "Q1 &lt;down&gt;"),
        ("http://[", "Q1 &lt;down&gt;"),
        (None, "Q1 &lt;down&gt;"),
    ],
)
def test_a_link_leads_to_a_web_address_or_nowhere(url: str | None, shown: str) -> None:
    assert link(url, "Q1 <down>") == shown


def test_an_endless_address_is_left_out() -> None:
    assert web_address("https://pd.example/" + "a" * 5000) is None


def test_an_instant_is_shown_in_the_readers_zone() -> None:
    at = datetime(2026, 3, 4, 3, 12, tzinfo=UTC)
    assert when(at) == "<!date^1772593920^{date_short_pretty} {time}|2026-03-04 03:12 UTC>"


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(seconds=-5), "0 s"),
        (timedelta(seconds=59), "59 s"),
        (timedelta(minutes=43, seconds=59), "43 min"),
        (timedelta(hours=2), "2 h"),
        (timedelta(hours=2, minutes=5), "2 h 5 min"),
        (timedelta(days=3, hours=4, minutes=50), "3 d 4 h"),
    ],
)
def test_a_length_of_time_has_at_most_two_units(span: timedelta, words: str) -> None:
    assert lasted(span) == words


def test_many_names_are_counted() -> None:
    assert listed(["a", "b<", "c"], 2) == "a, b&lt; and 1 more"
