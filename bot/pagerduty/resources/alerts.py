"""Alerts of an incident, and its urgency: https://developer.pagerduty.com/api-reference, listIncidentAlerts"""

from dataclasses import dataclass
from typing import Self

from bot.pagerduty.reading import Members
from bot.pagerduty.resources.api import Api, checked, read


@dataclass(frozen=True)
class TheirAlert:
    """`key` is the dedup_key it was raised with; `service_id` the service of the integration that took it."""

    id: str
    key: str | None = None
    service_id: str | None = None

    @classmethod
    def of(cls, told: Members) -> Self:
        service = told.reference("service")
        return cls(told.needed_name("id"), told.text("alert_key"), service.id if service else None)


class Alerts(Api):
    async def alerts(self, incident_id: str) -> list[TheirAlert]:
        """All of an incident's, open or not; PagerDuty lets it have 1,000."""
        found = await self.all_of(f"/incidents/{checked(incident_id)}/alerts", "alerts")
        return [read(TheirAlert.of, each) for each in found]

    async def set_urgency(self, incident_id: str, urgency: str, *, as_email: str) -> None:
        """High or low; setting what it has already changes nothing. No webhook tells of it."""
        wanted = {"type": "incident_reference", "urgency": urgency}
        await self.ask("PUT", f"/incidents/{checked(incident_id)}", body={"incident": wanted}, as_email=as_email)

    async def follows_severity(self, service_id: str) -> bool:
        """Whether the urgency of the service's incidents follows the severity of their alerts, at all hours."""
        answer = await self.ask("GET", f"/services/{checked(service_id)}")
        rule = read(lambda told: told.needed_object("service"), answer).object("incident_urgency_rule")
        return bool(rule and rule.text("type") == "constant" and rule.text("urgency") == "severity_based")
