"""What is kept of a signal beside what PagerDuty is sent: what the card shows, and how its system can be asked."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import NAMESPACE_URL, uuid5

from bot.domain.incident import Incident, Status
from bot.domain.origin import severity_fact
from bot.domain.signal import SEVERITIES, Alert, Severity, Signal
from bot.domain.signalling import Verdict
from bot.domain.source import Route, id_of
from bot.sources import Source
from bot.sources.naming import TESTED, keyed, tagged
from bot.sources.work import limited
from storage import Delivery, NewDelivery, Transaction

REFS = ("id", "groupId", "alertConfigId")  # in custom_details: the system's own names, by which it can be asked
MOST, LONGEST_NAME, LONGEST_VALUE = 8, 40, 200  # fields; characters


def routed(
    source: Source, signals: Sequence[Signal], delivery: Delivery, wanted: str | None
) -> list[tuple[Route | None, Signal]]:
    """Their conditions have one limit together, however many signals a request holds."""
    with limited():
        return [source.route(named(one, delivery), wanted) for one in signals]


def named(signal: Signal, delivery: NewDelivery) -> Signal:
    """PagerDuty makes up a dedup_key where none is given; so do we, that what we answer is what we send."""
    if signal.dedup_key or signal.action != "trigger":
        return signal
    return replace(signal, dedup_key=uuid5(NAMESPACE_URL, delivery.key).hex)


def settled_with(tx: Transaction, source: Source, signal: Signal) -> list[Signal]:
    """What else is over with this."""
    others = tx.alerts_tagged(source.name, [tagged(one) for one in signal.settles]) if signal.settles else []
    return [
        replace(signal, action="resolve", dedup_key=one.dedup_key, settles=())
        for one in others if one.dedup_key != signal.dedup_key
    ]  # fmt: skip


def weighed(tx: Transaction, source: Source, signal: Signal, known: Alert | None) -> Signal:
    """As severe as the system says where it was asked; one that says nothing leaves an open alert as it was."""
    if signal.action != "trigger":
        return signal
    config = refs(signal).get("alertConfigId") if source.settings.write_back else None
    learned = tx.fact(severity_fact(source.name, config)) if config else None
    severity = next((one for one in SEVERITIES if one == learned), signal.severity)
    kept = known.severity if known and known.is_open else None
    return replace(signal, severity=severity or kept)


def former(decided: Verdict, known: Alert | None) -> Severity | None:
    """How severe an open alert was before."""
    if not (decided.sent and decided.alert and known and known.is_open):
        return None
    return known.severity if known.severity != decided.alert.severity else None


def is_acknowledged(incident: Incident | None) -> bool:
    return incident is not None and incident.status is Status.ACKNOWLEDGED


def fields(signal: Signal) -> dict[str, str]:
    """What the card shows of it, in the source's own words: the members that PagerDuty names, then its details."""
    told = {"Source": signal.source, "Component": signal.component, "Group": signal.group, "Class": signal.class_}
    known = {name: value[:LONGEST_VALUE] for name, value in told.items() if value}
    plain = {name: str(value)[:LONGEST_VALUE] for name, value in signal.custom_details.items() if _is_plain(value)}
    for name, value in plain.items():
        if len(known) < MOST and len(name) <= LONGEST_NAME and value not in known.values():
            known[name] = value
    return known


def _is_plain(value: object) -> bool:
    return isinstance(value, str | int | float) and not isinstance(value, bool) and bool(str(value).strip())


def refs(signal: Signal) -> dict[str, str]:
    return {name: told for name in REFS if isinstance(told := signal.custom_details.get(name), str) and told}


def trial(source: Source, test: str, headers: Mapping[str, str]) -> Signal:
    """What tries the way to PagerDuty and back, and should wake nobody."""
    over = headers.get("muster-test-is") == "over"
    return Signal(
        action="resolve" if over else "trigger", dedup_key=TESTED + test, severity="info", source=source.name,
        summary=f"A test of {source.name} through Muster; nothing is wrong", client="Muster",
    )  # fmt: skip


def unique_name(source: Source, said: Signal) -> str | None:
    """Some systems name a thing, not how it stands: the same thing getting worse is news."""
    name = f"{said.idempotency_key}:{said.action}:{said.severity}"
    return keyed(source.name, name) if said.idempotency_key else None


def still_wrong(tx: Transaction, alert: Alert | None) -> str | None:
    """Another source that has raised this very alert of PagerDuty's, and has not settled it."""
    others = tx.alerts_with_key(alert.dedup_key) if alert else []
    return next((one.source for one in others if alert and one.is_open and _is_shared(one, alert)), None)


def _is_shared(one: Alert, other: Alert) -> bool:
    return one.source != other.source and (one.service_id, one.key_id) == (other.service_id, other.key_id)


def lane(route: Route | None) -> str:
    """What leads to one integration, as the operator called it, leaves in one line; whether PagerDuty's services are
    known yet changes nothing."""
    if route is None:
        return "events:"
    key = id_of(route.key) if route.key else route.key_id
    return f"events:{key or (route.service or '').casefold()}"
