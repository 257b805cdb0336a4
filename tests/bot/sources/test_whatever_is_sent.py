"""Whatever bytes an adapter is given, it says what it makes of them or that it can make nothing of them."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.signal import SEVERITIES, Signal
from bot.domain.source import Verification
from bot.pagerduty.signalling import event_of
from bot.sources import ADAPTERS, Adapter, Request, Unmapped
from bot.sources.verify import is_genuine
from tests.bot.sources.said import FIXTURES, NOW, received
from tests.bot.sources.said import settings as its_settings

OURS = ("alertmanager", "apica", "grafana", "mongodb-atlas", "pagerduty-v2", "relay")
each_adapter = pytest.mark.parametrize("adapter", [ADAPTERS[name] for name in OURS], ids=lambda one: one.name)

SENT = [path.read_text() for path in sorted(FIXTURES.iterdir())] + [
    sample.body.decode() for name in OURS for sample in ADAPTERS[name].samples
]
HEADERS = st.sampled_from([
    {}, {"x-mms-event": "alert.open"}, {"x-mms-event": "é\n"}, {"content-type": "application/x-www-form-urlencoded"},
])  # fmt: skip
MEMBERS = sorted({name for text in SENT for name in text.split('"')[1::2] if name.isidentifier()})
NAMES, WORDS = st.sampled_from(MEMBERS) | st.text(), st.sampled_from(["OPEN", "I", "%X%", "failed"]) | st.text()
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=6),
    max_leaves=25,
)


def tried(adapter: Adapter, body: bytes, headers: dict[str, str]) -> None:
    told = received(body, headers)
    try:
        adapter.key(told)
        said = adapter.mapper(its_settings(adapter.name))(told)
    except Unmapped as complaint:
        assert str(complaint)
        return
    for one in said:
        assert_sendable(one)


def assert_sendable(one: Signal) -> None:
    assert one.severity in {None, *SEVERITIES}
    assert one.reason or one.action != "ignore"
    if one.action != "ignore":
        json.dumps(event_of(one)[1], allow_nan=False, ensure_ascii=False).encode()


@each_adapter
@given(body=st.binary(max_size=200), headers=HEADERS)
@settings(max_examples=100, deadline=None)
def test_any_bytes(adapter: Adapter, body: bytes, headers: dict[str, str]) -> None:
    tried(adapter, body, headers)


@each_adapter
@given(body=JSON, headers=HEADERS)
@settings(max_examples=150, deadline=None)
def test_any_json(adapter: Adapter, body: Any, headers: dict[str, str]) -> None:
    tried(adapter, json.dumps(body).encode(), headers)


@each_adapter
@given(sent=st.sampled_from(SENT), share=st.floats(0, 1), headers=HEADERS)
@settings(max_examples=100, deadline=None)
def test_what_was_cut_off(adapter: Adapter, sent: str, share: float, headers: dict[str, str]) -> None:
    tried(adapter, sent.encode()[: int(len(sent) * share)], headers)


@each_adapter
@given(sent=st.sampled_from(SENT), which=st.integers(0), other=JSON, headers=HEADERS)
@settings(max_examples=200, deadline=None)
def test_members_of_another_type(adapter: Adapter, sent: str, which: int, other: Any, headers: dict[str, str]) -> None:
    try:
        told = json.loads(sent, strict=False)
    except ValueError:
        return
    places = list(_places(told))
    holder, name = places[which % len(places)]
    holder[name] = other
    tried(adapter, json.dumps(told).encode(), headers)


def _places(told: Any) -> Any:
    for name, value in list(told.items() if isinstance(told, dict) else enumerate(told)):
        yield told, name
        if isinstance(value, dict | list):
            yield from _places(value)


@each_adapter
def test_what_no_number_can_hold_and_no_nesting_can_end(adapter: Adapter) -> None:
    for body in (b'{"id": 1e999, "workflow": NaN, "alerts": [{"labels": {"a": -Infinity}}]}', b"[" * 100_000,
                 b'{"id":' * 50_000, b"9" * 5_000, b'{"event": "\\ud800", "check_id": "\\udfff"}'):  # fmt: skip
        tried(adapter, body, {})


@each_adapter
def test_every_sample_of_an_adapter_is_read_by_it(adapter: Adapter) -> None:
    assert adapter.samples
    for sample in adapter.samples:
        assert adapter.mapper(its_settings(adapter.name))(received(sample.body, sample.headers)), sample.name


def test_half_a_character_is_nobodys_key() -> None:
    told = Request(b'{"routing_key": "\\ud800"}', {}, "\ud800", "", NOW)
    assert not is_genuine(told, Verification(routing_key=("key",)))
    assert not is_genuine(told, Verification(token=("key",)))
