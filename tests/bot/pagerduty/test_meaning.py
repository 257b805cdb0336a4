"""What each kind of webhook means."""

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.domain.events import INCIDENT_KINDS, SERVICE_KINDS, Event, ServiceEvent
from bot.domain.events.news import News, Reopened, Resolved, Triggered
from bot.domain.events.reports import BridgeUpdated, FieldsUpdated, ResponderAdded, RoleAssigned, StatusUpdatePublished
from bot.domain.incident import Bridge, Incident, Reference, Status, Subject
from bot.domain.people import PAGERDUTY, Actor
from bot.pagerduty.meaning import READERS, understood
from tests.bot.pagerduty.payloads import NAMES, meant, payload, sent, told

SENTENCES = {
    "incident.triggered": "Triggered on Ticket Kiosks: Kiosks at pier 3 print blank tickets",
    "incident.acknowledged": "Ingrid Solheim acknowledged",
    "incident.unacknowledged": "The acknowledgement has lapsed: the incident is triggered again",
    "incident.escalated": "Escalated to Tomás Rey, Yuki Mori",
    "incident.delegated": "Tomás Rey handed it to the escalation policy Harbour Masters",
    "incident.reassigned": "Ingrid Solheim reassigned it to Tomás Rey",
    "incident.priority_updated": "Yuki Mori set the priority to SEV-1",
    "incident.service_updated": "Ingrid Solheim moved it to the service Boarding Gates",
    "incident.incident_type.changed": "Yuki Mori changed its type to passenger_facing",
    "incident.resolved": "Tomás Rey resolved it",
    "incident.resolved.merged": "Tomás Rey merged it into Card readers offline in the whole terminal",
    "incident.reopened": "Ingrid Solheim reopened it",
    "incident.annotated": "Ingrid Solheim noted: Paper rolls are in upside down on kiosks 4 to 9.",
    "incident.status_update_published": (
        "Yuki Mori published a status update: Tickets are sold by hand at pier 3 until noon."
    ),
    "incident.responder.added": "Ingrid Solheim asked Yuki Mori to help: Do you have the kiosk keys?",
    "incident.responder.replied": "Yuki Mori answered the request to help: declined",
    "incident.conference_bridge.updated": (
        "Conference bridge: https://meet.example.org/pier-3 · +47 21 00 04 18,,77# or +34 910 000 418"
    ),
    "incident.custom_field_values.updated": (
        "Ingrid Solheim set vessel to MS Aurora, MS Brise, passengers_waiting to 240"
    ),
    "incident.role.assigned": "Tomás Rey is now Passenger Liaison",
    "incident.task.created": "Ingrid Solheim added a task: Reload kiosk 4",
    "incident.task.updated": "Yuki Mori changed a task: Reload kiosk 4 (in_progress)",
    "incident.task.completed": "Yuki Mori completed a task: Reload kiosk 4",
    "incident.workflow.started": "The workflow Notify the captains started",
    "incident.workflow.completed": "The workflow Notify the captains completed",
    "incident.action_invocation.created": "Automation action Restart print spooler: created",
    "incident.action_invocation.updated": "Automation action Restart print spooler: running",
    "incident.action_invocation.terminated": "Automation action Restart print spooler: finished",
    "service.created": "Ingrid Solheim created the service Ticket Kiosks",
    "service.updated": "Tomás Rey changed the service Ticket Kiosks and Turnstiles",
    "service.deleted": "Ingrid Solheim deleted the service Ticket Kiosks",
    "service.custom_field_values.updated": "Yuki Mori set staffed to true on the service",
}


@pytest.mark.parametrize("name", SENTENCES)
def test_each_kind_is_understood_as_the_event_of_its_name(name: str) -> None:
    event = understood(payload(name))
    assert event is not None
    assert event.kind == name.removesuffix(".merged")
    assert event.text() == SENTENCES[name]
    assert event.origin == "pagerduty.webhook"


def test_the_fixtures_cover_every_kind_that_is_understood() -> None:
    assert {name.removesuffix(".merged") for name in SENTENCES} == set(READERS)
    assert set(NAMES) == {*SENTENCES, "pagey.ping"}


def test_everything_understood_is_a_documented_kind_of_event() -> None:
    kinds = {kind.kind for kind in INCIDENT_KINDS} | {kind.kind for kind in SERVICE_KINDS}
    assert set(READERS) <= kinds
    assert len(READERS) == 30


def test_a_ping_means_nothing() -> None:
    assert understood(payload("pagey.ping")) is None


def test_a_trigger_tells_the_whole_incident() -> None:
    event = understood(payload("incident.triggered"))
    assert isinstance(event, Triggered)
    assert event.subject == Subject(pagerduty_id="Q0HL77KIOSK1", incident_key="kiosk/pier-3")
    assert event.at == datetime(2026, 3, 14, 5, 27, 1, 37_000, tzinfo=UTC)
    assert event.key == "pagerduty:Q0HL77KIOSK1:incident.triggered:2026-03-14T05:27:01.037Z:Q0HL77KIOSK1"
    incident = Incident(1).after(event)
    assert (incident.title, incident.urgency, incident.pagerduty_number, incident.status) == (
        "Kiosks at pier 3 print blank tickets", "high", 418, Status.TRIGGERED,
    )  # fmt: skip
    assert [team.summary for team in incident.teams] == ["Terminal Systems"]
    assert incident.service == Reference(
        "PHLTICK", "Ticket Kiosks", "https://harbourlights.eu.pagerduty.com/services/PHLTICK"
    )
    assert incident.created_at == datetime(2026, 3, 14, 5, 26, 53, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "by"),
    [
        ("incident.acknowledged", Actor("responder", "PHL1NGR", "Ingrid Solheim")),
        ("incident.triggered", Actor("service", "PHLMONI", "Buoy Monitor")),
        ("incident.unacknowledged", PAGERDUTY),
    ],
)
def test_who_did_it_is_the_agent_and_nobody_is_pagerduty(name: str, by: Actor) -> None:
    event = understood(payload(name))
    assert event is not None
    assert event.by == by


@pytest.mark.parametrize("agent", [{"type": "user_reference"}, [], "Ingrid", 5, {"id": None}])
def test_an_agent_without_an_id_is_pagerduty(agent: Any) -> None:
    value = told("incident.acknowledged")
    value["event"]["agent"] = agent
    event = understood(sent(value))
    assert event is not None
    assert event.by == PAGERDUTY


def test_a_merge_reads_as_a_merge() -> None:
    event = understood(payload("incident.resolved.merged"))
    assert isinstance(event, Resolved)
    assert event.snapshot.merged_into is not None
    assert event.snapshot.merged_into.id == "Q0HL78OUTAGE"


def test_a_resolution_for_another_reason_is_no_merge() -> None:
    reason = {"type": "some_other_reason", "incident": {"id": "Q0HL78OUTAGE"}}
    assert meant("incident.resolved", resolve_reason=reason).snapshot.merged_into is None


def test_a_conference_number_may_be_a_number() -> None:
    event = understood(payload("incident.reopened"))
    assert isinstance(event, Reopened)
    assert event.snapshot.bridge == Bridge("4721000418", None)


def test_a_bridge_that_was_removed_is_none() -> None:
    event = meant("incident.conference_bridge.updated", conference_numbers=[{"number": ""}], conference_url=None)
    assert isinstance(event, BridgeUpdated)
    assert event.bridge is None


def test_an_escalation_policy_may_be_the_responder() -> None:
    event = meant("incident.responder.added", user=None, escalation_policy={"id": "PHLEPB2", "summary": None})
    assert isinstance(event, ResponderAdded)
    assert event.responder == Reference("PHLEPB2", "PHLEPB2")


def test_two_responders_added_at_one_instant_are_two_facts() -> None:
    other = meant("incident.responder.added", user={"id": "PHL2TOM", "summary": "Tomás Rey"})
    assert meant("incident.responder.added").key != other.key


def test_of_several_role_assignments_the_one_with_somebody_counts() -> None:
    data = told("incident.role.assigned")["event"]["data"]["incident_role_assignments"][0]
    event = meant("incident.role.assigned", incident_role_assignments=[data | {"assignee": None}, data])
    assert isinstance(event, RoleAssigned)
    assert event.assignee is not None


def test_a_role_that_nobody_has_any_more_has_no_assignee() -> None:
    data = told("incident.role.assigned")["event"]["data"]["incident_role_assignments"][0]
    event = meant("incident.role.assigned", incident_role_assignments=[data | {"assignee": None}])
    assert event.text() == "Nobody is Passenger Liaison any more"


def test_a_field_that_was_emptied_is_set_to_nothing() -> None:
    changed = [{"name": "tide", "value": "low"}]
    event = meant("incident.custom_field_values.updated", custom_fields=[], changed_custom_fields=changed)
    assert isinstance(event, FieldsUpdated)
    assert event.values == {"tide": "nothing"}


def test_a_trimmed_text_says_so() -> None:
    event = understood(payload("incident.status_update_published"))
    assert isinstance(event, StatusUpdatePublished)
    assert event.trimmed


def test_the_same_fact_in_two_deliveries_has_one_key() -> None:
    again = told("incident.annotated")
    again["event"]["id"] = "01HLANOTHERSUBSCRIPTION"
    first, second = understood(payload("incident.annotated")), understood(sent(again))
    assert first is not None
    assert second is not None
    assert first.key == second.key


def test_text_that_no_database_can_keep_is_cleaned() -> None:
    event = meant("incident.triggered", title="Blank\0 \ud800tickets")
    assert isinstance(event, News)
    assert event.snapshot.title == "Blank ?tickets"


def test_blanks_around_a_note_are_kept_so_that_our_echo_is_recognised() -> None:
    assert meant("incident.annotated", content="  indented\n").content == "  indented\n"


def test_everything_that_may_be_missing_from_an_incident_may_be_missing() -> None:
    value = told("incident.acknowledged")
    value["event"]["data"] = {"id": "Q0HL77KIOSK1", "status": "acknowledged"}
    event = understood(sent(value))
    assert isinstance(event, News)
    assert Incident(1).after(event).status is Status.ACKNOWLEDGED


def test_every_event_can_be_told_and_moves_an_incident() -> None:
    for name in SENTENCES:
        event = understood(payload(name))
        assert isinstance(event, Event | ServiceEvent)
        assert event.details() is not None
        if isinstance(event, Event):
            assert Incident(1).after(event).number == 1
