"""PagerDuty's REST API v2 as we use it."""

from bot.pagerduty.resources.account import Account, Subscription
from bot.pagerduty.resources.alerts import Alerts, TheirAlert
from bot.pagerduty.resources.incidents import Incidents
from bot.pagerduty.resources.log import Log
from bot.pagerduty.resources.notes import Note, Notes
from bot.pagerduty.resources.people import People
from bot.pagerduty.resources.services import Services
from bot.pagerduty.resources.setup import Integration, ServiceSetup, Setup
from bot.pagerduty.resources.standing import Standing

__all__ = ["Integration", "Note", "PagerDuty", "ServiceSetup", "Standing", "Subscription", "TheirAlert"]


class PagerDuty(Incidents, Log, Notes, People, Services, Setup, Account, Alerts):
    """Every method raises Refused or Unavailable and nothing else, whatever comes back.

    Writes go out as the person named by `as_email`; nothing is retried here, for the job is what is repeated.
    """
