"""Whether the user groups that decide who may do what are there, and what the slash commands are called."""

import asyncio
from collections.abc import Sequence

from bot.doctor.finding import LACKING, Finding, ill, listed, well
from bot.doctor.patient import Patient
from bot.domain.errors import Refused
from bot.domain.policy import is_group

MEND = "Mend `policy:` or `admins:` in muster.yaml; while the group is missing it lets nobody in."


async def groups(patient: Patient, about: str) -> Sequence[Finding]:
    choices = patient.config.choices
    named = sorted({word for rule in (*choices.policy.values(), choices.admins) for word in rule if is_group(word)})
    found = await asyncio.gather(*(_group(patient, about, name) for name in named))
    return found or [well(about, "no rule names a user group.")]


async def _group(patient: Patient, about: str, name: str) -> Finding:
    try:
        is_empty = not await patient.slack.group_members(name)
    except Refused as refusal:
        said = f"{name} cannot be read: {str(refusal).rstrip('.')}."
        return ill(about, said, MEND, because=LACKING.get(refusal.code, ""))
    return ill(about, f"{name} is empty.", MEND) if is_empty else well(about, f"{name} is there.")


async def commands(patient: Patient, about: str) -> Sequence[Finding]:
    """Slack tells nobody which commands an app has, so this only says which there should be."""
    names = [name for names in patient.config.commands().values() for name in names]
    return [well(about, f"Slack must have {listed(names)}, as `muster manifest` lists them.")]
