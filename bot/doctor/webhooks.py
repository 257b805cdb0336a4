"""Whether PagerDuty's deliveries find us, and whether we would believe them."""

import ipaddress
from collections.abc import Sequence
from urllib.parse import urlsplit

from bot.doctor.finding import Finding, ill, listed, well
from bot.doctor.kept import kept
from bot.doctor.patient import Patient
from bot.pagerduty.meaning import READERS
from bot.pagerduty.resources.account import ROUTE, Subscription

ADDRESS = "Public address"
WHERE = "PagerDuty, Integrations, Generic Webhooks (v3)"


async def secret(patient: Patient, about: str) -> Sequence[Finding]:
    secrets = patient.config.pagerduty_webhook_secrets
    made = (await kept(patient.config)).subscriptions
    if not secrets and made:
        return [well(about, f"Muster keeps those of the {len(made)} subscriptions that it made.")]
    if not secrets:
        mend = "PagerDuty shows it once, when a subscription is created; if it is lost, create another one."
        found, name = "PAGERDUTY_WEBHOOK_SECRETS is not set, so no page can be believed.", "PAGERDUTY_WEBHOOK_SECRETS"
        return [ill(about, found, mend, because=patient.misspelt(name))]
    return [well(about, "a secret is set." if len(secrets) == 1 else f"{len(secrets)} secrets are set.")]


async def subscriptions(patient: Patient, about: str) -> Sequence[Finding]:
    there = await patient.pagerduty.subscriptions()
    base = patient.config.public_url
    ours = [one for one in there if one.leads_to(base)]
    if not ours:
        target = f"{base.rstrip('/')}{ROUTE}" if base else f"…{ROUTE}"
        others = f"they lead to {listed([_shown(one.url) for one in there])}" if there else "there is none"
        found, mend = f"no subscription leads to {target}: {others}.", f"{WHERE}: add one that does."
        return [ill(about, found, mend, because=ADDRESS if base and not _is_address(base) else "")]
    findings = [finding for one in ours for finding in _one(one, about)]
    secrets = patient.config.pagerduty_webhook_secrets
    given = {one.id for one in ours} - (await kept(patient.config)).subscriptions
    if secrets and len(given) > len(secrets):
        mend = "Each has its own: list all, separated by commas, or delete the subscriptions that are not needed."
        found = f"{len(given)} subscriptions lead here and PAGERDUTY_WEBHOOK_SECRETS holds {len(secrets)}."
        findings.append(ill(about, found, mend))
    return findings


def _one(subscription: Subscription, about: str) -> list[Finding]:
    """https://developer.pagerduty.com/docs/webhooks-behavior: three drops in a row disable it for a day."""
    name, missing = subscription.id, sorted(set(READERS) - set(subscription.events))
    troubles = (
        (not subscription.active, f"{name} is switched off.", f"{WHERE}: switch it on."),
        (subscription.temporarily_disabled, f"{name} is disabled by PagerDuty, since three deliveries were refused.",
         f"Check the secret, then {WHERE}: enable it."),
        (bool(missing), f"{name} does not send {listed(missing, 40)}.", f"{WHERE}: choose these events too."),
    )  # fmt: skip
    found = [ill(about, what, mend) for applies, what, mend in troubles if applies]
    if subscription.filter != "account":
        only = f"{name} delivers for {subscription.filter} alone."
        found.append(well(about, only, "Subscribe the account if every service shall be covered."))
    return found or [well(about, f"{name} delivers all {len(READERS)} kinds of event.")]


def _shown(url: str) -> str:
    """Without the password it may hold."""
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="").geturl() or "nowhere"


async def public_address(patient: Patient, about: str) -> Sequence[Finding]:
    """Asked from here, which need not be how it looks from outside."""
    url = patient.config.public_url
    if not url:
        return [well(about, "MUSTER_PUBLIC_URL is not set.", "Set it, so that it can be checked from here.")]
    parts = urlsplit(url)
    if not _is_address(url):
        return [ill(about, "MUSTER_PUBLIC_URL is no address.", "It looks like https://muster.example.com.")]
    answer = await patient.ask("GET", f"{url.rstrip('/')}/livez", allow_redirects=False)
    if answer.status != 200 or answer.body.get("alive") is not True:
        mend = "Start `muster serve`, and let the proxy in front of it pass every path on."
        return [ill(about, f"{_shown(url)}/livez is not answered by Muster (status {answer.status}).", mend)]
    if parts.scheme == "http" and not _is_here(parts.hostname or ""):
        return [ill(about, "it is reached without TLS.", "Slack only calls https://: put a proxy with TLS before it.")]
    return [well(about, f"Muster answers at {_shown(url)}.")]


def _is_address(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in {"http", "https"} and bool(parts.hostname)


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
