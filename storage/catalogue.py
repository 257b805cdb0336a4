"""What Muster has learned about its surroundings: services, changes to them, small facts about itself."""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa
from pydantic import TypeAdapter

from bot.domain.change import ChangeEvent
from bot.domain.incident import Reference
from storage import migration
from storage.connected import Connected, stamp, storable
from storage.schema import changes, facts, in_both, services

CHANGE = TypeAdapter(ChangeEvent)


class Catalogue(Connected):
    def services(self) -> list[Reference]:
        """By name."""
        return [Reference(row.id, row.summary, row.html_url) for row in self._all(SERVICES)]

    def remember_services(self, services: Sequence[Reference]) -> None:
        """Take over these; the others stay."""
        for one in services:
            summary = storable(one.summary)
            self._do(
                REMEMBER_SERVICE[self._dialect], id=one.id, summary=summary, name=summary.casefold(),
                html_url=one.html_url,
            )  # fmt: skip

    def service(self, id_or_name: str) -> Reference | None:
        """By its id, else by its name whatever the case."""
        row = self._first(SERVICE, id=id_or_name, name=id_or_name.casefold())
        return None if row is None else Reference(row.id, row.summary, row.html_url)

    def keep_change(self, change: ChangeEvent) -> None:
        """A change of the same id is replaced."""
        self._do(
            KEEP_CHANGE[self._dialect], id=change.id, service_id=change.service_id, at=stamp(change.at),
            state=CHANGE.dump_json(change).decode(),
        )  # fmt: skip

    def changes(self, *, service_id: str | None = None, since: datetime, limit: int = 50) -> list[ChangeEvent]:
        """The newest first, on one service or on all."""
        wanted = NEWEST_CHANGES if service_id is None else NEWEST_CHANGES.where(changes.c.service_id == service_id)
        return [CHANGE.validate_json(row.state) for row in self._all(wanted, since=stamp(since), most=limit)]

    def fact(self, name: str) -> str | None:
        value: str | None = self._connection.scalar(FACT, {"name": name})
        return value

    def schema_shortcoming(self) -> str | None:
        """What the schema lacks for this code, as a sentence; None: nothing."""
        return migration.shortcoming(migration.revision(self._connection))

    def keep_fact(self, name: str, value: str) -> None:
        self._do(KEEP_FACT[self._dialect], name=name, value=value)


def _upsert(table: sa.Table) -> dict[str, sa.Insert]:
    """Inserts a row, or overwrites the one that has its primary key."""
    key = [column.name for column in table.primary_key]

    def build(insert: type) -> sa.Insert:
        row = insert(table)
        others = {column.name: row.excluded[column.name] for column in table.c if column.name not in key}
        upsert: sa.Insert = row.on_conflict_do_update(index_elements=key, set_=others)
        return upsert

    return dict(in_both(build))


SERVICES = services.select().order_by(services.c.name, services.c.id)
SERVICE = (
    services.select()
    .where(sa.or_(services.c.id == sa.bindparam("id"), services.c.name == sa.bindparam("name")))
    .order_by((services.c.id == sa.bindparam("id")).desc(), services.c.id)
    .limit(1)
)
REMEMBER_SERVICE = _upsert(services)
KEEP_CHANGE = _upsert(changes)
NEWEST_CHANGES = (
    changes.select()
    .where(changes.c.at >= sa.bindparam("since"))
    .order_by(changes.c.at.desc(), changes.c.id)
    .limit(sa.bindparam("most"))
)
FACT = sa.select(facts.c.value).where(facts.c.name == sa.bindparam("name"))
KEEP_FACT = _upsert(facts)
