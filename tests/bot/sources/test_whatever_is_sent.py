"""Whatever bytes an adapter is given, it says what it makes of them or that it can make nothing of them."""

import json

import pytest

from bot.domain.signal import SEVERITIES, Signal
from bot.domain.source import Verification
from bot.pagerduty.signalling import event_of
from bot.sources import ADAPTERS, Adapter, Request, Unmapped
from bot.sources.verify import is_genuine
from tests.bot.sources.said import NOW, received
from tests.bot.sources.said import settings as its_settings

OURS = ("alertmanager", "apica", "grafana", "mongodb-atlas", "pagerduty-v2", "relay")
each_adapter = pytest.mark.parametrize("adapter", [ADAPTERS[name] for name in OURS], ids=lambda one: one.name)


def tried(adapter: Adapter, body: bytes, headers: dict[str, str]) -> None:
    told = received(body, headers)
    try:
        adapter.key(told)
        said = adapter.mapper(its_settings(adapter.name))(told)
    except Unmapped:
        return
    for one in said:
        assert_sendable(one)


def assert_sendable(one: Signal) -> None:
    assert one.severity in {None, *SEVERITIES}
    assert one.reason or one.action != "ignore"
    if one.action != "ignore":
        json.dumps(event_of(one)[1], allow_nan=False, ensure_ascii=False).encode()


@each_adapter
def test_what_no_number_can_hold_and_no_nesting_can_end(adapter: Adapter) -> None:
    for body in (b'{"id": 1e999, "workflow": NaN, "alerts": [{"labels": {"a": -Infinity}}]}', b"[" * 100_000,
                 b'{"id":' * 50_000, b"9" * 5_000, b'{"event": "\\ud800", "check_id": "\\udfff"}'):  # fmt: skip
        tried(adapter, body, {})


def test_half_a_character_is_nobodys_key() -> None:
    told = Request(b'{"routing_key": "\\ud800"}', {}, "\ud800", "", NOW)
    assert not is_genuine(told, Verification(routing_key=("key",)))
    assert not is_genuine(told, Verification(token=("key",)))
