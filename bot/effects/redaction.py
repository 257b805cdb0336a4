"""What Muster said in the room about an entry, once that is redacted."""

from datetime import datetime

from bot.domain.job import Claim
from bot.effects.world import Facts, World
from bot.slack.views import lines


async def redact_line(world: World, claim: Claim) -> Facts:
    """Writes over our own line, wherever it stands; blanking it again changes nothing. A line that history no longer
    shows, and what people typed themselves, stays: Slack lets nobody edit another's words."""
    arguments, incident = claim.job.arguments, await world.incident(claim)
    said_at = datetime.fromisoformat(str(arguments["said_at"]))
    for room in filter(None, (incident.room, *incident.former_rooms)):
        thread = room.card_ts if room.umbrella else None
        ts = await world.slack.posted(room.channel, str(arguments["key"]), thread_ts=thread, around=said_at)
        if ts and room.archived_at is None:
            await world.slack.update(room.channel, ts, lines.line(str(arguments["text"])))
    return []
