"""What happens when many related incidents come at once."""

from dataclasses import dataclass, replace
from typing import ClassVar

from bot.domain.events.event import Event
from bot.domain.events.requests import Request
from bot.domain.events.rooms import link_note
from bot.domain.incident import Deed, Incident
from bot.domain.room import PARTS, PARTS_OF_A_THREAD, WarRoom


@dataclass(frozen=True, kw_only=True)
class StormBegan(Event):
    """`kin` related incidents, itself included, came `within` so many minutes: those that follow share its room."""

    kind: ClassVar[str] = "storm.began"
    kin: int
    within: float

    def text(self) -> str:
        came = f"{self.kin} related incidents within {self.within:g} minutes"
        return f"A storm: {came}; those that follow share this room"

    def move(self, incident: Incident) -> Incident:
        return replace(incident, is_umbrella=True)


@dataclass(frozen=True, kw_only=True)
class RoomShared(Event):
    """The incident is a thread in the room of `umbrella` (our number) instead of having a room of its own."""

    kind: ClassVar[str] = "room.shared"
    umbrella: int
    channel: str
    name: str
    url: str
    is_private: bool
    kin: int

    def text(self) -> str:
        return f"Shares the war room #{self.name} of INC-{self.umbrella}: {self.kin} related incidents came at once"

    def move(self, incident: Incident) -> Incident:
        former = (*incident.former_rooms, incident.room) if incident.room else incident.former_rooms
        room = WarRoom(
            self.channel, self.name, opened_at=self.at, url=self.url, is_private=self.is_private,
            umbrella=self.umbrella, done=frozenset(PARTS) - set(PARTS_OF_A_THREAD),
        )  # fmt: skip
        told = replace(incident, room=room, former_rooms=former)
        return replace(told, expected_notes=(*told.expected_notes, link_note(incident.name, room)))


@dataclass(frozen=True, kw_only=True)
class RoomPromoted(Event):
    """It leaves the room it shared, and gets one of its own; `why` in words."""

    kind: ClassVar[str] = "room.promoted"
    why: str

    def text(self) -> str:
        return f"{self.by.name} gave it a room of its own: {self.why}"

    def move(self, incident: Incident) -> Incident:
        if incident.room is None or incident.room.umbrella is None:
            return incident
        promoted, former = Deed(self.by, self.at), (*incident.former_rooms, incident.room)
        return replace(incident, promoted=promoted, room=None, former_rooms=former)


@dataclass(frozen=True, kw_only=True)
class MergeRequested(Request):
    """Someone wants PagerDuty to merge `sources` (our numbers) into this incident."""

    kind: ClassVar[str] = "merge.requested"
    verb: ClassVar[str] = "merge"
    sources: tuple[int, ...]

    def text(self) -> str:
        return f"{self.by.name} asked to merge {counted(len(self.sources))} into it"


@dataclass(frozen=True, kw_only=True)
class Merged(Event):
    """PagerDuty has merged; `sources` are our numbers, without those that were over already."""

    kind: ClassVar[str] = "merge.done"
    sources: tuple[int, ...]

    def text(self) -> str:
        return f"{self.by.name} merged {counted(len(self.sources))} into it"

    def move(self, incident: Incident) -> Incident:
        return incident.without("merge")


def counted(incidents: int) -> str:
    return f"{incidents} incident{'' if incidents == 1 else 's'}"
