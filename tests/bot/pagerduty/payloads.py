"""The composed webhooks in tests/fixtures/pagerduty, one per kind."""

import json
from pathlib import Path
from typing import Any

from bot.pagerduty.meaning import understood

FOLDER = Path(__file__).parents[2] / "fixtures" / "pagerduty"
NAMES = sorted(path.stem for path in FOLDER.glob("*.json"))


def payload(name: str) -> bytes:
    return (FOLDER / f"{name}.json").read_bytes()


def told(name: str) -> dict[str, Any]:
    """The same as JSON, to be bent."""
    value: dict[str, Any] = json.loads(payload(name))
    return value


def sent(value: Any) -> bytes:
    return json.dumps(value).encode()


def meant(name: str, /, **changed: Any) -> Any:
    """The event a fixture means, with members of its `data` changed."""
    value = told(name)
    value["event"]["data"].update(changed)
    return understood(sent(value))
