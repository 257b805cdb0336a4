"""What happens to the war room of an incident."""

import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar

from bot.domain.events.event import Event
from bot.domain.incident import Incident
from bot.domain.room import ShownChange, WarRoom

LINK_NOTE = re.compile(r"Muster opened a war room for INC-\d+: #\S+ https?://\S+/archives/(?P<channel>[A-Z0-9]+)")


@dataclass(frozen=True, kw_only=True)
class RoomOpened(Event):
    """`why` is the routing rule's reason, in words."""

    kind: ClassVar[str] = "room.opened"
    channel: str
    name: str
    url: str
    is_private: bool
    why: str
    adopted: bool = False  # the channel was there already, made by us and forgotten

    def text(self) -> str:
        return f"{'Found' if self.adopted else 'Opened'} the war room #{self.name} ({self.why})"

    def move(self, incident: Incident) -> Incident:
        former = (*incident.former_rooms, incident.room) if incident.room else incident.former_rooms
        room = WarRoom(self.channel, self.name, opened_at=self.at, url=self.url, is_private=self.is_private)
        room = replace(room, adopted=self.adopted)
        told = replace(incident, room=room, former_rooms=former)
        return replace(told, expected_notes=(*told.expected_notes, link_note(incident.name, room)))


def link_note(incident: str, room: WarRoom) -> str:
    """What Muster writes on the PagerDuty incident, so that whoever comes from there finds the room."""
    return f"Muster opened a war room for {incident}: #{room.name} {room.url}".strip()


def linked_channel(note: str) -> str | None:
    """The channel's id in such a note; None for any other note."""
    found = LINK_NOTE.fullmatch(note.strip())
    return found["channel"] if found else None


@dataclass(frozen=True, kw_only=True)
class RoomNotOpened(Event):
    kind: ClassVar[str] = "room.not_opened"
    why: str

    def text(self) -> str:
        return f"No war room: {self.why}"

    def move(self, incident: Incident) -> Incident:
        return replace(incident, rooms_not_opened=incident.rooms_not_opened + 1)


@dataclass(frozen=True, kw_only=True)
class RoomEvent(Event):
    """A fact about the room there is; without a room it moves nothing."""

    def move(self, incident: Incident) -> Incident:
        return replace(incident, room=self.change(incident.room)) if incident.room else incident

    def change(self, room: WarRoom) -> WarRoom:
        return room


@dataclass(frozen=True, kw_only=True)
class RoomFurnished(RoomEvent):
    """One of room.PARTS is in place; `message_ts` and `channel` where the part is a message."""

    kind: ClassVar[str] = "room.furnished"
    part: str
    channel: str | None = None
    message_ts: str | None = None

    def text(self) -> str:
        return f"War room: {self.part} in place"

    def change(self, room: WarRoom) -> WarRoom:
        room = room.furnished(self.part)
        if self.part == "card":
            return replace(room, card_ts=self.message_ts)
        if self.part == "announcement":
            return replace(room, announcement_channel=self.channel, announcement_ts=self.message_ts)
        return room


@dataclass(frozen=True, kw_only=True)
class PeopleInvited(RoomEvent):
    """`missed` are sentences: who, and why not."""

    kind: ClassVar[str] = "room.people_invited"
    invited: tuple[str, ...]
    missed: tuple[str, ...] = ()

    def text(self) -> str:
        missing = f"; not invited: {'; '.join(self.missed)}" if self.missed else ""
        return f"Invited {len(self.invited)} of {len(self.invited) + len(self.missed)}{missing}"

    def change(self, room: WarRoom) -> WarRoom:
        invited = (*room.invited, *self.invited)
        return replace(room.furnished("invitations"), invited=invited, missed=self.missed)


@dataclass(frozen=True, kw_only=True)
class PartDelayed(RoomEvent):
    """A part of the room is late or was refused; the card says so until it is in place."""

    kind: ClassVar[str] = "room.part_delayed"
    part: str
    reason: str

    def text(self) -> str:
        return f"War room: {self.part} is late: {self.reason}"

    def change(self, room: WarRoom) -> WarRoom:
        return room if self.part in room.done else replace(room, trouble={**room.trouble, self.part: self.reason})


@dataclass(frozen=True, kw_only=True)
class ChangesShown(RoomEvent):
    """The recent changes of the service were listed in the room (none: nothing was posted)."""

    kind: ClassVar[str] = "room.changes_shown"
    message_ts: str | None
    changes: tuple[ShownChange, ...]

    def text(self) -> str:
        return f"Listed {len(self.changes)} recent change{'' if len(self.changes) == 1 else 's'} on the service"

    def change(self, room: WarRoom) -> WarRoom:
        return replace(room.furnished("changes"), changes_ts=self.message_ts, changes=self.changes)


@dataclass(frozen=True, kw_only=True)
class ArchiveScheduled(RoomEvent):
    """The room will be archived at `due`, unless people still talk then or the incident is reopened."""

    kind: ClassVar[str] = "room.archive_scheduled"
    due: datetime

    def text(self) -> str:
        return f"The room will be archived at {self.due:%Y-%m-%d %H:%M} UTC"

    def change(self, room: WarRoom) -> WarRoom:
        return replace(room, archive_after=self.due)


@dataclass(frozen=True, kw_only=True)
class ArchivePostponed(RoomEvent):
    kind: ClassVar[str] = "room.archive_postponed"
    due: datetime

    def text(self) -> str:
        return f"People still talk here: the room stays open until {self.due:%Y-%m-%d %H:%M} UTC at least"

    def change(self, room: WarRoom) -> WarRoom:
        return replace(room, archive_after=self.due)


@dataclass(frozen=True, kw_only=True)
class RoomArchived(RoomEvent):
    kind: ClassVar[str] = "room.archived"

    def text(self) -> str:
        return "Archived the war room"

    def change(self, room: WarRoom) -> WarRoom:
        return replace(room, archived_at=self.at, archive_after=None)


@dataclass(frozen=True, kw_only=True)
class RoomLost(RoomEvent):
    """The channel is gone, and nobody told us: archived or deleted by hand, or Muster was put out of it."""

    kind: ClassVar[str] = "room.lost"
    why: str

    def text(self) -> str:
        return f"The war room is lost: {self.why}"

    def change(self, room: WarRoom) -> WarRoom:
        return replace(room, archived_at=self.at, archive_after=None)
