"""One use of a verb, from whichever door: who may, which verb, what it answers."""

from dataclasses import replace

from bot.domain.errors import Misuse
from bot.domain.events.requests import CommandRefused
from bot.domain.incident import Incident
from bot.slack.mrkdwn import inline
from bot.slack.views.incidents import picker
from commands import COMMANDS
from commands.allowed import allow_outright
from commands.answers import said, shown
from commands.command import Call, Command, Forbidden, Reply, Unclear
from commands.grammar import first_word
from commands.help import named
from commands.list import bare
from commands.which import named as incidents_named
from storage import Transaction

BARE = Command(name="show", usage="", help="this room's incident, else yours", run=bare, listed=False)


def spoken(tx: Transaction, call: Call) -> Reply:
    """What was typed after `/incident`, or in a mention: the verb comes first, and nothing at all is a question too."""
    verb, rest = first_word(call.text)
    return perform(tx, verb, call.saying(rest))


def perform(tx: Transaction, verb: str, call: Call) -> Reply:
    """Runs the verb, by name or alias, and answers; "" stands for a bare `/incident`.

    Raises Misuse when nothing at all may come of it: then the transaction must be undone. A refusal is answered, not
    raised, because it is recorded. Raises Unasked when the policy wants to know more of who asks.
    """
    command = named(tuple(COMMANDS.values()), verb) if verb else BARE
    call = replace(call, verb=command.same_as or command.name)
    try:
        allow_outright(call)
        return command.run(tx, call)
    except Forbidden as refusal:
        return _refused(tx, command, call, refusal)
    except Unclear as unclear:
        return shown(picker(unclear.incidents, command.name, unclear.text))


def _refused(tx: Transaction, command: Command, call: Call, refusal: Forbidden) -> Reply:
    incident, reason = refusal.about or _meant(tx, call), str(refusal)
    if incident:
        event = CommandRefused(
            subject=incident.subject, at=call.at, by=call.actor, key=call.key("refused"), origin=call.origin,
            verb=command.name, reason=reason,
        )  # fmt: skip
        tx.record(event)
    return replace(said(inline(refusal.told)), refused=True)


def _meant(tx: Transaction, call: Call) -> Incident | None:
    """The incident a refusal is about, as far as that is plain."""
    try:
        found, _ = incidents_named(tx, call.fields.get("incident", call.text), most=1)
    except Misuse:
        return None
    return found[0].incident if found else tx.incident_in(call.channel, call.thread_ts)
