"""One signal of one delivery, on its way in."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.people import MUSTER, Actor
from bot.domain.signal import Signal
from bot.domain.source import Route
from bot.sources import Source
from bot.sources.naming import OUT_OF_TIME
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
    def auto_resolve_at(self) -> datetime | None:
        """When its alert is taken for over, unless more is said of it; None: never."""
        decided, usual = self.source.settings.auto_resolve_timeout, self.signal.auto_resolve_timeout
        seconds = usual if decided is None else decided
        return self.at + timedelta(seconds=seconds) if seconds else None


def out_of_time(tx: Transaction, source: Source, delivery: Delivery) -> list[Signal]:
    """What is said of an alert whose time is over; nothing, when its source has said more of it meanwhile."""
    key = delivery.headers[OUT_OF_TIME]
    known = tx.alert(source.name, key)
    if not (known and known.auto_resolve_at and known.auto_resolve_at <= delivery.received_at):
        return []
    summary = f"{known.name} has said nothing more of {known.summary}"
    return [Signal(action="resolve", dedup_key=key, summary=summary, severity="info", source=source.name)]
