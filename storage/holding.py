"""What one does at a time, though it calls others meanwhile and so can hold no row: a lease, under a name."""

import time
from typing import Any

import sqlalchemy as sa

from storage.connected import Connected
from storage.schema import facts, in_both

PREFIX = "held: "
WIDTH = 17  # characters of an instant in seconds since the epoch: as text they sort like numbers


class Holding(Connected):
    def hold(self, what: str, by: str, seconds: float) -> bool:
        """For so long, unless it is let go of. False: somebody else holds it; who does already, holds it longer."""
        now = time.time()
        value = _value(now + seconds, by)
        return self._first(HOLD[self._dialect], name=PREFIX + what, value=value, now=_at(now), by=by) is not None

    def still_holds(self, what: str, by: str) -> bool:
        """Whether nobody has held it since, even if the time is over; nobody can begin to before the commit."""
        row = self._first(HELD, name=PREFIX + what)
        return row is not None and row.value[WIDTH + 1 :] == by

    def let_go(self, what: str, by: str) -> None:
        """That it was the last to hold it stays known."""
        if self.still_holds(what, by):
            self._do(LET_GO, at_name=PREFIX + what, value=_value(0.0, by))


def _at(instant: float) -> str:
    return f"{instant:0{WIDTH}.3f}"


def _value(until: float, by: str) -> str:
    return f"{_at(until)} {by}"


def _holding(insert: Any) -> sa.Insert:
    put = insert(facts).values(name=sa.bindparam("name"), value=sa.bindparam("value"))
    holder = sa.func.substr(facts.c.value, WIDTH + 2)
    is_free = facts.c.value < sa.bindparam("now", type_=sa.Text)
    kept: sa.Insert = put.on_conflict_do_update(
        index_elements=["name"], set_={"value": put.excluded.value},
        where=sa.or_(is_free, holder == sa.bindparam("by", type_=sa.Text)),
    ).returning(facts.c.name)  # fmt: skip
    return kept


HOLD = in_both(_holding)
HELD = facts.select().where(facts.c.name == sa.bindparam("name")).with_for_update()
LET_GO = facts.update().where(facts.c.name == sa.bindparam("at_name")).values(value=sa.bindparam("value"))
