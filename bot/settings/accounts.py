"""The shape of `accounts:` in muster.yaml: other PagerDuty accounts than that of PAGERDUTY_API_TOKEN."""

from typing import Annotated, Any, get_args

from pydantic import BeforeValidator, Field, field_validator

from bot.domain.source import NAME, Region
from bot.settings.regions import REGIONS, Account, Urls
from bot.settings.sources import Part


class AccountChoice(Part):
    """One entry. The addresses are those of its region, which is PAGERDUTY_REGION unless it says another."""

    api_token: str = Field(pattern=r"^[!-~]+$", repr=False)
    region: Region | None = None
    api_url: str | None = None
    events_url: str | None = None

    @field_validator("api_url", "events_url")
    @classmethod
    def _is_an_address(cls, url: str | None) -> str | None:
        if url is not None and not url.startswith(("https://", "http://")):
            raise ValueError("must begin with https://")
        return url

    def account(self, own_region: str) -> Account:
        usual = REGIONS[self.region or own_region]
        return Account(Urls(self.api_url or usual.rest, self.events_url or usual.events), self.api_token)


def _no_region(told: dict[str, Any]) -> dict[str, Any]:
    """Ahead of a key it would be taken for one."""
    for name in told:
        if name in get_args(Region):
            raise ValueError(f"{name} is a service region: give the account another name")
        if not NAME.fullmatch(str(name)):
            raise ValueError(f"{str(name)[:80]!r} must be small letters, digits and dashes")
    return told


AccountChoices = Annotated[dict[str, AccountChoice], BeforeValidator(_no_region)]
