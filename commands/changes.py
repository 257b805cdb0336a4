"""`changes`: what was deployed or changed lately."""

from datetime import timedelta

from bot.domain.incident import Reference
from bot.domain.job import Job, Priority
from bot.slack.mrkdwn import lasted
from bot.slack.views.changes import MOST_LISTED, listing
from commands.answers import shown
from commands.command import Call, Command, Reply
from commands.grammar import duration, plain, words
from commands.services import service_named
from commands.which import here_or_none
from storage import Transaction

USUALLY = timedelta(hours=4)
LONGEST = timedelta(days=30)


def changes(tx: Transaction, call: Call) -> Reply:
    """Ours at once; PagerDuty is asked for its own, and the whole list follows."""
    service, span = _wanted(tx, call)
    since = call.at - span
    ours = tx.changes(service_id=service.id if service else None, since=since, limit=MOST_LISTED)
    message = listing(ours, service=service.summary if service else "", since=f"the last {lasted(span)}")
    if service:
        tx.put(_asking(call, service, since.isoformat()))
    return shown(message)


def _wanted(tx: Transaction, call: Call) -> tuple[Reference | None, timedelta]:
    """The service named, else that of the incident in question, else all of them; and how far back."""
    about, text = here_or_none(tx, call)
    said = words(plain(text))
    span = None if not said or said[-1].quoted else duration(said[-1].text)
    name = " ".join(word.text for word in (said[:-1] if span else said))
    own = about.service if about else None
    return service_named(tx, name) if name else own, min(span or USUALLY, LONGEST)


def _asking(call: Call, service: Reference, since: str) -> Job:
    arguments = {
        "service_id": service.id, "service": service.summary, "since": since, "response_url": call.response_url,
        "channel": call.channel, "user": call.by.slack_id,
    }  # fmt: skip
    lane = f"ask:{call.by.slack_id}"
    return Job("show_changes", lane, arguments=arguments, priority=Priority.HUMAN, key=call.key("changes"))


CHANGES = Command(
    name="changes", usage="changes [SERVICE] [2h]", run=changes,
    help="list what was deployed or changed lately, here and in PagerDuty",
)  # fmt: skip
