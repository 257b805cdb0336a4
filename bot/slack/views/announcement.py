"""One line for everybody else: edited in place, so that it says at any time how the incident stands."""

from bot.domain.incident import Incident
from bot.slack.blocks import context, section
from bot.slack.mrkdwn import channel
from bot.slack.views import phrases
from bot.slack.views.message import Message


def announcement(incident: Incident, *, sharing: int = 0, sharing_open: int = 0) -> Message:
    """Title, status with how long it took, service, and the room to join.

    `sharing`: how many other incidents of a storm share the room, so that none of them is announced by itself.
    """
    standing = " · ".join(filter(None, (phrases.standing(incident), phrases.weight(incident))))
    below = [phrases.service(incident), f"since {since}" if (since := phrases.since(incident)) else ""]
    if incident.room and incident.room.archived_at is None:
        below.append(f"war room {channel(incident.room.channel)}")
    small = " · ".join(filter(None, below))
    counted = f"{sharing + 1} incidents in one room, {sharing_open + incident.is_open} open"
    storm = [f"⛈️ *A storm*: {counted}"] if sharing else []
    blocks = [section(phrases.title(incident), standing, *storm), *([context(small)] if small else [])]
    told = f" {sharing} more incidents share its room, {sharing_open} of them open." if sharing else ""
    return Message(phrases.sentence(incident) + told, blocks)
