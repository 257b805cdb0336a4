"""First door, aside: what happens in Slack and asks nothing of us."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from bot.domain.events.rooms import RoomArchived
from bot.domain.job import Job, Priority
from bot.domain.people import Actor
from bot.domain.secret import secret_in
from bot.speaking.answers import is_new
from bot.speaking.conversation import Conversation
from storage import Database, Transaction

ADVICE = (
    "⚠️ Your message looks as if it held {}. Only you or an administrator can delete it here, and the secret should be "
    "revoked. Muster has kept nothing of it; what you log as a note or a change, it can redact."
)


class Overhearing:
    def __init__(self, database: Database, conversation: Conversation) -> None:
        self._database, self._conversation = database, conversation

    async def archived(self, channel: str, by: str, event_id: str, request: str = "") -> None:
        """Someone archived a room by hand: then it is archived, and nothing more is said there."""
        person = await self._conversation.who(by)
        by_whom = Actor("responder", by, person.name)

        def record(tx: Transaction) -> None:
            owner = tx.incident_in(channel)
            for incident in [owner, *tx.under(owner.number)] if owner else []:
                if incident.room and incident.room.channel == channel and not incident.room.archived_at:
                    tx.record(RoomArchived(subject=incident.subject, at=datetime.now(UTC), by=by_whom,
                                           key=f"slack:{event_id}:{incident.name}", origin="slack.event"))  # fmt: skip

        await self._once(request, record)

    async def overheard(self, message: Mapping[str, Any], event_id: str) -> None:
        """Somebody wrote in a room: nothing of it is kept, but a secret is best deleted by whoever sent it."""
        looks_like = secret_in(message.get("text") or "")
        if looks_like is None:
            return
        arguments = {
            "user": message["user"], "channel": message["channel"], "thread_ts": message.get("thread_ts"),
            "text": ADVICE.format(looks_like), "key": f"advice:{event_id}",
        }  # fmt: skip
        job = Job("tell", f"tell/{message['user']}", arguments=arguments, priority=Priority.HUMAN, key=arguments["key"])
        await self._database.write(lambda tx: tx.put(job) if tx.incident_in(message["channel"]) else None)

    async def home_opened(self, user: str, request: str = "") -> None:
        job = Job("show_home", f"home/{user}", arguments={"user": user}, priority=Priority.HUMAN,
                  key=f"show_home:{user}", collapses=True)  # fmt: skip
        await self._once(request, lambda tx: tx.put(job))

    async def _once(self, request: str, fn: Callable[[Transaction], None]) -> None:
        await self._database.write(lambda tx: fn(tx) if is_new(tx, request) else None)
