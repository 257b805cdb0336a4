"""What follows from what happened, and that nothing follows from what changes nothing."""

from collections.abc import Sequence

import pytest

from bot.domain.asking import SILENT_AFTER
from bot.domain.events import Event, ServiceEvent, changes, news, reports, requests, rooms, storms
from bot.domain.incident import Incident, Reference, Status
from bot.domain.job import Job, Priority
from bot.domain.reactions import SOON, Reactions
from bot.domain.routing import Routing, Rule
from tests.builders import BOB, PAYMENTS, fact, incident, room_opened, told, triggered
from tests.domain.samples import SAMPLES, SERVICE_SAMPLES, sample

ALICE_AND_BOB = (Reference("PUALICE", "Alice"), Reference("PUBOB", "Bob"))
FURNITURE = {
    "post_card", "invite", "announce", "set_topic", "set_purpose", "add_bookmarks", "post_changes", "link_room",
}  # fmt: skip


def with_room(*events: Event) -> Incident:
    return incident(room_opened(), *events)


def after(before: Incident | None, event: Event, routing: Routing | None = None) -> Sequence[Job]:
    moved = (before or Incident(1)).after(event)
    return Reactions(routing or Routing()).to(before, event, moved)


def kinds(jobs: Sequence[Job]) -> list[str]:
    return [job.kind for job in jobs]


def said(before: Incident, event: Event) -> list[str]:
    return [job.arguments["text"] for job in after(before, event) if job.kind == "say"]


def test_a_page_that_deserves_a_room_opens_one_and_looks_for_people_meanwhile() -> None:
    opening, looking = after(None, triggered())
    assert (opening.kind, opening.key, opening.priority) == ("open_room", "open_room:INC-1:0", Priority.URGENT)
    assert (looking.kind, looking.collapses) == ("find_people", True)


@pytest.mark.parametrize("event", [told(kind) for kind in (news.Acknowledged, news.Escalated, news.LookedUp)])
def test_whatever_is_heard_first_opens_the_room_that_is_deserved(event: Event) -> None:
    assert "open_room" in kinds(after(None, event))


def test_what_does_not_deserve_a_room_gets_one_once_it_does() -> None:
    minor = incident(urgency="low")
    assert kinds(after(None, triggered(urgency="low"))) == []
    raised = told(news.PriorityUpdated, 1, urgency="low", priority=Reference("P1", "P1"))
    assert "open_room" in kinds(after(minor, raised))


def test_no_room_is_opened_for_what_is_over() -> None:
    assert kinds(after(None, told(news.Resolved))) == []


def test_a_reopened_incident_whose_room_is_archived_gets_another() -> None:
    over = with_room(told(news.Resolved, 1), fact(rooms.RoomArchived, 2))
    (opening, *_) = after(over, told(news.Reopened, 3))
    assert (opening.kind, opening.key) == ("open_room", "open_room:INC-1:1")


def test_a_room_that_came_too_late_is_opened_when_the_incident_is_reopened() -> None:
    over = incident(told(news.Resolved, 1), fact(rooms.RoomNotOpened, 2, why="it is over already"))
    (opening, *_) = after(over, told(news.Reopened, 3))
    assert opening.kind == "open_room"
    assert opening.key not in {job.key for job in after(None, triggered())}


def test_a_report_that_comes_first_makes_muster_look_up_the_rest() -> None:
    assert kinds(after(None, sample(reports.Annotated))) == ["look_up"]
    assert "look_up" not in kinds(after(incident(), sample(reports.Annotated)))


def test_a_new_room_is_furnished_side_by_side() -> None:
    jobs = after(incident(), room_opened())
    assert set(kinds(jobs)) == FURNITURE
    assert len({job.lane for job in jobs}) == len(jobs)
    assert {job.priority for job in jobs} == {Priority.URGENT}


def test_the_card_is_pinned_once_it_stands() -> None:
    card, topic = (fact(rooms.RoomFurnished, part=part, message_ts="1.1") for part in ("card", "topic"))
    assert "pin_card" in kinds(after(with_room(), card))
    assert "pin_card" not in kinds(after(with_room(), topic))


def test_an_acknowledgement_moves_card_and_announcement_and_is_said() -> None:
    jobs = after(with_room(), told(news.Acknowledged, 1))
    assert kinds(jobs) == ["update_card", "update_announcement", "say"]
    assert jobs[2].arguments["text"] == "Bob Brown acknowledged"


def test_ten_news_are_one_card_update() -> None:
    updates = [after(with_room(), told(news.Acknowledged, 1))[0], after(with_room(), told(news.Resolved, 1))[0]]
    assert {(job.kind, job.key, job.collapses) for job in updates} == {("update_card", "update_card:INC-1", True)}


def test_a_resolution_also_schedules_the_end_of_the_room() -> None:
    assert kinds(after(with_room(), told(news.Resolved, 1))) == [
        "update_card", "update_announcement", "say", "schedule_archive",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "echo",
    [told(kind, 5, status=Status.ACKNOWLEDGED) for kind in (news.Acknowledged, news.Reassigned, news.PriorityUpdated)]
    + [told(news.LookedUp, 5, status=Status.ACKNOWLEDGED), told(news.Resolved, -5), triggered(5)],
)
def test_news_that_changes_nothing_causes_nothing(echo: Event) -> None:
    assert after(with_room(told(news.Acknowledged, 1)), echo) == []


def test_pagerduty_repeating_our_own_note_causes_nothing() -> None:
    written = with_room(fact(requests.NoteWritten, note="Restarted"))
    echo, another = sample(reports.Annotated), sample(reports.Annotated, by=BOB)
    assert after(written, echo) == []
    assert said(written.after(echo), another) == ["Bob Brown noted: Restarted"]


def test_pagerduty_repeating_a_resolution_as_a_note_causes_nothing() -> None:
    asked = with_room(fact(requests.ResolveRequested, 1, resolution="Rolled back"), told(news.Resolved, 2))
    assert after(asked, sample(reports.Annotated, content="Resolution Note: Rolled back")) == []


def test_the_link_muster_writes_in_pagerduty_is_not_said_in_the_room_it_links() -> None:
    room = with_room().room
    assert room
    note = rooms.link_note("INC-1", room)
    assert after(with_room(), sample(reports.Annotated, content=note)) == []


@pytest.mark.parametrize(
    "event",
    [
        told(news.Reassigned, 1, assignees=ALICE_AND_BOB), told(news.Escalated, 1, assignees=ALICE_AND_BOB),
        told(news.PriorityUpdated, 1, priority=Reference("P1", "P1")), told(news.ServiceChanged, 1, service=PAYMENTS),
        told(news.Delegated, 1, escalation_policy=Reference("PE", "Second line")),
        told(news.TypeChanged, 1, incident_type="major"), told(news.LookedUp, 1, status=Status.ACKNOWLEDGED),
        sample(reports.ResponderAdded), sample(reports.ResponderReplied), sample(reports.StatusUpdatePublished),
        sample(reports.BridgeUpdated), sample(reports.FieldsUpdated), sample(reports.RoleAssigned),
        sample(reports.TaskCreated), sample(reports.TaskCompleted), sample(requests.NoteWritten),
        sample(requests.LeadTaken), sample(requests.EffectFailed, effect="invite"), sample(changes.ChangeLogged),
        sample(changes.ChangeSuspected), sample(rooms.PeopleInvited, missed=("Erin (not in Slack)",)),
    ],
    ids=lambda event: event.kind,
)  # fmt: skip
def test_what_people_care_about_is_one_quiet_line(event: Event) -> None:
    assert said(with_room(), event) == [event.text()]
    assert said(incident(), event) == []  # without a room there is nowhere to say it


@pytest.mark.parametrize(
    "event",
    [
        sample(reports.TaskUpdated), sample(reports.WorkflowStarted), sample(reports.ActionUpdated),
        sample(requests.AcknowledgeRequested), sample(requests.NoteSent), sample(requests.RequestDropped),
        sample(rooms.PeopleInvited), sample(rooms.RoomFurnished), sample(rooms.PartDelayed), sample(changes.ChangeSent),
        *(sample(requests.EffectFailed, effect=effect) for effect in ("say", "tell", "update_card")),
    ],
    ids=lambda event: event.kind,
)  # fmt: skip
def test_the_rest_is_kept_and_not_said(event: Event) -> None:
    assert said(with_room(), event) == []


@pytest.mark.parametrize(
    ("ask", "effect", "stands"),
    [
        (requests.AcknowledgeRequested, "acknowledge", []),
        (requests.ResolveRequested, "resolve", []),
        (requests.ReopenRequested, "reopen", [told(news.Resolved, 1)]),
        (requests.NoteWritten, "annotate", []),
    ],
)
def test_a_request_goes_to_pagerduty_as_whoever_asked(ask: type[Event], effect: str, stands: list[Event]) -> None:
    job = after(with_room(*stands), sample(ask, by=BOB))[0]
    assert (job.kind, job.lane, job.priority) == (effect, "INC-1/pagerduty", Priority.HUMAN)
    assert (job.arguments["asker"], job.arguments["name"]) == (BOB.id, BOB.name)


@pytest.mark.parametrize(
    ("ask", "verb"),
    [(requests.ReopenRequested, "reopen"), (requests.NoteWritten, "note"), (changes.ChangeLogged, "change")],
)
def test_a_request_is_looked_at_soon_in_a_lane_of_its_own(ask: type[Event], verb: str) -> None:
    asked, look = after(with_room(told(news.Resolved, 1)), sample(ask, by=BOB))[:2]
    assert (look.kind, look.delay, look.priority) == ("tell_if_silent", SILENT_AFTER, Priority.HUMAN)
    assert look.lane != asked.lane == look.arguments["in_lane"]
    assert (look.arguments["verb"], look.arguments["asker"]) == (verb, BOB.id)
    assert look.arguments["request"] == asked.arguments["request"]


@pytest.mark.parametrize("resolution", ["", "Rolled back"])
def test_asking_twice_asks_pagerduty_once(resolution: str) -> None:
    ask = sample(requests.ResolveRequested, resolution=resolution)
    assert kinds(after(with_room(ask), sample(requests.ResolveRequested, resolution=resolution))) == []


def test_the_same_note_again_is_another_note() -> None:
    note = sample(requests.NoteWritten)
    assert "annotate" in kinds(after(with_room(note), sample(requests.NoteWritten)))


def test_what_is_pending_is_shown_only_if_pagerduty_does_not_settle_it_soon() -> None:
    jobs = after(with_room(), sample(requests.AcknowledgeRequested))
    assert [job.delay for job in jobs if job.kind == "update_card"] == [SOON]
    late = sample(requests.RequestDelayed, verb="acknowledge")
    shown = after(with_room(sample(requests.AcknowledgeRequested)), late)
    assert [job.delay for job in shown if job.kind == "update_card"] == [0.0]


@pytest.mark.parametrize("kind", [requests.RequestDropped, requests.RequestDelayed])
def test_whoever_asked_is_told_when_it_does_not_simply_happen(kind: type[Event]) -> None:
    event = sample(kind, asker=BOB)
    (telling,) = (job for job in after(with_room(), event) if job.kind == "tell")
    assert (telling.arguments["user"], telling.arguments["text"]) == (BOB.id, event.text())
    assert telling.priority is Priority.HUMAN


def test_newcomers_are_invited_and_a_new_bridge_is_bookmarked() -> None:
    assert "invite" in kinds(after(with_room(), told(news.Reassigned, 1, assignees=ALICE_AND_BOB)))
    assert "add_bookmarks" in kinds(after(with_room(), sample(reports.BridgeUpdated)))


def test_a_change_goes_to_pagerduty_under_our_id_once() -> None:
    (sending,) = (job for job in after(with_room(), sample(changes.ChangeLogged)) if job.kind == "send_change")
    assert sending.arguments["change_id"] == "CH1"


def test_a_verdict_on_a_change_is_drawn_into_the_list() -> None:
    assert "update_changes" in kinds(after(with_room(), sample(changes.ChangeSuspected)))


def test_an_archived_room_is_left_alone() -> None:
    over = with_room(told(news.Resolved, 1), fact(rooms.RoomArchived, 2))
    assert kinds(after(over, told(news.PriorityUpdated, 3, status=over.status, priority=Reference("P1", "P1")))) == []


def test_a_rule_that_wants_no_room_gets_none() -> None:
    assert kinds(after(None, triggered(), Routing(default=Rule(room=False)))) == []


@pytest.mark.parametrize("before", [None, incident(), with_room()], ids=["unknown", "known", "with room"])
@pytest.mark.parametrize("event", SAMPLES, ids=lambda event: event.kind)
def test_every_job_is_of_this_incident_and_no_lane_is_another_incidents(before: Incident | None, event: Event) -> None:
    """But the card and the announcement of the incident whose room is shared, which count those that share it."""
    for job in after(before, event):
        of_umbrella = job.kind in {"update_card", "update_announcement"} and isinstance(event, storms.RoomShared)
        assert job.incident == (11 if of_umbrella and job.incident != 1 else 1)
        assert job.lane.startswith((f"INC-{job.incident}/", "tell:"))


OF_APPROVALS = {
    "approval.requested": ["show_approval"], "approval.answered": ["show_approval", "answer_approval"],
    "approval.taken": ["show_approval"], "approval.delayed": ["show_approval"],
    "approval.dropped": ["show_approval", "tell"], "approval.finished": ["show_approval"],
}  # fmt: skip


@pytest.mark.parametrize("event", SERVICE_SAMPLES, ids=lambda event: event.kind)
def test_of_services_a_logged_change_is_sent_and_whoever_connected_a_source_is_told(event: ServiceEvent) -> None:
    jobs = Reactions(Routing()).to_service(event)
    told = {"source.connection_failed", "source.key_verified", "source.key_doubted"}
    told |= {"service.change.delayed", "service.change.failed"}
    owed = {**OF_APPROVALS, "service.change.logged": ["send_change", "tell_if_silent"]}
    assert kinds(jobs) == owed.get(event.kind, ["tell"] if event.kind in told else [])
