"""Whether the sources in muster.yaml say what their owners mean."""

from collections.abc import Sequence

from bot.doctor.finding import Finding, well
from bot.doctor.patient import Patient
from bot.roster import Roster

MEND = "Mend `map:` in muster.yaml unless it is meant so; docs/sources/generic.md says what is good in a dedup_key."


async def mappings(patient: Patient, about: str) -> Sequence[Finding]:
    """Those that make no sense keep Muster from starting; these only seem odd."""
    roster = Roster(patient.config.sources())
    return [well(about, one, MEND) for one in roster.warnings()] or [
        well(about, f"{len(roster.names)} described, nothing about them is odd.")
    ]
