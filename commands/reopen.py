"""`reopen`: it was not over. The only way to reopen, and always on purpose."""

from bot.domain.events.requests import ReopenRequested
from bot.domain.incident import Incident
from bot.slack.mrkdwn import link
from commands.answers import UNCHANGED, said, together
from commands.asking import asked, asked_already
from commands.command import Call, Command, Reply
from commands.which import only_named
from storage import Transaction


def reopen(tx: Transaction, call: Call) -> Reply:
    incidents = tx.held(only_named(tx, call, resolved=True))
    return together([_one(tx, call, incident, nth) for nth, incident in enumerate(incidents)])


def _one(tx: Transaction, call: Call, incident: Incident, nth: int) -> Reply:
    if incident.is_open:
        return said(f"{incident.name} is open: it is {incident.status}. {UNCHANGED}")
    if incident.merged_into:
        into = incident.merged_into
        other = link(into.html_url, into.summary or into.id)
        return said(f"{incident.name} was merged into {other}; go on there. {UNCHANGED}")
    waiting = asked_already(incident, "reopen", call)
    if waiting:
        return waiting
    event = ReopenRequested(
        subject=incident.subject, at=call.at, by=call.actor, key=call.key("reopen", nth), origin=call.origin
    )
    return asked(tx, call, event, incident, "Reopening")


REOPEN = Command(
    name="reopen", aliases=("restart",), usage="reopen [INC-42 …]", run=reopen,
    help="open a resolved incident again in PagerDuty, as you",
)  # fmt: skip
