"""Sources connected with PagerDuty and taken away again, and the keys and subscriptions that come with that."""

from dataclasses import dataclass
from typing import ClassVar

from bot.domain.events.event import ServiceEvent
from bot.domain.events.signals import SourceEvent
from bot.domain.people import Actor


@dataclass(frozen=True, kw_only=True)
class SourceConnected(SourceEvent):
    """What the source says goes to this service from now on. `adapter`: of a new source, else null."""

    kind: ClassVar[str] = "source.connected"
    service: str
    service_name: str
    route: str
    integration: str
    urgency: str
    adapter: str | None = None
    made: tuple[str, ...] = ()

    def text(self) -> str:
        new = f" as a new {self.adapter} source" if self.adapter else ""
        made = f"; Muster made the {' and the '.join(self.made)}" if self.made else ""
        return f"{self.by.name} connected {self.service_id}{new} with {self.service_name}{made}"


@dataclass(frozen=True, kw_only=True)
class SourceNotConnected(SourceEvent):
    """It was asked for and could not be done; whoever asked is told."""

    kind: ClassVar[str] = "source.connection_failed"
    asker: Actor
    reason: str

    def text(self) -> str:
        return f"{self.service_id} was not connected: {self.reason}"


@dataclass(frozen=True, kw_only=True)
class SourceDisconnected(SourceEvent):
    """One route is gone. `deleted`: whether the integration is, in PagerDuty."""

    kind: ClassVar[str] = "source.disconnected"
    service: str
    service_name: str
    route: str
    deleted: bool

    def text(self) -> str:
        left = "its integration was deleted" if self.deleted else "its integration stays in PagerDuty"
        return f"{self.by.name} disconnected {self.service_id} from {self.service_name}; {left}"


@dataclass(frozen=True, kw_only=True)
class SourceRemoved(SourceEvent):
    """The source is gone: nothing that it sends is taken. `alerts`: the keys of those that were open."""

    kind: ClassVar[str] = "source.removed"
    alerts: tuple[str, ...]
    settled: str

    def text(self) -> str:
        if not self.alerts:
            return f"{self.by.name} removed {self.service_id}; nothing of it was open"
        were = "alert was" if len(self.alerts) == 1 else "alerts were"
        return f"{self.by.name} removed {self.service_id}; {len(self.alerts)} open {were} {self.settled}"


@dataclass(frozen=True, kw_only=True)
class KeyEvent(SourceEvent):
    """About the integration key of a route; `asker` is told. `listed`: whether PagerDuty lists the key among the
    service's own, null when it does not say."""

    route: str
    service: str
    asker: Actor
    listed: bool | None = None


@dataclass(frozen=True, kw_only=True)
class KeyVerified(KeyEvent):
    """A verification event was sent with the key, seen in PagerDuty, and resolved."""

    kind: ClassVar[str] = "source.key_verified"

    def text(self) -> str:
        return f"The integration key of {self.service_id} for {self.service} works: what it sent was seen in PagerDuty"


@dataclass(frozen=True, kw_only=True)
class KeyDoubted(KeyEvent):
    """PagerDuty accepts any key; what was sent with this one did not show up, or elsewhere."""

    kind: ClassVar[str] = "source.key_doubted"
    reason: str

    def text(self) -> str:
        return f"The integration key of {self.service_id} for {self.service} is not proved: {self.reason}"


@dataclass(frozen=True, kw_only=True)
class SubscriptionEvent(ServiceEvent):
    """On the timeline of a webhook subscription, whose id `service_id` is."""

    @property
    def stream(self) -> str:
        return f"subscription:{self.service_id}"


@dataclass(frozen=True, kw_only=True)
class SubscriptionCreated(SubscriptionEvent):
    """`covers`: "account", "service P…" or "team P…"."""

    kind: ClassVar[str] = "subscription.created"
    covers: str
    url: str

    def text(self) -> str:
        return f"{self.by.name} let PagerDuty send its webhooks for {self.covers} to {self.url}"


@dataclass(frozen=True, kw_only=True)
class SubscriptionProved(SubscriptionEvent):
    kind: ClassVar[str] = "subscription.proved"

    def text(self) -> str:
        return "A delivery of it came here and was believed"


@dataclass(frozen=True, kw_only=True)
class SubscriptionDeleted(SubscriptionEvent):
    kind: ClassVar[str] = "subscription.deleted"

    def text(self) -> str:
        return f"{self.by.name} deleted it, and its secret was forgotten"
