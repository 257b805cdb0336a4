"""When this happens, the bot does that. The whole of the bot's behaviour is this page."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.domain.asking import ask_pagerduty, send_change
from bot.domain.correlating import OF_SOURCES, SIGNALS, said_by_source
from bot.domain.events import changes, news, redactions, reports, requests, rooms, storms
from bot.domain.events.event import Event, ServiceEvent
from bot.domain.happening import Happening, Reaction
from bot.domain.incident import Incident
from bot.domain.job import Job, Priority
from bot.domain.record import is_late
from bot.domain.redacted import REDACTED
from bot.domain.routing import Routing
from bot.domain.service_reactions import of_service
from bot.domain.sharing import furnish_thread, point_to_room, promote_what_grew, tell_umbrella

SOON = 1.0  # seconds: what PagerDuty is likely to settle meanwhile need not be shown


def room_if_deserved(it: Happening) -> Iterable[Job]:
    """A room that someone archived by hand stays so, until the incident moves again."""
    left = it.after.room is not None and not it.moved("status")
    if it.after.is_open and it.room is None and not left and it.routing.why_a_room(it.after):
        nth = len(it.after.former_rooms) + (it.after.room is not None) + it.after.rooms_not_opened
        yield it.job("open_room", "room", key=f"open_room:{it.after.name}:{nth}", arguments=looking_first(it))
        yield it.once("find_people", "people")


def looking_first(it: Happening) -> dict[str, object]:
    """Unless we hear of its birth as it happens, it may be over already, or have a room that we forgot."""
    is_birth = isinstance(it.event, news.Triggered | requests.Declared) and not it.is_late
    return {} if is_birth else {"look_first": True}


def card(it: Happening) -> Iterable[Job]:
    if not it.room:
        return
    if it.moved(*ON_THE_CARD) or health(it.before) != health(it.after):
        yield it.once("update_card", "card")
    elif it.moved("pending"):
        yield it.once("update_card", "card", delay=SOON)


def announcement(it: Happening) -> Iterable[Job]:
    if it.own_room and it.before and it.before.room and it.moved("status", "title", "priority", "merged_into"):
        yield it.once("update_announcement", "announcement", priority=Priority.COSMETIC)


def line(it: Happening) -> Iterable[Job]:
    """One quiet line in the room for what people care about, when it is news to them; one for all that comes late."""
    if it.room and it.is_late:
        yield it.once("catch_up", "catching-up")
    elif it.room and isinstance(it.event, SAID) and is_new(it):
        text = said_by_source(it) if isinstance(it.event, SIGNALS) else it.event.text()
        yield it.job("say", "lines", arguments={"text": text, "key": it.event.key}, key=f"say:{it.event.key}")


def look_up_what_was_not_told(it: Happening) -> Iterable[Job]:
    if it.before is None and isinstance(it.event, reports.Report):
        yield it.once("look_up", "look-up")


def invite_newcomers(it: Happening) -> Iterable[Job]:
    if it.room and it.before and it.before.room and it.moved("assignees", "responders") and it.after.is_open:
        yield it.once("invite", "people")


def bookmark_news(it: Happening) -> Iterable[Job]:
    if it.own_room and it.before and it.before.room and it.moved("bridge", "html_url"):
        yield it.once("add_bookmarks", "bookmarks", priority=Priority.COSMETIC)


def schedule_archive(it: Happening) -> Iterable[Job]:
    if it.own_room and it.before and it.moved("status") and not it.after.is_open:
        yield it.once("schedule_archive", "archive", priority=Priority.COSMETIC)


def furnish(it: Happening) -> Iterable[Job]:
    yield it.job("post_card", "card")
    yield it.job("invite", "people")
    yield it.job("announce", "announcement")
    yield it.job("set_topic", "topic")
    yield it.job("set_purpose", "purpose")
    yield it.job("add_bookmarks", "bookmarks")
    yield it.job("post_changes", "changes")
    yield from link_room(it)


def pin(it: Happening) -> Iterable[Job]:
    if it.own_room and isinstance(it.event, rooms.RoomFurnished) and it.event.part == "card":
        yield it.job("pin_card", "pin")


def link_room(it: Happening) -> Iterable[Job]:
    if it.room:
        yield it.job("link_room", "link")


def tell_asker(it: Happening) -> Iterable[Job]:
    if isinstance(it.event, requests.RequestDropped | requests.RequestDelayed):
        arguments = {
            "user": it.event.asker.id, "text": it.event.text(), "key": it.event.key, "url": it.after.html_url,
        }  # fmt: skip
        yield it.job("tell", f"tell:{it.event.asker.id}", arguments=arguments, priority=Priority.HUMAN)


def redact_line(it: Happening) -> Iterable[Job]:
    if isinstance(it.event, redactions.EntryRedacted) and (it.after.room or it.after.former_rooms):
        said_at, text = it.event.entry_at.isoformat(), f"(entry {it.event.seq} was redacted by {it.event.by.name})"
        arguments = {"key": it.event.entry_key, "said_at": said_at, "text": text}
        yield it.job("redact_line", "lines", arguments=arguments, priority=Priority.HUMAN)


def redraw(it: Happening) -> Iterable[Job]:
    """All that shows the incident as it stands, and with it the words that are gone."""
    if it.room:
        yield it.once("update_card", "card", priority=Priority.HUMAN)
    if it.own_room:
        yield it.once("update_announcement", "announcement", priority=Priority.HUMAN)
        yield it.once("update_changes", "changes", priority=Priority.HUMAN)
        yield it.once("set_topic", "topic", priority=Priority.HUMAN)


def redraw_changes(it: Happening) -> Iterable[Job]:
    yield it.once("update_changes", "changes", priority=Priority.HUMAN)


ON_THE_CARD = (
    "title", "status", "urgency", "priority", "service", "assignees", "responders", "acknowledged", "resolved",
    "lead", "late", "last_change", "bridge", "merged_into", "html_url", "alerts",
)  # fmt: skip

SAID: tuple[type[Event], ...] = (
    news.Acknowledged, news.Unacknowledged, news.Resolved, news.Reopened, news.Escalated, news.Delegated,
    news.Reassigned, news.PriorityUpdated, news.ServiceChanged, news.TypeChanged, news.LookedUp,
    reports.Annotated, reports.StatusUpdatePublished, reports.ResponderAdded, reports.ResponderReplied,
    reports.BridgeUpdated, reports.FieldsUpdated, reports.RoleAssigned, reports.TaskCreated, reports.TaskCompleted,
    requests.NoteWritten, requests.LeadTaken, requests.EffectFailed, requests.Created,
    rooms.PeopleInvited, rooms.ArchivePostponed, storms.Merged,
    changes.ChangeLogged, changes.ChangeSuspected, changes.ChangeCleared, *SIGNALS,
)  # fmt: skip

# What must have moved for this news to be news: PagerDuty repeats what we did ourselves, and what came late is known.
TOLD_BY: dict[type[Event], tuple[str, ...]] = {
    news.Acknowledged: ("status",),
    news.Unacknowledged: ("status",),
    news.Resolved: ("status",),
    news.Reopened: ("status",),
    news.Escalated: ("assignees",),
    news.Delegated: ("escalation_policy", "assignees"),
    news.Reassigned: ("assignees",),
    news.PriorityUpdated: ("priority",),
    news.ServiceChanged: ("service",),
    news.TypeChanged: ("incident_type",),
    news.LookedUp: ("status",),
    reports.BridgeUpdated: ("bridge",),
}

# What speaks in the room itself: a line about its failure would fail the same way.
SPEECH = frozenset(
    {"say", "catch_up", "tell", "update_card", "update_announcement", "update_changes", "close_former_card"}
)

ALWAYS: tuple[Reaction, ...] = (
    room_if_deserved, look_up_what_was_not_told, card, announcement, line, invite_newcomers, bookmark_news,
    schedule_archive, tell_umbrella, promote_what_grew, *OF_SOURCES,
)  # fmt: skip

REACTIONS: dict[type[Event], tuple[Reaction, ...]] = {
    requests.Declared: (ask_pagerduty("declare"),),
    requests.Created: (link_room,),
    requests.AcknowledgeRequested: (ask_pagerduty("acknowledge"),),
    requests.ResolveRequested: (ask_pagerduty("resolve"),),
    requests.ReopenRequested: (ask_pagerduty("reopen"),),
    requests.NoteWritten: (ask_pagerduty("annotate", verb="note"),),
    requests.RequestDropped: (tell_asker,),
    requests.RequestDelayed: (tell_asker,),
    rooms.RoomOpened: (furnish, point_to_room),
    storms.RoomShared: (furnish_thread,),
    storms.MergeRequested: (ask_pagerduty("merge"),),
    rooms.RoomFurnished: (pin,),
    changes.ChangeLogged: (send_change,),
    changes.ChangeSuspected: (redraw_changes,),
    changes.ChangeCleared: (redraw_changes,),
    redactions.EntryRedacted: (redact_line, redraw),
}


@dataclass(frozen=True)
class Reactions:
    """What the ledger asks, each time it has recorded something."""

    routing: Routing

    def to(
        self, before: Incident | None, event: Event, after: Incident, *, learnt_at: datetime | None = None
    ) -> Sequence[Job]:
        """The jobs that follow from `event`, learnt just now unless told. News that changes nothing causes nothing."""
        it = Happening(before, event, after, self.routing, is_late(event, learnt_at))
        return [job for reaction in (*REACTIONS.get(type(event), ()), *ALWAYS) for job in reaction(it)]

    def to_service(self, event: ServiceEvent) -> Sequence[Job]:
        return of_service(event)


def health(incident: Incident | None) -> tuple[object, ...]:
    """What the card says of the room itself: nothing, while all is well."""
    room = incident.room if incident else None
    return (room.ailments, room.missed) if room and (room.ailments or room.missed) else ()


def is_new(it: Happening) -> bool:
    """Whether people in the room have not seen this yet: echoes and stale news are kept, not said."""
    if isinstance(it.event, reports.Annotated):
        return not it.moved("expected_notes") and it.event.content != REDACTED
    if isinstance(it.event, rooms.PeopleInvited):
        return bool(it.event.missed)
    if isinstance(it.event, requests.EffectFailed):
        return it.event.effect not in SPEECH
    if isinstance(it.event, SIGNALS):
        return said_by_source(it) is not None
    if isinstance(it.event, news.Resolved) and it.after.merged_into and it.own_room is None:
        return False  # a merge is of many at once, and each one's card says it
    return it.moved(*TOLD_BY[type(it.event)]) if type(it.event) in TOLD_BY else True
