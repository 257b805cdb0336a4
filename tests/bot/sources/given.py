"""Sources as an operator writes them, and requests to them."""

import json
from datetime import UTC, datetime
from typing import Any

import yaml

from bot.settings.sources import SourceChoice
from bot.sources import ADAPTERS, Received, Source, opened

AT = datetime(2026, 3, 14, 5, 26, 53, tzinfo=UTC)


def source(written: str, name: str = "backup-cron") -> Source:
    """Of what stands under its name in muster.yaml; who may send is told here."""
    told = {"adapter": "generic", "verify": {"none": True}, **yaml.safe_load(written)}
    return opened(SourceChoice.model_validate(told).settings(name), ADAPTERS)


def received(body: Any, **headers: str) -> Received:
    """`body` as JSON, unless it is bytes; in the names of headers - is written _."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Received(content, {name.replace("_", "-"): value for name, value in headers.items()}, AT)
