"""The page at "/": the pretended Slack and PagerDuty, to watch and to drive."""

from bot.simulator.page.page import routes

__all__ = ["routes"]
