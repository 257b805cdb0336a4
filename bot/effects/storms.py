"""In a storm: whose room it is, and the way out of a shared one."""

from datetime import UTC, datetime

from bot.domain.errors import Unavailable
from bot.domain.events.storms import RoomPromoted, RoomShared, StormBegan
from bot.domain.incident import Incident
from bot.domain.job import Claim, Priority
from bot.domain.storm import Place, place, window
from bot.effects.world import Facts, World, common
from storage import Transaction


async def placed(world: World, claim: Claim, incident: Incident) -> Place:
    """Decided on what the ledger knew when the room was first owed, so that a repeat decides the same."""

    def decide(tx: Transaction) -> Place:
        owed = datetime.fromtimestamp(claim.owed_since, UTC)
        recent = tx.introduced(owed - window(world.routing), owed, but=incident.number)
        later = tx.introduced(owed, owed + window(world.routing), but=incident.number)
        return place(incident, recent, later, world.routing, tx.incident)

    def begin(tx: Transaction) -> Place:
        """Of many that want to begin a storm at once, one does."""
        tx.one_storm_at_a_time()
        decided = decide(tx)
        if decided.kind == "begins":
            within = world.routing.storm.minutes
            tx.record(StormBegan(**common(claim, "storm"), kin=decided.kin, within=within))
        return decided

    decided = await world.database.read(decide)
    return await world.database.write(begin) if decided.kind == "begins" else decided


async def shared_room(world: World, claim: Claim, where: Place) -> Facts:
    """The room of the umbrella; only the ledger is asked, so a repeat does no harm."""
    umbrella = await world.database.read(lambda tx: tx.incident(where.umbrella or 0))
    room = umbrella.room if umbrella else None
    if umbrella is None or room is None:
        raise Unavailable(f"the room that INC-{where.umbrella} shares is not there yet", reached=False)
    return [
        RoomShared(
            **common(claim, "room"), umbrella=umbrella.number, channel=room.channel, name=room.name, url=room.url,
            is_private=room.is_private, kin=where.kin,
        )
    ]  # fmt: skip


async def promote(world: World, claim: Claim) -> Facts:
    """A room of its own for what has become a P1; one that waits for its room anyway goes before the others."""
    incident = await world.incident(claim)
    if not world.routing.goes_first(incident):
        return []
    if incident.room and incident.room.umbrella:
        why = incident.priority.summary if incident.priority else "it grew"
        return [RoomPromoted(**common(claim, "promotion"), why=f"it is {why} now")]
    await world.database.write(lambda tx: tx.hurry(f"{incident.name}/room", Priority.FIRST))
    return []
