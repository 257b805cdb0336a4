"""`changes`: what was deployed or changed lately."""

from collections.abc import Sequence
from datetime import timedelta

from bot.domain.change import ChangeEvent
from bot.domain.incident import Incident, Reference
from bot.domain.job import Job, Priority
from bot.slack.mrkdwn import lasted
from bot.slack.views.changes import MOST_LISTED, listing
from commands.allowed import visible
from commands.answers import shown
from commands.command import Call, Command, Reply
from commands.grammar import duration, plain, words
from commands.services import service_named
from commands.which import here_or_none
from storage import Transaction

USUALLY = timedelta(hours=4)
LONGEST = timedelta(days=30)
MOST_READ = 200  # of which those shown are taken


def changes(tx: Transaction, call: Call) -> Reply:
    """Ours at once; PagerDuty is asked for its own, and the whole list follows."""
    service, span = _wanted(tx, call)
    since = call.at - span
    logged = tx.changes(service_id=service.id if service else None, since=since, limit=MOST_READ)
    seen = {one.number for one in visible(call, _about(tx, logged))}
    ours = [change for change in logged if change.incident is None or change.incident in seen]
    message = listing(ours[:MOST_LISTED], service=service.summary if service else "", since=f"the last {lasted(span)}")
    if service:
        tx.put(_asking(call, service, since.isoformat(), sorted(seen)))
    return shown(message)


def _wanted(tx: Transaction, call: Call) -> tuple[Reference | None, timedelta]:
    """The service named, else that of the incident in question, else all of them; and how far back."""
    about, text = here_or_none(tx, call)
    said = words(plain(text))
    span = None if not said or said[-1].quoted else duration(said[-1].text)
    name = " ".join(word.text for word in (said[:-1] if span else said))
    own = about.service if about else None
    return service_named(tx, name) if name else own, min(span or USUALLY, LONGEST)


def _about(tx: Transaction, logged: Sequence[ChangeEvent]) -> list[Incident]:
    """The incidents on which these were logged: a change of one that is handled in private is not for everybody."""
    numbers = sorted({change.incident for change in logged if change.incident is not None})
    return [incident for number in numbers if (incident := tx.incident(number))]


def _asking(call: Call, service: Reference, since: str, seen: Sequence[int]) -> Job:
    arguments = {
        "service_id": service.id, "service": service.summary, "since": since, "response_url": call.response_url,
        "channel": call.channel, "user": call.by.slack_id, "seen": list(seen),
    }  # fmt: skip
    lane = f"ask:{call.by.slack_id}"
    return Job("show_changes", lane, arguments=arguments, priority=Priority.HUMAN, key=call.key("changes"))


CHANGES = Command(
    name="changes", usage="changes [SERVICE] [2h]", run=changes,
    help="list what was deployed or changed lately, here and in PagerDuty",
)  # fmt: skip
