"""Where an incident came from: the alerts that sources raised for it, as its card shows them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from bot.domain.signal import AlertStatus, Severity

MOST = 50  # alerts that an incident remembers; PagerDuty takes 1,000
HIGH: frozenset[Severity] = frozenset({"critical", "error"})


@dataclass(frozen=True)
class Origin:
    """One alert of a source. `former`: its severity before the last change. `is_told`: the source knows from us that
    somebody looks at it."""

    source: str
    client: str
    dedup_key: str
    severity: Severity
    status: AlertStatus = "triggered"
    url: str | None = None
    summary: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    former: Severity | None = None
    is_told: bool = False

    @property
    def is_open(self) -> bool:
        return self.status != "resolved"

    def is_of(self, source: str, dedup_key: str) -> bool:
        return (self.source, self.dedup_key) == (source, dedup_key)

    def as_severe_as(self, severity: Severity) -> "Origin":
        return self if severity == self.severity else replace(self, severity=severity, former=self.severity)


Origins = tuple[Origin, ...]


def joined(origins: Origins, new: Origin) -> Origins:
    """With this one, in the place of one of the same key; of too many the oldest that are over go first."""
    others = [one for one in origins if not one.is_of(new.source, new.dedup_key)]
    kept = sorted(others, key=lambda one: one.is_open)[len(others) - MOST + 1 :] if len(others) >= MOST else others
    return (*kept, new)


def found(origins: Origins, source: str, dedup_key: str) -> Origin | None:
    return next((one for one in origins if one.is_of(source, dedup_key)), None)


def urgency(severities: Sequence[Severity]) -> str | None:
    """What PagerDuty makes of them on a service whose urgency follows severity; None: nothing is open.

    https://support.pagerduty.com/main/docs/dynamic-notifications
    """
    if not severities:
        return None
    return "high" if HIGH & set(severities) else "low"


def severity_fact(source: str, config: str) -> str:
    """Under which name the database keeps how severe a source's configuration says that alerts are."""
    return f"severity:{source}:{config}"
