"""Who may signal. One file per system, one line here."""

from collections.abc import Mapping

from bot.sources import events_v2, generic
from bot.sources.adapter import Adapter, Received, Setup, Unmapped
from bot.sources.source import Source, opened, warnings
from bot.sources.verify import Request

ADAPTERS: Mapping[str, Adapter] = {adapter.name: adapter for adapter in (events_v2.ADAPTER, generic.ADAPTER)}

__all__ = ["ADAPTERS", "Adapter", "Received", "Request", "Setup", "Source", "Unmapped", "opened", "warnings"]
