"""The account itself: what it can do, and where it sends webhooks."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

from bot.domain.errors import Refused
from bot.domain.incident import Reference, Snapshot
from bot.pagerduty.reading import Members
from bot.pagerduty.resources.api import Api, checked, read

ROUTE = "/pagerduty/webhook"  # where Muster listens
MADE_BY_MUSTER = "Made by Muster"


@dataclass(frozen=True)
class Subscription:
    """A webhook subscription. `filter` is "account", "service P…" or "team P…".

    Not `active`: switched off by hand; `temporarily_disabled`: by PagerDuty, after three deliveries were refused.
    """

    id: str
    url: str
    active: bool
    temporarily_disabled: bool
    events: tuple[str, ...]
    filter: str
    description: str = ""

    @property
    def is_musters(self) -> bool:
        return self.description == MADE_BY_MUSTER

    @classmethod
    def of(cls, told: Members) -> Self:
        """Raises NotUnderstood without an id."""
        delivery = told.object("delivery_method") or Members({})
        events = told.told.get("events")
        return cls(
            id=told.needed_name("id"),
            url=delivery.text("url") or "",
            active=told.told.get("active") is not False,
            temporarily_disabled=delivery.flag("temporarily_disabled"),
            events=tuple(each for each in events if isinstance(each, str)) if isinstance(events, list) else (),
            filter=_filter(told.object("filter") or Members({})),
            description=told.text("description") or "",
        )

    def leads_to(self, base: str | None) -> bool:
        """Whether it delivers to the Muster at `base`; without an address, whatever ends like ours counts as ours."""
        target, own = urlsplit(self.url), urlsplit(base or "")
        if base is None:
            return target.path.rstrip("/").endswith(ROUTE)
        same_host = (target.scheme, target.hostname, target.port) == (own.scheme, own.hostname, own.port)
        return same_host and target.path.rstrip("/") == own.path.rstrip("/") + ROUTE

    def covers(self, incident: Snapshot) -> bool:
        """Whether it is meant to tell of this incident."""
        kind, _, wanted = self.filter.partition(" ")
        if kind == "service":
            return incident.service is not None and incident.service.id == wanted
        return kind == "account" or wanted in {team.id for team in incident.teams}


class Account(Api):
    async def abilities(self) -> list[str]:
        """What the plan includes; also the cheapest way to see whether the token is any good."""
        answer = await self.ask("GET", "/abilities")
        told = answer.told.get("abilities")
        return [each for each in told if isinstance(each, str)] if isinstance(told, list) else []

    async def priorities(self) -> list[Reference]:
        """The most severe first. Refused (402) where the plan has none."""
        return [one for each in await self.all_of("/priorities", "priorities") if (one := each.as_reference())]

    async def subscriptions(self) -> list[Subscription]:
        found = await self.all_of("/webhook_subscriptions", "webhook_subscriptions")
        return [read(Subscription.of, each) for each in found]

    async def subscribe(
        self, url: str, kind: str, about: str | None, events: Sequence[str]
    ) -> tuple[Subscription, str]:
        """A new subscription and its secret, which PagerDuty tells this once. `kind`: account, service or team;
        `about`: the id of the latter two. A repeat makes another one.

        https://developer.pagerduty.com/api-reference, createWebhookSubscription
        """
        wanted = {
            "type": "webhook_subscription", "description": MADE_BY_MUSTER, "events": list(events),
            "delivery_method": {"type": "http_delivery_method", "url": url},
            "filter": {"type": f"{kind}_reference", **({"id": about} if about else {})},
        }  # fmt: skip
        answer = await self.ask("POST", "/webhook_subscriptions", body={"webhook_subscription": wanted})
        return read(_new, answer, writes=True)

    async def ping_subscription(self, subscription_id: str) -> None:
        """PagerDuty sends a pagey.ping soon; a repeat sends another."""
        await self.ask("POST", f"/webhook_subscriptions/{checked(subscription_id)}/ping")

    async def delete_subscription(self, subscription_id: str) -> None:
        """One that is gone already is fine."""
        try:
            await self.ask("DELETE", f"/webhook_subscriptions/{checked(subscription_id)}")
        except Refused as refused:
            if refused.code not in {"404", "2100"}:
                raise

    async def enable_subscription(self, subscription_id: str) -> None:
        """Lifts PagerDuty's own disabling; may be repeated."""
        await self.ask("POST", f"/webhook_subscriptions/{checked(subscription_id)}/enable")


def _new(answer: Members) -> tuple[Subscription, str]:
    told = answer.needed_object("webhook_subscription")
    return Subscription.of(told), told.needed_object("delivery_method").needed_text("secret")


def _filter(told: Members) -> str:
    kind = (told.text("type") or "account_reference").removesuffix("_reference")
    return " ".join(part for part in (kind, told.text("id")) if part)
