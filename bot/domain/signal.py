"""What a system said, put one way: something is wrong, somebody looks at it, it is over, something was changed."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal, Self

from bot.domain.approval import Outcome, Question

Action = Literal["trigger", "acknowledge", "resolve", "change", "ignore"]
Severity = Literal["critical", "error", "warning", "info"]
AlertStatus = Literal["triggered", "acknowledged", "resolved"]
SEVERITIES: tuple[Severity, ...] = ("critical", "error", "warning", "info")
"""PagerDuty's, the worst first."""


@dataclass(frozen=True)
class Link:
    href: str
    text: str = ""


@dataclass(frozen=True)
class Image:
    """PagerDuty shows only what `src` names with https."""

    src: str
    href: str = ""
    alt: str = ""


@dataclass(frozen=True, kw_only=True)
class Signal:
    """The members are PagerDuty's own, of the Events API v2: https://developer.pagerduty.com/docs/send-alert-event.

    `dedup_key` is empty for a change and for what is ignored. `timestamp` is ISO 8601 as the system wrote it.
    `tags` name what it is about besides its key; a signal that `settles` tags resolves, beside its own alert, every
    open one of its source that has any of them. `idempotency_key` is the sender's own name for what happened: the
    same name again, and as bad as before, is not another signal. `reason`: why it is ignored. `auto_resolve_timeout`:
    seconds without another word after which it is taken for over, None: never. `approval`: what the system asks people
    to approve, or how that ended.
    """

    action: Action
    dedup_key: str = ""
    summary: str = ""
    severity: Severity | None = None
    source: str = ""
    component: str | None = None
    group: str | None = None
    class_: str | None = None
    timestamp: str | None = None
    custom_details: Mapping[str, Any] = field(default_factory=dict)
    links: tuple[Link, ...] = ()
    images: tuple[Image, ...] = ()
    client: str | None = None
    client_url: str | None = None
    tags: tuple[str, ...] = ()
    settles: tuple[str, ...] = ()
    idempotency_key: str | None = None
    reason: str = ""
    auto_resolve_timeout: int | None = None
    approval: Question | Outcome | None = None


@dataclass(frozen=True, kw_only=True)
class Alert:
    """PagerDuty's alert that a source raised through Muster, by `source` and `dedup_key`.

    `queue` is the lane its events leave in, one for each integration, so that they arrive in order. `key_id` names the
    integration key it was triggered with: only that one can resolve it. `incident` is ours, once PagerDuty has said
    which incident it belongs to; until then it was `looked` for so often. `title` is what its adapter calls the system,
    `refs` are the system's own names of things, by which it can be asked. `expects`: what we told the system ourselves,
    whose echo is no news. `learned`: its severity, where the system had to be asked for it. `elsewhere`: it was
    raised in another service region, so no incident that is known here is its. `auto_resolve_at`: when it is taken for
    over, unless its source says more of it, or somebody has it in hand; `auto_resolve_timeout`: seconds it has.
    """

    source: str
    dedup_key: str
    status: AlertStatus
    queue: str
    severity: Severity
    summary: str
    service_id: str | None = None
    key_id: str | None = None
    url: str | None = None
    client: str | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    incident: int | None = None
    title: str = ""
    refs: Mapping[str, str] = field(default_factory=dict)
    raised_at: datetime | None = None
    looked: int = 0
    expects: AlertStatus | None = None
    learned: Severity | None = None
    elsewhere: bool = False
    auto_resolve_at: datetime | None = None
    auto_resolve_timeout: int | None = None

    def with_its_time_again(self, now: datetime) -> Self:
        """From now on; never earlier than it had already."""
        if self.auto_resolve_timeout is None:
            return replace(self, auto_resolve_at=None)
        then = now + timedelta(seconds=self.auto_resolve_timeout)
        return replace(self, auto_resolve_at=max(then, self.auto_resolve_at or then))

    @property
    def name(self) -> str:
        """What people call the system."""
        return self.client or self.title or self.source

    @property
    def is_open(self) -> bool:
        return self.status != "resolved"
