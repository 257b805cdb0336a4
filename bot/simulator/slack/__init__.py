"""Slack, pretended over real HTTP: strict where Slack is strict."""

from bot.simulator.slack.model import Answer, Channel, Ephemeral, Message, User, View
from bot.simulator.slack.slack import Slack

__all__ = ["Answer", "Channel", "Ephemeral", "Message", "Slack", "User", "View"]
