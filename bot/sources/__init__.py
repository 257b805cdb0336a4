"""Who may signal. One file per system, one line here."""

from collections.abc import Mapping

from bot.sources import cloudevents, events_v2, github, keptn, prefect
from bot.sources.adapter import Adapter, Received, Setup, Unmapped
from bot.sources.source import Source, opened
from bot.sources.verify import Request

ADAPTERS: Mapping[str, Adapter] = {
    adapter.name: adapter
    for adapter in (cloudevents.ADAPTER, events_v2.ADAPTER, github.ADAPTER, keptn.ADAPTER, prefect.ADAPTER)
}

__all__ = ["ADAPTERS", "Adapter", "Received", "Request", "Setup", "Source", "Unmapped", "opened"]
