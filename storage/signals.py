"""What sources have raised and not settled, and the keys that only those who raised with them can settle with."""

import json
import time
from collections import Counter
from collections.abc import Collection, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from pydantic import TypeAdapter

from bot.domain.signal import Alert
from storage.connected import Connected, storable
from storage.schema import alert_tags, alerts, in_both, integration_keys, jobs, sources

ALERT = TypeAdapter(Alert)


@dataclass(frozen=True)
class OpenAlerts:
    """How many alerts of a source PagerDuty has open, as far as it has told, how many it is still to hear of, and how
    many it did not take."""

    taken: int = 0
    waiting: int = 0
    refused: int = 0


class Signals(Connected):
    def alert(self, source: str, dedup_key: str) -> Alert | None:
        return _alert(self._first(ONE, source=source, dedup_key=storable(dedup_key)))

    def alert_in_hand(self, source: str, dedup_key: str) -> Alert | None:
        """The same, kept from every other writer until the commit."""
        return _alert(self._first(IN_HAND, source=source, dedup_key=storable(dedup_key)))

    def alerts_at_once(self, source: str, dedup_key: str, incident: int | None = None) -> None:
        """This one and those of the incident are in hand from here on. For whoever holds rows that their writers may
        wait for, and holds them too long to have `take_several`: if somebody else has one, all of this is undone and
        run again."""
        self._all(AT_ONCE, source=source, dedup_key=storable(dedup_key), incident=incident)

    def alerts_tagged(self, source: str, tags: Sequence[str]) -> list[Alert]:
        """Those of the source that are open and have any of these tags."""
        rows = self._all(TAGGED, source=source, tags=[storable(tag) for tag in tags]) if tags else []
        return [ALERT.validate_json(row.state) for row in rows]

    def alerts_of(self, incident: int) -> list[Alert]:
        """Open or not, in the order they were raised."""
        return [ALERT.validate_json(row.state) for row in self._all(OF_INCIDENT, incident=incident)]

    def alerts_with_key(self, dedup_key: str) -> list[Alert]:
        """Of any source under this key: the open ones, and those that were over before anybody knew where they
        belong."""
        return [ALERT.validate_json(row.state) for row in self._all(WITH_KEY, dedup_key=storable(dedup_key))]

    def alerts_without_incident(self, service_id: str | None = None, limit: int = 1000) -> list[Alert]:
        """Open ones of which PagerDuty has not said yet where they belong; of one service, or of all."""
        wanted = LONELY if service_id is None else LONELY.where(alerts.c.service_id == service_id)
        return [ALERT.validate_json(row.state) for row in self._all(wanted.limit(limit))]

    def open_alerts(self, source: str) -> list[Alert]:
        return [ALERT.validate_json(row.state) for row in self._all(OPEN, source=source)]

    def open_alerts_told(self, source: str) -> OpenAlerts:
        """What PagerDuty made of the open ones. One that is in an incident it has taken; of another the jobs say it
        that sent its trigger events, and when those are forgotten, they were done."""
        found = self.open_alerts(source)
        lonely = [one for one in found if one.incident is None]
        sent = self._sent({one.queue for one in lonely}, source)
        fates = Counter(_fate(sent.get(_raised(one), set())) for one in lonely)
        return OpenAlerts(fates["taken"] + len(found) - len(lonely), fates["waiting"], fates["refused"])

    def _sent(self, queues: Set[str], source: str) -> dict[tuple[str, str | None], set[str]]:
        """In which states the jobs are that sent the trigger events of each alert."""
        states: dict[tuple[str, str | None], set[str]] = {}
        for row in self._all(SENT, queues=sorted(queues)) if queues else []:
            told = json.loads(row.arguments)
            if (told["source"], told["action"]) == (source, "trigger"):
                states.setdefault((storable(told["dedup_key"]), told["raised_at"]), set()).add(row.state)
        return states

    def alerts_out_of_time(self, now: datetime) -> list[Alert]:
        """Open ones of any source whose `auto_resolve_at` has come."""
        found = [ALERT.validate_json(row.state) for row in self._all(TIMED)]
        return [one for one in found if one.auto_resolve_at and one.auto_resolve_at <= now]

    def keep_alert(self, alert: Alert) -> None:
        """One of the same source and key is replaced."""
        key = {"source": alert.source, "dedup_key": storable(alert.dedup_key)}
        self._do(
            KEEP[self._dialect], **key, status=alert.status, service_id=alert.service_id, incident=alert.incident,
            state=storable(ALERT.dump_json(alert).decode()),
        )  # fmt: skip
        self._do(UNTAG, **key)
        for tag in dict.fromkeys(alert.tags):
            self._do(TAG, **key, tag=storable(tag))

    def source_state(self, name: str) -> Mapping[str, Any] | None:
        """What was decided about a source while Muster ran, None: nothing."""
        row = self._first(SOURCE, name=name)
        return None if row is None else json.loads(row.state)

    def source_in_hand(self, name: str) -> dict[str, Any]:
        """The same, empty for nothing, and nobody else changes it until the commit."""
        self._do(BEGIN_SOURCE[self._dialect], name=name, state="{}")
        row = self._first(SOURCE_IN_HAND, name=name)
        found: dict[str, Any] = json.loads(row.state) if row else {}
        return found

    def source_states(self) -> dict[str, Mapping[str, Any]]:
        return {row.name: json.loads(row.state) for row in self._all(SOURCES)}

    def keep_source_state(self, name: str, state: Mapping[str, Any]) -> None:
        self._do(KEEP_SOURCE[self._dialect], name=name, state=json.dumps(dict(state)))

    def keep_integration_key(self, id: str, sealed: str, service_id: str | None) -> None:  # noqa: A002
        """`sealed`: never in clear. A key that is known already stays as it is."""
        self._do(KEEP_KEY[self._dialect], id=id, sealed=sealed, service_id=service_id)

    def forget_integration_key(self, id: str) -> None:  # noqa: A002
        """Nothing can be sent with it any more, unless it stands in muster.yaml."""
        self._do(FORGET_KEY, id=id)

    def withhold_signals(self, source: str, key_ids: Collection[str] | None = None) -> int:
        """What it signalled (with one of these keys) and nobody has begun to send is not sent any more, but for what
        is over; how many."""
        waiting = [(row.id, json.loads(row.arguments)) for row in self._all(WAITING_SIGNALS)]
        ids = [id_ for id_, told in waiting if _is_of(told, source, key_ids) and told["action"] != "resolve"]
        for id_ in ids:
            self._do(WITHHOLD, job_id=id_, now=time.time())
        return len(ids)

    def owes_signals(self, source: str, key_ids: Collection[str] | None = None) -> bool:
        """Whether something that it signalled (with one of these keys) waits or is on its way to PagerDuty."""
        return any(_is_of(json.loads(row.arguments), source, key_ids) for row in self._all(SIGNALS_OWED))

    def needs_key(self, key_id: str) -> bool:
        """Whether an alert that is open was raised with it, or something waits to be sent with it."""
        owed = (json.loads(row.arguments) for row in self._all(SIGNALS_OWED))
        return self._first(OPEN_WITH_KEY, key_id=key_id) is not None or any(one["key_id"] == key_id for one in owed)

    def integration_key(self, id: str) -> str | None:  # noqa: A002
        """Sealed."""
        row = self._first(KEY, id=id)
        return None if row is None else str(row.sealed)


def _raised(alert: Alert) -> tuple[str, str | None]:
    return alert.dedup_key, alert.raised_at.isoformat() if alert.raised_at else None


def _fate(states: Set[str]) -> str:
    """Of an alert whose trigger events are in these states."""
    if not states or "done" in states:
        return "taken"
    return "refused" if states == {"dead"} else "waiting"


def _is_of(told: Mapping[str, Any], source: str, key_ids: Collection[str] | None) -> bool:
    return told["source"] == source and (key_ids is None or told["key_id"] in key_ids)


def _alert(row: sa.Row[Any] | None) -> Alert | None:
    return None if row is None else ALERT.validate_json(row.state)


def _keeping(insert: Any) -> sa.Insert:
    row = insert(alerts)
    others = {name: row.excluded[name] for name in ("status", "service_id", "incident", "state")}
    kept: sa.Insert = row.on_conflict_do_update(index_elements=["source", "dedup_key"], set_=others)
    return kept


def _deciding(insert: Any) -> sa.Insert:
    row = insert(sources)
    kept: sa.Insert = row.on_conflict_do_update(index_elements=["name"], set_={"state": row.excluded.state})
    return kept


_state = sa.select(alerts.c.state)
_is_one = sa.and_(alerts.c.source == sa.bindparam("source"), alerts.c.dedup_key == sa.bindparam("dedup_key"))
_is_open = sa.text("alerts.status <> 'resolved'")
ONE = _state.where(_is_one)
IN_HAND = ONE.with_for_update()
AT_ONCE = (
    sa.select(alerts.c.source)
    .where(sa.or_(_is_one, alerts.c.incident == sa.bindparam("incident", type_=sa.Integer)))
    .with_for_update(nowait=True)
)
OPEN = _state.where(alerts.c.source == sa.bindparam("source"), _is_open).order_by(alerts.c.dedup_key)
WITH_KEY = _state.where(
    alerts.c.dedup_key == sa.bindparam("dedup_key"), sa.or_(_is_open, alerts.c.incident.is_(None))
).order_by(alerts.c.source)
TIMED = _state.where(_is_open, alerts.c.state.contains('"auto_resolve_at":"')).order_by(alerts.c.source)
LONELY = _state.where(alerts.c.incident.is_(None), _is_open).order_by(alerts.c.source, alerts.c.dedup_key)
OF_INCIDENT = _state.where(alerts.c.incident == sa.bindparam("incident")).order_by(
    alerts.c.source, alerts.c.dedup_key
)
TAGGED = (
    _state.join(
        alert_tags,
        sa.and_(alert_tags.c.source == alerts.c.source, alert_tags.c.dedup_key == alerts.c.dedup_key),
    )
    .where(
        alerts.c.source == sa.bindparam("source"),
        alert_tags.c.tag.in_(sa.bindparam("tags", expanding=True)),
        _is_open,
    )
    .distinct()
)
KEEP = in_both(_keeping)
UNTAG = alert_tags.delete().where(
    alert_tags.c.source == sa.bindparam("source"), alert_tags.c.dedup_key == sa.bindparam("dedup_key")
)
TAG = alert_tags.insert()
KEEP_KEY = in_both(lambda insert: insert(integration_keys).on_conflict_do_nothing())
KEY = sa.select(integration_keys.c.sealed).where(integration_keys.c.id == sa.bindparam("id"))
FORGET_KEY = integration_keys.delete().where(integration_keys.c.id == sa.bindparam("id"))
_is_owed = (jobs.c.kind == "send_signal", jobs.c.settled_at.is_(None))
_waits = (*_is_owed, jobs.c.state != "running")
SENT = sa.select(jobs.c.arguments, jobs.c.state).where(
    jobs.c.kind == "send_signal", jobs.c.lane.in_(sa.bindparam("queues", expanding=True))
)
SIGNALS_OWED = sa.select(jobs.c.arguments).where(*_is_owed)
OPEN_WITH_KEY = (
    sa.select(alerts.c.source)
    .where(alerts.c.status != "resolved", alerts.c.state.contains(sa.bindparam("key_id", type_=sa.Text())))
    .limit(1)
)
WAITING_SIGNALS = sa.select(jobs.c.id, jobs.c.arguments).where(*_waits)
WITHHOLD = (
    jobs.update()
    .where(jobs.c.id == sa.bindparam("job_id"), *_waits)
    .values(state="dead", complaint="its source or its route was removed", settled_at=sa.bindparam("now"))
)
SOURCE = sources.select().where(sources.c.name == sa.bindparam("name"))
SOURCE_IN_HAND = SOURCE.with_for_update()
BEGIN_SOURCE = in_both(lambda insert: insert(sources).on_conflict_do_nothing())
SOURCES = sources.select().order_by(sources.c.name)
KEEP_SOURCE = in_both(_deciding)
