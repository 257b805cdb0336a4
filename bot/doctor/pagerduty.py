"""What PagerDuty lets us do."""

import asyncio
import re
from collections.abc import Mapping, Sequence

from bot.doctor.finding import Finding, ill, listed, well
from bot.doctor.patient import Patient
from bot.domain.errors import Refused
from bot.pagerduty.reading import Members
from bot.pagerduty.resources.services import EVENTS_V2
from bot.settings.regions import REGIONS

KEYS = "PagerDuty, Integrations, API Access Keys: create one that is not read-only."
UNKNOWN_TOKEN = frozenset({"401", "2006"})
KEY = re.compile(r"[0-9a-zA-Z]{32}")
NEEDED = ("incidents", "users", "services", "oncalls", "change_events", "webhook_subscriptions")
"""What is read; the scope of an OAuth token is the word with ".read"."""
ALWAYS = {"Accept": "application/vnd.pagerduty+json;version=2", "Content-Type": "application/json"}


async def token(patient: Patient, about: str) -> Sequence[Finding]:
    if not patient.config.pagerduty_api_token:
        return [ill(about, "PAGERDUTY_API_TOKEN is not set.", KEYS, because=patient.misspelt("PAGERDUTY_API_TOKEN"))]
    try:
        abilities = await patient.pagerduty.abilities()
    except Refused as refusal:
        if refusal.code not in UNKNOWN_TOKEN:
            raise
        return [await refused_token(patient, about)]
    return [well(about, f"the token is known; the plan includes {len(abilities)} abilities.")]


async def refused_token(
    patient: Patient, about: str, regions: Mapping[str, tuple[str, str]] = REGIONS
) -> Finding:  # fmt: skip
    """A token of the other region looks wrong too, so the other one is asked."""
    said, token = "PAGERDUTY_API_TOKEN is refused", patient.config.pagerduty_api_token
    headers = {"Authorization": f"Token token={token}", **ALWAYS}
    here = patient.config.pagerduty_api_url
    for region, (api, _) in regions.items():
        is_other = here in {url for url, _ in regions.values()} and api != here
        if is_other and (await patient.ask("GET", f"{api}/abilities", headers=headers)).status == 200:
            return ill(about, f"{said} here and taken in region {region}.", f"Set PAGERDUTY_REGION={region}.")
    return ill(about, f"{said}.", KEYS)


async def rights(patient: Patient, about: str) -> Sequence[Finding]:
    refused = [why for why in await asyncio.gather(*(_may_read(patient, what) for what in NEEDED)) if why]
    if not refused:
        return [well(about, "all that Muster reads can be read.")]
    scopes = " ".join(f"{what}.read" for what, _ in refused)
    why = "; ".join(f"{what}: {said}" for what, said in refused)
    return [ill(about, f"the token may not read {why}.", f"{KEYS} An OAuth token needs {scopes}.")]


async def _may_read(patient: Patient, what: str) -> tuple[str, str] | None:
    try:
        await patient.pagerduty.ask("GET", f"/{what}", query=[("limit", 1)])
    except Refused as refusal:
        return what, str(refusal)
    return None


async def sender(patient: Patient, about: str) -> Sequence[Finding]:
    address = patient.config.pagerduty_from
    if not address:
        return [well(about, "not set.", "Muster's own notes go out in the name of whoever was paged.")]
    if await patient.pagerduty.user_with_email(address) is None:
        mend = "Set it to the e-mail address of a PagerDuty user who may respond."
        return [ill(about, f"no PagerDuty user has {address}, so PagerDuty takes no note of ours.", mend)]
    return [well(about, f"{address} is a PagerDuty user.")]


async def integration_keys(patient: Patient, about: str) -> Sequence[Finding]:
    """A change event needs its service's key: from muster.yaml, else read from the service."""
    found = await patient.pagerduty.all_of("/services", "services", [("include[]", "integrations")])
    keys = patient.config.integration_keys()
    bad = sorted(name for name, key in keys.items() if not KEY.fullmatch(key))
    without = [each.text("name") or "?" for each in found if not _has_key(each, keys)]
    findings = []
    if bad:
        mend = "Copy the 32 characters from the service's Integrations in PagerDuty."
        findings.append(ill(about, f"the integration_key of {listed(bad)} in muster.yaml is none.", mend))
    if without:
        mend = "Add an Events API V2 integration to each, or its integration_key to muster.yaml, to log changes on it."
        findings.append(well(about, f"{len(without)} of {len(found)} services take none: {listed(without)}.", mend))
    return findings or [well(about, f"all {len(found)} services take them.")]


def _has_key(service: Members, keys: Mapping[str, str]) -> bool:
    names = {(service.text(name) or "").casefold() for name in ("id", "name")}
    types = {each.text("type") for each in service.objects("integrations")}
    return not names.isdisjoint(keys) or EVENTS_V2 in types
