"""`connect` asks in a form, says beside each input what is wrong with it, and owes the rest."""

from dataclasses import replace
from typing import Any

import pytest

from bot.domain.errors import Misuse
from bot.domain.people import Person
from bot.domain.source import Catalogue, Kind
from commands.command import Call, Reply, WrongField
from commands.perform import perform
from tests.commands.desk import ALICE, Desk

ADMIN = Person("Adam", "adam@example.com", "UADAM", "PADAM", standing="admin")
KNOWN = Catalogue({"events-v2": Kind("Events API v2", "routing_key")}, frozenset({"monitor"}))
NEW = {"source": "new:", "adapter": "events-v2", "name": "shop", "existing_service": "PCHECK1"}


def asked(desk: Desk, **how: Any) -> Reply:
    call = desk.call(**{"by": ADMIN, "channel": "C0ROOM", "catalogue": KNOWN, **how})
    return desk.asked(call, lambda tx, call: perform(tx, "connect", call))


def submitted(desk: Desk, **fields: str) -> Reply:
    return asked(desk, origin="slack.form", fields=fields)


def test_the_form_offers_the_sources_and_adapters_there_are(desk: Desk) -> None:
    reply = asked(desk, text="monitor")
    assert reply.form
    inputs = {block["block_id"]: block["element"] for block in reply.form.view["blocks"]}
    assert [one["value"] for one in inputs["source"]["options"]] == ["new:", "monitor"]
    assert inputs["source"]["initial_option"]["value"] == "monitor"
    assert [one["value"] for one in inputs["adapter"]["options"]] == ["events-v2"]
    assert {inputs[name]["type"] for name in ("existing_service", "policy")} == {"external_select"}


def test_where_no_form_can_open_the_other_ways_are_named(desk: Desk) -> None:
    with pytest.raises(Misuse, match="muster sources connect"):
        asked(desk, trigger_id=None)


@pytest.mark.parametrize(
    ("fields", "field", "said"),
    [
        ({**NEW, "adapter": ""}, "adapter", "Choose what system"),
        ({**NEW, "name": "Shop!"}, "name", "small letters"),
        ({**NEW, "name": "monitor"}, "name", "There is a source of this name"),
        ({**NEW, "source": "gone"}, "source", "not there any more"),
        ({**NEW, "existing_service": ""}, "existing_service", "one of the two"),
        ({**NEW, "new_service": "Mail"}, "existing_service", "one of the two"),
        ({**NEW, "existing_service": "", "new_service": "Mail"}, "policy", "who is paged"),
    ],
)
def test_what_is_wrong_is_said_beside_it(desk: Desk, fields: dict[str, str], field: str, said: str) -> None:
    with pytest.raises(WrongField, match=said) as wrong:
        submitted(desk, **fields)
    assert wrong.value.field == field


def test_what_was_asked_for_is_owed_once_without_any_secret(desk: Desk) -> None:
    assert "Connecting *shop*" in submitted(desk, **NEW, urgency="severity").text
    [claim] = desk.run(lambda tx: tx.claim(9))
    assert claim.job.kind == "connect_source"
    assert claim.job.arguments["wish"] == {
        "source": "shop", "adapter": "events-v2", "proof": "routing_key", "service": "PCHECK1", "new_service": "",
        "policy": "", "severity_based": True, "account": "",
    }  # fmt: skip


def test_a_service_of_another_account_is_asked_for_there(desk: Desk) -> None:
    submitted(desk, **{**NEW, "existing_service": "acme-eu/PSEARCH"})
    [claim] = desk.run(lambda tx: tx.claim(9))
    wish = claim.job.arguments["wish"]
    assert (wish["account"], wish["service"]) == ("acme-eu", "PSEARCH")


def test_a_removed_source_is_not_offered_and_one_that_was_made_is(desk: Desk) -> None:
    desk.run(lambda tx: tx.keep_source_state("monitor", {"removed": True}))
    desk.run(lambda tx: tx.keep_source_state("shop", {"adapter": "events-v2"}))
    reply = asked(desk)
    assert reply.form
    assert [one["value"] for one in reply.form.view["blocks"][0]["element"]["options"]] == ["new:", "shop"]


def test_only_admins_may(desk: Desk) -> None:
    call = replace(Call(by=ALICE, channel="C0ROOM", at=desk.call(by=ALICE, channel="").at), catalogue=KNOWN)
    assert desk.asked(call, lambda tx, call: perform(tx, "connect", call)).refused
