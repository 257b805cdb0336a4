"""`promote`: out of the room it shares, into one of its own."""

from bot.domain.errors import Misuse
from bot.domain.events.storms import RoomPromoted
from commands.answers import said
from commands.command import Call, Command, Reply
from commands.which import one_and_text
from storage import Transaction


def promote(tx: Transaction, call: Call) -> Reply:
    incident, _ = one_and_text(tx, call, text_follows=False)
    if incident.room is None or incident.room.umbrella is None:
        has = "has a room of its own" if incident.room else "has no room yet"
        raise Misuse(f"{incident.name} {has}. Only an incident that shares another's room can be given its own.")
    if not incident.is_open:
        raise Misuse(f"{incident.name} is resolved, so it needs no room of its own.")
    event = RoomPromoted(
        subject=incident.subject, at=call.at, by=call.actor, key=call.key("promote"), origin=call.origin,
        why="asked for in Slack",
    )  # fmt: skip
    tx.record(event)
    return said(f"Opening a room for {incident.name}. Its card here will lead there.")


PROMOTE = Command(
    name="promote", aliases=("own-room",), usage="promote [INC-42]", run=promote,
    help="give an incident that shares a room in a storm its own",
)  # fmt: skip
