"""PagerDuty, pretended: REST v2, Events API v2 and signed v3 webhooks over real HTTP."""

from bot.simulator.pagerduty.pagerduty import PagerDuty

__all__ = ["PagerDuty"]
