"""What one look at one thing told."""

from collections.abc import Sequence
from dataclasses import dataclass

SCOPES, RIGHTS, VARIABLES = "Slack scopes", "PagerDuty rights", "Environment"
LACKING = {"missing_scope": SCOPES}
"""By the code of a refusal, which check says what is lacking."""


@dataclass(frozen=True)
class Finding:
    """`found` and `mend` are sentences; where all is well, `mend` is advice or empty. No secret is in either.
    `because`: what else says so, if it has anything to mend: then this is the same mistake, met again."""

    is_well: bool
    about: str
    found: str
    mend: str = ""
    because: str = ""

    def __str__(self) -> str:
        word = "MEND" if not self.is_well else "note" if self.mend else "ok"
        return f"{word:4} {self.about}: {self.found}" + (f"\n     {self.mend}" if self.mend else "")


def well(about: str, found: str, mend: str = "") -> Finding:
    return Finding(True, about, found, mend)


def ill(about: str, found: str, mend: str, *, because: str = "") -> Finding:
    return Finding(False, about, found, mend, because)


def once(findings: Sequence[Finding]) -> list[Finding]:
    """Without those whose cause another of them names, and says how to mend."""
    to_mend = {finding.about for finding in findings if not finding.is_well}
    return [finding for finding in findings if finding.because not in to_mend]


def listed(names: list[str], most: int = 10) -> str:
    """The names, the first of them when they are many."""
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
