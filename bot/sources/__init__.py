"""Who may signal. One file per system, one line here."""

from collections.abc import Mapping

from bot.sources import apica, events_v2, mongodb_atlas
from bot.sources.adapter import Adapter, Received, Setup, Unmapped
from bot.sources.source import Source, opened
from bot.sources.verify import Request

ADAPTERS: Mapping[str, Adapter] = {
    adapter.name: adapter
    for adapter in (apica.ADAPTER, events_v2.ADAPTER, mongodb_atlas.ADAPTER)
}

__all__ = ["ADAPTERS", "Adapter", "Received", "Request", "Setup", "Source", "Unmapped", "opened"]
