"""What stands above the room: its topic and its purpose. Plain words, which the client escapes and cuts."""

from bot.domain.incident import Incident
from bot.slack.mrkdwn import cut


def topic(incident: Incident) -> str:
    """What is wrong, where, how bad: "INC-42 · Checkout is down · Checkout · P1"."""
    service = incident.service.summary if incident.service else None
    weight = incident.priority.summary if incident.priority else incident.urgency and f"{incident.urgency} urgency"
    return " · ".join(
        cut(" ".join(part.split()), 120) for part in (incident.name, incident.title, service, weight) if part
    )


def purpose(incident: Incident) -> str:
    """What this room is for, and how to be heard in it."""
    return f"War room of {incident.name}. Everything done here is kept on its timeline: /incident help"
