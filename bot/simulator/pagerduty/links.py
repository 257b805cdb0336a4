"""How things are referred to: id, type, summary, and where they are for programs and for people."""

from typing import Any

from bot.simulator.pagerduty.directory import Integration, Named, Priority
from bot.simulator.pagerduty.incident import Agent, Incident, LogEntry


class Links:
    """Addresses below `root`, which is known once the simulator listens."""

    def __init__(self, root: str = "http://127.0.0.1") -> None:
        self.root = root

    def api(self, path: str) -> str:
        return f"{self.root}/pagerduty/{path}"

    def site(self, path: str) -> str:
        return f"{self.root}/{path}"

    def head(self, thing: Named) -> dict[str, Any]:
        """The five members every resource begins with."""
        path = f"{thing.folder}/{thing.id}"
        if isinstance(thing, Integration):
            path = f"services/{thing.service_id}/{path}"
        site = None if isinstance(thing, Priority) else self.site(path)
        return {
            "id": thing.id,
            "type": thing.kind,
            "summary": thing.summary,
            "self": self.api(path),
            "html_url": site,
        }

    def reference(self, thing: Named) -> dict[str, Any]:
        return self.head(thing) | {"type": f"{thing.kind}_reference"}

    def agent(self, agent: Agent) -> dict[str, Any] | None:
        return self.reference(agent) if agent else None

    def incident(self, incident: Incident, summary: str | None = None) -> dict[str, Any]:
        """A reference; REST's summary begins with the number, a webhook's is the bare title."""
        path = f"incidents/{incident.id}"
        return {
            "id": incident.id,
            "type": "incident_reference",
            "summary": summary or f"[#{incident.number}] {incident.title}",
            "self": self.api(path),
            "html_url": self.site(path),
        }

    def log_entry(self, incident: Incident, entry: LogEntry) -> dict[str, Any]:
        return {
            "id": entry.id,
            "type": f"{entry.type}_reference",
            "summary": entry.summary,
            "self": self.api(f"log_entries/{entry.id}?incident_id={incident.id}"),
            "html_url": self.site(f"incidents/{incident.id}/log_entries/{entry.id}"),
        }
