"""Lines, private answers, forms, the home tab: each is seen once, by whom it is meant for."""

import time
from dataclasses import replace
from typing import Any

import pytest

from bot.domain.errors import Unavailable
from bot.simulator.slack.tokens import ResponseUrl
from bot.slack.views import forms
from tests.bot.effects.conftest import Scene, words
from tests.builders import claim
from tests.databases import on_sqlite

pytestmark = [pytest.mark.anyio, on_sqlite]


@pytest.fixture
async def in_room(scene: Scene) -> Scene:
    room = await scene.open_room()
    room.members.add("U0ALICE")
    return scene


def whispers(scene: Scene) -> list[tuple[str, str, str]]:
    return [(one.user, one.channel, one.text) for one in scene.slack.ephemerals]


@pytest.mark.parametrize("doubt", [False, True])
async def test_a_line_is_said_once(in_room: Scene, doubt: bool) -> None:
    assert await (in_room.twice if doubt else in_room.do)("say", text="Bob acknowledged", key="k1") == []
    assert words(in_room.room) == ["Bob acknowledged"]


async def test_two_facts_that_read_alike_are_two_lines(in_room: Scene) -> None:
    await in_room.do("say", text="Bob noted: again", key="k1")
    await in_room.pay(claim("say", text="Bob noted: again", key="k2", doubt=True))
    assert len(words(in_room.room)) == 2


async def test_a_line_can_mention_nobody(in_room: Scene) -> None:
    await in_room.do("say", text="<!channel> <@U0BOB> & <https://x.example|y>", key="k1")
    assert words(in_room.room) == ["&lt;!channel&gt; &lt;@U0BOB&gt; &amp; &lt;https://x.example|y&gt;"]


async def test_an_answer_goes_to_where_it_was_asked(in_room: Scene) -> None:
    await in_room.do("tell", user="U0ALICE", channel=in_room.room.id, text="It is on its way", key="k1")
    assert whispers(in_room) == [("U0ALICE", in_room.room.id, "It is on its way")]


async def test_an_answer_without_a_place_goes_to_the_room(in_room: Scene) -> None:
    await in_room.do("tell", user="U0ALICE", text="Not done", key="k1")
    assert whispers(in_room) == [("U0ALICE", in_room.room.id, "Not done")]


@pytest.mark.parametrize("doubt", [False, True])
async def test_who_is_not_there_gets_a_direct_message(in_room: Scene, doubt: bool) -> None:
    """In doubt they are rather told twice than not at all."""
    await in_room.pay(claim("tell", doubt=doubt, user="U0BOB", text="Not done", key="k1"))
    assert whispers(in_room) == []
    direct = [channel for channel in in_room.slack.channels.values() if channel.is_im]
    assert [words(channel) for channel in direct] == [["Not done"]]


async def test_an_answer_by_response_url_is_private(in_room: Scene) -> None:
    url = in_room.slack.workspace.responses.issue(ResponseUrl("U0ALICE", in_room.room.id))
    await in_room.do("tell", user="U0ALICE", text="Here", key="k1", response_url=url)
    assert whispers(in_room) == [("U0ALICE", in_room.room.id, "Here")]


async def test_nothing_is_told_to_an_address_that_is_not_slacks(in_room: Scene) -> None:
    """It is told where they asked instead, as it is when the address was used five times already."""
    await in_room.do("tell", user="U0ALICE", text="Here", key="k1", response_url="https://evil.example/")
    assert whispers(in_room) == [("U0ALICE", in_room.room.id, "Here")]


def trigger(scene: Scene) -> str:
    return scene.slack.workspace.triggers.issue("U0ALICE")


async def form(scene: Scene, **known: Any) -> dict[str, Any]:
    view = forms.note(await scene.incident(), channel=scene.room.id)
    return {"trigger_id": trigger(scene), "view": view, **known}


async def test_a_form_opens_for_whoever_asked(in_room: Scene) -> None:
    await in_room.do("open_form", **await form(in_room))
    assert [view.callback_id for view in in_room.slack.views("Alice")] == ["form:note"]


async def test_a_form_that_comes_too_late_is_explained_and_not_tried(in_room: Scene) -> None:
    url = in_room.slack.workspace.responses.issue(ResponseUrl("U0ALICE", in_room.room.id))
    owed = claim("open_form", **await form(in_room, response_url=url))
    await in_room.pay(replace(owed, owed_since=time.time() - 3.1))
    assert in_room.calls("slack:views.open") == 0
    (whisper,) = whispers(in_room)
    assert "ask again" in whisper[2]


async def test_a_trigger_that_slack_says_is_used_up_is_explained(in_room: Scene) -> None:
    url = in_room.slack.workspace.responses.issue(ResponseUrl("U0ALICE", in_room.room.id))
    in_room.faults.add("slack:views.open", error="expired_trigger_id")
    await in_room.do("open_form", **await form(in_room, response_url=url))
    (whisper,) = whispers(in_room)
    assert "ask again" in whisper[2]


@pytest.mark.parametrize("kind", ["say", "show_home"])
async def test_slack_being_away_is_no_refusal(in_room: Scene, kind: str) -> None:
    in_room.faults.add("slack:*", down=True)
    with pytest.raises(Unavailable):
        await in_room.do(kind, text="x", key="k1", user="U0ALICE")


async def test_the_home_tab_shows_what_is_mine_first(scene: Scene) -> None:
    await scene.do("look_up_person", user="U0ALICE", channel="C0CHECKOUT", key="k0")
    await scene.twice("show_home", user="U0ALICE")
    home = scene.slack.home("Alice")
    assert home
    shown = str(home.blocks)
    assert "INC-1" in shown
    assert shown.index("Your open incidents") < shown.index("INC-1")


@pytest.mark.parametrize(
    ("user", "told"),
    [
        ("U0ALICE", "You are alice@example.com in PagerDuty"),
        ("U0DANA", "Not linked: no PagerDuty user has the address"),
    ],
)
async def test_people_are_told_whether_they_are_linked(scene: Scene, user: str, told: str) -> None:
    scene.slack.channel("C0CHECKOUT").members |= {"U0MUSTER", user}
    await scene.do("look_up_person", user=user, channel="C0CHECKOUT", key="k1")
    ((_, _, text),) = whispers(scene)
    assert text.startswith(told)
