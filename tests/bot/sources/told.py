"""What an adapter makes of a request, with a source's settings around it."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.domain.signal import Signal
from bot.domain.source import SourceSettings
from bot.sources import ADAPTERS, Received, Source, opened

FIXTURES = Path(__file__).parents[2] / "fixtures/sources"
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def source(adapter: str, severity: Mapping[str, Any] | None = None, **options: Any) -> Source:
    return opened(SourceSettings(name=adapter, adapter=adapter, severity=severity or {}, options=options), ADAPTERS)


def received(body: Any, headers: Mapping[str, str] | None = None) -> Received:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Received(raw, headers or {}, NOW)


def signals(
    adapter: str, body: Any, headers: Mapping[str, str] | None = None, severity: Mapping[str, Any] | None = None,
    **options: Any,
) -> list[Signal]:  # fmt: skip
    """Of a request in which everything can be read."""
    found, complaint = source(adapter, severity, **options).signals(received(body, headers))
    assert complaint is None
    return list(found)


def complaint(adapter: str, body: Any, headers: Mapping[str, str] | None = None, **options: Any) -> str:
    """Of a request in which something cannot."""
    _, said = source(adapter, None, **options).signals(received(body, headers))
    assert said is not None
    return said


def fixture(name: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((FIXTURES / f"{name}.json").read_text())
    return read
