"""What a mapping may do, may not do, and how much of it."""

from typing import Any

import pytest

from bot.domain.errors import Misuse
from bot.sources.adapter import Unmapped
from bot.sources.formula import Expression, Text
from bot.sources.instants import instant
from bot.sources.mapping import NAMES
from bot.sources.work import MOST, Exhausted, limited, spend

BODY = {
    "host": "db1", "items": "a member", "n": 3, "part": 2.5, "yes": True, "null": None, "object": {"a": 1, "b-c": "ü"},
    "rows": [{"a": 1, "t": "x"}, {"a": 2, "t": "y"}, {"a": 2, "t": "z"}], "text": "Disk Full, 97%",
    "list": ["b", "a", "b"],
}  # fmt: skip


def text(source: str, body: Any = BODY) -> str:
    with limited():
        return Text(source, "map.summary", NAMES).of({"body": body})


def value(source: str, body: Any = BODY) -> Any:
    with limited():
        return Expression(source, "when", NAMES).of({"body": body})


@pytest.mark.parametrize(
    ("source", "made"),
    [
        ("plain", "plain"), ("{{ body.host }}:{{ body['n'] }}", "db1:3"), ("{{ body.null }}|{{ body.yes }}", "|true"),
        ("{{ body.items }}", "a member"), ("{{ body.object.items() }}", '[["a", 1], ["b-c", "ü"]]'),
        ("{{ body | items | length }}", "10"), ("{{ body.object['b-c'] }}", "ü"),
         ("{{ body.object }}", '{"a": 1, "b-c": "ü"}'),
        ("{{ body.nope | default('-') }}{{ body.nope.deeper | d('-') }}{{ body.null | d('-') }}", "---"),
        ("{% if body.n > 2 %}many{% else %}few{% endif %}", "many"),
         ("{{ 'a' if body.nope is defined else 'b' }}", "b"),
        ("{% for one in body.rows if one.a == 2 %}{{ one.t }}{{ ',' if not loop.last }}{% endfor %}", "y,z"),
        ("{% for name, one in body.object.items() %}{{ name }}={{ one }} {% endfor %}", "a=1 b-c=ü"),
        ("{{ body.rows | map(attribute='t') | join('/') }}", "x/y/z"),
         ("{{ body.rows | join('+', attribute='a') }}", "1+2+2"),
        ("{{ body.rows | selectattr('a', 2) | map('t') | first }}{{ body.rows | rejectattr('a', 2) | length }}", "y1"),
        ("{{ body.list | unique | sort | join }}{{ body.list | last }}{{ body.list | reverse | first }}", "abbb"),
        ("{{ body.text | slug }} {{ body.text | upper | truncate(5) }}", "disk-full-97 DISK…"),
        ("{{ body.text | regex_search('(\\d+)%') }}{{ body.text | regex_search('k (?P<w>\\w+)', 'w') }}", "97Full"),
        ("{{ body.text[:4] }}{{ body.list[1:] }}{{ body.host[-1] }}", 'Disk["a", "b"]1'),
        ("{{ body.part | num(2) }} {{ body.n + 1 }} {{ body.n * 2 - 1 }} {{ 7 // 2 }} {{ 7 % 2 }} {{ -body.n }}",
         "2.50 4 5 3 1 -3"),
        ("{{ body.host ~ '-' ~ body.n }}{{ 'a' + 'b' }}", "db1-3ab"),
         ("{{ '12' | int + 1 }} {{ 'x' | int(7) }} {{ '1.5' | float }}", "13 7 1.5"),
        ("{{ 0 | dt }} {{ 1773466013000 | dt('%d.%m.') }}", "1970-01-01T00:00:00Z 14.03."),
        ("{{ '{\"a\": [1]}' | from_json | map('x') | tojson }}", "[null]"), ("{{ 'a b&c' | urlencode }}", "a%20b%26c"),
        ("{{ body.host.upper() }}{{ body.text.split(',')[0] }}{{ body.object.get('q', 'none') }}", "DB1Disk Fullnone"),
        ("{{ 1 < body.n <= 3 }}{{ 'a' in body.list }}{{ 'q' not in body.object }}{{ body.n in [1, 3] }}",
         "truetruetruetrue"),
        ("{{ body.rows | map('a') | sum }}{{ body.rows | map('a') | max }}{{ -2 | abs }}", "522"),
    ],
)  # fmt: skip
def test_texts_are_made_as_jinja_makes_them(source: str, made: str) -> None:
    assert text(source) == made


def test_an_expression_gives_the_value_itself() -> None:
    assert value("body.rows[1]") == {"a": 2, "t": "y"}
    assert value("body.n == 3 and body.yes") is True
    assert value("body.null") is None


@pytest.mark.parametrize(
    "source",
    [
        "{% set a = 1 %}", "{% macro m() %}{% endmacro %}", "{% include 'a' %}", "{% import 'a' as a %}",
        "{% block a %}{% endblock %}",
        "{% for a in body %}{% for b in body %}{% endfor %}{% endfor %}", "{% for a in body recursive %}{% endfor %}",
        "{{ range(3) }}", "{{ lipsum }}", "{{ cycler }}", "{{ self }}", "{{ 2 ** 3 }}", "{{ 'a'.center(5) }}",
        "{{ 'a'.format(1) }}",
        "{{ 'a'.join(body) }}", "{{ 'a'.replace('a', 'b') }}", "{{ 'a' | format(1) }}", "{{ 'a' | center(5) }}",
        "{{ 'a' | attr('b') }}",
        "{{ body.rows | map(*body) }}", "{{ body.host.upper.lower()() }}", "{{ body() }}", "{{ body is callable }}",
        "x" * 4_001,
        "{{ " + "not " * 60 + "1 }}", "{{ " + "(" * 500 + "1" + ")" * 500 + " }}", "{{ body" + ".a" * 60 + " }}",
    ],
)  # fmt: skip
def test_what_no_mapping_needs_is_refused_when_it_is_read(source: str) -> None:
    with pytest.raises(Misuse, match=r"^map\.summary"):
        text(source)


@pytest.mark.parametrize(
    "source",
    [
        "{{ 'a' * 10 }}", "{{ '%9d' % 1 }}", "{{ [1] * 9 }}", "{{ [1] + [2] }}", "{{ body.host.__class__ }}",
        "{{ body.get.__self__ }}",
        "{{ body.get }}", "{{ body.rows.append }}", "{{ body.host['upper'] }}", "{{ body.items() }}", "{{ 1 / 0 }}",
        "{{ body.nope }}",
        "{{ body.rows | sort }}", "{{ body.host | num }}", "{{ 1 | num(99) }}", "{{ 1 | dt('%999Y') }}",
        "{{ 'soon' | dt }}",
        "{{ 'a' | regex_search('(?=a)') }}", "{{ 'a' | regex_search('(') }}", "{{ 'a' | regex_search('a', 1) }}",
        "{{ body.host.strip('" + "x" * 201 + "') }}", "{{ 99999999999999999999 * 2 }}", "{{ body.host | from_json }}",
        "{{ body.n | first }}", "{{ body.host | items }}", "{{ body.n[0] }}", "{{ body.n[:1] }}",
        "{{ body.list[body.nope] }}",
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_told_with_its_line(source: str) -> None:
    with pytest.raises(Unmapped, match=r"^map\.summary, line 2: "):
        text("first\n" + source)


def test_nothing_that_a_mapping_makes_is_longer_than_twenty_thousand_characters() -> None:
    long = {"a": "x" * 50_000, "list": ["y" * 100] * 1_000}
    sources = (
        "{{ body.a }}", "{{ body.a }}{{ body.a }}", "{{ body.a | upper }}", "{{ body.list | join }}",
        "{{ body.list }}", "{{ body.a ~ body.a }}",
    )  # fmt: skip
    assert [len(text(source, long)) for source in sources] == [20_000] * len(sources)


def test_each_filter_that_grows_what_it_is_given_is_cut() -> None:
    grown = "{{ body.a" + " | replace('x', 'xxxxxxxxxx')" * 7 + " | length }}"
    assert text(grown, {"a": "x"}) == "20000"


def test_work_is_counted_whatever_it_is() -> None:
    body = {"a": "x" * 100_000, "rows": [["y"]] * 3_000}
    rounds = "{%% for one in body.a %%}%s{%% endfor %%}"
    for inside in ("", "{{ body.a == body.a ~ 'x' }}", "{% if one in body.rows %}{% endif %}",
        "{% if body.a | length %}{% endif %}"):
        with pytest.raises(Unmapped, match="too much work"):
            text(rounds % inside * 3, body)


def test_what_is_spent_is_spent_for_the_whole_request() -> None:
    with limited():
        spend(MOST)
        with pytest.raises(Exhausted):
            spend(1)


def test_nothing_that_was_sent_can_be_changed() -> None:
    for source in ("{{ body.update({}) }}", "{{ body.pop('n') }}", "{{ body.list.clear() }}"):
        with pytest.raises((Misuse, Unmapped)):
            text(source)


@pytest.mark.parametrize("said", ["2026-03-14T05:26:53Z", "Sat, 14 Mar 2026 05:26:53 +0000",
    "2026-03-14T06:26:53+01:00", "1773466013"])
def test_instants_of_every_spelling_are_the_same(said: str) -> None:
    assert instant(said) == "2026-03-14T05:26:53Z"
