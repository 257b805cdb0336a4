"""Which incidents deserve a room."""

from typing import Any

import pytest

from bot.domain.events import requests
from bot.domain.incident import Incident, Reference
from bot.domain.routing import Routing, Rule, ServiceNotes
from tests.builders import ALICE, PAYMENTS, fact, incident

LOW = {"urgency": "low"}


@pytest.mark.parametrize(
    ("known", "why"),
    [
        ({}, "high urgency"),
        (LOW, None),
        ({"urgency": None}, None),
        ({**LOW, "priority": Reference("X", "P1")}, "priority P1"),
        ({**LOW, "priority": Reference("X", "P2")}, "priority P2"),
        ({**LOW, "priority": Reference("X", "P3")}, None),
        ({"priority": Reference("X", "P5")}, "high urgency"),
    ],
)
def test_by_default_high_urgency_or_a_high_priority_deserves_a_room(known: dict[str, Any], why: str | None) -> None:
    assert Routing().why_a_room(incident(**known)) == why


def test_what_people_declare_deserves_a_room_whatever_the_rules_say() -> None:
    declared = fact(
        requests.Declared, title="It smells", service_id="PSCHECK", service="Checkout", urgency="low", incident_key="k"
    )
    assert Routing(default=Rule(room=False)).why_a_room(Incident(1).after(declared)) == f"declared by {ALICE.name}"


@pytest.mark.parametrize(
    ("rule", "covers"),
    [
        (Rule(), True),
        (Rule(services=("Checkout",)), True),
        (Rule(services=("checkout",)), True),
        (Rule(services=("PSCHECK",)), True),
        (Rule(services=("Payments",)), False),
        (Rule(teams=("shop",)), True),
        (Rule(teams=("PTSHOP",)), True),
        (Rule(teams=("Bank",)), False),
        (Rule(services=("Checkout",), teams=("Bank",)), False),
        (Rule(services=("Payments", "Checkout"), teams=("Bank", "Shop")), True),
    ],
)
def test_a_rule_covers_services_and_teams_by_name_or_id(rule: Rule, covers: bool) -> None:
    assert rule.covers(incident(teams=(Reference("PTSHOP", "Shop"),))) is covers


@pytest.mark.parametrize("rule", [Rule(services=("Checkout",)), Rule(teams=("Shop",))])
def test_a_rule_for_some_does_not_cover_an_incident_of_none(rule: Rule) -> None:
    assert not rule.covers(incident(service=None))


def test_the_first_rule_that_covers_decides_and_the_default_covers_the_rest() -> None:
    quiet, loud, default = Rule(services=("Checkout",), room=False), Rule(services=("Checkout",)), Rule(private=True)
    routing = Routing((quiet, loud), default)
    assert routing.rule(incident()) is quiet
    assert routing.why_a_room(incident()) is None
    assert routing.rule(incident(service=PAYMENTS)) is default


@pytest.mark.parametrize("name", ["checkout", "pscheck"])
def test_notes_on_a_service_are_found_by_name_or_id(name: str) -> None:
    notes = ServiceNotes(runbook="https://runbooks.example/checkout")
    routing = Routing(services={name: notes})
    assert routing.notes(incident()) == notes
    assert routing.notes(incident(service=PAYMENTS)) == routing.notes(incident(service=None)) == ServiceNotes()
