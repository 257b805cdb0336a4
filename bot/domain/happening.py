"""What a reaction is told: one event, and the incident before and after it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from bot.domain.events.event import Event
from bot.domain.incident import Incident
from bot.domain.job import Job, Priority
from bot.domain.room import WarRoom
from bot.domain.routing import Routing


@dataclass(frozen=True)
class Happening:
    """What happened, and the incident before (None: nobody had heard of it) and after."""

    before: Incident | None
    event: Event
    after: Incident
    routing: Routing
    is_late: bool = False  # news that is no longer live when we hear it

    @property
    def room(self) -> WarRoom | None:
        """The room people are in now."""
        return self.after.room if self.after.room and not self.after.room.archived_at else None

    @property
    def own_room(self) -> WarRoom | None:
        """The same, unless it is only a thread in the room of another."""
        return self.room if self.room and self.room.umbrella is None else None

    def moved(self, *names: str) -> bool:
        """Whether any of these attributes of the incident is another than before."""
        return any(getattr(self.before, name, None) != getattr(self.after, name) for name in names)

    def job(self, kind: str, concern: str, **options: object) -> Job:
        """An effect owed to this incident; lane: incident × concern."""
        job = Job(kind, f"{self.after.name}/{concern}", self.after.number, priority=self.priority)
        return replace(job, **options)  # type: ignore[arg-type]

    def once(self, kind: str, concern: str, **options: object) -> Job:
        """The same, collapsing with one that still waits."""
        return self.job(kind, concern, key=f"{kind}:{self.after.name}", collapses=True, **options)

    @property
    def priority(self) -> Priority:
        """How soon its room's turn comes."""
        if self.routing.goes_first(self.after):
            return Priority.FIRST
        if self.after.is_umbrella:
            return Priority.SHARED
        return Priority.URGENT if self.after.urgency == "high" else Priority.NORMAL


Reaction = Callable[[Happening], Iterable[Job]]
