"""Names of channels within Slack's rules, whatever PagerDuty calls an incident; and what a room remembers."""

import re
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.events import rooms
from bot.domain.room import LONGEST_NAME, PARTS, room_name, slug, with_suffix
from tests.builders import START, at, fact, incident, room_opened

SLACKS_RULE = re.compile(r"[a-z0-9_-]{1,80}")  # https://docs.slack.dev/reference/methods/conversations.create#naming
TEMPLATES = st.sampled_from(["inc-{number}-{slug}", "{date}_{service}-{number}", "{number}", "Störung {number}!"])
anything = st.text(max_size=300)


@given(template=TEMPLATES, number=st.integers(1, 10**9), title=anything, service=anything, opened_at=st.datetimes())
def test_a_name_is_one_slack_takes(template: str, number: int, title: str, service: str, opened_at: datetime) -> None:
    name = room_name(template, number=number, title=title, service=service, opened_at=opened_at)
    assert SLACKS_RULE.fullmatch(name)
    assert not name.startswith(("-", "_"))
    assert str(number) in name


@given(name=st.from_regex(r"[a-z0-9](?:[a-z0-9_-]{0,79})", fullmatch=True), nth=st.integers(1, 10**6))
def test_a_name_with_a_suffix_is_still_one_slack_takes(name: str, nth: int) -> None:
    named = with_suffix(name, nth)
    assert SLACKS_RULE.fullmatch(named)
    assert named == name if nth == 1 else named.endswith(f"-{nth}")


@given(name=st.from_regex(r"[a-z]{80}", fullmatch=True))
def test_a_full_name_gets_another_name_for_each_suffix(name: str) -> None:
    assert len({with_suffix(name, nth) for nth in range(1, 30)}) == 29


@given(text=anything)
def test_a_slug_is_words_joined_by_single_hyphens(text: str) -> None:
    assert re.fullmatch(r"([a-z0-9]+(-[a-z0-9]+)*)?", slug(text))
    assert slug(slug(text)) == slug(text)


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Checkout is DOWN!", "inc-42-checkout-is-down"),
        ("Zahlungen schlägt fehl: Überlauf", "inc-42-zahlungen-schlagt-fehl-uberlauf"),
        ("🔥🔥🔥", "inc-42"),
        ("支付失败", "inc-42"),
        ("", "inc-42"),
        ("--- @here <!channel> ---", "inc-42-here-channel"),
        ("x" * 300, "inc-42-" + "x" * (LONGEST_NAME - 7)),
    ],
)
def test_titles_become_names_people_recognise(title: str, name: str) -> None:
    assert room_name("inc-{number}-{slug}", number=42, title=title, opened_at=START) == name


def test_a_template_can_name_the_service_and_the_day() -> None:
    made = room_name("{date}-{service}_{number}", number=7, title="", service="Checkout API", opened_at=START)
    assert made == "20260301-checkout-api_7"


def test_a_room_is_whole_when_every_part_is_in_place() -> None:
    it = incident(room_opened())
    for part in PARTS:
        assert it.room
        assert not it.room.is_whole
        it = it.after(fact(rooms.RoomFurnished, part=part, channel="C0ROOM", message_ts="1.1"))
    assert it.room
    assert it.room.is_whole


def test_trouble_with_a_part_is_told_until_it_is_in_place_and_never_again() -> None:
    late = fact(rooms.PartDelayed, part="topic", reason="Slack limit")
    done = fact(rooms.RoomFurnished, part="topic")
    troubled = incident(room_opened(), late)
    assert troubled.room
    assert troubled.room.trouble == {"topic": "Slack limit"}
    for mended in (troubled.after(done), troubled.after(done).after(late)):
        assert mended.room
        assert mended.room.trouble == {}


def test_invited_people_add_up_and_only_the_last_misses_count() -> None:
    first = fact(rooms.PeopleInvited, invited=("U1",), missed=("Erin (not in Slack)",))
    second = fact(rooms.PeopleInvited, invited=("U2",))
    room = incident(room_opened(), first, second).room
    assert room
    assert (room.invited, room.missed) == (("U1", "U2"), ())


def test_an_archived_room_is_former_once_another_is_opened() -> None:
    it = incident(room_opened(), fact(rooms.RoomArchived, 5), room_opened(6, "C0NEXT"))
    assert it.room
    assert it.room.channel == "C0NEXT"
    assert [(room.channel, room.archived_at) for room in it.former_rooms] == [("C0ROOM", at(5))]


def test_facts_about_a_room_that_is_not_there_move_nothing() -> None:
    known = incident()
    assert known.after(fact(rooms.RoomFurnished, part="card", message_ts="1.1")) == known
