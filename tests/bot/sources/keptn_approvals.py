"""What Keptn's events are where people are asked for approvals."""

from typing import Any

from bot.domain.signal import Signal
from bot.domain.source import Approvals, SourceSettings
from bot.sources import ADAPTERS, opened
from tests.bot.sources.told import received

DESK = Approvals("https://keptn.example.com/api", "a-token", "#releases")


def asking(body: Any) -> list[Signal]:
    options = {"bridge_url": "https://keptn.example.com/bridge"}
    source = opened(SourceSettings("keptn", "keptn", options=options, approvals=DESK), ADAPTERS)
    found, complaint = source.signals(received(body))
    assert complaint is None, complaint
    return list(found)
