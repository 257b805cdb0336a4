"""Regular expressions mean what Python's do, and never take longer for being hostile."""

import contextlib
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.sources.search import compiled
from bot.sources.work import limited

PATTERNS = (
    r"a*b", r"(a|b)*c", r"(\w+)@(\w+)\.com", r"^x(?P<n>\d{2,4})$", r"a??b", r"(a+?)(a*)", r"\bfoo\b", r"[^a-c\]]+",
    r"(?i)HeLLo", r"(a|ab)(c|bcd)(d*)", r"x*", r"[a-]", r"[]a]+", r"a{2}b{0,1}c{1,}", r"()|a", r"(a)|(b)", r"$",
    r"\.\d+", r"(?:ab)+", r"\S+\s\S+", r"a{,3}", r"[\w.-]+", r"[[&&~~]", r"\Aa|b\Z", r"x\Bo", r"[\]\-\n]",
)  # fmt: skip


def found(pattern: str, text: str) -> list[str | None] | None:
    with limited():
        return compiled(pattern).search(text)


@pytest.mark.filterwarnings("ignore::FutureWarning")  # Python's own, of [[ and &&
@given(st.sampled_from(PATTERNS), st.text("abcdxyfo0 1.@]-com\nHeL[&~{,3}", max_size=14))
@example(r"^x(?P<n>\d{2,4})$", "x123\n")
@example(r"(?i)HeLLo", "say hEllO")
def test_what_is_found_is_what_python_finds(pattern: str, text: str) -> None:
    wanted = re.search(pattern, text)
    assert found(pattern, text) == (None if wanted is None else [wanted.group(0), *wanted.groups()])


@pytest.mark.parametrize("pattern", [r"(a+)+$", r"(a|a)*b", r"(.*)*(.*)*x", r"(a?){50}a{50}b", r"(\w+\s?)+:"])
def test_a_hostile_pattern_costs_no_more_than_a_kind_one(pattern: str) -> None:
    with limited() as work:
        before = work.left
        compiled(pattern).search("a" * 2_000 + "!")
        assert before - work.left < 2_500_000


def test_only_the_first_two_thousand_characters_are_looked_at() -> None:
    assert found("b", "a" * 1_999 + "b") == ["b"]
    assert found("b", "a" * 2_000 + "b") is None


@pytest.mark.parametrize(
    "pattern",
    ["(?=a)", "(?<!a)b", r"(a)\1", "(?P=a)", "(?#a)", "(", ")", "[", "[a", "[b-a]", "a**", "*", "+a", "a{2,1}",
     "a{101}", "\\",
     "x" * 201, "((a{0,99}){0,99}){0,99}", r"\p", "[\\"],
)  # fmt: skip
def test_what_cannot_be_done_in_linear_time_or_is_no_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        compiled(pattern)


@given(st.text("a(b|)*+?[]{2,9}^$.\\wdP<>:=-", max_size=25), st.text("ab\n", max_size=40))
def test_any_text_is_a_pattern_or_refused(pattern: str, text: str) -> None:
    with contextlib.suppress(ValueError):
        found(pattern, text)
