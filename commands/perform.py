"""One use of a verb, from whichever door: who may, which verb, what it answers."""

from bot.domain.errors import Misuse
from bot.domain.events.requests import CommandRefused
from bot.domain.incident import Incident
from bot.slack.mrkdwn import inline
from bot.slack.views.incidents import picker
from commands import COMMANDS
from commands.answers import said, shown
from commands.command import Call, Command, Forbidden, Reply, Unclear
from commands.grammar import first_word
from commands.help import named
from commands.list import bare
from commands.which import named as incidents_named
from storage import Transaction

NOT_FOR = {
    "guest": "Guests of this workspace cannot use Muster. Ask a member to do it for you.",
    "outsider": "Only members of this workspace can use Muster. Ask one of them to do it for you.",
    "bot": "Bots cannot use Muster: everything done here is some person's doing.",
    "deactivated": "This Slack account is deactivated, so it cannot use Muster.",
}


BARE = Command(name="show", usage="", help="this room's incident, else yours", run=bare, listed=False)


def spoken(tx: Transaction, call: Call) -> Reply:
    """What was typed after `/incident`, or in a mention: the verb comes first, and nothing at all is a question too."""
    verb, rest = first_word(call.text)
    return perform(tx, verb, call.saying(rest))


def perform(tx: Transaction, verb: str, call: Call) -> Reply:
    """Runs the verb, by name or alias, and answers; "" stands for a bare `/incident`.

    Raises Misuse when nothing at all may come of it: then the transaction must be undone. A refusal is answered, not
    raised, because it is recorded.
    """
    command = named(tuple(COMMANDS.values()), verb) if verb else BARE
    try:
        check(call)
        return command.run(tx, call)
    except Forbidden as refusal:
        return _refused(tx, command, call, refusal)
    except Unclear as unclear:
        return shown(picker(unclear.incidents, command.name, unclear.text))


def check(call: Call) -> None:
    """Raises Forbidden unless a member of this workspace asks."""
    if call.by.standing != "member":
        raise Forbidden(NOT_FOR[call.by.standing])


def _refused(tx: Transaction, command: Command, call: Call, refusal: Forbidden) -> Reply:
    incident, reason = _meant(tx, call), str(refusal)
    if incident:
        event = CommandRefused(
            subject=incident.subject, at=call.at, by=call.actor, key=call.key("refused"), origin=call.origin,
            verb=command.name, reason=reason,
        )  # fmt: skip
        tx.record(event)
    return said(inline(reason))


def _meant(tx: Transaction, call: Call) -> Incident | None:
    """The incident a refusal is about, as far as that is plain."""
    try:
        found, _ = incidents_named(tx, call.fields.get("incident", call.text), most=1)
    except Misuse:
        return None
    return found[0] if found else tx.incident_in(call.channel)
