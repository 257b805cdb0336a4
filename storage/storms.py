"""Incidents that came together, and those that share a room."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from bot.domain.incident import Incident, Status
from storage.connected import STORMS, stamp
from storage.incidents import Incidents, incident_from
from storage.schema import incidents

PAGE = 50  # incidents read at once; in one storm a page is enough


@dataclass(frozen=True)
class Sharing:
    """How many incidents share a room that is another's, and how many of them are open."""

    incidents: int = 0
    open: int = 0


class Storms(Incidents):
    def one_storm_at_a_time(self) -> None:
        """Until the commit nobody else decides whose room is shared."""
        self._alone(STORMS)

    def introduced(self, since: datetime, until: datetime, *, but: int) -> Iterator[Incident]:
        """The incidents first heard of from `since` to `until`, the newest first, `but` one; read as they are asked
        for."""
        below = NO_END
        while below:
            rows = self._all(INTRODUCED, since=stamp(since), until=stamp(until), below=below, most=PAGE)
            yield from (incident_from(row.state) for row in rows if row.number != but)
            below = rows[-1].number if len(rows) == PAGE else 0

    def sharing(self, umbrella: int) -> Sharing:
        """Of the room of this incident, itself not counted."""
        counts = {row.status: int(row.incidents) for row in self._all(COUNTED, umbrella=umbrella)}
        everything = sum(counts.values())
        return Sharing(everything, everything - counts.get(Status.RESOLVED, 0))

    def under(self, umbrella: int, *, open_only: bool = False, limit: int | None = None) -> list[Incident]:
        """Those that share the room of this incident, newest first."""
        wanted = (OPEN_UNDER if open_only else UNDER).limit(limit)
        return self._many(wanted, umbrella=umbrella)


NO_END = 2**31 - 1
INTRODUCED = (
    sa.select(incidents.c.number, incidents.c.state)
    .where(
        incidents.c.introduced_at.between(sa.bindparam("since"), sa.bindparam("until")),
        incidents.c.number < sa.bindparam("below", type_=sa.Integer),
    )
    .order_by(incidents.c.introduced_at.desc(), incidents.c.number.desc())
    .limit(sa.bindparam("most", type_=sa.Integer))
)
_is_under = incidents.c.umbrella == sa.bindparam("umbrella", type_=sa.Integer)
UNDER = sa.select(incidents.c.state).where(_is_under).order_by(incidents.c.number.desc())
OPEN_UNDER = UNDER.where(incidents.c.status != Status.RESOLVED.value)
COUNTED = (
    sa.select(incidents.c.status, sa.func.count().label("incidents")).where(_is_under).group_by(incidents.c.status)
)
