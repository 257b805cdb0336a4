"""Who may signal. One file per system, one line here."""

from collections.abc import Mapping

from bot.sources import (
    alertmanager,
    apica,
    cloudevents,
    events_v2,
    generic,
    github,
    grafana,
    keptn,
    mongodb_atlas,
    pagerduty_v2,
    prefect,
    relay,
)
from bot.sources.adapter import Adapter, News, Received, Setup, Unmapped
from bot.sources.source import Source, opened, warnings
from bot.sources.verify import Request

ADAPTERS: Mapping[str, Adapter] = {
    adapter.name: adapter
    for adapter in (
        alertmanager.ADAPTER,
        apica.ADAPTER,
        cloudevents.ADAPTER,
        events_v2.ADAPTER,
        generic.ADAPTER,
        github.ADAPTER,
        grafana.ADAPTER,
        keptn.ADAPTER,
        mongodb_atlas.ADAPTER,
        pagerduty_v2.ADAPTER,
        prefect.ADAPTER,
        relay.ADAPTER,
    )
}

__all__ = ["ADAPTERS", "Adapter", "News", "Received", "Request", "Setup", "Source", "Unmapped", "opened", "warnings"]
