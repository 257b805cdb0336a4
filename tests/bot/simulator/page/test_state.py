"""The snapshot: what one person sees, and no more."""

import pytest

from bot.simulator import Simulator
from bot.simulator.slack import rooms
from tests.bot.simulator.page.browser import Browser
from tests.bot.simulator.page.stand_in import CARD, StandIn

pytestmark = pytest.mark.anyio


async def test_a_newcomer_is_the_first_person_in_incidents(browser: Browser) -> None:
    slack = (await browser.state())["slack"]
    assert slack["me"] == "U0ALICE"
    assert slack["channel"]["name"] == "incidents"
    assert [each["name"] for each in slack["channels"]] == ["general", "incidents", "checkout"]


async def test_a_guest_sees_only_channels_they_were_added_to(browser: Browser) -> None:
    assert (await browser.state(user="U0DANA"))["slack"]["channels"] == []
    await browser.act("invite", user="U0ALICE", channel="C0CHECKOUT", guest="U0DANA")
    slack = (await browser.state(user="U0DANA"))["slack"]
    assert [each["name"] for each in slack["channels"]] == ["checkout"]
    assert slack["channel"]["members"] == ["U0ALICE", "U0BOB", "U0CAROL", "U0DANA"]


async def test_a_private_room_is_seen_by_its_members_alone(simulator: Simulator, browser: Browser) -> None:
    rooms.create(simulator.slack.workspace, "secret", "U0BOB", private=True)
    assert "secret" in {each["name"] for each in (await browser.state(user="U0BOB"))["slack"]["channels"]}
    assert "secret" not in {each["name"] for each in (await browser.state(user="U0ALICE"))["slack"]["channels"]}


async def test_a_whisper_is_seen_by_one_person_between_the_messages(bot: StandIn, browser: Browser) -> None:
    await browser.act("say", user="U0ALICE", channel="C0INCIDENTS", text="before")
    await browser.act("command", user="U0ALICE", channel="C0INCIDENTS", text="/incident what")
    await browser.act("say", user="U0ALICE", channel="C0INCIDENTS", text="after")
    seen = (await browser.state(user="U0ALICE"))["slack"]["channel"]["messages"]
    assert [each["text"] for each in seen] == ["before", "You typed *what*.", "after"]
    assert [bool(each.get("ephemeral")) for each in seen] == [False, True, False]
    seen = (await browser.state(user="U0BOB"))["slack"]["channel"]["messages"]
    assert [each["text"] for each in seen] == ["before", "after"]


async def test_a_message_carries_what_is_drawn(simulator: Simulator, bot: StandIn, browser: Browser) -> None:
    posted = await bot.say("C0INCIDENTS", "A card", CARD)
    simulator.slack.channel("incidents").pins.append(posted["ts"])
    await browser.act("react", user="U0BOB", channel="C0INCIDENTS", ts=posted["ts"], emoji="eyes")
    shown = (await browser.state())["slack"]["channel"]["messages"][-1]
    assert shown["blocks"][0]["text"]["text"] == "A card"
    assert (shown["pinned"], shown["edited"], shown["reactions"]) == (True, False, {"eyes": ["U0BOB"]})


async def test_whom_the_simulator_does_not_know_is_not_found(browser: Browser) -> None:
    status, text, _ = await browser.answered("GET", "/page/state?user=U0NOBODY")
    assert status == 404
    assert "alice" in text


async def test_an_opened_incident_shows_its_log_and_notes(simulator: Simulator, browser: Browser) -> None:
    incident = await simulator.pagerduty.trigger("Checkout fails", priority="P1")
    await simulator.pagerduty.annotate(incident, "It is the card provider.", by="bob@example.com")
    pagerduty = (await browser.state(incident=incident.id))["pagerduty"]
    listed, opened = pagerduty["incidents"][0], pagerduty["opened"]
    assert (listed["title"], listed["status"], listed["priority"]) == ("Checkout fails", "triggered", "P1")
    assert listed["assignees"] == ["Alice Andersen"]
    assert opened["notes"][0]["text"] == "It is the card provider."
    assert [entry["kind"] for entry in opened["log"]] == ["trigger", "assign", "annotate"]
    assert opened["log"][-1]["by"] == "Bob Brown"


async def test_webhooks_show_the_bots_answer(simulator: Simulator, bot: StandIn, browser: Browser) -> None:
    await simulator.pagerduty.trigger("Checkout fails")
    await simulator.pagerduty.settled()
    [delivery] = (await browser.state())["pagerduty"]["deliveries"]
    assert (delivery["event"], delivery["number"]) == ("incident.triggered", 1)
    assert (delivery["status"], delivery["outcome"], delivery["tries"]) == (202, "delivered", 1)


async def test_a_change_event_is_listed(simulator: Simulator, browser: Browser) -> None:
    key = simulator.pagerduty.services[0].integrations[0].key
    change = {"routing_key": key, "payload": {"summary": "Deployed checkout v42", "custom_details": {"by": "Bob"}}}
    status, text, _ = await browser.answered("POST", "/events/v2/change/enqueue", json=change)
    assert status == 202, text
    [listed] = (await browser.state())["pagerduty"]["changes"]
    assert (listed["summary"], listed["service"]) == ("Deployed checkout v42", "Checkout")
    assert listed["details"] == {"by": "Bob"}
