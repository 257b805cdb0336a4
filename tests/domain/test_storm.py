"""Which incidents share a room when many come at once."""

from dataclasses import replace

import pytest

from bot.domain.events import rooms, storms
from bot.domain.incident import Incident, Reference
from bot.domain.routing import Routing, Rule, Storm
from bot.domain.storm import OWN, Place, are_related, place
from tests.builders import CHECKOUT, PAYMENTS, fact, incident, room_opened

SHOP, BANK = Reference("PTSHOP", "Shop"), Reference("PTBANK", "Bank")
P1 = Reference("X", "P1")
THREE = Storm(incidents=3)


def several(count: int, **known: object) -> list[Incident]:
    """INC-1 … INC-count, the newest first."""
    return [incident(number=number, **known) for number in range(count, 0, -1)]


def umbrella(number: int = 4, *events: object) -> Incident:
    return incident(fact(storms.StormBegan, kin=4, within=2.0), *events, number=number)  # type: ignore[arg-type]


def placed(
    it: Incident, recent: list[Incident], *, later: tuple[Incident, ...] = (), routing: Routing | None = None
) -> Place:
    known = {one.number: one for one in (*recent, *later)}
    return place(it, recent, later, routing or Routing(storm=THREE), known.get)


def test_the_first_have_rooms_of_their_own() -> None:
    assert placed(incident(number=3), several(2)) == OWN


def test_the_one_after_them_begins_a_storm() -> None:
    assert placed(incident(number=4), several(3)) == Place("begins", kin=4)


def test_those_that_follow_go_under_it_even_before_its_room_is_there() -> None:
    assert placed(incident(number=5), [umbrella(4), *several(3)]) == Place("under", 4, kin=4)


def test_an_umbrella_that_left_the_minutes_is_found_through_those_under_it() -> None:
    shared = fact(storms.RoomShared, umbrella=4, channel="C4", name="storm-4", url="", is_private=False, kin=4)
    under = [incident(shared, number=number) for number in (9, 8, 7)]
    found = {4: umbrella(4, room_opened(channel="C4"))}.get
    assert place(incident(number=10), under, (), Routing(storm=THREE), found) == Place("under", 4, kin=2 + 2)


def test_one_that_came_later_but_was_first_to_begin_is_the_umbrella() -> None:
    assert placed(incident(number=4), several(3), later=(umbrella(5),)) == Place("under", 5, kin=4)


def test_a_room_that_is_gone_or_never_came_is_no_umbrella() -> None:
    gone = umbrella(4, room_opened(), fact(rooms.RoomArchived))
    over = replace(umbrella(4), status=incident().status.RESOLVED)
    for broken in (gone, over):
        assert placed(incident(number=5), [broken, *several(3)]).kind == "begins"


def test_the_umbrella_itself_has_its_own_room_whenever_it_is_asked_again() -> None:
    assert placed(umbrella(4), several(3)) == OWN


@pytest.mark.parametrize("known", [{"priority": P1}, {"priority": Reference("X", "P2")}])
def test_a_p1_never_shares_and_others_do(known: dict[str, Reference]) -> None:
    wanted = "own" if known["priority"] is P1 else "begins"
    assert placed(incident(number=4, **known), several(3)).kind == wanted


def test_whoever_was_given_its_own_room_keeps_it() -> None:
    shared = fact(storms.RoomShared, umbrella=1, channel="C1", name="storm-1", url="", is_private=False, kin=4)
    promoted = incident(shared, fact(storms.RoomPromoted, why="asked for"), number=4)
    assert promoted.room is None
    assert placed(promoted, several(3)) == OWN
    assert Routing().why_a_room(promoted) == "Alice Andersen wanted a room of its own"


def test_switched_off_there_are_no_storms() -> None:
    assert placed(incident(number=9), several(8), routing=Routing(storm=Storm(on=False, incidents=3))) == OWN


def test_what_deserves_no_room_is_not_counted() -> None:
    assert placed(incident(number=4), several(3, urgency="low")) == OWN


@pytest.mark.parametrize(
    ("related", "one", "other", "are"),
    [
        ("team", {"teams": (SHOP,)}, {"teams": (SHOP, BANK), "service": PAYMENTS}, True),
        ("team", {"teams": (SHOP,)}, {"teams": (BANK,), "service": PAYMENTS}, False),
        ("team", {}, {}, True),
        ("team", {"service": None}, {"service": None}, False),
        ("service", {"teams": (SHOP,)}, {"teams": (SHOP,), "service": PAYMENTS}, False),
        ("service", {}, {"service": CHECKOUT}, True),
        ("all", {}, {"service": PAYMENTS}, True),
    ],
)
def test_what_is_related_is_the_operators_choice(
    related: str, one: dict[str, object], other: dict[str, object], are: bool
) -> None:
    routing = Routing(storm=Storm(related=related))  # type: ignore[arg-type]
    assert are_related(incident(**one), incident(number=2, **other), routing) is are


def test_what_is_private_is_kept_with_its_own_rule_only() -> None:
    private = Rule(services=("Payments",), private=True)
    routing = Routing((private, Rule(services=("Ledger",), private=True)), storm=Storm(related="all"))
    public, secret = incident(), incident(number=2, service=PAYMENTS)
    other_secret = incident(number=3, service=Reference("PSLEDGE", "Ledger"))
    assert not are_related(secret, public, routing)
    assert not are_related(public, secret, routing)
    assert not are_related(secret, other_secret, routing)
    assert are_related(secret, incident(number=4, service=PAYMENTS), routing)
