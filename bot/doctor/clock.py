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
    if not patient.config.slack_bot_token:
        return []
    return _compared(about, await patient.ask("GET", f"{patient.config.slack_api_url}api.test"))


async def against_pagerduty(patient: Patient, about: str) -> Sequence[Finding]:
    """Every answer tells the time, a refusal too."""
    if not patient.config.pagerduty_api_token:
        return []
    return _compared(about, await patient.ask("GET", f"{patient.config.pagerduty_api_url}/abilities"))


def _compared(about: str, answer: Answer) -> Sequence[Finding]:
    told = answer.headers.get("Date")
    if told is None:
        return [well(about, "not told.", "Ours could not be compared with it.")]
    skew = (datetime.now(UTC) - parsedate_to_datetime(told)).total_seconds()
    if abs(skew) <= MOST:
        return [well(about, f"ours is within {MOST:.0f} s of it.")]
    way = "ahead of" if skew > 0 else "behind"
    mend = f"Synchronise ours (chrony, systemd-timesyncd): {TOLERANCE} s off, everything Slack sends is refused."
    return [ill(about, f"ours is {abs(skew):.0f} s {way} it.", mend)]
