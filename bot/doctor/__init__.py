"""Checks every setting against the live services, and says how to mend what is wrong. Changes nothing anywhere."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from bot.config import Config
from bot.doctor import clock, home, members, pagerduty, policy, routing, slack, sources, webhooks
from bot.doctor.finding import LACKING, RIGHTS, SCOPES, VARIABLES, Finding, ill, once
from bot.doctor.patient import Check, Patient, admitted
from bot.domain.errors import Misuse, Refused, Unavailable
from storage import UnsafeSettings

__all__ = ["Finding", "examine"]


@dataclass(frozen=True)
class Listed:
    """A check, and those of the first without which it can say nothing new. `after`: the check that comes upon what
    keeps this one from its work, too, and says more of it."""

    about: str
    check: Check
    needs: tuple[str, ...] = ()
    after: str = ""


SLACK, PAGERDUTY, MAPPINGS = "Slack", "PagerDuty", "Mappings of sources"
FIRST = (
    Listed(SLACK, slack.bot_token), Listed(PAGERDUTY, pagerduty.token), Listed(MAPPINGS, sources.mappings),
)  # fmt: skip
"""Others rest on these."""
CHECKS = (
    Listed("Database", home.database),
    Listed(VARIABLES, home.names),
    Listed("Secret files", home.secret_files),
    Listed("Anchors", home.anchors),
    Listed("Slack's clock", clock.against_slack, after=SLACK),
    Listed("PagerDuty's clock", clock.against_pagerduty, after=PAGERDUTY),
    Listed(SCOPES, slack.scopes, (SLACK,)),
    Listed("Slack requests", slack.signing_secret),
    Listed("Socket Mode", slack.app_token),
    Listed("Announcements", slack.announcements, (SLACK,)),
    Listed("Invitations", slack.invitations, (SLACK,)),
    Listed("Policy", policy.groups, (SLACK,)),
    Listed("Commands", policy.commands),
    Listed(RIGHTS, pagerduty.rights, (PAGERDUTY,)),
    Listed("PAGERDUTY_FROM", pagerduty.sender, (PAGERDUTY,), after=RIGHTS),
    Listed("Change events", pagerduty.integration_keys, (PAGERDUTY,), after=RIGHTS),
    Listed(sources.ACCOUNTS, sources.accounts),
    Listed("Sources", sources.routes, (PAGERDUTY, MAPPINGS), after=RIGHTS),
    Listed("Approvals", sources.approvals),
    Listed("muster.yaml", routing.names, (PAGERDUTY,), after=RIGHTS),
    Listed("Webhook secret", webhooks.secret),
    Listed("Webhooks", webhooks.subscriptions, (PAGERDUTY,), after=RIGHTS),
    Listed(webhooks.ADDRESS, webhooks.public_address),
    Listed("People", members.on_call, (SLACK, PAGERDUTY), after=RIGHTS),
    Listed("People", members.mapped, (SLACK, PAGERDUTY), after=RIGHTS),
)


async def examine(config: Config) -> list[Finding]:
    """Every check's findings, in the order of the table, each mistake once. What cannot be checked is a finding too;
    nothing is raised."""
    async with admitted(config) as patient:
        first = await _all(FIRST, patient)
        silent = {finding.about for finding in first if not finding.is_well}
        rest = await _all([one for one in CHECKS if silent.isdisjoint(one.needs)], patient)
    return once(first + rest)


async def _all(listed: Sequence[Listed], patient: Patient) -> list[Finding]:
    found = await asyncio.gather(*(_checked(one, patient) for one in listed))
    return [finding for findings in found for finding in findings]


async def _checked(one: Listed, patient: Patient) -> Sequence[Finding]:
    try:
        return await one.check(patient, one.about)
    except (Misuse, Refused, UnsafeSettings) as trouble:
        because = LACKING.get(getattr(trouble, "code", ""), one.after)
        return [ill(one.about, "this is refused.", f"{str(trouble).rstrip('.')}.", because=because)]
    except Unavailable as trouble:
        found, mend = f"could not be checked: {str(trouble).rstrip('.')}.", "Look again once it answers."
        return [ill(one.about, found, mend, because=one.after)]
