"""Which incident an alert belongs to that a source raised: by its key, else because PagerDuty says so."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import chain

from bot.domain.belonging import is_on, is_sought, matching
from bot.domain.errors import Refused
from bot.domain.events.signals import Correlated
from bot.domain.incident import Incident, Reference, Subject
from bot.domain.job import Claim
from bot.domain.people import MUSTER
from bot.domain.signal import Alert
from bot.effects.world import Facts, World
from bot.pagerduty.rest import TheirAlert
from storage import Transaction

MOST_ASKED = 10  # incidents whose alerts PagerDuty is asked for in one run


async def correlate(world: World, claim: Claim) -> Facts:
    """An incident has the key of its first alert. PagerDuty is asked for the others only while there are alerts of
    ours whose incident nobody knows. A repeat finds what is known already."""
    incident = await world.incident(claim)
    if incident.merged_into:
        await world.database.write(lambda tx: _follow(tx, incident))
        return []
    if await world.database.read(lambda tx: _with_its_key(tx, incident)):
        await world.database.write(lambda tx: _by_key(tx, incident))
    elif incident.pagerduty_id is not None and await world.database.read(lambda tx: _seeks(tx, incident)):
        await _ask(world, incident.pagerduty_id, incident.number)
    return []


async def find_incidents(world: World, claim: Claim) -> Facts:
    """No webhook tells that PagerDuty put a further alert into an incident that is there: incidents that are open on
    the services of such alerts are asked, the newest first. Less and less often, then never again."""
    sought = await world.database.read(_sought)
    if not sought:
        return []
    asked = await world.database.read(lambda tx: _candidates(tx, {one.service_id for one in sought}))
    for incident in asked:
        await _ask(world, incident.pagerduty_id or "", incident.number)
    await world.database.write(lambda tx: _looked(tx, sought))
    return []


async def _ask(world: World, pagerduty_id: str, number: int) -> None:
    try:
        told = await world.pagerduty.alerts(pagerduty_id)
    except Refused as refusal:
        if refusal.trouble:
            raise
        return  # it was deleted, or is hidden from our token
    await world.database.write(lambda tx: _as_told(tx, number, told))


def _with_its_key(tx: Transaction, incident: Incident) -> Sequence[Alert]:
    """Alerts of ours that have the incident's own key. PagerDuty opens an incident for a key's newest alert alone, so
    of one that is open the alert is no other's any more."""
    if incident.incident_key is None:
        return []
    known = [
        one for one in tx.alerts_with_key(incident.incident_key)
        if one.incident is None or (incident.is_open and one.incident < incident.number)
    ]  # fmt: skip
    return matching(known, incident.service, incident.title)


def _by_key(tx: Transaction, incident: Incident) -> None:
    tx.take_several()
    _all_belong(tx, incident, _with_its_key(tx, incident))


def _seeks(tx: Transaction, incident: Incident) -> bool:
    """Whether there is an alert that may be one of the incident's further ones."""
    lonely = tx.alerts_without_incident()
    return any(not one.elsewhere and (one.service_id is None or is_on(one, incident.service)) for one in lonely)


def _as_told(tx: Transaction, number: int, told: Sequence[TheirAlert]) -> None:
    tx.take_several()
    incident = tx.incident(number)
    if incident is None:
        return
    for one in told:
        lonely = [alert for alert in tx.alerts_with_key(one.key) if alert.incident is None] if one.key else []
        _all_belong(tx, incident, matching(lonely, _service(incident, one), incident.title))


def _service(incident: Incident, one: TheirAlert) -> Reference | None:
    """The alert's own, which may be another than that of an incident into which others were merged."""
    if one.service_id is None or (incident.service and incident.service.id == one.service_id):
        return incident.service
    return Reference(one.service_id)


def _follow(tx: Transaction, incident: Incident) -> None:
    tx.take_several()
    target = tx.incident_by_pagerduty_id(incident.merged_into.id) if incident.merged_into else None
    if target:
        _all_belong(tx, target, tx.alerts_of(incident.number))


def _all_belong(tx: Transaction, incident: Incident, alerts: Iterable[Alert]) -> None:
    for alert in alerts:
        _belongs(tx, incident, alert)


def _belongs(tx: Transaction, incident: Incident, found: Alert) -> None:
    """It is read again, in hand: the source may have said something meanwhile."""
    alert = tx.alert_in_hand(found.source, found.dedup_key)
    if alert is None or alert.incident != found.incident:
        return
    on_it = alert.service_id is None or is_on(alert, incident.service)
    service_id = incident.service.id if incident.service and on_it else alert.service_id
    tx.record(_correlated(incident, alert))
    tx.keep_alert(replace(alert, incident=incident.number, service_id=service_id))


def _correlated(incident: Incident, alert: Alert) -> Correlated:
    raised = alert.raised_at.isoformat() if alert.raised_at else ""
    return Correlated(
        subject=Subject(number=incident.number), at=datetime.now(UTC), by=MUSTER, origin=f"in.{alert.source}",
        key=f"correlated:{incident.name}:{alert.source}:{alert.dedup_key}:{raised}", source=alert.source,
        client=alert.name, dedup_key=alert.dedup_key, severity=alert.severity, status=alert.status, url=alert.url,
        summary=alert.summary, fields=alert.fields,
    )  # fmt: skip


def _sought(tx: Transaction) -> list[Alert]:
    now = datetime.now(UTC)
    return [one for one in tx.alerts_without_incident() if is_sought(one, now)]


def _candidates(tx: Transaction, services: set[str | None]) -> list[Incident]:
    """One whose service nobody knows may belong anywhere."""
    found = chain.from_iterable(tx.incidents(service=one, limit=MOST_ASKED) for one in services)
    known = {incident.number: incident for incident in found if incident.pagerduty_id}
    return [known[number] for number in sorted(known, reverse=True)[:MOST_ASKED]]


def _looked(tx: Transaction, sought: Sequence[Alert]) -> None:
    tx.take_several()
    for one in sought:
        alert = tx.alert_in_hand(one.source, one.dedup_key)
        if alert and alert.incident is None:
            tx.keep_alert(replace(alert, looked=alert.looked + 1))
