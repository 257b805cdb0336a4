"""Deliveries of a source that this replica does not know: they are read again for a while."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from bot.domain.job import Job
from storage import Delivery, Transaction

UNKNOWN = "there is no source {} here; it is read again for an hour, in case another replica knows it"
GONE = "there is no source {} any more"
SOONEST, LATEST = 30.0, 3600.0  # seconds: at this age, whenever it is twice as old, and not at a greater age


class Awaited(str):
    """A complaint that needs nobody's attention: time will tell, or somebody wanted it so."""


def unknown(tx: Transaction, delivery: Delivery, name: str, state: Mapping[str, Any]) -> str:
    """The complaint. While a new muster.yaml reaches one replica after another, one takes what another cannot read."""
    age = (datetime.now(UTC) - delivery.received_at).total_seconds()
    if state.get("removed") or age >= LATEST:
        return GONE.format(name)
    key, delay = f"read_again:{delivery.id}", max(age, SOONEST)
    tx.put(Job("read_again", key, arguments={"delivery": delivery.id}, delay=delay, key=key, collapses=True))
    return Awaited(UNKNOWN.format(name))
