"""Whatever is sent, an adapter says signals or what is wrong, and PagerDuty could take each."""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.signal import Signal
from bot.pagerduty.signalling import event_of
from bot.sources import ADAPTERS, Setup
from bot.sources.adapter import Sample
from tests.bot.sources.told import received, source

SENT = [
    pytest.param(adapter.name, sample, id=f"{adapter.name}: {sample.name}")
    for adapter in ADAPTERS.values() for sample in adapter.samples
]  # fmt: skip
each_sample = pytest.mark.parametrize(("adapter", "sample"), SENT)
each_adapter = pytest.mark.parametrize("adapter", sorted(ADAPTERS.keys() - {"generic"}))  # it maps as it is told
odd = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(["OPEN", "fail", "https://x"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip
NAMES = ["content-type", "x-github-event", "ce-type", "ce-id", "ce-source"]
headers = st.dictionaries(st.sampled_from(NAMES), st.text())


def paths(value: Any, before: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [before, *(path for name, one in inside for path in paths(one, (*before, name)))]


def changed(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    if not path:
        return new
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[path[0]] = changed(value[path[0]], path[1:], new)
    return copy


opened = cache(source)


def say(adapter: str, body: bytes, headers: Mapping[str, str]) -> list[Signal]:
    there = opened(adapter)
    there.key(received(body, headers))
    found, complaint = there.signals(received(body, headers))
    assert found or complaint or body == b"[]"  # an empty batch is one
    for signal in found:
        if signal.action != "ignore":
            json.dumps(event_of(signal)[1], allow_nan=False)
    return list(found)


@each_sample
def test_every_sample_is_understood(adapter: str, sample: Sample) -> None:
    found, complaint = source(adapter).signals(received(sample.body, sample.headers))
    assert complaint is None
    is_news = ADAPTERS[adapter].news is not None  # of PagerDuty's own, which is not signalled back
    assert is_news or {signal.action for signal in found} != {"ignore"}


@each_adapter
@given(body=st.binary(max_size=200), headers=headers)
def test_bytes_are_signals_or_a_complaint(adapter: str, body: bytes, headers: dict[str, str]) -> None:
    say(adapter, body, headers)


@each_adapter
@given(body=odd, headers=headers)
def test_json_is_signals_or_a_complaint(adapter: str, body: Any, headers: dict[str, str]) -> None:
    say(adapter, json.dumps(body).encode(), headers)


@each_sample
@given(data=st.data())
def test_a_sample_with_another_value_is_signals_or_a_complaint(
    adapter: str, sample: Sample, data: st.DataObject
) -> None:
    try:
        body = json.loads(sample.body)
    except ValueError:
        return
    path = data.draw(st.sampled_from(paths(body)))
    say(adapter, json.dumps(changed(body, path, data.draw(odd))).encode(), sample.headers)


@each_sample
@given(data=st.data())
def test_a_sample_cut_short_is_signals_or_a_complaint(adapter: str, sample: Sample, data: st.DataObject) -> None:
    say(adapter, sample.body[: data.draw(st.integers(0, len(sample.body)))], sample.headers)


@each_adapter
def test_what_is_pasted_names_the_address_and_the_secret(adapter: str) -> None:
    text = ADAPTERS[adapter].setup(Setup("shop", "https://muster.example.com", "the-real-secret"))
    assert "https://muster.example.com" in text
    assert "the-real-secret" in text
