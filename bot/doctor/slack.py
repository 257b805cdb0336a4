"""What Slack lets us do, and whether whom and where muster.yaml names exist there."""

import asyncio
import re
from collections.abc import Sequence

from bot.doctor.finding import LACKING, Finding, ill, listed, well
from bot.doctor.patient import Patient
from bot.domain.errors import Refused
from bot.slack.methods import scopes as wanted_scopes

REINSTALL = "Put the output of `muster manifest` into the app's settings (App Manifest) and reinstall the app."
SECRET = re.compile(r"[0-9a-f]{32}")
WHY = {
    "invalid_auth": "Copy it again from OAuth & Permissions.",
    "token_revoked": "Reinstall the app and copy the new token.",
    "account_inactive": "The app was removed, or its workspace is gone: install it again.",
    "token_expired": "Switch token rotation off in the app's settings and reinstall it.",
    "not_allowed_token_type": "This is another kind of token: the right one is under OAuth & Permissions.",
}


async def bot_token(patient: Patient, about: str) -> Sequence[Finding]:
    token = patient.config.slack_bot_token
    if not token:
        mend = "It is under OAuth & Permissions once the app is installed."
        return [ill(about, "SLACK_BOT_TOKEN is not set.", mend, because=patient.misspelt("SLACK_BOT_TOKEN"))]
    answer = (await patient.ask_slack("auth.test", token)).body
    if not answer.get("ok"):
        code = str(answer.get("error") or "no answer Slack would give")
        return [ill(about, f"SLACK_BOT_TOKEN is refused: {code}.", WHY.get(code, "Check it and SLACK_API_URL."))]
    if not answer.get("bot_id"):
        mend = "Take the Bot User OAuth Token, which begins with xoxb-."
        return [ill(about, "SLACK_BOT_TOKEN is a person's, not a bot's.", mend)]
    return [well(about, f"in {answer.get('team')} as @{answer.get('user')}.")]


async def scopes(patient: Patient, about: str) -> Sequence[Finding]:
    """https://docs.slack.dev/authentication/installing-with-oauth: each answer lists the token's scopes."""
    answer = await patient.ask_slack("auth.test", patient.config.slack_bot_token)
    given = {scope.strip() for scope in answer.headers.get("X-OAuth-Scopes", "").split(",")} - {""}
    if not given:
        return [well(about, "Slack does not list them.", "They could not be compared with the manifest.")]
    missing, superfluous = sorted(set(wanted_scopes()) - given), sorted(given - set(wanted_scopes()))
    found = []
    if missing:
        found.append(ill(about, f"{listed(missing)} {_is(missing)} missing.", REINSTALL))
    if superfluous:
        found.append(well(about, f"{listed(superfluous)} {_is(superfluous)} given and never used.", REINSTALL))
    return found or [well(about, "exactly those of the manifest.")]


async def signing_secret(patient: Patient, about: str) -> Sequence[Finding]:
    secrets, where = patient.config.slack_signing_secrets, "It is under Basic Information, App Credentials."
    if not secrets:
        if patient.config.slack_app_token:
            return [well(about, "they come through Socket Mode, which needs no signing secret.")]
        mend = f"{where} Or set SLACK_APP_TOKEN and use Socket Mode."
        found = "neither SLACK_SIGNING_SECRET nor SLACK_APP_TOKEN is set, so all are refused."
        return [ill(about, found, mend, because=patient.misspelt("SLACK_SIGNING_SECRET", "SLACK_APP_TOKEN"))]
    if any(secret.startswith(("xox", "xapp")) for secret in secrets):
        return [ill(about, "SLACK_SIGNING_SECRET holds a token.", where)]
    if not all(SECRET.fullmatch(secret) for secret in secrets):
        odd = "SLACK_SIGNING_SECRET is not 32 hexadecimal digits, as Slack's are."
        return [well(about, odd, where)]
    return [well(about, "a signing secret is set.")]


async def app_token(patient: Patient, about: str) -> Sequence[Finding]:
    """Asks for a websocket's address and does not connect: Slack would send it what the bot should get."""
    token = patient.config.slack_app_token
    if not token:
        return []
    answer = (await patient.ask_slack("apps.connections.open", token)).body
    if answer.get("ok"):
        return [well(about, "Slack offers a connection.")]
    mend = "Make an app-level token with connections:write under Basic Information, and switch Socket Mode on."
    return [ill(about, f"SLACK_APP_TOKEN is refused: {answer.get('error')}.", mend)]


async def announcements(patient: Patient, about: str) -> Sequence[Finding]:
    rules = (*patient.config.choices.routing, patient.config.choices.default)
    asking = {one.approvals.channel for one in patient.config.sources() if one.approvals}
    channels = sorted({_spelt(one) for one in {rule.announce for rule in rules} | asking if one})
    found = await asyncio.gather(*(_channel(patient, about, channel) for channel in channels))
    return found or [well(about, "none are asked for.")]


def _spelt(channel: str) -> str:
    """An id as it is, a name as #name, so that one that stands there with and without # is one."""
    return channel if channel.isupper() else f"#{channel.lstrip('#')}"


async def _channel(patient: Patient, about: str, channel: str) -> Finding:
    """By #name only where the bot is; by id wherever it may look."""
    if channel.startswith("#"):
        name = channel.lstrip("#")
        if await patient.slack.channel_id(name):
            return well(about, f"#{name} is there.")
        return ill(about, f"Muster is in no channel #{name}.", f"Write `/invite @muster` in #{name}, or mend its name.")
    answer = (await patient.ask_slack("conversations.info", patient.config.slack_bot_token, channel=channel)).body
    if not answer.get("ok"):
        code = str(answer.get("error"))
        mend = "Check the channel's id, and invite @muster if it is private."
        return ill(about, f"{channel} cannot be seen: {code}.", mend, because=LACKING.get(code, ""))
    if (answer.get("channel") or {}).get("is_archived"):
        return ill(about, f"{channel} is archived.", "Choose another channel in muster.yaml.")
    return well(about, f"{channel} is there.")


async def invitations(patient: Patient, about: str) -> Sequence[Finding]:
    rules = (*patient.config.choices.routing, patient.config.choices.default)
    invited = sorted({who for rule in rules for who in rule.invite})
    found = await asyncio.gather(*(_invited(patient, about, who) for who in invited))
    return found or [well(about, "only those PagerDuty pages are invited.")]


async def _invited(patient: Patient, about: str, who: str) -> Finding:
    code = ""
    try:
        missing = await _why_not(patient, who)
    except Refused as refusal:
        missing, code = str(refusal), refusal.code
    if missing:
        mend = "Mend `invite:` in muster.yaml."
        return ill(about, f"{who} cannot be invited: {missing}.", mend, because=LACKING.get(code, ""))
    return well(about, f"{who} is there.")


async def _why_not(patient: Patient, who: str) -> str | None:
    """muster.yaml names user groups by handle or id, people by id or e-mail address."""
    if who.startswith(("@", "S")):
        return None if await patient.slack.group_members(who.lstrip("@")) else "the user group is empty"
    person = await (patient.slack.person_with_email(who) if "@" in who else patient.slack.person(who))
    if person is None:
        return "nobody in Slack has this address"
    return "deactivated in Slack" if person.standing == "deactivated" else None


def _is(names: list[str]) -> str:
    return "is" if len(names) == 1 else "are"
