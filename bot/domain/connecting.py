"""Connecting a source with a PagerDuty service: what is wished for, and what came of it."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from bot.domain.incident import Reference
from bot.domain.people import Actor

VERIFY = "verify:"
VERIFYING = re.compile(rf"{VERIFY}[0-9a-f]{{32}}")
KEY = re.compile(r"[0-9A-Za-z]{32}")
"""An integration key."""
HOW: Mapping[str, str] = {
    "bearer": "in the header `Authorization: Bearer …`",
    "basic": "as the password of the user `muster` (HTTP Basic)",
    "token": "in the address, as `token=…`",
    "routing_key": "as the `routing_key` of each event",
    "header": "in the header `X-Source-Token`",
    "hmac": "as the secret that the system signs with",
}
"""How a source shows its secret, by the word for the proof."""


@dataclass(frozen=True)
class Wish:
    """`adapter`: of a source that is to be made, None when it is there. Either `service` (id or name) or `new_service`
    with its escalation `policy` (id or name). `severity_based`: the service's urgency shall follow severity.
    `proof`: what proves the new source to us. `account`: another than ours, whose services are meant."""

    source: str
    adapter: str | None = None
    proof: str = "bearer"
    service: str = ""
    new_service: str = ""
    policy: str = ""
    severity_based: bool = False
    account: str = ""


@dataclass(frozen=True)
class Deed:
    """Who wants it done. `key` is unique for ever, so that a repeat is known as one; `origin`: the door it came by."""

    by: Actor
    key: str
    origin: str

    @property
    def mark(self) -> str:
        """By which what it made in PagerDuty is told from what anybody else did."""
        return uuid5(NAMESPACE_URL, self.key).hex[:12]


@dataclass(frozen=True)
class Connection:
    """A route that was made. `secret` proves the new source, None when it is not new. `urgency`: PagerDuty's word for
    how the service decides it."""

    source: str
    route: str
    service: Reference
    key_id: str
    urgency: str
    makes_alerts: bool = True
    is_first: bool = True
    proof: str = "bearer"
    secret: str | None = field(default=None, repr=False)
    account: str = ""

    @property
    def called(self) -> str:
        return called(self.service.summary, self.account)

    @property
    def warning(self) -> str:
        """What keeps the service from taking alerts as it should; empty: nothing."""
        if not self.makes_alerts:
            return f"{self.called} makes incidents without alerts, so it cannot be told which alert is over."
        if self.urgency == "severity_based":
            return ""
        return (
            f"The urgency of {self.called} is {self.urgency.replace('_', ' ')}, whatever the severity: let it"
            " follow severity in PagerDuty, or connect again and ask for it."
        )

    def path(self) -> str:
        """Below Muster's address."""
        return f"/in/{self.source}" + ("" if self.is_first else f"?to={self.route}")


def called(service: str, account: str) -> str:
    """A service by name; one of another account is told apart from one of ours."""
    return f"{service} ({account})" if account else service


def route_named(service: str, taken: Iterable[str]) -> str:
    """A name for a service's route that may stand in an address, and that none of the others has."""
    name = re.sub(r"[^a-z0-9]+", "-", service.casefold()).strip("-")[:48] or "service"
    others = set(taken)
    names = (name, *(f"{name}-{nth}" for nth in range(2, len(others) + 2)))
    return next(one for one in names if one not in others)


def routes_in(state: Mapping[str, Any] | None) -> list[Mapping[str, Any]]:
    """Those made while Muster ran: name, service, service_name, key_id, integration, and the account if not ours."""
    return list((state or {}).get("routes", []))


def is_verifying(incident_key: str | None) -> bool:
    """Whether an incident is there only to prove a key."""
    return bool(incident_key and VERIFYING.fullmatch(incident_key))
