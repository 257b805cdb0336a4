"""Regular expressions mean what Python's do where both take them, and never take longer for being hostile."""

import contextlib
import re
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.sources.search import compiled, matched
from bot.sources.work import Exhausted, limited

PATTERNS = (
    r"a*b", r"(a|b)*c", r"(\w+)@(\w+)\.com", r"^x(?P<n>\d{2,4})", r"a??b", r"(a+?)(a*)", r"\bfoo\b", r"[^a-c\]]+",
    r"(?i)HeLLo", r"(a|ab)(c|bcd)(d*)", r"x*", r"[a-]", r"[]a]+", r"a{2}b{0,1}c{1,}", r"()|a", r"(a)|(b)", r"^",
    r"\.\d+", r"(?:ab)+", r"\S+\s\S+", r"[\w.-]+", r"[[&&~~]", r"\Aa|b", r"x\Bo", r"[\]\-\n]", r"(?s)a.*b", r"(?m)^a$",
    r"(?i:h)e",
)  # fmt: skip


def found(pattern: str, text: str) -> list[str | None] | None:
    with limited():
        return matched(compiled(pattern), text)


@pytest.mark.filterwarnings("ignore::FutureWarning")  # Python's own, of [[ and &&
@given(st.sampled_from(PATTERNS), st.text("abcdxyfo0 1.@]-com\nHeL[&~{,3}", max_size=14))
@example(r"^x(?P<n>\d{2,4})", "x123\n")
@example(r"(?i)HeLLo", "say hEllO")
def test_what_is_found_is_what_python_finds(pattern: str, text: str) -> None:
    wanted = re.search(pattern, text)
    assert found(pattern, text) == (None if wanted is None else [wanted.group(0), *wanted.groups()])


@pytest.mark.parametrize(
    "pattern", [r"(a+)+$", r"(a|a)*b", r"(.*)*(.*)*x", r"(a?){50}a{50}b", r"(\w+\s?)+:", r"(a?){500}a{500}b"]
)
def test_a_hostile_pattern_costs_no_more_than_a_request_may(pattern: str) -> None:
    began = time.process_time()
    found(pattern, "a" * 2_000 + "!")
    assert time.process_time() - began < 2.0


@pytest.mark.parametrize(
    "pattern", [r"(?i)" + r"\PL" * 60, r"(?i)" + "".join(rf"[{chr(99 - n)}-\x{{10FFFF}}]" for n in range(12))]
)
def test_patterns_without_end_are_too_much_work(pattern: str) -> None:
    began = time.process_time()
    with pytest.raises(Exhausted):
        search_by_a_thousand(pattern)
    assert time.process_time() - began < 4.0


def search_by_a_thousand(pattern: str) -> None:
    with limited():
        for nth in range(1_000):
            with contextlib.suppress(ValueError):
                matched(compiled(f"{pattern}{nth}"), "a")


def test_a_pattern_is_paid_for_once_a_request_whoever_has_read_it_before() -> None:
    spent = []
    for _ in range(2):
        with limited() as work:
            for _ in range(3):
                before = work.left
                matched(compiled("level=(.*)"), "level=3")
                spent.append(before - work.left)
    assert spent[:3] == spent[3:]
    assert spent[0] > 10_000 > 1_000 > spent[1] == spent[2]


def test_only_the_first_two_thousand_characters_are_looked_at() -> None:
    assert found("b", "a" * 1_999 + "b") == ["b"]
    assert found("b", "a" * 2_000 + "b") is None


def test_half_a_surrogate_pair_is_no_obstacle() -> None:
    assert found("b(.)", "\ud800ab\ud800") == ["b?", "?"]


@pytest.mark.parametrize(
    "pattern",
    ["(?=a)", "(?<!a)b", r"(a)\1", "(?P=a)", "(?#a)", "(", ")", "[", "[a", "[b-a]", "a**", "*", "+a", "a{2,1}",
     "a{1001}", "\\", "((a{0,99}){0,99}){0,99}", r"\p", "[\\", r"\Z", "é(", r"\PL{1000}"],
)  # fmt: skip
def test_what_cannot_be_done_in_linear_time_or_is_no_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"^RE2 does not take the pattern: [a-z]"):
        found(pattern, "a")


def test_a_pattern_has_two_hundred_characters_at_most() -> None:
    assert found("x" * 200, "x" * 200) == ["x" * 200]
    with pytest.raises(ValueError, match="200 characters"):
        found("x" * 201, "")


@given(st.text("a(b|)*+?[]{2,9}^$.\\wdP<>:=-", max_size=25), st.text("ab\n", max_size=40))
def test_any_text_is_a_pattern_or_refused(pattern: str, text: str) -> None:
    with contextlib.suppress(ValueError):
        found(pattern, text)
