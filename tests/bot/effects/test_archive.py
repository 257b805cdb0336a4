"""The end of a war room: not in the breath of a resolve, and not while people talk."""

from datetime import UTC, datetime, timedelta

import pytest
from freezegun import freeze_time

from bot.domain.events import rooms
from bot.domain.job import Claim
from tests.bot.effects.conftest import Scene
from tests.databases import on_sqlite

pytestmark = [pytest.mark.anyio, on_sqlite]


async def resolved(scene: Scene, *, hours: float = 24) -> None:
    scene.decide(archive_after_hours=hours)
    await scene.pagerduty.resolve(scene.theirs)
    await scene.hear()
    await scene.do("schedule_archive")


async def test_a_room_is_archived_when_its_time_has_come(in_room: Scene) -> None:
    await resolved(in_room)
    assert await in_room.do("archive_room") == []
    with freeze_time(datetime.now(UTC) + timedelta(hours=25), real_asyncio=True):
        await due(in_room)
        await in_room.do("sweep_rooms")
        (owed,) = [one for one in await due(in_room) if one.job.kind == "archive_room"]
        (event,) = await in_room.pay(owed)
    assert isinstance(event, rooms.RoomArchived)
    assert in_room.room.is_archived


async def due(scene: Scene) -> list[Claim]:
    """The jobs that can start now, which are thereby done."""
    return await scene.world.database.write(lambda tx: [one for one in tx.claim(100) if tx.settle(one)])


async def test_a_room_where_people_talk_stays_open(in_room: Scene) -> None:
    await resolved(in_room, hours=0)
    in_room.room.members.add("U0ALICE")
    await in_room.slack.say("Alice", in_room.room.id, "One more thing")
    (event,) = await in_room.do("archive_room")
    assert isinstance(event, rooms.ArchivePostponed)
    assert not in_room.room.is_archived
    assert await in_room.do("archive_room") == []


async def test_a_reopened_incident_keeps_its_room(in_room: Scene) -> None:
    await resolved(in_room, hours=0)
    await in_room.pagerduty.reopen(in_room.theirs)
    await in_room.hear()
    assert await in_room.do("archive_room") == []
    assert not in_room.room.is_archived


async def test_a_room_someone_archived_already_is_archived(in_room: Scene) -> None:
    await resolved(in_room, hours=0)
    await in_room.world.slack.archive(in_room.room.id)
    (event,) = await in_room.do("archive_room")
    assert isinstance(event, rooms.RoomArchived)
