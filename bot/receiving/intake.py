"""Second door, inside: a source's delivery becomes signals, and signals become entries and events owed to PagerDuty."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from bot.domain.change import ChangeEvent
from bot.domain.events.signals import Signalled, SourceSignalled
from bot.domain.incident import Subject
from bot.domain.job import Job, Priority
from bot.domain.redacted import hashed, without
from bot.domain.signal import Alert, Signal
from bot.domain.signalling import Verdict, verdict
from bot.domain.source import id_of
from bot.metrics import SIGNALS
from bot.pagerduty.signalling import dedup_key, event_of
from bot.proof.vault import Vault
from bot.receiving.approvals import about_approval
from bot.receiving.arrival import Arrival, heard_again, out_of_time
from bot.receiving.heard import record_all
from bot.receiving.latecomers import Awaited, unknown
from bot.receiving.particulars import (
    fields,
    former,
    is_acknowledged,
    lane,
    refs,
    routed,
    settled_with,
    still_wrong,
    trial,
    unique_name,
    weighed,
)
from bot.roster import Roster
from bot.sources import News, Received, Source, Unmapped
from bot.sources.naming import DOOR, OUT_OF_TIME, PREFIX, tagged, unmapped_key
from bot.sources.source import unmapped
from storage import Delivery, Transaction

NOWHERE = "no route leads to PagerDuty: `muster sources connect`, or a route in muster.yaml; then replay it"
DISABLED = Awaited("the source is disabled")
NO_SUCH_ROUTE = "there is no route {!r} here, which ?to= asks for: it goes where the conditions of the others lead"


class Intake:
    """Understands what sources sent. `vault`: seals integration keys, so that what is open can be settled later."""

    def __init__(self, roster: Roster, vault: Callable[[], Vault | None]) -> None:
        self._roster, self._vault = roster, vault

    def take(self, tx: Transaction, delivery: Delivery) -> str | None:
        """A complaint, when something about it was not understood; even then it is signalled as far as it can be."""
        name = delivery.source.removeprefix(PREFIX)
        state = tx.source_state(name)
        source = self._roster.source(name, state)
        if source is None:
            return unknown(tx, delivery, name, state or {})
        if state and state.get("disabled"):
            return DISABLED
        if OUT_OF_TIME in delivery.headers:
            return self._all(tx, source, delivery, out_of_time(tx, source, delivery))
        received = Received(delivery.body, delivery.headers, delivery.received_at)
        if source.adapter.news and "muster-test" not in delivery.headers:
            return _heard(tx, source.adapter.news, delivery, received)
        signals, complaint = source.signals(received)
        stranded = self._all(tx, source, delivery, signals, "unmapped" if complaint else "")
        if complaint is None:
            self._readable(tx, source, delivery)
        return complaint or stranded

    def take_unmapped(self, tx: Transaction, delivery: Delivery, complaint: str) -> None:
        """What a fault of ours kept from being understood is said, too."""
        name = delivery.source.removeprefix(PREFIX)
        source = self._roster.source(name, tx.source_state(name))
        if source is not None:
            received = Received(delivery.body, delivery.headers, delivery.received_at)
            self._all(tx, source, delivery, [unmapped(name, received, complaint)], "unmapped")

    def _readable(self, tx: Transaction, source: Source, delivery: Delivery) -> None:
        """Once nothing is left that could not be read, its alert is over."""
        key = unmapped_key(source.name)
        known = tx.alert(source.name, key)
        if not (known and known.is_open):
            return
        others = [one for one in tx.not_understood_of(delivery.source) if one.complaint != NOWHERE]
        if all(one.id == delivery.id for one in others):
            over = Signal(action="resolve", dedup_key=key, summary="All that was sent can be read", source=source.name)
            self._all(tx, source, delivery, [over], "mapped")

    def _all(
        self, tx: Transaction, source: Source, delivery: Delivery, signals: Sequence[Signal], what: str = ""
    ) -> str | None:
        """`what` makes other signals of the same delivery of those that the sender has no name for: what was said when
        it could not be read is not what is said now that it can. A complaint, when one of them leads nowhere."""
        if test := delivery.headers.get("muster-test"):
            signals = [trial(source, test, delivery.headers)]
        wanted, ours = delivery.headers.get("muster-route"), OUT_OF_TIME in delivery.headers
        nth: Counter[str] = Counter()
        stranded, why = None, "" if wanted in {None, *source.route_names} else NO_SUCH_ROUTE.format(wanted)
        for said, (route, signal) in zip(signals, routed(source, signals, delivery, wanted), strict=True):
            key, forwarded = unique_name(source, said) or f"{delivery.key}:{what}", DOOR in delivery.headers
            unique = f"signal:{key}:{nth[key]}"
            arrival = Arrival(source, signal, route, unique, delivery.received_at, delivery.id, forwarded, why, ours)
            stranded = self._one(tx, arrival) or stranded
            nth[key] += 1
        return stranded

    def _one(self, tx: Transaction, arrival: Arrival) -> str | None:
        approval = about_approval(arrival)
        if approval:
            tx.record_for_service(approval)
        if tx.place_of(arrival.key):
            heard_again(tx, arrival)
            return None
        if approval and arrival.signal.action == "ignore":
            return None
        said = [arrival.signal, *settled_with(tx, arrival.source, arrival.signal)]
        keys = [arrival.key, *(f"{arrival.key}:{nth}" for nth in range(1, len(said)))]
        found = [self._said(tx, replace(arrival, signal=one, key=key)) for one, key in zip(said, keys, strict=True)]
        return next(filter(None, found), None)

    def _said(self, tx: Transaction, arrival: Arrival) -> str | None:
        """NOWHERE for what PagerDuty should hear and nothing leads there: it is told so, and can be said again."""
        source, key = arrival.source, dedup_key(arrival.signal.dedup_key)
        known = tx.alert_in_hand(source.name, key) if key else None
        arrival = replace(arrival, signal=weighed(tx, source, arrival.signal, known))
        signal = arrival.signal
        incident = tx.incident(known.incident) if known and known.incident is not None else None
        policy = "reopen" if key == unmapped_key(source.name) else source.after_resolve
        decided = verdict(
            signal, known, self._fresh(tx, arrival), closed=bool(incident and not incident.is_open), policy=policy,
            acknowledged=is_acknowledged(incident),
        )  # fmt: skip
        if arrival.forwarded and signal.action in {"acknowledge", "resolve"} and not (known and known.is_open):
            decided = replace(decided, sent=True, why="")
        if decided.sent and signal.action == "resolve" and (other := still_wrong(tx, known)):
            decided = replace(decided, sent=False, why=f"{other} says under the same key that it is still wrong")
        if decided.sent and arrival.route is None and not (known and known.is_open):
            stranded = replace(decided, sent=False, why=NOWHERE, alert=known)
            self._record(tx, replace(arrival, key=f"{arrival.key}:nowhere"), stranded, known)
            return NOWHERE
        SIGNALS.labels(source.name, signal.action).inc()
        self._record(tx, arrival, decided, known)
        if incident and incident.redacted:
            decided = replace(decided, alert=without(decided.alert, hashed(incident.redacted)))
            tx.withhold(arrival.delivery, incident)
        if decided.alert and decided.alert != known:
            tx.keep_alert(decided.alert)
            self._ask(tx, arrival, decided.alert)
        if decided.sent:
            self._owe(tx, arrival, decided.alert)
        return None

    def _ask(self, tx: Transaction, arrival: Arrival, alert: Alert) -> None:
        """How severe it is, of a system that does not say so; the alert goes its way meanwhile."""
        told = arrival.source.settings.write_back
        is_new = alert.raised_at == arrival.at and alert.is_open
        if told and told.severity and is_new and "alertConfigId" in alert.refs:
            arguments = {"source": alert.source, "dedup_key": alert.dedup_key}
            tx.put(
                Job("look_up_severity", f"severity:{alert.source}", arguments=arguments, priority=Priority.COSMETIC,
                    key=f"severity:{arrival.key}")
            )  # fmt: skip

    def _record(self, tx: Transaction, arrival: Arrival, decided: Verdict, known: Alert | None) -> None:
        signal, alert = arrival.signal, decided.alert
        said: dict[str, Any] = {
            "action": signal.action, "dedup_key": dedup_key(signal.dedup_key), "summary": signal.summary,
            "severity": signal.severity, "sent": decided.sent, "why": decided.why or arrival.why,
        }  # fmt: skip
        common: dict[str, Any] = {
            "at": arrival.at, "by": arrival.actor, "key": arrival.key, "origin": f"in.{arrival.source.name}",
        }  # fmt: skip
        if alert and alert.incident is not None and signal.dedup_key:
            told = {**common, **said, "source": arrival.source.name, "former": former(decided, known)}
            tx.record(Signalled(subject=Subject(number=alert.incident), **told))
        else:
            tx.record_for_service(SourceSignalled(service_id=arrival.source.name, **common, **said))

    def _fresh(self, tx: Transaction, arrival: Arrival) -> Alert:
        """The alert as this signal would raise it, on its route."""
        signal, route = arrival.signal, arrival.route
        service = tx.service(route.service) if route and route.service and not route.account else None
        service_id = service.id if service else route.service if route else None
        written = route.key if route else None
        key_id = self._sealed(tx, written, service_id) if written else route.key_id if route else None
        return Alert(
            source=arrival.source.name, dedup_key=dedup_key(signal.dedup_key), status="triggered", queue=lane(route),
            severity=signal.severity or "error", summary=signal.summary, service_id=service_id, key_id=key_id,
            url=signal.client_url, client=signal.client, fields=fields(signal), tags=tuple(map(tagged, signal.tags)),
            title=arrival.source.adapter.title, refs=refs(signal), raised_at=arrival.at,
            elsewhere=bool(route and route.place), auto_resolve_at=arrival.auto_resolve_at,
            auto_resolve_timeout=arrival.auto_resolve_timeout,
        )  # fmt: skip

    def _sealed(self, tx: Transaction, key: str, service_id: str | None) -> str:
        name = id_of(key)
        vault = self._vault()
        if vault and tx.integration_key(name) is None:
            tx.keep_integration_key(name, vault.closed(key), service_id)
        return name

    def _owe(self, tx: Transaction, arrival: Arrival, alert: Alert | None) -> None:
        signal, source = arrival.signal, arrival.source
        to = alert if alert and signal.action != "change" else self._fresh(tx, arrival)
        path, body = event_of(signal)
        if signal.action == "change":
            self._list_change(tx, arrival, None if to.elsewhere else to.service_id)
            details = {**body["payload"].get("custom_details", {}), "muster_change": arrival.key}
            body = {**body, "payload": {**body["payload"], "custom_details": details}}
        arguments: Mapping[str, Any] = {
            "source": source.name, "action": signal.action, "dedup_key": to.dedup_key, "path": path, "body": body,
            "key_id": to.key_id, "service_id": to.service_id,
            "raised_at": to.raised_at.isoformat() if to.raised_at else None,
        }  # fmt: skip
        priority = Priority.NORMAL if signal.action == "change" else Priority.FIRST
        tx.put(Job("send_signal", to.queue, arguments=arguments, priority=priority, key=f"send:{arrival.key}"))

    def _list_change(self, tx: Transaction, arrival: Arrival, service_id: str | None) -> None:
        """So that it stands among the recent changes of rooms, before PagerDuty lists it."""
        if service_id is None:
            return
        service = tx.service(service_id)
        tx.keep_change(
            ChangeEvent(
                arrival.key, arrival.signal.summary, arrival.at, service_id, service.summary if service else service_id,
                arrival.actor, tuple(link.href for link in arrival.signal.links),
            )
        )  # fmt: skip


def _heard(tx: Transaction, news: News, delivery: Delivery, received: Received) -> str | None:
    """What PagerDuty says of its incidents is not said to PagerDuty again."""
    try:
        return record_all(tx, delivery, news(received))
    except Unmapped as complaint:
        return str(complaint)
