"""Whether what sources say is what their owners mean, and whether it reaches anybody."""

import asyncio
from collections.abc import Sequence

from bot.doctor.finding import Finding, ill, well
from bot.doctor.kept import kept
from bot.doctor.patient import Patient
from bot.domain.connecting import KEY, called
from bot.domain.errors import Refused, Unavailable
from bot.domain.source import Approvals, Route
from bot.keptn import NO_API, WAITING
from bot.pagerduty.rest import PagerDuty, ServiceSetup
from bot.roster import Roster

ACCOUNTS = "Accounts"
MEND_ACCOUNT = "Mend it under `accounts:` in muster.yaml: its api_token, or its region."
MEND = "Mend `map:` in muster.yaml unless it is meant so; docs/sources/generic.md says what is good in a dedup_key."


async def mappings(patient: Patient, about: str) -> Sequence[Finding]:
    """Those that make no sense keep Muster from starting; these only seem odd."""
    roster = Roster(patient.config.sources())
    return [well(about, one, MEND) for one in roster.warnings()] or [
        well(about, f"{len(roster.names)} described, nothing about them is odd.")
    ]


async def routes(patient: Patient, about: str) -> Sequence[Finding]:
    """Of each source: that it leads somewhere, that an event can get in there, and that urgency follows severity."""
    states, roster = (await kept(patient.config)).sources, Roster(patient.config.sources())
    names = roster.catalogue.sources(states)
    found = await asyncio.gather(*(_source(patient, about, roster, name, states.get(name)) for name in names))
    return [finding for findings in found for finding in findings]


async def approvals(patient: Patient, about: str) -> Sequence[Finding]:
    """Whether Keptn would take an answer; where people are asked is looked at with the announcements."""
    asking = {one.name: one.approvals for one in patient.config.sources() if one.approvals}
    found = await asyncio.gather(*(_asks(patient, about, name, asks) for name, asks in asking.items()))
    return found or [well(about, "people are asked for none.")]


async def _asks(patient: Patient, about: str, name: str, asks: Approvals) -> Finding:
    told = await patient.ask("GET", asks.url + WAITING, headers={"x-token": asks.token}, allow_redirects=False)
    if told.status in {401, 403}:
        return ill(about, f"{name}: Keptn does not believe the token.", "Copy Keptn's API token to write_back.token.")
    if told.status != 200 or "events" not in told.body:
        return ill(about, f"{name}: Keptn answered {told.status}.", f"Mend write_back: {NO_API}.")
    return well(about, f"{name}: Keptn believes the token.")


async def _source(patient: Patient, about: str, roster: Roster, name: str, state: object) -> list[Finding]:
    source = roster.source(name, state if isinstance(state, dict) else None)
    if source is None:
        return [ill(about, f"{name} is of an adapter that this Muster lacks.", f"muster sources remove {name}")]
    if not source.settings.routes:
        return [ill(about, f"{name} leads nowhere.", f"muster sources connect {name} --service …")]
    return [finding for one in source.settings.routes for finding in await _route(patient, about, name, one)]


async def _route(patient: Patient, about: str, name: str, route: Route) -> list[Finding]:
    where = f"{name}, route {route.name}" if route.name else name
    if route.service is None:
        return [_key(about, where, route.integration_key or "")]
    there = patient.accounts.get(route.account) if route.account else patient.pagerduty
    if there is None:
        mend = "Put it back under `accounts:`. `muster sources disconnect --hand-over` takes the route away without it."
        return [ill(about, f"{where}: muster.yaml has no account {route.account}.", mend)]
    try:
        setup = await _setup(there, route.service)
    except (Refused, Unavailable) as trouble:
        if not route.account:
            raise
        return [ill(about, f"{where}: {route.account} cannot be asked: {trouble}.", MEND_ACCOUNT, because=ACCOUNTS)]
    if setup is None:
        return [ill(about, f"{where}: PagerDuty has no service {route.service}.", "Name one that is there, or its id.")]
    return _troubles(about, where, route, setup) or [
        well(about, f"{where} leads to {called(setup.service.summary, route.account or '')}.")
    ]


def _key(about: str, where: str, key: str) -> Finding:
    if KEY.fullmatch(key):
        return well(about, f"{where} has a key; `muster sources key NAME --verify` proves it.")
    return ill(about, f"{where}: the integration_key is none.", "Copy the 32 characters from PagerDuty.")


def _troubles(about: str, where: str, route: Route, setup: ServiceSetup) -> list[Finding]:
    service, found = setup.service.summary, []
    if not setup.integrations:
        mend = "Add one there, or run `muster sources connect`."
        found.append(ill(about, f"{where}: {service} has no Events API V2 integration.", mend))
    if not setup.follows_severity:
        mend = "Let it follow severity, in PagerDuty or with `muster sources connect … --severity-based`."
        found.append(well(about, f"{where}: the urgency of {service} is {setup.urgency}, whatever the severity.", mend))
    if not setup.makes_alerts:
        mend = "Let it create alerts and incidents, in its settings in PagerDuty."
        found.append(well(about, f"{where}: {service} makes incidents without alerts.", mend))
    return found


async def accounts(patient: Patient, about: str) -> Sequence[Finding]:
    """Whether PagerDuty believes the tokens of the others that muster.yaml names."""
    return await asyncio.gather(*(_account(about, name, one) for name, one in patient.accounts.items()))


async def _account(about: str, name: str, account: PagerDuty) -> Finding:
    try:
        await account.abilities()
    except (Refused, Unavailable) as trouble:
        return ill(about, f"{name}: {trouble}.", MEND_ACCOUNT)
    return well(about, f"the token of {name} is known.")


async def _setup(pagerduty: PagerDuty, words: str) -> ServiceSetup | None:
    """By id or by name; None: there is none."""
    like = await pagerduty.services_like(words)
    named = next((one.id for one in like if one.summary.casefold() == words.casefold()), words)
    try:
        return await pagerduty.service_setup(named)
    except Refused as refusal:
        if refusal.code in {"404", "2100"}:
            return None
        raise
