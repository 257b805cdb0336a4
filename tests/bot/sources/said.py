"""What an adapter makes of what a system sends."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.domain.signal import Signal
from bot.domain.source import SourceSettings
from bot.sources import ADAPTERS, Received

FIXTURES = Path(__file__).parents[2] / "fixtures/sources"
NOW = datetime(2026, 3, 2, 9, 10, tzinfo=UTC)


def settings(adapter: str, **more: Any) -> SourceSettings:
    return SourceSettings(name="ours", adapter=adapter, **more)


def received(body: Any, headers: Mapping[str, str] | None = None) -> Received:
    """`body`: the bytes, text, or what is JSON."""
    raw = body if isinstance(body, bytes) else body.encode() if isinstance(body, str) else json.dumps(body).encode()
    return Received(raw, {name.lower(): value for name, value in (headers or {}).items()}, NOW)


def signals(adapter: str, body: Any, headers: Mapping[str, str] | None = None, **more: Any) -> Sequence[Signal]:
    return ADAPTERS[adapter].mapper(settings(adapter, **more))(received(body, headers))


def signal(adapter: str, body: Any, headers: Mapping[str, str] | None = None, **more: Any) -> Signal:
    [one] = signals(adapter, body, headers, **more)
    return one


def fixture(name: str) -> Any:
    return json.loads((FIXTURES / name).read_text())
