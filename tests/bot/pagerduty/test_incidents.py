"""What is asked of PagerDuty about incidents, to the letter, and what is made of its answers."""

from datetime import UTC, datetime
from typing import Any

import pytest

from bot.domain.errors import Refused
from bot.domain.incident import Bridge, Reference, Snapshot, Status
from bot.domain.people import Actor
from bot.pagerduty.rest import Note, Standing
from tests.bot.pagerduty.pretend import Pretend, incident, ok, page

pytestmark = pytest.mark.anyio

INGRID = "ingrid@harbour.example"
REFUSED = {"error": {"message": "Invalid Input Provided", "code": 2001, "errors": ["Open incident has this key"]}}


async def test_every_call_says_who_asks_and_which_version_is_meant() -> None:
    pretend = Pretend(ok({"abilities": ["teams", 7]}))
    assert await pretend.pagerduty.abilities() == ["teams"]
    headers = pretend.asked[0].headers
    assert headers["accept"] == "application/vnd.pagerduty+json;version=2"
    assert headers["content-type"] == "application/json"
    assert headers["authorization"] == "Token token=y_hl_key"
    assert "from" not in headers
    assert pretend.asked[0].extensions["timeout"] == {"connect": 5.0, "read": 10.0, "write": 10.0, "pool": 5.0}


async def test_the_token_of_an_oauth_app_is_a_bearer_token() -> None:
    pretend = Pretend(ok({"abilities": []}), token="pdus+_0XHL_key")
    await pretend.pagerduty.abilities()
    assert pretend.asked[0].headers["authorization"] == "Bearer pdus+_0XHL_key"


async def test_an_incident_is_read_whole() -> None:
    pretend = Pretend(incident())
    found = await pretend.pagerduty.incident("Q0HL77KIOSK1")
    assert pretend.asked[0].url.path == "/incidents/Q0HL77KIOSK1"
    assert pretend.query() == [("include[]", "conference_bridge")]
    assert found == Snapshot(
        "Q0HL77KIOSK1", "Kiosks at pier 3 print blank tickets", Status.ACKNOWLEDGED, pagerduty_number=418,
        incident_key="kiosk/pier-3", service=Reference("PHLTICK", "Ticket Kiosks"),
        assignees=(Reference("PHL1NGR", "Ingrid Solheim"),), bridge=Bridge("4721000418", None),
    )  # fmt: skip


async def test_a_standing_says_who_was_first_and_when() -> None:
    standing = await Pretend(incident()).pagerduty.standing("Q0HL77KIOSK1")
    assert standing.status is Status.ACKNOWLEDGED
    assert standing.last_status_change_at == datetime(2026, 3, 14, 5, 28, tzinfo=UTC)
    assert standing.last_status_change_by == Actor("responder", "PHL2TOM", "Tomás Rey")
    assert standing.acknowledgers == (Reference("PHL2TOM", "Tomás Rey"),)


async def test_a_standing_of_which_little_is_said_is_a_standing() -> None:
    pretend = Pretend(ok({"incident": {"id": "Q0", "status": "triggered", "acknowledgements": None}}))
    assert await pretend.pagerduty.standing("Q0") == Standing(Snapshot("Q0", "", Status.TRIGGERED))


@pytest.mark.parametrize(
    ("status", "resolution", "sent"),
    [
        (Status.ACKNOWLEDGED, None, {"status": "acknowledged"}),
        (Status.RESOLVED, None, {"status": "resolved"}),
        (Status.RESOLVED, "Rolls turned", {"status": "resolved", "resolution": "Rolls turned"}),
        (Status.TRIGGERED, "Rolls turned", {"status": "triggered"}),
    ],
)
async def test_a_status_is_set_as_the_person_who_asked(status: Status, resolution: str | None, sent: Any) -> None:
    pretend = Pretend(incident(status=status.value))
    standing = await pretend.pagerduty.set_status("Q0", status, as_email=INGRID, resolution=resolution)
    assert standing.status is status
    assert (pretend.asked[0].method, pretend.asked[0].url.path) == ("PUT", "/incidents/Q0")
    assert pretend.asked[0].headers["from"] == INGRID
    assert pretend.asked[0].headers["content-type"] == "application/json"
    assert pretend.body() == {"incident": {"type": "incident_reference", **sent}}


@pytest.mark.parametrize("error", [{"code": 1001}, {"code": 2001, "errors": ["Incident Already Resolved"]}])
async def test_what_stands_so_already_is_no_error(error: Any) -> None:
    pretend = Pretend(ok({"error": error}, 400), incident(status="resolved"))
    standing = await pretend.pagerduty.set_status("Q0", Status.RESOLVED, as_email=INGRID)
    assert standing.status is Status.RESOLVED
    assert [request.method for request in pretend.asked] == ["PUT", "GET"]


async def test_a_refusal_for_a_state_that_is_not_the_wanted_one_stays_a_refusal() -> None:
    pretend = Pretend(ok({"error": {"code": 1001, "message": "Incident Already Resolved"}}, 400), incident())
    with pytest.raises(Refused) as caught:
        await pretend.pagerduty.set_status("Q0", Status.RESOLVED, as_email=INGRID)
    assert caught.value.code == "1001"


async def declared(pretend: Pretend, description: str = "") -> Snapshot:
    return await pretend.pagerduty.declare(
        title="Kiosks dark", service_id="PHLTICK", urgency="high", incident_key="kiosk/pier-3",
        description=description, as_email=INGRID,
    )  # fmt: skip


async def test_an_incident_is_declared_with_the_members_pagerduty_knows() -> None:
    pretend = Pretend(incident(status="triggered"))
    assert (await declared(pretend, "Since the tide turned")).pagerduty_id == "Q0HL77KIOSK1"
    assert pretend.asked[0].headers["from"] == INGRID
    assert pretend.body() == {
        "incident": {
            "type": "incident",
            "title": "Kiosks dark",
            "service": {"id": "PHLTICK", "type": "service_reference"},
            "urgency": "high",
            "incident_key": "kiosk/pier-3",
            "body": {"type": "incident_body", "details": "Since the tide turned"},
        }
    }


async def test_declaring_again_finds_the_incident_of_the_first_time() -> None:
    theirs = {"id": "Q0HL99OTHER1", "status": "triggered", "incident_key": "another"}
    closed = {"id": "Q0HL10CLOSED", "status": "resolved", "incident_key": "kiosk/pier-3"}
    ours = {"id": "Q0HL77KIOSK1", "status": "triggered", "incident_key": "kiosk/pier-3"}
    pretend = Pretend(ok(REFUSED, 400), page("incidents", theirs, closed, ours))
    assert (await declared(pretend)).pagerduty_id == "Q0HL77KIOSK1"
    assert "body" not in pretend.body(0)["incident"]
    assert dict(pretend.query()) == {
        "incident_key": "kiosk/pier-3", "date_range": "all", "sort_by": "created_at:desc",
        "include[]": "conference_bridge",
    }  # fmt: skip


async def test_a_declaration_refused_for_another_reason_is_refused() -> None:
    with pytest.raises(Refused) as caught:
        await declared(Pretend(ok(REFUSED, 400), page("incidents")))
    assert caught.value.code == "2001"


async def test_of_several_incidents_that_had_a_key_the_newest_counts_when_none_is_open() -> None:
    same = {"status": "resolved", "incident_key": "kiosk/pier-3"}
    pretend = Pretend(page("incidents", same | {"id": "QNEW"}, same | {"id": "QOLD"}))
    found = await pretend.pagerduty.incident_with_key("kiosk/pier-3")
    assert found is not None
    assert found.pagerduty_id == "QNEW"


async def test_a_note_is_written_as_the_person_who_wrote_it() -> None:
    pretend = Pretend(ok({"note": {"id": "PHLNOTE1", "content": "Half a ? pair"}}))
    assert await pretend.pagerduty.annotate("Q0", "Half a \ud800 pair", as_email=INGRID) == "PHLNOTE1"
    assert (pretend.asked[0].method, pretend.asked[0].url.path) == ("POST", "/incidents/Q0/notes")
    assert pretend.asked[0].headers["from"] == INGRID
    assert pretend.body() == {"note": {"content": "Half a \ud800 pair"}}


async def test_notes_are_listed() -> None:
    told = {
        "id": "PHLNOTE1", "content": "Rolls turned", "user": {"id": "PHL1NGR", "summary": "Ingrid Solheim"},
        "created_at": "2026-03-14T05:40:00Z",
    }  # fmt: skip
    pretend = Pretend(ok({"notes": [told, None, {"id": "PHLNOTE2"}]}))
    assert await pretend.pagerduty.notes("Q0") == [
        Note("PHLNOTE1", "Rolls turned", "Ingrid Solheim", datetime(2026, 3, 14, 5, 40, tzinfo=UTC), "PHL1NGR"),
        Note("PHLNOTE2", ""),
    ]
