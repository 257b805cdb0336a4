"""What an operator writes under `map:` becomes signals; what cannot is said with its place."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.errors import Misuse
from bot.domain.signal import Image, Link, Signal
from bot.pagerduty.signalling import event_of
from bot.sources import ADAPTERS, Source, warnings
from bot.sources.adapter import Setup
from tests.bot.sources.given import received, source

BACKUP = """
each: body.results
when: body.kind == 'backup'
map:
  action: {from: body.state, values: {ok: resolve, failed: trigger}, default: ignore}
  dedup_key: "backup:{{ body.host }}"
  summary: "Backup {{ body.state }} on {{ body.host }}"
  severity: {from: body.level, values: {E: error, W: warning}, default: error}
  source: "{{ body.host }}"
  links: [{href: "https://backup/{{ body.id }}", text: Log}]
tests:
  - body: {kind: backup, state: failed, host: db1, level: E, id: 7}
    expect: {action: trigger, severity: error, links: [{href: "https://backup/7", text: Log}]}
"""


def one(there: Source, body: Any, **headers: str) -> Signal:
    [signal] = there.signals(received(body, **headers))[0]
    return signal


def mapped(member: str, body: Any, **headers: str) -> Signal:
    return one(source(f"map:\n  summary: s\n  dedup_key: k\n  {member}"), body, **headers)


def complaint(member: str, body: Any) -> str | None:
    return source(f"map:\n  {member}").signals(received(body))[1]


def test_one_request_gives_many_signals() -> None:
    results = [{"state": "failed", "host": "a", "level": "W", "id": 1}, {"state": "ok", "host": "b", "id": 2}]
    signals, wrong = source(BACKUP).signals(received({"kind": "backup", "results": results}))
    assert wrong is None
    assert [(signal.action, signal.dedup_key, signal.summary, signal.severity) for signal in signals] == [
        ("trigger", "backup:a", "Backup failed on a", "warning"), ("resolve", "backup:b", "Backup ok on b", "error"),
    ]  # fmt: skip
    assert signals[0].links == (Link("https://backup/1", "Log"),)


def test_what_an_element_lacks_is_looked_for_in_the_whole_request() -> None:
    there = source("each: body.alerts\nmap: {summary: '{{ body.team }} {{ body.name }} {{ request.name }}'}")
    assert one(there, {"team": "db", "name": "all", "alerts": [{"name": "disk"}]}).summary == "db disk all"


def test_elements_that_are_no_objects_are_known_as_item() -> None:
    there = source("each: body.hosts\nmap: {summary: '{{ item }} of {{ body.site }}'}")
    signals, _ = there.signals(received({"site": "north", "hosts": ["a", "b"]}))
    assert [signal.summary for signal in signals] == ["a of north", "b of north"]


@pytest.mark.parametrize("body", [{"kind": "else"}, {"kind": "backup", "results": []}])
def test_what_concerns_nobody_is_ignored_and_says_why(body: Any) -> None:
    signal = one(source(BACKUP), body)
    assert signal.action == "ignore"
    assert "when" in signal.reason


def test_more_than_a_thousand_elements_are_one_alert_that_says_so() -> None:
    signals, wrong = source(BACKUP).signals(received({"kind": "backup", "results": [{}] * 1_001}))
    assert wrong == "each: there are 1001, and one request can give 1000 signals"
    assert [signal.dedup_key for signal in signals] == ["backup-cron:unmapped"]


def test_every_member_of_a_signal_can_be_mapped() -> None:
    there = source("""
map:
  action: TRIGGER
  dedup_key: "{{ body.id }}"
  summary: "{{ body.text | truncate(5) }}"
  severity: {from: body.level}
  source: "{{ headers['x-host'] }}"
  component: "{{ body.component }}"
  group: g
  class: c
  timestamp: "{{ body.at | dt }}"
  client: Cron
  client_url: https://cron.example.com/{{ body.id }}
  idempotency_key: "{{ body.id }}/{{ body.at }}"
  custom_details: {all: {from: body.more}, text: "{{ body.text }}", deep: [{number: {from: body.at}}], fixed: 1}
  images: [{src: "https://i.example.com/{{ body.id }}.png", alt: graph}, {src: "{{ body.component }}"}]
  tags: ["{{ body.component }}", "run:{{ body.id }}"]
  settles: {from: body.over}
""")
    body = {"id": 7, "text": "too long", "level": "Critical", "at": 1773466013, "more": {"a": [1]}, "over": ["x", "y"]}
    assert one(there, {**body, "component": None}, x_host="db1") == Signal(
        action="trigger", dedup_key="7", summary="too …", severity="critical", source="db1", component=None, group="g",
        class_="c", timestamp="2026-03-14T05:26:53Z", client="Cron", client_url="https://cron.example.com/7",
        idempotency_key="7/1773466013", images=(Image("https://i.example.com/7.png", "", "graph"),),
        custom_details={"all": {"a": [1]}, "text": "too long", "deep": [{"number": 1773466013}], "fixed": 1},
        tags=("run:7",), settles=("x", "y"),
    )  # fmt: skip


def test_what_is_not_mapped_has_a_default() -> None:
    signal = one(source("map: {summary: s}"), {})
    assert (signal.action, signal.severity, signal.source, signal.dedup_key) == ("trigger", "error", "backup-cron", "")


def test_a_change_has_no_key_and_no_severity_of_its_own() -> None:
    assert event_of(mapped("action: change", {}))[1] == {"payload": {"summary": "s", "source": "backup-cron"}}


def test_the_systems_own_words_say_how_bad_it_is() -> None:
    there = source("severity: {Katastrophe: critical}\nmap: {summary: s, severity: '{{ body.level }}'}")
    assert one(there, {"level": "KATASTROPHE"}).severity == "critical"
    assert one(there, {"level": "info"}).severity == "info"


@pytest.mark.parametrize(
    ("member", "body", "said"),
    [
        ("summary: '{{ body.hots }}'", {"host": "a"}, "map.summary, line 1: 'body.hots' is undefined"),
        ("summary: |-\n    a\n    {{ body.a.b }}", {"a": {}}, "map.summary, line 2: 'body.a.b' is undefined"),
        ("summary: '{{ body[\"a-b\"] }}'", {}, "map.summary, line 1: \"body['a-b']\" is undefined"),
        ("summary: '{{ body.a + 1 }}'", {"a": "1"}, "map.summary, line 1: + is for numbers"),
        ("summary: s\n  custom_details: {a: [{b: '{{ body.c }}'}]}", {},
         "map.custom_details.a[0].b, line 1: 'body.c' is undefined"),
        ("summary: s\n  severity: '{{ body.a }}'", {"a": "bad"},
         "map.severity: 'bad' is none of critical, error, warning, info"),
        ("summary: s\n  action: {from: body.a}", {"a": "go"},
         "map.action: 'go' is none of trigger, acknowledge, resolve, change, ignore"),
        ("summary: s\n  action: {from: body.a, values: {b: trigger}}", {"a": "c"},
         "map.action: 'c' is not among its values, and there is no default"),
        ("summary: s\n  action: {from: body.a, values: {b: trigger}}", {},
         "map.action.from, line 1: 'body.a' is undefined"),
        ("action: resolve\n  dedup_key: '{{ body.a }}'", {"a": None},
         "map.dedup_key: is empty, so there is nothing to resolve"),
        ("summary: '{{ body.a }}'", {"a": ["x" * 100] * 60_000}, "map.summary: x"),
    ],
)  # fmt: skip
def test_what_cannot_be_mapped_is_an_alert_that_says_member_and_line(member: str, body: Any, said: str) -> None:
    if said == "map.summary: x":  # large is not wrong: it is cut
        assert complaint(member, body) is None
        return
    there = source(f"map:\n  {member}")
    assert complaint(member, body) == said
    signal = one(there, body)
    assert (signal.action, signal.dedup_key) == ("trigger", "backup-cron:unmapped")
    assert signal.custom_details["complaint"] == said


def test_a_mapping_that_wants_too_much_is_said_to() -> None:
    told = "summary: '{% for a in body.a %}{{ body.a | sort | length }}{% endfor %}'"
    assert "too much work" in (complaint(told, {"a": ["b" * 100] * 9_000}) or "")


def test_flags_and_numbers_are_looked_up_as_json_writes_them() -> None:
    table = "severity: {from: body.a, values: {true: critical, 3: warning, no: info}, default: error}"
    found = [mapped(table, {"a": value}).severity for value in (True, 3, False, "no", None)]
    assert found == ["critical", "warning", "info", "error", "error"]


def test_what_the_sender_is_answered_is_known_without_all_the_rest() -> None:
    results = [{"state": "ok", "host": "b", "id": 2}, {"state": "else"}]
    for body in ({"kind": "backup", "results": results}, {"kind": "else"}, {"kind": "backup", "state": "ok"}):
        there, request = source(BACKUP), received(body)
        seen = [(one.action, one.dedup_key) for one in there.glimpsed(request)]
        assert seen == [(one.action, one.dedup_key) for one in there.signals(request)[0]]


# What is sent


@pytest.mark.parametrize(
    ("content", "kind", "summary"),
    [
        (b'{"a": "x"}', "application/json", "x"),
        (b'{"a": "two\nlines"}', "application/json", "two\nlines"),
        (b'\xef\xbb\xbf{"a": "x"}', "", "x"),
        (b'{"a": "x"}', "application/x-www-form-urlencoded", "x"),
        (b'{"a": "x"}', "", "x"),
        (b"a=x+y&b=1", "application/x-www-form-urlencoded", "x y"),
        (b"a=1&a=2", "application/x-www-form-urlencoded; charset=utf-8", '["1", "2"]'),
    ],
)
def test_json_and_forms_are_told_apart_by_what_they_are(content: bytes, kind: str, summary: str) -> None:
    assert one(source("map: {summary: '{{ body.a }}'}"), content, content_type=kind).summary == summary


def test_plain_text_is_the_body() -> None:
    level = "{{ body | regex_search('level=(.*)') }}"
    there = source(f"map:\n  summary: '{{{{ body.splitlines()[0] }}}}'\n  severity: \"{level}\"")
    signal = one(there, b"Disk is full\nlevel=warning", content_type="text/plain")
    assert (signal.summary, signal.severity) == ("Disk is full", "warning")


def test_what_begins_like_json_and_is_none_is_said() -> None:
    assert (complaint("summary: s", b'{"state": {{ state }}}') or "").startswith("the body is not JSON")


@pytest.mark.parametrize("left", ["{{ host }}", "${HOST}", "%CHECK_NAME%"])
def test_what_the_sender_left_unfilled_is_noticed(left: str) -> None:
    signal = mapped("source: '{{ body.a }}'", {"a": f"on {left}"})
    assert signal.source == f"on {left}"
    assert signal.custom_details["complaint"] == f"the sender left unfilled: {left}"
    assert mapped("source: '{{ body.a }}'", {"a": "100% {x} $5"}).custom_details == {}


def test_what_proves_the_sender_is_not_among_the_headers() -> None:
    secret = {"authorization": "Bearer x", "cookie": "y", "x_a": "b"}
    assert mapped("source: '{{ headers }}'", {}, **secret).source == '{"x-a": "b"}'


def test_when_it_came_can_be_spoken_of() -> None:
    assert mapped("source: '{{ received_at }}'", {}).source == "2026-03-14T05:26:53Z"


ANYTHING = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text()),
    lambda inner: st.one_of(st.lists(inner), st.dictionaries(st.text(), inner)),
)
NAMED = st.dictionaries(st.sampled_from(["kind", "results", "state", "host", "level", "id"]), ANYTHING)


@given(st.one_of(ANYTHING, NAMED, st.builds(lambda inner: {"kind": "backup", "results": inner}, st.lists(NAMED))))
def test_whatever_is_sent_something_is_said(body: Any) -> None:
    for signal in SOURCE.signals(received(body))[0]:
        if signal.action != "ignore":
            json.dumps(event_of(signal))


@given(st.one_of(st.binary(), st.builds(lambda cut: b'{"kind": "backup", "results": [{"id": 1}]}'[:cut], st.integers(0,
    40))))
def test_whatever_bytes_are_sent_something_is_said(body: bytes) -> None:
    assert SOURCE.signals(received(body, content_type="application/json"))[0]
    assert SOURCE.signals(received(body, content_type="application/x-www-form-urlencoded"))[0]


SOURCE = source(BACKUP)


# What is written


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("map: {sumary: x}", "map.sumary: a signal has no such member; is summary meant?"),
        ("map: {group: x}", "map.summary: is missing; PagerDuty shows it as the title"),
        ("when: a", "map: must name the members of a signal, at least its summary"),
        ("map: {summary: x, severity: bad}", "map.severity: 'bad' is none of critical, error, warning, info"),
        ("map: {summary: x, action: {from: body.a, values: {a: go}}}",
         "map.action: 'go' is none of trigger, acknowledge, resolve, change, ignore"),
        ("map: {summary: x, action: {from: body.a, else: b}}",
         "map.action: there is no else beside `from`; there are values and default"),
        ("map: {summary: x, action: {from: 1}}", "map.action.from: must be an expression, such as body.state"),
        ("map: {summary: '{{ bdoy.a }}'}",
         "map.summary, line 1: there is no 'bdoy'; there are body, headers, item, received_at, request"),
        ("map: {summary: '{{ body.a | nosuch }}'}", "map.summary, line 1: there is no filter 'nosuch'"),
        ("map: {summary: '{{ body.a'}",
         "map.summary, line 1: unexpected end of template, expected 'end of print statement'."),
        ("when: body.a ==\nmap: {summary: x}", "when, line 1: unexpected 'end of template'"),
        ("each: '{{ body.a }}'\nmap: {summary: x}", "each, line 1: expected token ':', got '}'"),
        ("colour: red\nmap: {summary: x}",
         "colour: a generic source has no such setting; it has each, map, tests, when"),
        ("map: {summary: x}\ntests: [{body: {}, expect: {severity: info}}]",
         "tests[0]: severity is 'error', and 'info' is expected"),
        ("map: {summary: x}\ntests: [{name: one, body: {}, expect: [{}, {}]}]",
         "tests[0] (one): gives 1 signals, and 2 are expected"),
        ("map: {summary: '{{ body.a }}'}\ntests: [{body: {}, expect: {}}]",
         "tests[0]: cannot be mapped: map.summary, line 1: 'body.a' is undefined"),
        ("map: {summary: x}\ntests: [{expect: {}}]",
         "tests[0]: must have body and expect, and may have name and headers"),
        ("map: {summary: x}\ntests: [{body: {}, expect: {sumary: x}}]", "tests[0]: a signal has no member sumary"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_at_the_start_with_its_place(written: str, said: str) -> None:
    with pytest.raises(Misuse) as told:
        source(written)
    assert str(told.value) == f"sources.backup-cron: {said}"


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("dedup_key: 'backup:{{ body.host }}'", ""),
        ("dedup_key: '{{ item.timeline }}-{{ body.runtime }}'", ""),
        ("action: change", ""),
        ("group: x", "is not given"),
        ("dedup_key: backup", "is the same whatever is sent"),
        ("dedup_key: '{{ received_at }}'", "is the same whatever is sent"),
        ("dedup_key: '{{ body.host }} {{ body.created_at }}'", "holds body.created_at, which seems to be a time"),
        ("dedup_key: '{{ body.startTime | slug }}{{ body.host }}'", "holds body.startTime, which seems to be a time"),
        ("dedup_key: {from: body.timestamp}", "holds body.timestamp, which seems to be a time"),
    ],
)
def test_a_key_that_cannot_find_what_it_ends_is_warned_about(key: str, said: str) -> None:
    told = warnings(source(f"map:\n  summary: s\n  {key}"))
    assert bool(told) is bool(said)
    assert said in " ".join(told)


def test_the_text_to_paste_names_address_and_secret() -> None:
    told = ADAPTERS["generic"].setup(Setup("cron", "https://muster.example.com", "S3CRET"))
    assert "https://muster.example.com/in/cron" in told
    assert "Authorization: Bearer S3CRET" in told
