"""What PagerDuty tells us about services."""

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
