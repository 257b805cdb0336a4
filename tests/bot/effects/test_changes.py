"""Change events reach PagerDuty under our id, and are listed where people look for a cause."""

import dataclasses
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from bot.domain.change import ChangeEvent
from bot.domain.errors import Refused, Unavailable
from bot.domain.events import changes
from bot.domain.incident import Reference
from bot.domain.policy import Policy
from bot.domain.routing import Routing, Rule
from bot.effects.changes import all_changes
from storage import Transaction
from tests.bot.effects.conftest import Scene, words
from tests.builders import ALICE, claim
from tests.databases import on_sqlite

pytestmark = [pytest.mark.anyio, on_sqlite]


def logged(scene: Scene, **known: Any) -> dict[str, Any]:
    service = scene.pagerduty.service("Checkout")
    made = {"change_id": "CH1", "summary": "Deployed v42", "service_id": service.id, "links": ["https://ci.example/42"]}
    return {**made, "at": datetime.now(UTC).isoformat(), "by": "Alice Andersen", **known}


@pytest.mark.parametrize("doubt", [False, True])
async def test_a_change_is_sent_once_under_our_id(scene: Scene, doubt: bool) -> None:
    (sent,) = await (scene.twice if doubt else scene.do)("send_change", **logged(scene))
    (event,) = scene.pagerduty.change_events
    assert isinstance(sent, changes.ChangeSent)
    assert (event.summary, event.service.name) == ("Deployed v42", "Checkout")
    assert event.custom_details == {"muster_change": "CH1", "by": "Alice Andersen"}
    assert [link["href"] for link in event.links] == ["https://ci.example/42"]


async def test_a_change_of_no_incident_is_reported_to_its_service(scene: Scene) -> None:
    (sent,) = await scene.pay(claim("send_change", number=None, **logged(scene)))
    assert isinstance(sent, changes.ServiceChangeSent)
    assert sent.service_id == scene.pagerduty.service("Checkout").id


async def test_a_key_the_operator_gave_needs_no_question(scene: Scene) -> None:
    keys = {"checkout": scene.pagerduty.service("Checkout").integrations[0].key}
    service = scene.pagerduty.service("Checkout")
    await scene.world.database.write(lambda tx: tx.remember_services([Reference(service.id, "Checkout")]))
    scene.world = dataclasses.replace(scene.world, integration_keys=keys)
    before = scene.calls("pagerduty:GET /services/*")
    await scene.do("send_change", **logged(scene))
    assert scene.calls("pagerduty:GET /services/*") == before
    assert len(scene.pagerduty.change_events) == 1


async def test_a_service_without_an_integration_is_refused_with_how_to_mend_it(scene: Scene) -> None:
    scene.pagerduty.service("Checkout").integrations.clear()
    with pytest.raises(Refused, match=r"add one in PagerDuty, or its key to muster\.yaml"):
        await scene.do("send_change", **logged(scene))


async def test_pagerduty_being_away_is_no_refusal(scene: Scene) -> None:
    scene.faults.add("events:*", status=503)
    with pytest.raises(Unavailable):
        await scene.do("send_change", **logged(scene))


async def recent(scene: Scene) -> None:
    """One change logged here and known to PagerDuty, one that only PagerDuty knows, one that is long over."""
    now, service = datetime.now(UTC), scene.pagerduty.service("Checkout")
    ours = [("CH1", "Deployed v42", 1), ("CH0", "Deployed v1", 48)]
    kept = [
        ChangeEvent(name, summary, now - timedelta(hours=age), service.id, "Checkout", ALICE)
        for name, summary, age in ours
    ]
    for change in kept:
        await scene.world.database.write(partial(Transaction.keep_change, change=change))
    await scene.do("send_change", **logged(scene))
    key = service.integrations[0].key
    await scene.world.events_api.change(key, summary="Flag on", source="flags", at=now - timedelta(minutes=5))


async def test_a_new_room_lists_each_recent_change_once(scene: Scene) -> None:
    await recent(scene)
    await scene.open_room()
    (shown,) = await scene.do("post_changes")
    assert sorted(change.summary for change in shown.changes) == ["Deployed v42", "Flag on"]
    assert "2 recent changes on Checkout." in words(scene.room)


async def test_without_changes_nothing_is_posted(scene: Scene) -> None:
    await scene.open_room()
    (shown,) = await scene.do("post_changes")
    assert (shown.changes, shown.message_ts, words(scene.room)) == ((), None, [])


async def test_without_the_right_to_read_pagerdutys_ours_are_listed(scene: Scene) -> None:
    await recent(scene)
    await scene.open_room()
    scene.faults.add("pagerduty:GET */change_events*", status=403)
    (shown,) = await scene.do("post_changes")
    assert [change.summary for change in shown.changes] == ["Deployed v42"]


async def test_verdicts_are_drawn_into_the_list(scene: Scene) -> None:
    await recent(scene)
    await scene.open_room()
    await scene.do("post_changes")
    await scene.happens(changes.ChangeSuspected, change_id="CH1", summary="Deployed v42")
    await scene.twice("update_changes")
    (message,) = [one for one in scene.room.messages if not one.subtype]
    assert "Suspected* by Alice Andersen" in str(message.blocks)


async def test_whoever_asks_for_changes_gets_both_ours_and_pagerdutys(scene: Scene) -> None:
    await recent(scene)
    scene.slack.channel("C0CHECKOUT").members.add("U0MUSTER")
    since = (datetime.now(UTC) - timedelta(hours=2)).isoformat()
    await scene.do(
        "show_changes", service_id=scene.pagerduty.service("Checkout").id, service="Checkout", since=since,
        channel="C0CHECKOUT", user="U0ALICE",
    )  # fmt: skip
    (whisper,) = scene.slack.ephemerals
    assert (whisper.user, whisper.text) == ("U0ALICE", "2 changes on Checkout in the last 2 h.")


async def test_services_are_learned_so_that_forms_need_not_ask(scene: Scene) -> None:
    await scene.do("refresh_services")
    known = await scene.world.database.read(lambda tx: tx.services())
    assert [service.summary for service in known] == ["Checkout", "Payments", "Search"]


async def test_settled_jobs_are_forgotten_after_a_while(scene: Scene) -> None:
    assert await scene.do("forget_settled_jobs") == []


async def test_what_was_logged_on_an_incident_handled_in_private_is_listed_nowhere_else(scene: Scene) -> None:
    service, now = scene.pagerduty.service("Checkout"), datetime.now(UTC)
    kept = ChangeEvent("CH9", "Rotated the key", now, service.id, "Checkout", ALICE, (), 1)
    await scene.world.database.write(lambda tx: tx.keep_change(kept))
    private = Policy(routing=Routing(default=Rule(private=True)))
    world, since = dataclasses.replace(scene.world, policy=private), now - timedelta(hours=1)
    assert await all_changes(world, service.id, since, seen=()) == []
    assert [one.id for one in await all_changes(world, service.id, since, seen=[1])] == ["CH9"]
    assert [one.id for one in await all_changes(scene.world, service.id, since, seen=())] == ["CH9"]
