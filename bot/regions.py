"""PagerDuty's service regions: https://support.pagerduty.com/main/docs/service-regions"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from bot.domain.source import Route


class Urls(NamedTuple):
    """Of the REST API and of the Events API."""

    rest: str
    events: str


REGIONS: Mapping[str, Urls] = {
    "us": Urls("https://api.pagerduty.com", "https://events.pagerduty.com"),
    "eu": Urls("https://api.eu.pagerduty.com", "https://events.eu.pagerduty.com"),
}


def elsewhere(routes: Iterable[Route], own: str, url: str) -> dict[str, str]:
    """Addresses of the Events API by the regions that routes name; `url` is that of our `own` region."""
    return {one.region: url if one.region == own else REGIONS[one.region].events for one in routes if one.region}
