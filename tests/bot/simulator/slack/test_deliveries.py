import asyncio
import json
import time
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from freezegun import freeze_time
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.signature import SignatureVerifier
from slack_sdk.web.async_client import AsyncWebClient

from bot.simulator import Simulator
from bot.simulator.credentials import SLACK_BOT_TOKEN, SLACK_SIGNING_SECRET
from bot.simulator.slack import Slack
from bot.simulator.slack.delivery import signature
from tests.bot.simulator.slack.listener import Asked, Listener

pytestmark = pytest.mark.anyio


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


BUTTON = {"type": "button", "action_id": "ack", "value": "INC-1", "text": plain("Acknowledge")}
MENU = {
    "type": "overflow",
    "action_id": "more",
    "options": [{"text": plain("Note"), "value": "note"}, {"text": plain("Change"), "value": "change"}],
}
CARD = [{"type": "actions", "block_id": "card", "elements": [BUTTON, MENU]}]


def test_the_signature_is_slacks() -> None:
    """The vector of https://docs.slack.dev/authentication/verifying-requests-from-slack"""
    body = (
        b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
        b"&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
        b"&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554"
        b"%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
    )
    signed = signature("8f742231b10e8888abcd99yyyzzz85a5", "1531420618", body)
    assert signed == "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"


async def test_a_command_is_a_signed_form_with_every_documented_field(slack: Slack, listener: Listener) -> None:
    await slack.command("alice", "general", "/incident note <b> @bob see #checkout & <@U0CAROL>")
    asked = listener.asked[0]
    assert SignatureVerifier(SLACK_SIGNING_SECRET).is_valid_request(asked.body, asked.headers)
    fields = asked.fields
    assert (fields["command"], fields["user_id"], fields["user_name"]) == ("/incident", "U0ALICE", "alice")
    assert fields["text"] == "note &lt;b&gt; <@U0BOB> see <#C0CHECKOUT|checkout> &amp; <@U0CAROL>"
    assert (fields["channel_id"], fields["channel_name"]) == ("C0GENERAL", "general")
    expected = {"token", "team_id", "team_domain", "api_app_id", "is_enterprise_install", "response_url", "trigger_id"}
    assert expected <= set(fields)


@pytest.mark.parametrize(
    ("reply", "shown", "error"),
    [
        ((200, ""), "", None),
        ((200, "Noted."), "Noted.", None),
        ((200, '{"text": "Noted."}'), "Noted.", None),
        ((200, '{"response_type": "in_channel"}'), "", None),
        ((404, ""), '/incident failed with the error "http_client_error"', "http_client_error"),
        ((500, "{}"), '/incident failed with the error "http_service_error"', "http_service_error"),
        (
            (200, '{"text": "a", "blocks": [{"type": "no"}]}'),
            '/incident failed with the error "invalid_command_response"',
            "invalid_command_response",
        ),
    ],
)
async def test_the_person_sees_what_the_bot_answered(
    slack: Slack, listener: Listener, reply: tuple[int, str], shown: str, error: str | None
) -> None:
    listener.reply = reply
    answer = await slack.command("alice", "general", "/incident list")
    assert (answer.status, answer.text, answer.error) == (reply[0], shown, error)
    assert [each.text for each in slack.ephemerals] == ([shown] if shown and not error else [])
    assert len(listener.asked) == 1


async def test_an_answer_for_everyone_is_a_message(slack: Slack, listener: Listener) -> None:
    listener.reply = (200, '{"response_type": "in_channel", "text": "INC-1 is acknowledged"}')
    answer = await slack.command("alice", "general", "/incident ack")
    assert answer.ephemeral is None
    assert slack.channel("general").messages[-1].text == "INC-1 is acknowledged"


async def test_an_answer_that_is_late_is_no_answer(slack: Slack, listener: Listener) -> None:
    slack.delivery.patience = 0.05
    listener.pause = asyncio.Event()
    answer = await slack.command("alice", "general", "/incident list")
    listener.pause.set()
    assert answer.text == '/incident failed with the error "operation_timeout"'


async def test_without_a_bot_a_command_says_so(slack: Slack) -> None:
    assert (await slack.command("alice", "general", "/incident list")).error == "dispatch_failed"


async def test_deliveries_can_be_told_to_fail(slack: Slack, listener: Listener) -> None:
    slack.faults.add("slack-out:command", down=True, times=1)
    slack.faults.add("slack-out:command", lost_reply=True, times=1)
    assert (await slack.command("alice", "general", "/incident list")).error == "dispatch_failed"
    assert listener.asked == []
    assert (await slack.command("alice", "general", "/incident list")).error == "operation_timeout"
    assert len(listener.asked) == 1


async def test_a_press_names_the_message_the_button_and_the_person(
    client: AsyncWebClient, slack: Slack, listener: Listener
) -> None:
    slack.events.subscriptions = frozenset()
    ts = (await client.chat_postMessage(channel="C0GENERAL", text="card", blocks=CARD))["ts"]
    listener.reply = (200, '{"text": "ignored"}')
    assert (await slack.press("alice", "general", ts, "ack")).ok
    told = listener.asked[0].payload
    assert (told["type"], told["user"]["id"], told["channel"]["id"]) == ("block_actions", "U0ALICE", "C0GENERAL")
    assert told["message"]["ts"] == ts
    action = told["actions"][0]
    assert (action["action_id"], action["block_id"], action["value"]) == ("ack", "card", "INC-1")
    assert list(slack.ephemerals) == []


async def test_a_press_chooses_among_the_options_of_a_menu(
    client: AsyncWebClient, slack: Slack, listener: Listener
) -> None:
    slack.events.subscriptions = frozenset()
    ts = (await client.chat_postMessage(channel="C0GENERAL", text="card", blocks=CARD))["ts"]
    await slack.press("alice", "general", ts, "more", value="change")
    assert listener.asked[0].payload["actions"][0]["selected_option"]["value"] == "change"
    with pytest.raises(KeyError, match="ack"):
        await slack.press("alice", "general", ts, "nothing")
    listener.reply = (500, "")
    assert (await slack.press("alice", "general", ts, "ack")).text == "We had some trouble connecting. Try again?"


async def test_an_ephemeral_button_is_pressed_by_its_reader_and_replaced(
    simulator: Simulator, slack: Slack, listener: Listener
) -> None:
    listener.reply = (200, json.dumps({"text": "which one?", "blocks": CARD}))
    shown = (await slack.command("alice", "general", "/incident ack")).ephemeral
    assert shown is not None
    with pytest.raises(KeyError):
        await slack.press("bob", "general", shown.ts, "ack")
    await slack.press("alice", "general", shown.ts, "ack")
    told = listener.asked[-1].payload
    assert told["container"]["is_ephemeral"] is True
    assert "message" not in told
    assert (await responded(told["response_url"], text="done", replace_original=True))[0] == 200
    assert [(each.text, each.blocks) for each in slack.ephemerals] == [("done", [])]
    await responded(told["response_url"], delete_original=True)
    assert list(slack.ephemerals) == []


async def responded(url: str, **said: Any) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.post(url, json=said) as response:
        return response.status, await response.text()


async def test_a_response_url_works_five_times(slack: Slack, listener: Listener) -> None:
    await slack.command("alice", "general", "/incident list")
    url = listener.asked[0].fields["response_url"]
    assert [(await responded(url, text=f"part {number}"))[0] for number in range(5)] == [200] * 5
    status, body = await responded(url, text="one more")
    assert (status, json.loads(body)["error"]) == (404, "used_url")
    assert [each.text for each in slack.ephemerals] == [f"part {number}" for number in range(5)]


async def test_a_response_url_works_for_half_an_hour(slack: Slack, listener: Listener) -> None:
    with freeze_time("2026-03-01 12:00:00", real_asyncio=True) as clock:
        await slack.command("alice", "general", "/incident list")
        url = listener.asked[0].fields["response_url"]
        clock.tick(1799)
        assert (await responded(url, text="public", response_type="in_channel"))[0] == 200
        clock.tick(2)
        assert (await responded(url, text="late"))[0] == 404
    assert slack.channel("general").messages[-1].text == "public"


async def test_a_response_url_refuses_what_slack_refuses(slack: Slack, listener: Listener) -> None:
    await slack.command("alice", "general", "/incident list")
    url = listener.asked[0].fields["response_url"]
    assert (await responded(url, text=""))[0] == 400
    async with aiohttp.ClientSession() as session, session.post(url, data=b"nonsense") as response:
        assert response.status == 400
    assert (await responded(url.rsplit("/", 1)[0] + "/other", text="a"))[0] == 404


async def test_shortcuts_come_with_and_without_a_message(slack: Slack, listener: Listener) -> None:
    slack.events.subscriptions = frozenset()
    message = await slack.say("bob", "general", "it is slow")
    await slack.shortcut("alice", "declare")
    await slack.shortcut("alice", "keep", message)
    bare, about = (asked.payload for asked in listener.asked)
    assert (bare["type"], bare["callback_id"]) == ("shortcut", "declare")
    assert (about["type"], about["message"]["text"], about["channel"]["id"]) == (
        "message_action",
        "it is slow",
        "C0GENERAL",
    )


async def test_a_modal_opens_while_the_command_is_being_answered(
    client: AsyncWebClient, slack: Slack, listener: Listener
) -> None:
    async def open_modal(asked: Asked) -> None:
        view = {"type": "modal", "title": plain("Declare"), "blocks": [{"type": "divider"}]}
        await client.views_open(trigger_id=asked.fields["trigger_id"], view=view)

    listener.meanwhile = open_modal
    await slack.command("alice", "general", "/incident declare")
    assert [view.user for view in slack.views("alice")] == ["U0ALICE"]


async def test_bolt_believes_and_understands_a_command(simulator: Simulator, slack: Slack) -> None:
    client = AsyncWebClient(SLACK_BOT_TOKEN, base_url=f"{simulator.url}/slack/api/")
    app = AsyncApp(signing_secret=SLACK_SIGNING_SECRET, client=client)

    @app.command("/incident")
    async def incident(ack: Any, command: dict[str, str]) -> None:
        await ack(f"you said {command['text']}")

    async def route(request: web.Request) -> web.Response:
        return await to_aiohttp_response(await app.async_dispatch(await to_bolt_request(request)))

    server = web.Application()
    server.router.add_post("/slack/events", route)
    runner = web.AppRunner(server, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    simulator.bot_url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    answer = await slack.command("alice", "general", "/incident ack")
    await runner.cleanup()
    assert answer.text == "you said ack"


async def test_timestamps_are_now(slack: Slack, listener: Listener) -> None:
    await slack.command("alice", "general", "/incident list")
    assert abs(int(listener.asked[0].headers["X-Slack-Request-Timestamp"]) - time.time()) < 5
