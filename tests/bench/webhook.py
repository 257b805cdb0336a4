"""A page as PagerDuty sends it; `{number}` makes it another one each time."""

API, SITE = "https://api.pagerduty.com", "https://acme.pagerduty.com"


def _reference(kind: str, folder: str, identifier: str, name: str) -> dict[str, str]:
    where = f"{folder}/{identifier}"
    return {
        "html_url": f"{SITE}/{where}", "id": identifier, "self": f"{API}/{where}", "summary": name,
        "type": f"{kind}_reference",
    }  # fmt: skip


WEBHOOK = {
    "event": {
        "id": "01BENCH0000000{number}", "event_type": "incident.triggered", "resource_type": "incident",
        "occurred_at": "2026-03-14T05:27:01.037Z", "client": None,
        "agent": _reference("inbound_integration", "inbound_integrations", "PSEARCH", "Search monitor"),
        "data": {
            "id": "QB{number}", "type": "incident", "self": f"{API}/incidents/QB{{number}}",
            "html_url": f"{SITE}/incidents/QB{{number}}", "number": 1, "status": "triggered",
            "incident_key": "search/{number}", "created_at": "2026-03-14T05:26:53Z",
            "title": "Search index {number} lags behind",
            "service": _reference("service", "services", "PSSEARC", "Search"),
            "assignees": [_reference("user", "users", "PUCAROL", "Carol Chen")],
            "escalation_policy": _reference("escalation_policy", "escalation_policies", "PESEARC", "Search on call"),
            "teams": [_reference("team", "teams", "PTSEARC", "Search team")],
            "priority": None, "urgency": "low", "conference_bridge": None, "resolve_reason": None,
            "incident_type": {"name": "incident_default"},
        },
    }
}  # fmt: skip
