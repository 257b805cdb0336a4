"""What PagerDuty tells us about services, and what became of its webhooks."""

from dataclasses import dataclass
from typing import ClassVar

from bot.domain.events.event import ServiceEvent


@dataclass(frozen=True, kw_only=True)
class ServiceReport(ServiceEvent):
    service: str  # what PagerDuty calls it


@dataclass(frozen=True, kw_only=True)
class ServiceCreated(ServiceReport):
    kind: ClassVar[str] = "service.created"

    def text(self) -> str:
        return f"{self.by.name} created the service {self.service}"


@dataclass(frozen=True, kw_only=True)
class ServiceUpdated(ServiceReport):
    kind: ClassVar[str] = "service.updated"

    def text(self) -> str:
        return f"{self.by.name} changed the service {self.service}"


@dataclass(frozen=True, kw_only=True)
class ServiceDeleted(ServiceReport):
    kind: ClassVar[str] = "service.deleted"

    def text(self) -> str:
        return f"{self.by.name} deleted the service {self.service}"


@dataclass(frozen=True, kw_only=True)
class ServiceFieldsUpdated(ServiceReport):
    kind: ClassVar[str] = "service.custom_field_values.updated"
    values: dict[str, str]

    def text(self) -> str:
        changed = ", ".join(f"{name} to {value}" for name, value in self.values.items())
        return f"{self.by.name} set {changed} on {self.service or 'the service'}"


@dataclass(frozen=True, kw_only=True)
class SubscriptionEnabled(ServiceEvent):
    """PagerDuty had switched off a webhook subscription of ours, and Muster switched it on again; `service_id` is the
    subscription's id. https://developer.pagerduty.com/docs/webhooks-behavior"""

    kind: ClassVar[str] = "subscription.enabled"

    @property
    def stream(self) -> str:
        return f"subscription:{self.service_id}"

    def text(self) -> str:
        return "PagerDuty had switched its webhooks to us off; Muster switched them on again"
