"""Looking for what nobody told us, at PagerDuty and at Slack; and touching only what is ours."""

import dataclasses
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from freezegun import freeze_time

from bot.domain.chain import redaction_key
from bot.domain.events import late, news, rooms, services
from bot.domain.events.redactions import EntryRedacted
from bot.domain.job import Claim, Job
from bot.simulator.pagerduty.subscriptions import Subscription
from storage import Transaction
from tests.bot.effects.conftest import Scene, words
from tests.builders import fact
from tests.databases import on_sqlite

pytestmark = [pytest.mark.anyio, on_sqlite]
OURS, OTHERS = "https://muster.example/pagerduty/webhook", "https://other.example/pagerduty/webhook"
LATER = timedelta(minutes=10)


def subscribed(scene: Scene, url: str, **more: object) -> Subscription:
    made = Subscription(lambda: url, **more)  # type: ignore[arg-type]
    scene.pagerduty.subscriptions[:] = [*scene.pagerduty.subscriptions[1:], made]
    return made


def switched_off(scene: Scene, url: str) -> Subscription:
    return subscribed(scene, url, disabled_until=datetime.now(UTC) + timedelta(hours=24))


def at_home(scene: Scene, url: str | None) -> None:
    scene.world = dataclasses.replace(scene.world, public_url=url)


async def reconciled(scene: Scene) -> None:
    """Some minutes later, when no webhook can be on its way any more."""
    with freeze_time(datetime.now(UTC) + LATER, tick=True, real_asyncio=True):
        await scene.do("reconcile", number=None)


async def kinds(scene: Scene, number: int = 1) -> list[str]:
    timeline = await scene.world.database.read(lambda tx: tx.timeline(f"INC-{number}"))
    return [entry.kind for entry in timeline]


async def test_a_title_that_was_redacted_is_no_difference_and_does_not_come_back(scene: Scene) -> None:
    """PagerDuty has it still."""
    about = {"seq": 1, "entry_kind": "incident.looked_up", "entry_key": "k", "entry_at": datetime.now(UTC)}
    event = fact(EntryRedacted, subject=(await scene.incident()).subject, key=redaction_key("INC-1", 1), **about)

    def redact(tx: Transaction) -> None:
        entry = tx.entry("INC-1", 1)
        assert entry
        tx.redact(entry, event)

    await scene.world.database.write(redact)
    before = await kinds(scene)
    await reconciled(scene)
    assert "incident.looked_up" not in (await kinds(scene))[len(before) :]
    assert (await scene.incident()).title == "(redacted)"
    timeline = await scene.world.database.read(lambda tx: tx.timeline("INC-1"))
    assert "Checkout is down" not in repr(timeline)


async def test_our_subscription_is_switched_on_again_and_what_was_dropped_is_fetched(scene: Scene) -> None:
    at_home(scene, "https://muster.example")
    ours = switched_off(scene, OURS)
    [enabled] = await scene.do("watch_subscriptions", number=None)
    assert isinstance(enabled, services.SubscriptionEnabled)
    assert not ours.temporarily_disabled
    owed = await scene.world.database.write(lambda tx: tx.claim(10))
    assert "reconcile" in {claim.job.kind for claim in owed}
    [entry] = await scene.world.database.read(lambda tx: tx.timeline(f"subscription:{ours.id}"))
    assert entry.kind == "subscription.enabled"


async def test_another_musters_subscription_is_let_alone(scene: Scene) -> None:
    at_home(scene, "https://muster.example")
    others = switched_off(scene, OTHERS)
    assert await scene.do("watch_subscriptions", number=None) == []
    assert others.temporarily_disabled


async def test_without_our_address_only_what_must_be_ours_is_touched(scene: Scene) -> None:
    others = switched_off(scene, OTHERS)
    scene.pagerduty.subscriptions.append(Subscription(lambda: OURS))
    assert await scene.do("watch_subscriptions", number=None) == []
    scene.pagerduty.subscriptions.pop()
    assert len(await scene.do("watch_subscriptions", number=None)) == 1
    assert not others.temporarily_disabled


async def test_what_was_switched_off_by_hand_stays_off(scene: Scene) -> None:
    ours = switched_off(scene, OURS)
    ours.active = False
    assert await scene.do("watch_subscriptions", number=None) == []


async def test_a_resolve_that_nobody_told_is_found_and_marked_as_a_gap(scene: Scene) -> None:
    subscribed(scene, OURS)
    await scene.pagerduty.resolve(scene.theirs, by="Bob")
    await reconciled(scene)
    incident = await scene.incident()
    assert (incident.is_open, incident.resolved and incident.resolved.by.name) == (False, "Bob Brown")
    assert {"incident.logged", "ledger.gap_found"} <= set(await kinds(scene))
    before = await kinds(scene)
    await reconciled(scene)
    assert await kinds(scene) == before


async def test_what_just_happened_is_left_to_its_webhook(scene: Scene) -> None:
    subscribed(scene, OURS)
    await scene.pagerduty.resolve(scene.theirs, by="Bob")
    await scene.pagerduty.trigger("Payments are down", service="Payments")
    await scene.hear()
    await scene.do("reconcile", number=None)
    assert await scene.world.database.read(lambda tx: tx.incident(2)) is None
    assert "incident.logged" not in await kinds(scene)


@pytest.mark.parametrize(("service", "is_ours"), [("Checkout", True), ("Payments", False)])
async def test_only_what_our_subscription_covers_is_introduced(scene: Scene, service: str, is_ours: bool) -> None:
    subscribed(scene, OURS, filter_type="service_reference", filter_id=scene.pagerduty.service("Checkout").id)
    await scene.pagerduty.trigger("Nobody told of this", service=service)
    await reconciled(scene)
    found = await scene.world.database.read(lambda tx: tx.incident(2))
    assert (found is not None) is is_ours


async def test_an_incident_nobody_told_of_is_not_ours_when_no_subscription_leads_here(scene: Scene) -> None:
    at_home(scene, "https://muster.example")
    subscribed(scene, OTHERS)
    await scene.pagerduty.trigger("Nobody told of this")
    await reconciled(scene)
    assert await scene.world.database.read(lambda tx: tx.incident(2)) is None


async def test_pagerduty_being_away_is_left_to_the_next_look(scene: Scene) -> None:
    scene.faults.add("pagerduty:*", down=True)
    assert await scene.do("reconcile", number=None) == []
    assert await scene.do("watch_subscriptions", number=None) == []


async def test_before_a_room_is_opened_for_old_news_pagerduty_is_asked_whether_it_is_over(scene: Scene) -> None:
    await scene.pagerduty.resolve(scene.theirs, by="Bob")
    found, not_opened = await scene.do("open_room", look_first=True)
    assert isinstance(found, news.LookedUp)
    assert isinstance(not_opened, rooms.RoomNotOpened)
    assert scene.calls("slack:conversations.create") == 0


async def test_when_pagerduty_does_not_answer_the_room_is_opened_all_the_same(scene: Scene) -> None:
    scene.faults.add("pagerduty:*", down=True)
    [opened] = await scene.do("open_room", look_first=True)
    assert isinstance(opened, rooms.RoomOpened)
    assert not opened.adopted


async def test_a_room_that_our_own_note_names_is_adopted_and_its_card_is_found(in_room: Scene) -> None:
    """The ledger forgot it, as after an old backup was restored."""
    await in_room.do("post_card")
    await in_room.do("link_room")
    first = in_room.room
    await in_room.happens(rooms.RoomLost, why="the ledger forgets it")
    await in_room.world.database.write(lambda tx: tx._connection.exec_driver_sql("DELETE FROM rooms"))
    [opened] = await in_room.do("open_room", look_first=True)
    assert (opened.adopted, opened.channel) == (True, first.id)
    said = words(first)
    await in_room.do("post_card")
    await in_room.do("link_room")
    assert words(first) == said
    assert len(in_room.theirs.notes) == 1


async def _given_up(scene: Scene, claims: Sequence[Claim]) -> None:
    await scene.world.database.write(lambda tx: [tx.give_up(claim, "no") for claim in claims])


async def test_a_part_that_nobody_is_at_work_on_is_owed_again_but_not_at_every_look(in_room: Scene) -> None:
    async def owed(minutes: float) -> set[str]:
        with freeze_time(datetime.now(UTC) + timedelta(minutes=minutes), tick=True, real_asyncio=True):
            await in_room.do("mend_rooms", number=None)
            given_up: set[str] = set()
            while claims := await in_room.world.database.write(lambda tx: tx.claim(50)):
                given_up |= {claim.job.kind for claim in claims}
                await _given_up(in_room, claims)
        return given_up

    first = await owed(0)
    assert {"post_card", "invite", "set_topic"} <= first
    assert await owed(30) == set()
    assert {"post_card", "invite", "set_topic"} <= await owed(70)


async def test_a_room_that_was_never_opened_is_owed_again(scene: Scene) -> None:
    owed = await scene.world.database.write(lambda tx: [claim for claim in tx.claim(50) if tx.settle(claim)])
    assert "open_room" in {claim.job.kind for claim in owed}
    with freeze_time(datetime.now(UTC) + timedelta(hours=2), tick=True, real_asyncio=True):
        await scene.do("mend_rooms", number=None)
        again = await scene.world.database.write(lambda tx: tx.claim(50))
    assert [claim.job.kind for claim in again] == ["open_room"]


async def test_a_room_archived_behind_our_back_is_recorded_as_lost(in_room: Scene) -> None:
    assert await in_room.do("look_for_rooms", number=None) == []
    in_room.room.is_archived = True
    [lost] = await in_room.do("look_for_rooms", number=None)
    assert (lost.kind, lost.why) == ("room.lost", "the channel was archived")
    assert await in_room.do("look_for_rooms", number=None) == []


async def test_a_deleted_room_is_recorded_as_lost_and_one_that_put_us_out_is_joined_again(in_room: Scene) -> None:
    room = in_room.room
    room.members.discard("U0MUSTER")
    assert await in_room.do("look_for_rooms", number=None) == []
    assert "U0MUSTER" in room.members
    del in_room.slack.channels[room.id]
    [lost] = await in_room.do("look_for_rooms", number=None)
    assert lost.why == "the channel was deleted, or Muster was put out of it"


async def test_what_came_late_is_one_line_in_the_room(in_room: Scene) -> None:
    await in_room.do("post_card")
    before = len(words(in_room.room))
    subscribed(in_room, OURS)
    for note in ("one", "two", "three"):
        await in_room.pagerduty.annotate(in_room.theirs, note, by="Bob")
    await reconciled(in_room)
    with freeze_time(datetime.now(UTC) + LATER + timedelta(minutes=1), tick=True, real_asyncio=True):
        [caught_up] = await in_room.do("catch_up")
        assert isinstance(caught_up, late.CaughtUp)
        assert await in_room.do("catch_up") == []
    assert caught_up.updates >= 3
    [line] = words(in_room.room)[before:]
    assert line.startswith(f"Caught up on {caught_up.updates} updates that came late. INC-1 is triggered")


async def test_a_look_that_was_repeated_leaves_one_job(scene: Scene) -> None:
    job = Job("reconcile", "clock/reconcile", key="reconcile@2026-03-01T12:00:00Z")
    await scene.world.database.write(lambda tx: [tx.put(job) for _ in range(2)])
    owed = await scene.world.database.write(lambda tx: tx.claim(50))
    assert [claim.job.kind for claim in owed].count("reconcile") == 1
