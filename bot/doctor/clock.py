"""Is our clock right? Slack's signatures are refused when it is five minutes off, and the timeline tells its time."""

from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from bot.doctor.finding import Finding, ill, well
from bot.doctor.patient import Answer, Patient
from bot.slack.signature import TOLERANCE

MOST = 15.0  # seconds


async def against_slack(patient: Patient, about: str) -> Sequence[Finding]:
    """https://docs.slack.dev/authentication/verifying-requests-from-slack: signatures age."""
    return _compared(about, "Slack", await patient.ask("GET", f"{patient.config.slack_api_url}api.test"))


async def against_pagerduty(patient: Patient, about: str) -> Sequence[Finding]:
    """Every answer tells the time, a refusal too."""
    return _compared(about, "PagerDuty", await patient.ask("GET", f"{patient.config.pagerduty_api_url}/abilities"))


def _compared(about: str, whose: str, answer: Answer) -> Sequence[Finding]:
    told = answer.headers.get("Date")
    if told is None:
        return [well(about, f"{whose} does not tell the time.", "It could not be compared with ours.")]
    skew = (datetime.now(UTC) - parsedate_to_datetime(told)).total_seconds()
    if abs(skew) <= MOST:
        return [well(about, f"within {MOST:.0f} s of {whose}'s.")]
    way = "ahead of" if skew > 0 else "behind"
    mend = f"Synchronise it (chrony, systemd-timesyncd): {TOLERANCE} s off, everything Slack sends is refused."
    return [ill(about, f"{abs(skew):.0f} s {way} {whose}'s.", mend)]
