"""Setting a service up so that alerts reach it: https://developer.pagerduty.com/api-reference, createService,
createServiceIntegration"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from bot.domain.errors import Refused
from bot.domain.incident import Reference
from bot.pagerduty.reading import Members
from bot.pagerduty.resources.api import Api, checked, read
from bot.pagerduty.resources.services import EVENTS_V2

BY_SEVERITY = "severity_based"
URGENCY_RULE: Mapping[str, str] = {"type": "constant", "urgency": BY_SEVERITY}
"""critical and error are of high urgency, warning and info of low:
https://support.pagerduty.com/main/docs/dynamic-notifications"""
ALERTS = "create_alerts_and_incidents"


@dataclass(frozen=True)
class Integration:
    """Of the Events API v2. `key` is a secret; None when PagerDuty does not show it."""

    id: str
    name: str
    key: str | None = field(default=None, repr=False)

    @classmethod
    def of(cls, told: Members) -> Self:
        """Raises NotUnderstood without an id."""
        name = told.text("name") or told.text("summary") or ""
        return cls(told.needed_name("id"), name, told.text("integration_key"))


@dataclass(frozen=True)
class ServiceSetup:
    """What decides how a service takes alerts. `urgency`: high, low, severity_based or use_support_hours."""

    service: Reference
    urgency: str
    alert_creation: str
    integrations: tuple[Integration, ...]
    description: str = ""

    @property
    def follows_severity(self) -> bool:
        return self.urgency == BY_SEVERITY

    @property
    def makes_alerts(self) -> bool:
        """PagerDuty is about to leave this member out, when all services do."""
        return self.alert_creation in {"", ALERTS}

    @classmethod
    def of(cls, answer: Members) -> Self:
        """Raises NotUnderstood when the answer holds no service."""
        told = answer.needed_object("service")
        rule = told.object("incident_urgency_rule") or Members({})
        named = told.needed_reference()
        return cls(
            service=Reference(named.id, told.text("name") or named.summary or named.id, named.html_url),
            urgency=(rule.text("type") if rule.text("type") != "constant" else rule.text("urgency")) or "high",
            alert_creation=told.text("alert_creation") or "",
            integrations=tuple(Integration.of(each) for each in told.objects("integrations")
                               if (each.text("type") or "").startswith(EVENTS_V2)),
            description=told.text("description") or "",
        )  # fmt: skip


class Setup(Api):
    async def service_setup(self, service_id: str) -> ServiceSetup:
        path = f"/services/{checked(service_id)}"
        return read(ServiceSetup.of, await self.ask("GET", path, query=[("include[]", "integrations")]))

    async def create_service(self, name: str, policy_id: str, description: str) -> ServiceSetup:
        """Its urgency follows severity. Refused when a service has this name already: look before repeating."""
        wanted: Mapping[str, Any] = {
            "type": "service", "name": name, "description": description,
            "escalation_policy": {"id": checked(policy_id), "type": "escalation_policy_reference"},
            "incident_urgency_rule": URGENCY_RULE, "alert_creation": ALERTS,
        }  # fmt: skip
        return read(ServiceSetup.of, await self.ask("POST", "/services", body={"service": wanted}), writes=True)

    async def let_severity_decide(self, service_id: str) -> None:
        """May be repeated."""
        wanted = {"type": "service", "incident_urgency_rule": URGENCY_RULE, "alert_creation": ALERTS}
        await self.ask("PUT", f"/services/{checked(service_id)}", body={"service": wanted})

    async def create_integration(self, service_id: str, name: str) -> Integration:
        """A repeat makes another one: look before repeating."""
        path, wanted = f"/services/{checked(service_id)}/integrations", {"type": EVENTS_V2, "name": name}
        answer = await self.ask("POST", path, body={"integration": wanted})
        return read(lambda told: Integration.of(told.needed_object("integration")), answer, writes=True)

    async def integration(self, service_id: str, integration_id: str) -> Integration:
        answer = await self.ask("GET", f"/services/{checked(service_id)}/integrations/{checked(integration_id)}")
        return read(lambda told: Integration.of(told.needed_object("integration")), answer)

    async def delete_integration(self, service_id: str, integration_id: str) -> None:
        """One that is gone already is fine. The published schema leaves this call out, so it is looked whether it
        helped: Refused when the integration is still there."""
        path = f"/services/{checked(service_id)}/integrations/{checked(integration_id)}"
        try:
            await self.ask("DELETE", path)
        except Refused as refused:
            if refused.trouble or not await self._is_gone(path):
                raise

    async def _is_gone(self, path: str) -> bool:
        try:
            await self.ask("GET", path)
        except Refused as refused:
            if refused.code in {"404", "2100"}:
                return True
            raise
        return False
