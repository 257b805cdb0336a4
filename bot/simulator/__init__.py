"""Slack and PagerDuty, pretended over real HTTP. Imports nothing of the bot, so it can share no bug with it."""

from bot.simulator.simulator import Simulator

__all__ = ["Simulator"]
