"""What came late is told to a room in one line, however much it is."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from bot.domain.errors import Unavailable
from bot.domain.events import Entry
from bot.domain.events.late import CaughtUp
from bot.domain.job import Claim
from bot.domain.record import late_news
from bot.effects.messages import post_once
from bot.effects.world import Facts, World, common
from bot.slack.views import lines

QUIET = timedelta(seconds=1)  # after which no more is expected to come at once
LONGEST = timedelta(seconds=30)  # that people are left without a word


async def catch_up(world: World, claim: Claim) -> Facts:
    """Wait until the flood is over, then post; the message's key is the job's, so a repeat finds it."""
    incident = await world.incident(claim)
    room = incident.room
    if room is None or room.archived_at or (room.umbrella and room.card_ts is None):
        return []
    timeline, is_reading = await world.database.read(lambda tx: (tx.timeline(incident.name), tx.is_reading()))
    late = late_news(timeline, after=incident.caught_up_to)
    if not late:
        return []
    _wait_for_more(claim, timeline, is_reading=is_reading)
    thread = room.card_ts if room.umbrella else None
    said = lines.caught_up(incident, late)
    await post_once(world, claim, room.channel, said, key=f"caught-up:{claim.id}", thread_ts=thread)
    return [CaughtUp(**common(claim, "caught-up"), updates=len(late), up_to=timeline[-1].seq)]


def _wait_for_more(claim: Claim, timeline: Sequence[Entry], *, is_reading: bool) -> None:
    """Raises Unavailable while news still pours in or waits to be read, within reason."""
    now = datetime.now(UTC)
    is_pouring = is_reading or now - timeline[-1].recorded_at < QUIET
    if is_pouring and now.timestamp() - claim.owed_since < LONGEST.total_seconds():
        raise Unavailable("more may come", retry_after=QUIET.total_seconds(), reached=False)
