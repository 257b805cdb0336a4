"""Incidents as they stand: found by every name they have, kept by `record` alone."""

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache

import sqlalchemy as sa
from pydantic import TypeAdapter

from bot.domain.incident import Incident, Status, Subject
from storage.connected import SEVERAL, Connected, stamp, storable
from storage.schema import chains, in_both, incidents, jobs, rooms, timeline

STATE = TypeAdapter(Incident)


class Incidents(Connected):
    def incident(self, number: int) -> Incident | None:
        return self._one(BY_NUMBER, value=number)

    def held(self, incidents: Sequence[Incident]) -> list[Incident]:
        """These as they stand now, kept from every other writer until the commit: who comes second finds what the
        first has done."""
        if len(incidents) > 1:
            self.take_several()
        now = {number: self._one(IN_HAND, value=number) for number in {one.number for one in incidents}}
        return [now[incident.number] or incident for incident in incidents]

    def incident_by_pagerduty_id(self, id: str) -> Incident | None:  # noqa: A002  PagerDuty calls it that
        return self._one(BY_PAGERDUTY_ID, value=id)

    def incident_in(self, channel: str, thread_ts: str | None = None) -> Incident | None:
        """The incident whose room this channel is, or was before it got another; in a shared room's thread, the one
        whose card began the thread."""
        shared = self._one(BY_THREAD, value=channel, card_ts=thread_ts) if thread_ts else None
        return shared or self._one(BY_CHANNEL, value=channel)

    def find(self, subject: Subject) -> Incident | None:
        number = self._number_of(subject)
        return None if number is None else self.incident(number)

    def incidents(self, *, open_only: bool = True, service: str | None = None, limit: int = 50) -> list[Incident]:
        """The newest first; `service` by its id or its name, whatever the case."""
        wanted = sa.select(incidents.c.state).order_by(incidents.c.number.desc()).limit(limit)
        if open_only:
            wanted = wanted.where(IS_OPEN)
        if service is not None:
            named = sa.or_(incidents.c.service_id == service, incidents.c.service_name == service.casefold())
            wanted = wanted.where(named)
        return self._many(wanted)

    def rooms_to_archive(self, now: datetime) -> list[Incident]:
        """Resolved incidents whose room was to be archived by `now`, and is not."""
        return self._many(TO_ARCHIVE, now=stamp(now))

    def rooms_unfinished(self) -> list[Incident]:
        """Open incidents whose room lacks a part, or that have no room while a job is owed."""
        return self._many(UNFINISHED)

    def rooms_lacking(self) -> list[Incident]:
        """Open incidents that have no whole room, whether or not they deserve one."""
        return self._many(LACKING)

    def _one(self, statement: sa.Executable, **values: object) -> Incident | None:
        row = self._first(statement, **values)
        return None if row is None else incident_from(row.state)

    def _many(self, statement: sa.Executable, **values: object) -> list[Incident]:
        return [incident_from(row.state) for row in self._all(statement, **values)]

    def _number_of(self, subject: Subject) -> int | None:
        """PagerDuty reuses an incident_key once the incident is resolved, so with an id of PagerDuty's the key only
        finds an incident of ours that PagerDuty had not named yet."""
        named = self._number_named(subject)
        if named is not None or not subject.incident_key:
            return named
        by_key = NUMBER_DECLARED if subject.pagerduty_id else NUMBER_BY_KEY
        found = self._first(by_key, value=subject.incident_key)
        return None if found is None else int(found.number)

    def _number_named(self, subject: Subject) -> int | None:
        """By our number or PagerDuty's id, under which it stays: it is known, and need not be named."""
        if subject.number is not None or not subject.pagerduty_id:
            return subject.number
        found = self._first(NUMBER_BY_PAGERDUTY_ID, value=subject.pagerduty_id)
        return None if found is None else int(found.number)

    def _keep(self, incident: Incident, before: Incident) -> None:
        """Write what `before` has become."""
        if incident == before:
            return
        service = incident.service
        if incident.pagerduty_id and incident.pagerduty_id != before.pagerduty_id:
            self._name(incident.number, incident.pagerduty_id)
        self._do(
            KEEP, at_number=incident.number, incident_key=incident.incident_key, status=incident.status.value,
            service_id=service and service.id, service_name=service and storable(service.summary).casefold(),
            archive_after=_archive_after(incident), state=_json(incident),
            room_is_whole=incident.room.is_whole if incident.room else None,
            umbrella=incident.room and incident.room.umbrella, card_ts=incident.room and incident.room.card_ts,
        )  # fmt: skip
        if incident.room and (before.room is None or before.room.channel != incident.room.channel):
            self._do(KEEP_ROOM[self._dialect], channel=incident.room.channel, incident=incident.number)

    def _name(self, number: int, pagerduty_id: str) -> None:
        """Let it be found by PagerDuty's id, unless news that came first has introduced another incident under that
        id: two of ours for one of PagerDuty's is a blemish, news that cannot be kept would be a loss."""
        self._alone(SEVERAL)
        self._do(NAME, at_number=number, name=pagerduty_id)


@lru_cache(maxsize=1024)
def incident_from(state: str) -> Incident:
    """The same for the same words, since nobody can change one: reading them was two thirds of answering `list`."""
    return STATE.validate_json(state)


def _archive_after(incident: Incident) -> str | None:
    due = incident.room.archive_after if incident.room else None
    return stamp(due) if due else None


def _json(incident: Incident) -> str:
    return STATE.dump_json(incident).decode()


_value: sa.BindParameter[object] = sa.bindparam("value")
_state = sa.select(incidents.c.state)
_number = sa.select(incidents.c.number)
IS_OPEN = sa.text(f"status <> '{Status.RESOLVED}'")
BY_NUMBER = _state.where(incidents.c.number == _value)
BY_PAGERDUTY_ID = _state.where(incidents.c.pagerduty_id == _value)
BY_CHANNEL = _state.join(rooms, rooms.c.incident == incidents.c.number).where(rooms.c.channel == _value)
BY_THREAD = _state.join(rooms, rooms.c.incident == incidents.c.umbrella).where(
    rooms.c.channel == _value, incidents.c.card_ts == sa.bindparam("card_ts")
)
NUMBER_BY_PAGERDUTY_ID = _number.where(incidents.c.pagerduty_id == _value)
NUMBER_BY_KEY = _number.where(incidents.c.incident_key == _value).order_by(incidents.c.number.desc()).limit(1)
NUMBER_DECLARED = NUMBER_BY_KEY.where(incidents.c.pagerduty_id.is_(None))
NUMBER_BY_EVENT = _number.join(timeline, timeline.c.stream == incidents.c.stream).where(
    timeline.c.key == sa.bindparam("key")
)
NEWEST_NUMBER = sa.select(sa.func.max(incidents.c.number))
IN_HAND = (  # both rows are locked, so that both are read as the last writer left them
    sa.select(incidents.c.state, chains.c.size, chains.c.head)
    .join(chains, chains.c.stream == incidents.c.stream)
    .where(incidents.c.number == _value)
    .with_for_update()
)
TO_ARCHIVE = _state.where(
    incidents.c.archive_after <= sa.bindparam("now"), incidents.c.status == Status.RESOLVED.value
).order_by(incidents.c.archive_after)
_is_owed = incidents.c.number.in_(sa.select(jobs.c.incident).where(jobs.c.settled_at.is_(None)))
UNFINISHED = _state.where(
    IS_OPEN, sa.or_(incidents.c.room_is_whole.is_(False), sa.and_(incidents.c.room_is_whole.is_(None), _is_owed))
).order_by(incidents.c.number)
LACKING = _state.where(
    IS_OPEN, sa.or_(incidents.c.room_is_whole.is_(False), incidents.c.room_is_whole.is_(None))
).order_by(incidents.c.number)
INTRODUCE = incidents.insert()
KEEP = incidents.update().where(incidents.c.number == sa.bindparam("at_number")).values(
    {
        name: sa.bindparam(name)
        for name in (
            "incident_key", "status", "service_id", "service_name", "archive_after", "room_is_whole", "state",
            "umbrella", "card_ts",
        )
    }
)  # fmt: skip
_namesake = incidents.alias("namesake")
NAME = (
    incidents.update()
    .where(
        incidents.c.number == sa.bindparam("at_number"),
        ~sa.exists().where(_namesake.c.pagerduty_id == sa.bindparam("name", type_=sa.Text)),
    )
    .values(pagerduty_id=sa.bindparam("name", type_=sa.Text))
)
KEEP_ROOM = in_both(lambda insert: insert(rooms).on_conflict_do_nothing())
