"""Notes on an incident: https://developer.pagerduty.com/api-reference, listIncidentNotes, createIncidentNote"""

from dataclasses import dataclass
from datetime import datetime
from typing import Self

from bot.pagerduty.reading import Members
from bot.pagerduty.resources.api import Api, checked, read


@dataclass(frozen=True)
class Note:
    id: str
    content: str
    author: str | None = None  # what PagerDuty calls them
    created_at: datetime | None = None  # UTC
    author_id: str | None = None

    @classmethod
    def of(cls, told: Members) -> Self:
        """Raises NotUnderstood without an id."""
        author = told.reference("user")
        name = (author.summary or author.id) if author else None
        content, author_id = told.text("content") or "", author.id if author else None
        return cls(told.needed_name("id"), content, name, told.instant("created_at"), author_id)


class Notes(Api):
    async def notes(self, incident_id: str) -> list[Note]:
        """All of an incident's notes; PagerDuty does not page them and keeps 2,000 at most."""
        answer = await self.ask("GET", f"/incidents/{checked(incident_id)}/notes")
        return [read(Note.of, each) for each in answer.objects("notes")]

    async def annotate(self, incident_id: str, content: str, *, as_email: str) -> str:
        """The new note's id. A repeat makes a second note: list before repeating."""
        path = f"/incidents/{checked(incident_id)}/notes"
        answer = await self.ask("POST", path, body={"note": {"content": content}}, as_email=as_email)
        return read(lambda told: Note.of(told.needed_object("note")), answer, writes=True).id
