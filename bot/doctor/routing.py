"""Whether the services, teams and priorities that muster.yaml names exist: a misspelt rule covers nothing, silently."""

from collections.abc import Iterable, Sequence

from bot.doctor.finding import Finding, ill, listed, well
from bot.doctor.patient import Patient
from bot.domain.errors import Refused
from bot.settings.choices import Choices, RoomRule

LISTS = ("services", "teams", "priorities")


async def names(patient: Patient, about: str) -> Sequence[Finding]:
    choices, findings = patient.config.choices, []
    for what in LISTS:
        wanted = _wanted(choices, what)
        if wanted:
            findings.append(await _compared(patient, about, what, wanted))
    return findings or [well(about, "names no service, team or priority.")]


async def _compared(patient: Patient, about: str, what: str, wanted: set[str]) -> Finding:
    try:
        found = await patient.pagerduty.all_of(f"/{what}", what)
    except Refused as refusal:
        return well(about, f"{what} cannot be read: {refusal}.", "Rules that name them never apply.")
    there = {(each.text(name) or "").casefold() for each in found for name in ("id", "name", "summary")}
    unknown = sorted(name for name in wanted if name.casefold() not in there)
    if unknown:
        there_are = listed(sorted(each.text("name") or "?" for each in found))
        return ill(about, f"PagerDuty has no {what} {listed(unknown)}.", f"Mend the name; there are {there_are}.")
    return well(about, f"all {what} it names exist.")


def _wanted(choices: Choices, what: str) -> set[str]:
    """What was written down, without what a rule says by itself."""
    rules: Iterable[RoomRule] = (*choices.routing, choices.default)
    named = {name for rule in rules if what in rule.model_fields_set for name in getattr(rule, what)}
    return named | (set(choices.services) if what == "services" else set())
