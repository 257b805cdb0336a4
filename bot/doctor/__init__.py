"""Checks every setting against the live services, and says how to mend what is wrong. Changes nothing anywhere."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from bot.config import Config
from bot.doctor import clock, home, members, pagerduty, policy, routing, slack, sources, webhooks
from bot.doctor.finding import Finding, ill
from bot.doctor.patient import Check, Patient, admitted
from bot.domain.errors import Misuse, Refused, Unavailable
from storage import UnsafeSettings

__all__ = ["Finding", "examine"]


@dataclass(frozen=True)
class Listed:
    """A check, and of whom it asks so much that it says nothing new while that one's token is wrong."""

    about: str
    check: Check
    needs: tuple[str, ...] = ()


SLACK, PAGERDUTY = "Slack", "PagerDuty"
FIRST = (Listed(SLACK, slack.bot_token), Listed(PAGERDUTY, pagerduty.token))
"""Everything that is asked of the two rests on these."""
CHECKS = (
    Listed("Database", home.database),
    Listed("Environment", home.names),
    Listed("Secret files", home.secret_files),
    Listed("Slack's clock", clock.against_slack),
    Listed("PagerDuty's clock", clock.against_pagerduty),
    Listed("Slack scopes", slack.scopes, (SLACK,)),
    Listed("Slack requests", slack.signing_secret),
    Listed("Socket Mode", slack.app_token),
    Listed("Announcements", slack.announcements, (SLACK,)),
    Listed("Invitations", slack.invitations, (SLACK,)),
    Listed("Policy", policy.groups, (SLACK,)),
    Listed("Commands", policy.commands),
    Listed("PagerDuty rights", pagerduty.rights, (PAGERDUTY,)),
    Listed("PAGERDUTY_FROM", pagerduty.sender, (PAGERDUTY,)),
    Listed("Change events", pagerduty.integration_keys, (PAGERDUTY,)),
    Listed("Mappings of sources", sources.mappings),
    Listed("Accounts", sources.accounts),
    Listed("Sources", sources.routes, (PAGERDUTY,)),
    Listed("Approvals", sources.approvals),
    Listed("muster.yaml", routing.names, (PAGERDUTY,)),
    Listed("Webhook secret", webhooks.secret),
    Listed("Webhooks", webhooks.subscriptions, (PAGERDUTY,)),
    Listed("Public address", webhooks.public_address),
    Listed("People", members.on_call, (SLACK, PAGERDUTY)),
    Listed("People", members.mapped, (SLACK, PAGERDUTY)),
)


async def examine(config: Config) -> list[Finding]:
    """Every check's findings, in the order of the table. What cannot be checked is a finding too; nothing is raised."""
    async with admitted(config) as patient:
        first = await _all(FIRST, patient)
        silent = {finding.about for finding in first if not finding.is_well}
        rest = await _all([one for one in CHECKS if silent.isdisjoint(one.needs)], patient)
    return first + rest


async def _all(listed: Sequence[Listed], patient: Patient) -> list[Finding]:
    found = await asyncio.gather(*(_checked(one, patient) for one in listed))
    return [finding for findings in found for finding in findings]


async def _checked(one: Listed, patient: Patient) -> Sequence[Finding]:
    try:
        return await one.check(patient, one.about)
    except (Misuse, Refused, UnsafeSettings) as trouble:
        return [ill(one.about, "this is refused.", f"{str(trouble).rstrip('.')}.")]
    except Unavailable as trouble:
        return [ill(one.about, f"could not be checked: {str(trouble).rstrip('.')}.", "Look again once it answers.")]
