"""One line for everybody else: edited in place, so that it says at any time how the incident stands."""

from bot.domain.incident import Incident
from bot.slack.blocks import context, section
from bot.slack.mrkdwn import channel
from bot.slack.views import phrases
from bot.slack.views.message import Message


def announcement(incident: Incident) -> Message:
    """Title, status with how long it took, service, and the room to join."""
    standing = " · ".join(filter(None, (phrases.standing(incident), phrases.weight(incident))))
    below = [phrases.service(incident), f"since {since}" if (since := phrases.since(incident)) else ""]
    if incident.room and incident.room.archived_at is None:
        below.append(f"war room {channel(incident.room.channel)}")
    small = " · ".join(filter(None, below))
    blocks = [section(phrases.title(incident), standing), *([context(small)] if small else [])]
    return Message(phrases.sentence(incident), blocks)
