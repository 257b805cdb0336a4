"""Whether those PagerDuty pages can act from Slack: what they press is done in the name of whoever has their e-mail."""

import asyncio
from collections.abc import Sequence

from bot.doctor.finding import LACKING, Finding, ill, listed, well
from bot.doctor.patient import Patient
from bot.domain.errors import Refused
from bot.pagerduty.wire import Query

PAGES = 5  # of 100 shifts each
MOST_ASKED = 40  # people: fewer than Slack lets us ask for in a minute
ONE_ADDRESS = "Give them the same e-mail address in both, or map them under `people:` in muster.yaml."


async def on_call(patient: Patient, about: str) -> Sequence[Finding]:
    people = await _on_call(patient)
    mapped = {address.casefold() for address in patient.config.choices.people.values()}
    unsure = [(name, address) for address, name in people.items() if address not in mapped][:MOST_ASKED]
    reasons = await asyncio.gather(*(_why_not(patient, address) for _, address in unsure))
    cannot = [f"{name} ({why})" for (name, _), why in zip(unsure, reasons, strict=True) if why]
    asked = len(unsure) + len(mapped & set(people))
    sample = f" (of {len(people)} on call)" if asked < len(people) else ""
    if cannot:
        found = f"{len(cannot)} of {asked} on-call people{sample} cannot acknowledge from Slack: {listed(cannot)}."
        return [ill(about, found, ONE_ADDRESS)]
    return [well(about, f"all {asked} on-call people{sample} are in Slack.")]


async def _on_call(patient: Patient) -> dict[str, str]:
    """E-mail address, in small letters, to name; as many as PAGES hold."""
    people: dict[str, str] = {}
    for page in range(PAGES):
        query: Query = [("include[]", "users"), ("earliest", "true"), ("limit", 100), ("offset", page * 100)]
        answer = await patient.pagerduty.ask("GET", "/oncalls", query=query)
        for user in (shift.object("user") for shift in answer.objects("oncalls")):
            if user and (address := user.text("email")):
                people.setdefault(address.casefold(), user.text("name") or address)
        if not answer.flag("more"):
            break
    return people


async def _why_not(patient: Patient, address: str) -> str | None:
    person = await patient.slack.person_with_email(address)
    if person is None:
        return f"nobody in Slack has {address}"
    return None if person.is_member else f"{person.standing} in Slack"


async def mapped(patient: Patient, about: str) -> Sequence[Finding]:
    pairs = list(patient.config.choices.people.items())[:MOST_ASKED]
    found = await asyncio.gather(*(_pair(patient, about, slack_id, address) for slack_id, address in pairs))
    return [finding for finding in found if not finding.is_well]


async def _pair(patient: Patient, about: str, slack_id: str, address: str) -> Finding:
    try:
        await patient.slack.person(slack_id)
    except Refused as refusal:
        said = f"`people:` maps {slack_id}, whom Slack does not know: {refusal}."
        return ill(about, said, "Mend muster.yaml.", because=LACKING.get(refusal.code, ""))
    if await patient.pagerduty.user_with_email(address) is None:
        return ill(about, f"`people:` maps {slack_id} to {address}, which no PagerDuty user has.", "Mend muster.yaml.")
    return well(about, f"{slack_id} is {address}.")
