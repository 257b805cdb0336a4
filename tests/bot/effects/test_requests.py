"""What responders decided in Slack is told to PagerDuty as them, once, and never against what stands there."""

import dataclasses
from datetime import timedelta
from typing import Any

import pytest

from bot.domain.errors import Refused, Unavailable
from bot.domain.events import news, requests
from bot.domain.incident import Status, Subject
from bot.effects import EFFECTS
from tests.bot.effects.conftest import Scene
from tests.builders import BOB, CHECKOUT, claim, fact
from tests.databases import on_sqlite

pytestmark = [pytest.mark.anyio, on_sqlite]
AS_ALICE: dict[str, Any] = {"asker": "U0ALICE", "name": "Alice Andersen"}
AS_BOB: dict[str, Any] = {"asker": "U0BOB", "name": "Bob Brown"}
PUT = "pagerduty:PUT /incidents*"


@pytest.mark.parametrize(
    ("verb", "kind", "status"),
    [("acknowledge", news.Acknowledged, Status.ACKNOWLEDGED), ("resolve", news.Resolved, Status.RESOLVED)],
)
async def test_a_request_is_done_as_whoever_asked(
    scene: Scene, verb: str, kind: type[news.News], status: Status
) -> None:
    (event,) = await scene.do(verb, **AS_BOB)
    assert isinstance(event, kind)
    assert event.by == BOB
    assert scene.theirs.log[-1].agent_email == "bob@example.com"
    assert (await scene.incident()).status is status


@pytest.mark.parametrize("verb", ["acknowledge", "resolve"])
async def test_a_request_whose_answer_was_lost_is_done_once(scene: Scene, verb: str) -> None:
    (event,) = await scene.twice(verb, **AS_BOB)
    assert event.by == BOB
    assert scene.calls(PUT) == 1


async def test_an_incident_is_reopened_on_purpose_and_once(scene: Scene) -> None:
    await scene.pagerduty.resolve(scene.theirs)
    await scene.hear()
    (event,) = await scene.twice("reopen", **AS_ALICE)
    assert isinstance(event, news.Reopened)
    assert (await scene.incident()).is_open
    assert scene.calls(PUT) == 1


@pytest.mark.parametrize(
    ("verb", "stands"), [("acknowledge", "acknowledge"), ("acknowledge", "resolve"), ("resolve", "resolve")]
)
async def test_a_stale_press_changes_nothing_and_says_who_was_first(scene: Scene, verb: str, stands: str) -> None:
    """Acknowledging what is resolved would reopen it."""
    await getattr(scene.pagerduty, stands)(scene.theirs, by="carol@example.com")
    before = len(scene.theirs.log)
    looked_up, dropped = await scene.do(verb, **AS_ALICE)
    assert isinstance(dropped, requests.RequestDropped)
    assert dropped.reason.startswith(f"INC-1 is {stands}d already, by Carol Chen at ")
    assert (scene.calls(PUT), len(scene.theirs.log)) == (0, before)
    assert (await scene.incident()).status == looked_up.snapshot.status == f"{stands}d"


async def test_someone_elses_deed_is_not_taken_for_an_attempt_whose_answer_was_lost(scene: Scene) -> None:
    await scene.pagerduty.acknowledge(scene.theirs, by="carol@example.com")
    owed = dataclasses.replace(claim("acknowledge", **AS_ALICE), doubt=True)
    _, dropped = await scene.pay(owed)
    assert isinstance(dropped, requests.RequestDropped)
    assert "by Carol Chen" in dropped.reason


async def test_a_resolution_goes_along(scene: Scene) -> None:
    await scene.do("resolve", **AS_ALICE, resolution="Rolled back")
    assert scene.theirs.log[-1].details["note"] == "Rolled back"


async def test_a_bridge_is_not_forgotten_because_an_answer_leaves_it_out(scene: Scene) -> None:
    await scene.pagerduty.set_bridge(scene.theirs, url="https://meet.example/1")
    await scene.hear()
    await scene.do("acknowledge", **AS_ALICE)
    bridge = (await scene.incident()).bridge
    assert bridge
    assert bridge.conference_url == "https://meet.example/1"


@pytest.mark.parametrize("doubt", [False, True])
async def test_a_note_stands_once_under_its_writers_name(scene: Scene, doubt: bool) -> None:
    wanted = {**AS_BOB, "note": "Replica promoted"}
    (sent,) = await (scene.twice if doubt else scene.do)("annotate", **wanted)
    (note,) = scene.theirs.notes
    assert (note.content, sent.note_id, note.user and note.user.name) == ("Replica promoted", note.id, "Bob Brown")


NOTED = {**AS_BOB, "note": "restarted"}


@pytest.mark.parametrize(("writer", "age"), [("alice@example.com", 0), ("bob@example.com", 90)])
async def test_an_older_note_or_anothers_is_not_taken_for_one_whose_answer_was_lost(
    scene: Scene, writer: str, age: int
) -> None:
    await scene.pagerduty.annotate(scene.theirs, "restarted", by=writer)
    scene.theirs.notes[0].created_at -= timedelta(minutes=age)
    (sent,) = await scene.pay(dataclasses.replace(claim("annotate", **NOTED), doubt=True))
    assert [note.id for note in scene.theirs.notes][1:] == [sent.note_id]


async def test_a_note_that_answers_for_another_request_answers_for_no_other(scene: Scene) -> None:
    (first,) = await scene.do("annotate", **NOTED)
    (second,) = await scene.pay(dataclasses.replace(claim("annotate", **NOTED), doubt=True))
    assert [note.id for note in scene.theirs.notes] == [first.note_id, second.note_id]


async def test_blanks_that_pagerduty_cuts_off_make_no_other_note(scene: Scene) -> None:
    owed = claim("annotate", **{**NOTED, "note": "restarted \n"})
    await EFFECTS["annotate"].run(scene.world, owed)
    scene.theirs.notes[0].content = "restarted"
    await scene.pay(dataclasses.replace(owed, attempt=2, doubt=True))
    assert len(scene.theirs.notes) == 1


async def declare(scene: Scene) -> dict[str, Any]:
    """INC-2, declared in Slack; what is owed to it."""
    wanted: dict[str, Any] = {
        "title": "It smells", "service_id": scene.pagerduty.service("Checkout").id, "urgency": "low",
        "incident_key": "muster-2", "description": "of smoke",
    }  # fmt: skip
    subject = Subject(incident_key="muster-2")
    declared = fact(requests.Declared, service=CHECKOUT.summary, subject=subject, **wanted)
    await scene.world.database.write(lambda tx: tx.record(declared))
    return {**AS_ALICE, **wanted}


@pytest.mark.parametrize("doubt", [False, True])
async def test_what_was_declared_is_opened_in_pagerduty_once(scene: Scene, doubt: bool) -> None:
    wanted = await declare(scene)
    owed = claim("declare", number=2, **wanted)
    if doubt:
        await EFFECTS["declare"].run(scene.world, owed)
        owed = dataclasses.replace(owed, attempt=2, doubt=True)
    (created,) = await scene.pay(owed)
    assert [theirs.title for theirs in scene.pagerduty.incidents] == ["Checkout is down", "It smells"]
    known = await scene.world.database.read(lambda tx: tx.incident(2))
    assert known
    assert (known.pagerduty_id, known.pending) == (created.snapshot.pagerduty_id, {})
    assert known.pagerduty_id == scene.pagerduty.incidents[1].id


async def test_what_pagerduty_does_not_have_yet_cannot_be_acknowledged_there(scene: Scene) -> None:
    await declare(scene)
    with pytest.raises(Refused, match="PagerDuty has no incident for INC-2"):
        await EFFECTS["acknowledge"].run(scene.world, claim("acknowledge", number=2, **AS_ALICE))


@pytest.mark.parametrize("user", ["U0DANA", "U0MALLORY"])
async def test_who_has_no_pagerduty_user_is_told_how_to_link_and_nothing_is_done(scene: Scene, user: str) -> None:
    with pytest.raises(Refused, match="/incident link-me"):
        await scene.do("acknowledge", asker=user, name="Somebody")
    assert scene.theirs.status == "triggered"


async def test_an_address_the_operator_gave_goes_before_slacks(scene: Scene) -> None:
    scene.world = dataclasses.replace(scene.world, addresses={"U0ALICE": "erin@example.com"})
    await scene.do("acknowledge", **AS_ALICE)
    assert scene.theirs.log[-1].agent_email == "erin@example.com"


async def test_pagerduty_being_away_is_no_refusal(scene: Scene) -> None:
    scene.faults.add("pagerduty:*", status=503)
    with pytest.raises(Unavailable):
        await scene.do("acknowledge", **AS_ALICE)


async def test_what_was_heard_in_part_is_looked_up_whole(scene: Scene) -> None:
    await scene.pagerduty.acknowledge(scene.theirs, by="carol@example.com")
    (event,) = await scene.do("look_up")
    assert isinstance(event, news.LookedUp)
    it = await scene.incident()
    assert it.acknowledged
    assert (it.status, it.acknowledged.by.name) == (Status.ACKNOWLEDGED, "Carol Chen")
