import json
from typing import Any

import pytest
from freezegun import freeze_time
from slack_sdk.web.async_client import AsyncWebClient

from bot.simulator.slack import Slack
from bot.simulator.slack.refusals import Refusal
from tests.bot.simulator.slack.listener import Listener
from tests.bot.simulator.slack.refusing import error, refused

pytestmark = pytest.mark.anyio


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def modal(title: str = "Note", **more: Any) -> dict[str, Any]:
    typed = {"type": "plain_text_input", "action_id": "note", "max_length": 10}
    block = {"type": "input", "block_id": "said", "label": plain("What?"), "element": typed}
    return {"type": "modal", "title": plain(title), "submit": plain("Keep"), "blocks": [block], **more}


async def opened(client: AsyncWebClient, slack: Slack, **more: Any) -> str:
    trigger = slack.workspace.triggers.issue("U0ALICE")
    view: str = (await client.views_open(trigger_id=trigger, view=modal(**more)))["view"]["id"]
    return view


async def test_a_trigger_opens_one_view_within_three_seconds(client: AsyncWebClient, slack: Slack) -> None:
    with freeze_time("2026-03-01 12:00:00", real_asyncio=True) as clock:
        trigger, late = slack.workspace.triggers.issue("U0ALICE"), slack.workspace.triggers.issue("U0ALICE")
        clock.tick(2.9)
        await client.views_open(trigger_id=trigger, view=modal())
        assert await error(client.views_open(trigger_id=trigger, view=modal())) == "exchanged_trigger_id"
        clock.tick(0.2)
        assert await error(client.views_open(trigger_id=late, view=modal())) == "expired_trigger_id"
    assert await error(client.views_open(trigger_id="1.2.3", view=modal())) == "invalid_trigger_id"
    assert [view.definition["title"]["text"] for view in slack.views("alice")] == ["Note"]


@pytest.mark.parametrize(
    ("view", "complaint"),
    [
        (modal("a" * 25), "must be less than 25 characters [json-pointer:/view/title/text]"),
        (modal(private_metadata="a" * 3001), "must be less than 3001 characters"),
        (modal(submit=None), "missing required field: submit"),
        (modal(blocks=[{"type": "sections"}]), "[json-pointer:/view/blocks/0/type]"),
        (modal(type="home"), "[json-pointer:/view/type]"),
    ],
)
async def test_a_modal_outside_the_rules_is_refused(
    client: AsyncWebClient, slack: Slack, view: dict[str, Any], complaint: str
) -> None:
    trigger = slack.workspace.triggers.issue("U0ALICE")
    body = await refused(client.views_open(trigger_id=trigger, view=view))
    assert body["error"] == "invalid_arguments"
    assert complaint in body["response_metadata"]["messages"][0]


async def test_a_view_that_is_too_large_is_refused(client: AsyncWebClient, slack: Slack) -> None:
    large = modal(blocks=[{"type": "section", "text": plain("a" * 2999)}] * 90)
    trigger = slack.workspace.triggers.issue("U0ALICE")
    assert await error(client.views_open(trigger_id=trigger, view=large)) == "view_too_large"


async def test_an_update_with_a_stale_hash_is_refused(client: AsyncWebClient, slack: Slack) -> None:
    view_id = await opened(client, slack)
    seen = slack.views("alice")[0].hash
    await client.views_update(view_id=view_id, view=modal("Newer"), hash=seen)
    assert await error(client.views_update(view_id=view_id, view=modal(), hash=seen)) == "hash_conflict"
    assert await error(client.views_update(view_id="V0", view=modal())) == "not_found"


async def test_a_stack_is_three_views_deep(client: AsyncWebClient, slack: Slack) -> None:
    first = await opened(client, slack)
    outside = slack.workspace.triggers.issue("U0ALICE")
    assert await error(client.views_push(trigger_id=outside, view=modal())) == "not_found"
    for title in ("Second", "Third"):
        inside = slack.workspace.triggers.issue("U0ALICE", view_id=first)
        await client.views_push(trigger_id=inside, view=modal(title))
    inside = slack.workspace.triggers.issue("U0ALICE", view_id=first)
    assert await error(client.views_push(trigger_id=inside, view=modal("Fourth"))) == "push_limit_reached"
    assert [view.root_id for view in slack.views("alice")] == [first] * 3


async def test_a_home_tab_is_published_for_one_person(client: AsyncWebClient, slack: Slack) -> None:
    home = {"type": "home", "blocks": [{"type": "section", "text": plain("Nothing is on fire")}]}
    await client.views_publish(user_id="U0BOB", view=home)
    shown = slack.home("bob")
    assert shown is not None
    assert slack.home("alice") is None
    assert await error(client.views_publish(user_id="U0BOB", view=home, hash="old")) == "hash_conflict"


async def test_a_submission_carries_what_was_typed_and_closes_the_view(
    client: AsyncWebClient, slack: Slack, listener: Listener
) -> None:
    view_id = await opened(client, slack, callback_id="note", private_metadata="INC-1")
    answer = await slack.submit("alice", view_id, {"note": "hello"})
    told = listener.asked[0].payload
    assert (answer.ok, told["type"], told["user"]["id"]) == (True, "view_submission", "U0ALICE")
    assert told["view"]["state"]["values"] == {"said": {"note": {"type": "plain_text_input", "value": "hello"}}}
    assert (told["view"]["callback_id"], told["view"]["private_metadata"]) == ("note", "INC-1")
    assert slack.views("alice") == []


async def test_what_slack_itself_checks_never_reaches_the_bot(
    client: AsyncWebClient, slack: Slack, listener: Listener
) -> None:
    view_id = await opened(client, slack)
    assert (await slack.submit("alice", view_id, {})).body == {
        "response_action": "errors",
        "errors": {"said": "Please complete this required field."},
    }
    await slack.submit("alice", view_id, {"said": "far too long a note"})
    assert slack.views("alice")[0].errors == {"said": "Must be at most 10 characters."}
    assert listener.asked == []
    with pytest.raises(KeyError, match="note"):
        await slack.submit("alice", view_id, {"nothing": "here"})


async def test_errors_keep_the_view_and_name_its_inputs(
    client: AsyncWebClient, slack: Slack, listener: Listener
) -> None:
    view_id = await opened(client, slack)
    listener.replies = [
        (200, '{"response_action": "errors", "errors": {"said": "Say more"}}'),
        (200, '{"response_action": "errors", "errors": {"note": "not a block_id"}}'),
    ]
    assert (await slack.submit("alice", view_id, {"note": "a"})).ok
    assert slack.views("alice")[0].errors == {"said": "Say more"}
    answer = await slack.submit("alice", view_id, {"note": "a"})
    assert (answer.error, answer.text) == ("invalid_errors", "We had some trouble connecting. Try again?")


async def test_a_submission_may_update_push_and_clear(client: AsyncWebClient, slack: Slack, listener: Listener) -> None:
    view_id = await opened(client, slack)
    for action, titles in (("update", ["New"]), ("push", ["New", "New"])):
        body = {"response_action": action, "view": modal("New")}
        listener.replies = [(200, json.dumps(body))]
        await slack.submit("alice", view_id, {"note": "a"})
        assert [view.definition["title"]["text"] for view in slack.views("alice")] == titles
    listener.replies = [(200, '{"response_action": "clear"}')]
    await slack.submit("alice", view_id, {"note": "a"})
    assert slack.views("alice") == []


async def test_closing_is_told_when_it_was_asked_for(client: AsyncWebClient, slack: Slack, listener: Listener) -> None:
    assert await slack.close("alice", await opened(client, slack)) is None
    view_id = await opened(client, slack, notify_on_close=True)
    await slack.close("alice", view_id)
    assert [asked.payload["type"] for asked in listener.asked] == ["view_closed"]


async def test_a_press_in_a_view_comes_with_the_view(client: AsyncWebClient, slack: Slack, listener: Listener) -> None:
    choice = {"type": "static_select", "action_id": "service", "options": [{"text": plain("Checkout"), "value": "S1"}]}
    view_id = await opened(client, slack, blocks=[{"type": "actions", "block_id": "b", "elements": [choice]}])
    await slack.press_view("alice", view_id, "service", value="S1")
    told = listener.asked[0].payload
    assert told["container"] == {"type": "view", "view_id": view_id}
    assert told["actions"][0]["selected_option"]["value"] == "S1"
    assert told["view"]["state"]["values"]["b"]["service"]["selected_option"]["value"] == "S1"


def searching(**more: Any) -> dict[str, Any]:
    """With a menu whose options are the bot's."""
    menu = {"type": "external_select", "action_id": "service", "placeholder": plain("Search"), **more}
    return {"blocks": [{"type": "input", "block_id": "service", "label": plain("Where?"), "element": menu}]}


def offers(*labels: str, value: str = "") -> str:
    return json.dumps({"options": [{"text": plain(each), "value": value or each} for each in labels]})


async def test_a_menu_of_the_bots_own_offers_what_the_bot_answers(
    client: AsyncWebClient, slack: Slack, listener: Listener
) -> None:
    view = await opened(client, slack, **searching(min_query_length=0))
    listener.reply = (200, offers("Search", "Seats"))
    assert [each["value"] for each in await slack.suggest("alice", view, "service", "se")] == ["Search", "Seats"]
    asked = listener.asked[-1].payload
    assert (asked["type"], asked["action_id"], asked["block_id"]) == ("block_suggestion", "service", "service")
    assert (asked["value"], asked["view"]["id"]) == ("se", view)
    with pytest.raises(KeyError, match="no option 'Elsewhere'"):
        await slack.submit("alice", view, {"service": "Elsewhere"})
    listener.reply = (200, "")
    await slack.submit("alice", view, {"service": "Seats"})
    chosen = listener.asked[-1].payload["view"]["state"]["values"]["service"]["service"]["selected_option"]
    assert chosen["value"] == "Seats"


@pytest.mark.parametrize(
    ("answer", "complaint"),
    [
        (offers(*map(str, range(101))), "no more than 100 items"),
        (offers("a" * 76), "must be less than 76 characters"),
        (offers("a", value="b" * 151), "must be less than 151 characters"),
        (json.dumps({"options": [{"text": plain("a")}]}), "missing required field: value"),
        ("", "one of options or option_groups"),
    ],
)
async def test_what_no_menu_can_show_is_refused(
    client: AsyncWebClient, slack: Slack, listener: Listener, answer: str, complaint: str
) -> None:
    view = await opened(client, slack, **searching())
    listener.reply = (200, answer)
    with pytest.raises(Refusal) as caught:
        await slack.suggest("alice", view, "service", "search")
    assert complaint in str(caught.value.more)


async def test_nothing_is_asked_before_enough_was_typed_or_without_an_address(
    client: AsyncWebClient, slack: Slack, listener: Listener
) -> None:
    view = await opened(client, slack, **searching())
    assert await slack.suggest("alice", view, "service", "se") == []
    slack.has_options_url = False
    assert await slack.suggest("alice", view, "service", "search") == []
    assert listener.asked == []


async def test_the_least_to_be_typed_is_a_number(client: AsyncWebClient, slack: Slack) -> None:
    assert "must be a number" in str(await refused(opened(client, slack, **searching(min_query_length="0"))))
