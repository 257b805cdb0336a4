"""What systems do: monitors with their alerts, pipelines with their changes, workflows, actions, tasks, services."""

from typing import Any
from uuid import uuid4

from bot.simulator.pagerduty import alerts, change_events, collaboration, service_changes
from bot.simulator.pagerduty.account import ChangeEvent
from bot.simulator.pagerduty.directory import Integration, Service
from bot.simulator.pagerduty.driving import ALICE, Driving
from bot.simulator.pagerduty.ids import now, short_id, ulid
from bot.simulator.pagerduty.incident import Incident, Task


class Automation(Driving):
    """The rest of what can happen in an account."""

    async def trigger_alert(
        self,
        summary: str,
        *,
        service: str = "Checkout",
        severity: str = "critical",
        dedup_key: str | None = None,
        source: str = "monitor",
        custom_details: dict[str, Any] | None = None,
    ) -> str:
        """As a monitor's event would; the dedup_key. A key of an open alert opens no second incident."""
        payload = {"summary": summary, "severity": severity, "source": source, "custom_details": custom_details or {}}
        key = dedup_key or uuid4().hex
        self._event(service, {"event_action": "trigger", "dedup_key": key, "payload": payload})
        return key

    async def acknowledge_alert(self, dedup_key: str, *, service: str = "Checkout") -> None:
        self._event(service, {"event_action": "acknowledge", "dedup_key": dedup_key})

    async def resolve_alert(self, dedup_key: str, *, service: str = "Checkout") -> None:
        """The incident resolves with its last alert."""
        self._event(service, {"event_action": "resolve", "dedup_key": dedup_key})

    async def log_change(
        self, summary: str, *, service: str = "Checkout", source: str = "pipeline", **custom_details: Any
    ) -> ChangeEvent:
        """As a deployment pipeline's change event would."""
        payload = {"summary": summary, "source": source, "custom_details": custom_details}
        change_events.accept(self.account, {"routing_key": self._integration(service).key, "payload": payload})
        self.news.publish("pagerduty")
        return self.account.change_events[-1]

    async def keep_task(
        self, incident: Incident, task: Task | str, what: str = "created", *, by: str | None = ALICE
    ) -> Task:
        """`what` is created, updated or completed."""
        kept = Task(task) if isinstance(task, str) else task
        collaboration.keep_task(self.account, incident, self._origin(by), kept, what)
        return kept

    async def run_workflow(self, incident: Incident, name: str, *, by: str | None = ALICE) -> None:
        """Starts and completes it."""
        key = short_id()
        for what in ("started", "completed"):
            collaboration.run_workflow(self.account, incident, self._origin(by), name, key, what)

    async def invoke_action(self, incident: Incident, action: str, *, by: str | None = ALICE) -> None:
        """Created, running, completed."""
        key = ulid(now())
        for state in ("created", "running", "completed"):
            collaboration.invoke_action(self.account, incident, self._origin(by), action, key, state)

    async def create_service(self, name: str, *, policy: str = "Checkout on call", by: str | None = ALICE) -> Service:
        chosen = self.policy(policy)
        service = Service(name, chosen, list(chosen.teams))
        service_changes.create(self.account, self._origin(by), service)
        return service

    async def rename_service(self, service: Service, name: str, *, by: str | None = ALICE) -> None:
        service.name = name
        service_changes.update(self.account, self._origin(by), service)

    async def delete_service(self, service: Service, *, by: str | None = ALICE) -> None:
        service_changes.delete(self.account, self._origin(by), service)

    async def set_service_fields(self, service: Service, *, by: str | None = ALICE, **values: Any) -> None:
        service_changes.set_fields(self.account, self._origin(by), service, values)

    def _event(self, service: str, event: dict[str, Any]) -> None:
        alerts.accept(self.account, event | {"routing_key": self._integration(service).key})

    def _integration(self, service: str) -> Integration:
        return self.service(service).integrations[0]
