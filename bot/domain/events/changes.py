"""What was deployed or changed, and what responders make of it."""

from dataclasses import dataclass, replace
from typing import ClassVar

from bot.domain.events.event import Event, ServiceEvent
from bot.domain.events.rooms import RoomEvent
from bot.domain.incident import Incident
from bot.domain.people import Actor
from bot.domain.room import WarRoom


@dataclass(frozen=True, kw_only=True)
class ChangeLogged(Event):
    """Logged in the incident's room: `change_id` is ours and travels to PagerDuty in custom_details."""

    kind: ClassVar[str] = "change.logged"
    change_id: str
    summary: str
    service_id: str
    service: str
    links: tuple[str, ...] = ()

    def text(self) -> str:
        return f"{self.by.name} logged a change on {self.service}: {self.summary}"

    def move(self, incident: Incident) -> Incident:
        return replace(incident, last_change=self.summary)


@dataclass(frozen=True, kw_only=True)
class ChangeSent(Event):
    kind: ClassVar[str] = "change.sent"
    change_id: str

    def text(self) -> str:
        return "PagerDuty has the change event"


@dataclass(frozen=True, kw_only=True)
class ServiceChangeLogged(ServiceEvent):
    kind: ClassVar[str] = "service.change.logged"
    change_id: str
    summary: str
    service: str
    links: tuple[str, ...] = ()

    def text(self) -> str:
        return f"{self.by.name} logged a change on {self.service}: {self.summary}"


@dataclass(frozen=True, kw_only=True)
class ServiceChangeSent(ServiceEvent):
    kind: ClassVar[str] = "service.change.sent"
    change_id: str

    def text(self) -> str:
        return "PagerDuty has the change event"


@dataclass(frozen=True, kw_only=True)
class ServiceChangeTrouble(ServiceEvent):
    """Whoever logged the change is told; `asker` is null for what an older Muster left."""

    change_id: str
    reason: str
    asker: Actor | None = None


@dataclass(frozen=True, kw_only=True)
class ServiceChangeDelayed(ServiceChangeTrouble):
    """It stays owed. `html_url`: of the service in PagerDuty."""

    kind: ClassVar[str] = "service.change.delayed"
    html_url: str | None = None

    def text(self) -> str:
        return f"Waiting for PagerDuty to take a change: {self.reason}"


@dataclass(frozen=True, kw_only=True)
class ServiceChangeFailed(ServiceChangeTrouble):
    kind: ClassVar[str] = "service.change.failed"

    def text(self) -> str:
        return f"PagerDuty did not take the change event: {self.reason}"


@dataclass(frozen=True, kw_only=True)
class ChangeJudged(RoomEvent):
    """What someone thinks of a change that was listed in the room."""

    change_id: str
    summary: str
    verdict: ClassVar[str]

    def change(self, room: WarRoom) -> WarRoom:
        judged = (
            replace(one, verdict=self.verdict, judged_by=self.by.name) if one.id == self.change_id else one
            for one in room.changes
        )
        return replace(room, changes=tuple(judged))


@dataclass(frozen=True, kw_only=True)
class ChangeSuspected(ChangeJudged):
    kind: ClassVar[str] = "change.suspected"
    verdict: ClassVar[str] = "suspect"

    def text(self) -> str:
        return f"{self.by.name} suspects the change {self.summary}"


@dataclass(frozen=True, kw_only=True)
class ChangeCleared(ChangeJudged):
    kind: ClassVar[str] = "change.cleared"
    verdict: ClassVar[str] = "cleared"

    def text(self) -> str:
        return f"{self.by.name} cleared the change {self.summary}"
