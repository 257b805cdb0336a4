"""A war room is opened once, found again after a lost answer, and furnished without doubles."""

import dataclasses
from datetime import UTC, datetime, timedelta

import pytest
from freezegun import freeze_time

from bot.domain.errors import Refused, Unavailable
from bot.domain.events import rooms
from bot.domain.routing import Routing, ServiceNotes
from bot.effects import EFFECTS
from bot.effects.adoption import room_named
from tests.bot.effects.conftest import Scene, words
from tests.builders import claim
from tests.databases import on_sqlite

pytestmark = [pytest.mark.anyio, on_sqlite]
INCIDENTS = "C0INCIDENTS"


async def test_the_room_bears_number_and_title(scene: Scene) -> None:
    room = await scene.open_room()
    assert (room.name, room.is_private, room.creator) == ("inc-1-checkout-is-down", False, "U0MUSTER")
    known = (await scene.incident()).room
    assert known
    assert (known.channel, known.url.endswith(f"/archives/{room.id}")) == (room.id, True)


async def test_a_private_room_is_private(scene: Scene) -> None:
    scene.decide(private=True)
    assert (await scene.open_room()).is_private


async def test_a_room_whose_answer_was_lost_is_found_again(scene: Scene) -> None:
    (opened,) = await scene.twice("open_room")
    made = [channel.id for channel in scene.slack.channels.values() if channel.name.startswith("inc-")]
    assert made == [opened.channel]


async def test_a_room_that_is_open_is_not_opened_again(in_room: Scene) -> None:
    assert await in_room.do("open_room") == []


async def test_a_name_that_others_took_gets_a_suffix(scene: Scene) -> None:
    await scene.world.slack.create_channel("inc-1-checkout-is-down", private=False)
    (opened,) = await scene.do("open_room")
    assert opened.name == "inc-1-checkout-is-down-2"


async def test_in_doubt_only_a_room_of_our_own_from_that_time_is_adopted(scene: Scene) -> None:
    """Somebody else's, or an older one of ours, is not this incident's."""
    await scene.world.slack.create_channel("inc-1-checkout-is-down", private=False)
    with freeze_time(datetime.now(UTC) + timedelta(hours=1), real_asyncio=True):
        owed = claim("open_room", doubt=True)
        (opened,) = await EFFECTS["open_room"].run(scene.world, owed)
    assert isinstance(opened, rooms.RoomOpened)
    assert opened.name == "inc-1-checkout-is-down-2"


async def test_in_doubt_a_room_recorded_meanwhile_for_this_incident_is_its_own_and_for_no_other(scene: Scene) -> None:
    """A replica that lost the job while Slack made the channel records it, and the next finds the name taken."""
    room = await scene.open_room()
    incident, owed = await scene.incident(), claim("open_room", doubt=True)
    assert await room_named(scene.world, owed, incident, room.name) == room.id
    another = dataclasses.replace(incident, number=2)
    assert await room_named(scene.world, owed, another, room.name) is None


async def test_what_is_over_before_its_turn_gets_no_room(scene: Scene) -> None:
    await scene.pagerduty.resolve(scene.theirs)
    await scene.hear()
    (event,) = await scene.do("open_room")
    assert isinstance(event, rooms.RoomNotOpened)
    assert scene.calls("slack:conversations.create") == 0


MESSAGES = [("post_card", "card"), ("announce", "announcement"), ("post_changes", "changes")]


@pytest.mark.parametrize("doubt", [False, True])
@pytest.mark.parametrize(("kind", "part"), MESSAGES)
async def test_a_message_stands_once(in_room: Scene, kind: str, part: str, doubt: bool) -> None:
    in_room.decide(announce=INCIDENTS)
    await in_room.world.events_api.change(
        in_room.pagerduty.service("Checkout").integrations[0].key, summary="v42", source="ci", at=datetime.now(UTC)
    )
    (event,) = await (in_room.twice if doubt else in_room.do)(kind)
    channel = in_room.slack.channel(INCIDENTS) if part == "announcement" else in_room.room
    (message,) = [one for one in channel.messages if not one.subtype]
    assert event.message_ts == message.ts
    it = await in_room.incident()
    assert it.room
    assert part in it.room.done


async def test_the_card_stands_once_even_when_slack_took_it_and_hung_up(in_room: Scene) -> None:
    in_room.faults.add("slack:chat.postMessage", lost_reply=True, times=1)
    owed = claim("post_card")
    with pytest.raises(Unavailable) as trouble:
        await in_room.pay(owed)
    assert trouble.value.reached
    await in_room.pay(dataclasses.replace(owed, attempt=2, doubt=True))
    assert len(words(in_room.room)) == 1


async def test_the_card_is_pinned_and_being_pinned_already_is_fine(in_room: Scene) -> None:
    (card,) = await in_room.do("post_card")
    await in_room.twice("pin_card")
    assert in_room.room.pins == [card.message_ts]


async def test_card_and_announcement_tell_the_present_truth(in_room: Scene) -> None:
    in_room.decide(announce="#incidents")
    await in_room.do("post_card")
    await in_room.do("announce")
    await in_room.pagerduty.resolve(in_room.theirs, by="carol@example.com")
    await in_room.hear()
    for kind in ("update_card", "update_announcement"):
        assert await in_room.twice(kind) == []
    for channel in (in_room.room, in_room.slack.channel(INCIDENTS)):
        (text,) = words(channel)
        assert "resolved" in text.casefold()


async def test_a_private_room_is_never_announced(scene: Scene) -> None:
    scene.decide(private=True, announce=INCIDENTS)
    await scene.open_room()
    (event,) = await scene.do("announce")
    assert event.message_ts is None
    assert words(scene.slack.channel(INCIDENTS)) == []


async def test_a_channel_the_bot_is_not_in_is_refused_with_how_to_mend_it(in_room: Scene) -> None:
    in_room.decide(announce="#general")
    with pytest.raises(Refused, match="invite it there"):
        await in_room.do("announce")


async def test_topic_purpose_and_bookmarks_are_set_and_repeated_without_doubles(in_room: Scene) -> None:
    notes = ServiceNotes("https://runbooks.example/checkout", "https://meet.example/checkout")
    routing = Routing(services={"checkout": notes})
    in_room.world = dataclasses.replace(in_room.world, routing=routing)
    for kind in ("set_topic", "set_purpose", "add_bookmarks"):
        await in_room.twice(kind)
    room, url = in_room.room, (await in_room.incident()).html_url
    assert room.topic == "INC-1 · Checkout is down · Checkout · P1"
    assert "INC-1" in room.purpose
    assert {one["title"]: one["link"] for one in room.bookmarks} == {
        "PagerDuty incident": url, "Runbook": notes.runbook, "Conference bridge": notes.bridge,
    }  # fmt: skip
    assert len(room.bookmarks) == 3


@pytest.mark.parametrize("doubt", [False, True])
async def test_the_room_is_linked_on_the_incident_once_and_known_as_ours(in_room: Scene, doubt: bool) -> None:
    await (in_room.twice if doubt else in_room.do)("link_room")
    (note,) = in_room.theirs.notes
    assert in_room.room.name in note.content
    assert note.content in (await in_room.incident()).expected_notes


@pytest.mark.parametrize("doubt", [False, True])
async def test_people_paged_and_on_call_and_named_are_invited(in_room: Scene, doubt: bool) -> None:
    in_room.decide(invite=("@sre", "carol@example.com", "U0BOB"))
    (event,) = await (in_room.twice if doubt else in_room.do)("invite")
    assert in_room.room.members == {"U0MUSTER", "U0ALICE", "U0BOB", "U0CAROL"}
    assert sorted(event.invited) == ["U0ALICE", "U0BOB", "U0CAROL"]
    assert event.missed == ()


async def test_who_cannot_be_invited_is_named_and_the_rest_are_in(in_room: Scene) -> None:
    in_room.decide(invite=("@nobody", "ghost@example.com", "U0NOBODY"))
    await in_room.pagerduty.reassign(in_room.theirs, ["alice@example.com", "erin@example.com"])
    await in_room.hear()
    (event,) = await in_room.do("invite")
    assert "U0ALICE" in in_room.room.members
    missed = " · ".join(event.missed)
    assert all(name in missed for name in ("Erin Evans", "@nobody", "ghost@example.com", "U0NOBODY"))
    assert len(event.missed) == 4


async def test_looking_for_people_spares_the_invitation_the_questions(in_room: Scene) -> None:
    await in_room.do("find_people")
    asked = in_room.calls("slack:users.lookupByEmail")
    await in_room.do("invite")
    assert asked > 0
    assert in_room.calls("slack:users.lookupByEmail") == asked


FOR_A_ROOM = [kind for kind, effect in EFFECTS.items() if effect.part] + ["update_card", "update_announcement"]


@pytest.mark.parametrize("kind", FOR_A_ROOM)
async def test_without_a_room_there_is_nothing_to_put_in_place(scene: Scene, kind: str) -> None:
    with pytest.raises(Refused, match="INC-1 has no war room"):
        await scene.do(kind)


async def test_an_archived_room_is_not_written_to(in_room: Scene) -> None:
    await in_room.do("post_card")
    await in_room.happens(rooms.RoomArchived)
    before = in_room.calls("slack:chat.*")
    for kind in ("update_card", "update_changes", "say"):
        await in_room.do(kind, text="late", key="k")
    assert in_room.calls("slack:chat.*") == before
