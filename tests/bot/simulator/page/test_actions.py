"""What a person can do at the page, through its own API."""

from typing import Any

import pytest

from bot.simulator import Simulator
from bot.simulator.page.actions import ACTIONS
from bot.simulator.page.page import FILES
from tests.bot.simulator.page.browser import Browser
from tests.bot.simulator.page.stand_in import CARD, StandIn

pytestmark = pytest.mark.anyio

ALICE: dict[str, Any] = {"user": "U0ALICE", "channel": "C0INCIDENTS"}
BOB = "bob@example.com"


async def test_a_button_opens_a_form_that_complains_and_then_closes(bot: StandIn, browser: Browser) -> None:
    posted = await bot.say("C0INCIDENTS", "A card", CARD)
    await browser.act("press", **ALICE, ts=posted["ts"], action_id="note", value="7")
    view = (await browser.state())["slack"]["view"]
    assert view["title"]["text"] == "Add a note"
    await browser.act("submit", user="U0ALICE", view=view["id"], values={"words": None})
    assert (await browser.state())["slack"]["view"]["errors"] == {"words": "Please complete this required field."}
    await browser.act("submit", user="U0ALICE", view=view["id"], values={"words": "No"})
    assert (await browser.state())["slack"]["view"]["errors"] == {"words": "Please say a little more."}
    await browser.act("submit", user="U0ALICE", view=view["id"], values={"words": "The provider is down"})
    slack = (await browser.state())["slack"]
    assert slack["view"] is None
    assert slack["channel"]["messages"][-1]["text"] == "Noted: The provider is down"


async def test_a_form_can_be_cancelled(bot: StandIn, browser: Browser) -> None:
    posted = await bot.say("C0INCIDENTS", "A card", CARD)
    await browser.act("press", **ALICE, ts=posted["ts"], action_id="note", value="7")
    view = (await browser.state())["slack"]["view"]
    await browser.act("close", user="U0ALICE", view=view["id"])
    assert (await browser.state())["slack"]["view"] is None


async def test_a_command_without_a_bot_fails_in_slacks_words(browser: Browser) -> None:
    came = await browser.act("command", **ALICE, text="/incident ack")
    assert came == {"trouble": '/incident failed with the error "dispatch_failed"'}


async def test_a_reply_stands_in_its_thread(browser: Browser) -> None:
    first = await browser.act("say", **ALICE, text="first")
    await browser.act("say", **ALICE, text="second", thread_ts=first["ts"])
    messages = (await browser.state())["slack"]["channel"]["messages"]
    assert [each["parent"] for each in messages] == [None, first["ts"]]


async def test_everything_pagerduty_offers_is_done_as_the_person_chosen(simulator: Simulator, browser: Browser) -> None:
    done = await browser.act("trigger", title="Down", service="Payments", urgency="low", priority="P2")
    about = {"incident": done["id"], "by": BOB}
    steps: list[tuple[str, dict[str, str]]] = [
        ("acknowledge", {}),
        ("reassign", {"to": "carol@example.com"}),
        ("escalate", {}),
        ("prioritize", {"to": "P1"}),
        ("ask", {"to": "erin@example.com"}),
        ("note", {"text": "A note"}),
        ("update", {"text": "An update"}),
        ("bridge", {"text": "https://meet.example.com/1"}),
        ("resolve", {}),
        ("reopen", {}),
    ]
    for action, more in steps:
        await browser.act(action, **about, **more)
    [incident] = simulator.pagerduty.incidents
    assert {entry.agent_email for entry in incident.log[2:]} == {BOB}
    assert (incident.urgency, incident.status) == ("low", "triggered")
    assert incident.priority is not None
    assert incident.priority.name == "P1"
    assert incident.conference_bridge == {"conference_url": "https://meet.example.com/1"}
    assert [each.content for each in incident.notes] == ["A note"]
    assert [each.user.email for each in incident.responders] == ["erin@example.com"]


async def test_a_fault_switch_is_on_until_it_is_off(simulator: Simulator, browser: Browser) -> None:
    await browser.act("switch", name="slack-down", on=True)
    assert simulator.faults.switched() == {"slack-down"}
    assert [each["name"] for each in (await browser.state())["switches"] if each["on"]] == ["slack-down"]
    await browser.act("switch", name="slack-down", on=False)
    assert simulator.faults.switched() == set()


@pytest.mark.parametrize(
    ("action", "body", "sentence"),
    [
        ("say", {**ALICE, "text": "  "}, "Please give text."),
        ("say", {**ALICE, "user": "U0NOBODY", "text": "x"}, "That is gone: no 'U0NOBODY'"),
        ("say", [], "not a JSON object"),
        ("press", {**ALICE, "ts": "1.0", "action_id": "x"}, "That is gone: no message 1.0"),
        ("submit", {"user": "U0ALICE", "view": "V1", "values": {}}, "Slack refuses: not_found."),
        ("submit", {"user": "U0ALICE", "view": "V1", "values": 1}, "values is not an object."),
        ("invite", {**ALICE, "guest": "U0BOB"}, "Bob Brown cannot be added to #incidents."),
        ("resolve", {"incident": "Q0", "by": BOB}, "There is no such incident"),
        ("switch", {"name": "gravity"}, "There is no switch 'gravity'."),
        ("fly", {}, "The page cannot 'fly'."),
    ],
)
async def test_what_cannot_be_done_is_said_in_a_sentence(
    browser: Browser, action: str, body: object, sentence: str
) -> None:
    status, done = await browser.tried(action, body)
    assert status == 400
    assert sentence in done["error"]


async def test_pagerdutys_refusal_is_passed_on(simulator: Simulator, browser: Browser) -> None:
    incident = await simulator.pagerduty.trigger("Down")
    await simulator.pagerduty.resolve(incident)
    status, done = await browser.tried("resolve", {"incident": incident.id, "by": BOB})
    assert (status, done) == (400, {"error": "PagerDuty refuses: Incident Already Resolved."})


async def test_a_body_that_is_not_json_is_refused(browser: Browser) -> None:
    headers = {"Origin": browser.url}
    status, text, _ = await browser.answered("POST", "/page/act/say", data=b"\xff{", headers=headers)
    assert (status, text) == (400, '{"error": "The request is not JSON."}')


def test_every_action_is_used_by_the_page() -> None:
    scripts = "".join(path.read_text("utf-8") for path in FILES.glob("*.js"))
    assert [name for name in ACTIONS if f'"{name}"' not in scripts] == []
