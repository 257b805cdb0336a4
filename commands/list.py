"""`list`: which incidents there are. What bare `/incident` answers outside a room, with a way to declare one."""

from bot.domain.incident import Incident
from bot.slack.blocks import actions, button
from bot.slack.views.incidents import MOST_LISTED, listing
from commands.allowed import visible
from commands.answers import shown
from commands.command import Call, Command, Reply
from commands.grammar import sentence
from commands.services import service_named
from commands.show import show
from storage import Transaction


def list_incidents(tx: Transaction, call: Call) -> Reply:
    """Open ones with mine first; `all` with the resolved; or those of one service."""
    wanted = sentence(call.text)
    if wanted.casefold() == "mine":
        return shown(listing(_mine(tx, call), heading="Your open incidents"))
    if wanted.casefold() == "all":
        return shown(listing(visible(call, tx.incidents(open_only=False)), heading="Incidents"))
    if wanted:
        service = service_named(tx, wanted)
        found = visible(call, tx.incidents(service=service.id))
        return shown(listing(found, heading=f"Open incidents on {service.summary}"))
    everyone = visible(call, tx.incidents())
    return shown(listing(sorted(everyone, key=lambda one: not one.is_held_by(call.by))))


def bare(tx: Transaction, call: Call) -> Reply:
    """Nothing was asked: in a room its incident, elsewhere mine."""
    if tx.incident_in(call.channel):
        return show(tx, call)
    message = listing(_mine(tx, call), heading="Your open incidents")
    declare = actions(button("Declare an incident", "declare", "", style="danger"), button("All open", "list", ""))
    return Reply(message.text, [*message.blocks, declare])


def _mine(tx: Transaction, call: Call) -> list[Incident]:
    return visible(call, [one for one in tx.incidents(limit=10 * MOST_LISTED) if one.is_held_by(call.by)])


LIST = Command(
    name="list", aliases=("ls", "incidents"), usage="list [mine|all|SERVICE]", run=list_incidents,
    help="list open incidents, yours first",
)  # fmt: skip
