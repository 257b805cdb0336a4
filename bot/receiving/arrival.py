"""One signal of one delivery, on its way in."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.people import MUSTER, Actor
from bot.domain.signal import Alert, Signal
from bot.domain.source import Route
from bot.pagerduty.signalling import dedup_key
from bot.receiving.particulars import is_acknowledged
from bot.sources import Source
from bot.sources.naming import OUT_OF_TIME, unmapped_key
from storage import Delivery, Transaction


@dataclass(frozen=True)
class Arrival:
    """A signal, and where it goes. `key`: unique for ever. `forwarded`: it came as if to PagerDuty, so PagerDuty shall
    hear it even if it is about nothing that is known here. `why`: it goes another way than asked. `ours`: it is not
    the source that says it."""

    source: Source
    signal: Signal
    route: Route | None
    key: str
    at: datetime
    delivery: int
    forwarded: bool = False
    why: str = ""
    ours: bool = False

    @property
    def actor(self) -> Actor:
        return MUSTER if self.ours else Actor("service", self.source.name, self.source.adapter.title)

    @property
    def auto_resolve_timeout(self) -> int | None:
        """Seconds after which its alert is resolved, unless more is said of it; None: never. What nobody could read is
        over once it can be read."""
        if self.signal.dedup_key == unmapped_key(self.source.name):
            return None
        decided = self.source.settings.auto_resolve_timeout
        return (self.signal.auto_resolve_timeout if decided is None else decided) or None

    @property
    def auto_resolve_at(self) -> datetime | None:
        seconds = self.auto_resolve_timeout
        return None if seconds is None else self.at + timedelta(seconds=seconds)


def heard_again(tx: Transaction, arrival: Arrival) -> None:
    """The same under the same name is no news, and shows that it is not over."""
    if arrival.signal.action == "trigger" and arrival.auto_resolve_at:
        known = tx.alert_in_hand(arrival.source.name, dedup_key(arrival.signal.dedup_key))
        if known and known.is_open:
            tx.keep_alert(known.with_its_time_again(arrival.at))


def out_of_time(tx: Transaction, source: Source, delivery: Delivery) -> list[Signal]:
    """What is said of an alert whose time is over; nothing, when its source has said more of it meanwhile, or somebody
    has it in hand by now."""
    key, now = delivery.headers[OUT_OF_TIME], delivery.received_at
    known = tx.alert_in_hand(source.name, key)
    if not (known and known.auto_resolve_at and known.auto_resolve_at <= now):
        return []
    if source.settings.auto_resolve_timeout == 0 or _is_in_hand(tx, known):
        tx.keep_alert(known.with_its_time_again(now))
        return []
    summary = f"{known.name} has said nothing more of {known.summary}"
    return [Signal(action="resolve", dedup_key=key, summary=summary, severity="info", source=source.name)]


def _is_in_hand(tx: Transaction, alert: Alert) -> bool:
    incident = None if alert.incident is None else tx.incident(alert.incident)
    return alert.status == "acknowledged" or is_acknowledged(incident)
