"""The checkpoints that stand in notes on PagerDuty's incidents."""

from datetime import UTC, datetime, timedelta

import httpx

from bot.config import Config
from bot.console.stated import DAYS, Shown, Stated, noted
from bot.outbound import trusted
from bot.pagerduty.pace import LONGEST, Gate
from bot.pagerduty.rest import PagerDuty
from bot.slack.views.checkpoints import said
from storage import Database

PER_MINUTE = 300  # calls, of the 960 that one key has, which a Muster at work has, too
DAY = timedelta(days=1)


async def shown_in_pagerduty(config: Config, database: Database) -> Shown:
    """From PagerDuty's own log, not from the incidents that the database knows: it may have forgotten one.

    Whoever may write notes can state a checkpoint that never was; a false alarm is all that comes of it.
    """
    gate = Gate(PER_MINUTE, patience=LONGEST)
    newest = await database.read(lambda tx: noted(tx, (number for number, _ in tx.places("pagerduty"))))
    async with httpx.AsyncClient(verify=trusted()) as http:
        pagerduty = PagerDuty(http, url=config.pagerduty_api_url, token=config.pagerduty_api_token, gate=gate)
        return Shown("PagerDuty", await _stated(pagerduty), newest)


async def _stated(pagerduty: PagerDuty) -> Stated:
    until, stated = datetime.now(UTC) + timedelta(minutes=1), Stated()
    for days in range(DAYS):
        entries = await pagerduty.log_entries(until - (days + 1) * DAY, until - days * DAY)
        stated |= set(filter(None, (said(one.note) for one in entries if one.note)))
    return stated
