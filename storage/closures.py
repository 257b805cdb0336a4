"""How long a vendor wants to be left alone: what one replica was told, all of them know."""

import time
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from storage.connected import Connected
from storage.schema import facts, in_both

PREFIX = "closed until:"
WIDTH = 17  # characters of an instant in seconds since the epoch: as text they sort like numbers


class Closures(Connected):
    def keep_closed(self, closures: Mapping[str, float]) -> None:
        """By name, until when, in seconds since the epoch; a later end that is known already stands."""
        for name, until in closures.items():
            self._do(CLOSE[self._dialect], name=PREFIX + name, value=f"{until:0{WIDTH}.3f}")
        self.wakes |= bool(closures)  # other replicas look at once, and so learn of it

    def closed(self) -> dict[str, float]:
        """What is closed now, and until when."""
        rows = self._all(CLOSED, now=f"{time.time():0{WIDTH}.3f}")
        return {row.name.removeprefix(PREFIX): float(row.value) for row in rows}


def _later(insert: Any) -> sa.Insert:
    put = insert(facts)
    new, known = put.excluded.value, facts.c.value
    kept: sa.Insert = put.on_conflict_do_update(
        index_elements=["name"], set_={"value": sa.case((new > known, new), else_=known)}
    )
    return kept


CLOSE = in_both(_later)
CLOSED = facts.select().where(
    facts.c.name >= PREFIX, facts.c.name < PREFIX + "~", facts.c.value > sa.bindparam("now", type_=sa.Text)
)
