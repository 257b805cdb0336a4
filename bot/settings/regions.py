"""PagerDuty's service regions: https://support.pagerduty.com/main/docs/service-regions"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from bot.domain.source import SourceSettings


class Urls(NamedTuple):
    """Of the REST API and of the Events API."""

    rest: str
    events: str


@dataclass(frozen=True)
class Account:
    """Another PagerDuty account than the one whose incidents have rooms here."""

    urls: Urls
    token: str = field(repr=False)


REGIONS: Mapping[str, Urls] = {
    "us": Urls("https://api.pagerduty.com", "https://events.pagerduty.com"),
    "eu": Urls("https://api.eu.pagerduty.com", "https://events.eu.pagerduty.com"),
}


def at_home(source: SourceSettings, own: str) -> SourceSettings:
    """Its routes into our `own` region name none: one key has one name."""
    routes = tuple(replace(one, region=None) if one.region == own else one for one in source.routes)
    return replace(source, routes=routes)


def elsewhere(accounts: Mapping[str, Account]) -> dict[str, str]:
    """Addresses of the Events API by region, and by the other accounts there are. Of regions all: what was raised there
    is settled there, though its route may lead elsewhere by now."""
    regions = {name: urls.events for name, urls in REGIONS.items()}
    return {**regions, **{name: account.urls.events for name, account in accounts.items()}}
