"""Policy as people meet it: whoever is shut out is out within a minute, and a private room keeps its incident."""

from datetime import timedelta
from typing import Any

import pytest

from bot.console.demo import CHOICES
from bot.settings.choices import Choices, RoomRule
from bot.simulator.slack.model import User
from tests.databases import on_sqlite
from tests.eventually import eventually
from tests.journeys.town import Town, a_town, a_town_on_monday

pytestmark = pytest.mark.anyio
GROUPS = CHOICES.model_copy(update={"policy": {"reopen": ("@sre",), "change": ("nobody",)}, "admins": ["@chiefs"]})
PRIVATE = Choices(default=RoomRule(private=True), commands={"incident": ["/inc"], "change": ["/shipped"]})


async def asked(town: Town, who: str, text: str, *, where: str = "general") -> str:
    return (await town.slack.command(who, where, text)).text


@on_sqlite
async def test_whoever_leaves_the_group_or_the_company_is_refused_within_a_minute(database_url: str) -> None:
    """Carol may reopen because she is in @sre; then she is not. Bob leaves altogether."""
    async with a_town_on_monday(database_url, GROUPS) as (town, clock):
        await town.pagerduty.trigger("Disk is full", urgency="low")
        await town.settled()
        assert "INC-1 is open" in await asked(town, "Carol", "/incident reopen INC-1")
        assert "INC-1 is triggered" in await asked(town, "Bob", "/incident show INC-1")
        town.slack.usergroups["S0SRE"].users.remove("U0CAROL")
        bob: Any = town.slack.user("Bob")
        bob.deleted = True

        clock.tick(timedelta(seconds=60))
        assert "Only @sre or admins can reopen INC-1." in await asked(town, "Carol", "/incident reopen INC-1")
        assert "deactivated" in await asked(town, "Bob", "/incident show INC-1")

        town.slack.usergroups["S0SRE"].users.append("U0CAROL")
        clock.tick(timedelta(seconds=4))
        assert "INC-1 is open" in await asked(town, "Carol", "/incident reopen INC-1"), "coming in is not waited for"
        kinds = await town.kinds()
        assert kinds.count("command.refused") == 2


@on_sqlite
async def test_what_the_policy_forbids_is_forbidden_and_a_rule_replaces_the_table(database_url: str) -> None:
    async with a_town(database_url, GROUPS) as town:
        await town.pagerduty.trigger("Checkout is down")
        room = await town.room()
        assert "lets nobody change" in await asked(town, "Alice", "/change deploy Checkout v1", where=room.id)
        assert "lets nobody change" in await asked(town, "Alice", "/incident deploy Checkout v1", where=room.id)
        assert "Only @sre" in await asked(town, "Bob", "/incident reopen", where=room.id)
        assert "change.logged" not in await town.kinds()


@on_sqlite
async def test_an_incident_with_a_private_room_is_known_only_to_those_who_may_see_it(database_url: str) -> None:
    async with a_town(database_url, PRIVATE) as town:
        town.slack.users["U0ADAM"] = User("U0ADAM", "adam", "Adam Abel", "adam@example.com", is_admin=True)
        page = await town.pagerduty.trigger("Ledger leaks")
        room = await town.room()
        for text in ("show INC-1", "timeline INC-1", f"show {page.id}", "note INC-1 aha", "changes INC-1"):
            answer = await asked(town, "Carol", f"/incident {text}")
            of_none = await asked(town, "Carol", f"/incident {_of_none(text, page.id)}")
            assert _of_none(answer, page.id) == of_none
        assert (await town.kinds()).count("command.refused") == 5
        await asked(town, "Alice", "/incident change INC-1 deploy Ledger v2")
        assert "Ledger v2" not in str(await town.slack.command("Carol", "general", "/incident changes checkout"))
        assert "Ledger v2" in str(await town.slack.command("Alice", "general", "/incident changes checkout"))
        assert "Ledger" not in str(await town.slack.command("Carol", "general", "/incident list all"))
        assert "Ledger" not in str(await town.slack.command("Carol", "general", "/incident ack"))
        await town.slack.open_home("Carol")
        home: Any = await eventually(lambda: town.slack.home("Carol"))
        assert "Ledger" not in str(home.blocks)

        for who in ("Alice", "Adam"):
            assert "INC-1 is triggered" in await asked(town, who, "/incident show INC-1")
            assert "Ledger" in str(await town.slack.command(who, "general", "/incident list"))
        room.members.add("U0CAROL")
        await eventually(lambda: _sees(town, "Carol"), within=6.0)
        assert "Ledger" in str(await town.slack.command("Carol", "general", "/incident list"))


def _of_none(text: str, pagerduty_id: str) -> str:
    """The same, of an incident that does not exist."""
    return text.replace("INC-1", "INC-7").replace(pagerduty_id, "QNOTHING12")


async def _sees(town: Town, who: str) -> bool:
    return "INC-1 is triggered" in await asked(town, who, "/incident show INC-1")


@on_sqlite
async def test_further_command_names_do_what_the_first_ones_do(database_url: str) -> None:
    async with a_town(database_url, PRIVATE) as town:
        await eventually(lambda: town.database.read(lambda tx: tx.services()))
        assert "I understand" in str(await town.slack.command("Alice", "general", "/inc help"))
        assert "Logged on Checkout" in await asked(town, "Alice", "/shipped deploy Checkout v1")


@on_sqlite
async def test_while_slack_is_silent_responders_act_and_others_hear_why_not(database_url: str) -> None:
    async with a_town(database_url, Choices(policy={"ack": ("room",), "resolve": ("room",)})) as town:
        await town.pagerduty.trigger("Checkout is down")
        room = await town.room()
        await asked(town, "Alice", "/incident whoami")
        await asked(town, "Carol", "/incident whoami")
        town.faults.add("slack:conversations.members", down=True)
        await town.press("Carol", "resolve")
        await eventually(lambda: "Slack does not say whether you may" in town.told("Carol")[-1])
        assert "Acknowledging" in await asked(town, "Alice", "/incident ack", where=room.id)
