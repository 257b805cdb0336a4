from typing import Any

import pytest

from bot.simulator.slack.blocks import message_blocks, view_blocks
from bot.simulator.slack.refusals import Refusal


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def button(**more: Any) -> dict[str, Any]:
    return {"type": "button", "text": plain("Go"), **more}


def actions(*elements: dict[str, Any]) -> dict[str, Any]:
    return {"type": "actions", "elements": list(elements)}


def option(text: str = "One", value: str = "1") -> dict[str, Any]:
    return {"text": plain(text), "value": value}


@pytest.mark.parametrize(
    ("block", "complaint"),
    [
        ({"type": "sections"}, "unsupported type: sections [json-pointer:/blocks/0/type]"),
        ({"type": "section"}, "missing required field: text [json-pointer:/blocks/0]"),
        (
            {"type": "section", "text": plain("a" * 3001)},
            "must be less than 3001 characters [json-pointer:/blocks/0/text/text]",
        ),
        ({"type": "section", "text": plain("")}, "must be more than 0 characters"),
        ({"type": "section", "text": "bare"}, "must be a mrkdwn or plain_text object"),
        ({"type": "section", "fields": [plain("a")] * 11}, "no more than 10 items allowed"),
        ({"type": "section", "fields": [plain("a" * 2001)]}, "/blocks/0/fields/0/text"),
        ({"type": "header", "text": {"type": "mrkdwn", "text": "a"}}, "must be a plain_text object"),
        ({"type": "header", "text": plain("a" * 151)}, "must be less than 151 characters"),
        ({"type": "context", "elements": [plain("a")] * 11}, "no more than 10 items allowed"),
        ({"type": "context", "elements": [button()]}, "unsupported type: button"),
        (actions(), "must have at least 1 item"),
        (actions(*(button(action_id=f"a{number}") for number in range(26))), "no more than 25 items allowed"),
        (actions(button(text=plain("a" * 76))), "must be less than 76 characters"),
        (actions(button(value="a" * 2001)), "must be less than 2001 characters"),
        (actions(button(style="green")), "value must be one of primary, danger"),
        (actions(button(action_id="a"), button(action_id="a")), "`action_id` a already exists"),
        (actions(button(action_id="a" * 256)), "must be a text of 1 to 255 characters"),
        (actions({"type": "overflow", "options": [option()] * 6}), "no more than 5 items allowed"),
        (actions({"type": "static_select"}), "one of options or option_groups is required"),
        (actions({"type": "static_select", "options": [option(value="a" * 151)]}), "must be less than 151 characters"),
        (
            actions({"type": "static_select", "options": [option()], "initial_option": option("Two", "2")}),
            "initial_option must be one of the options",
        ),
        (actions(button(confirm={"title": plain("Sure?")})), "missing required field: text"),
        ({"type": "input", "label": plain("L"), "element": button()}, "unsupported type: button"),
        ({"type": "image", "image_url": "https://a"}, "missing required field: alt_text"),
        ({"type": "alert", "text": plain("a")}, "unsupported type: alert"),
        ({"type": "divider", "block_id": "b" * 256}, "must be a text of 1 to 255 characters"),
        ("divider", "must be an object"),
    ],
)
def test_a_block_outside_the_rules_is_refused_with_the_place(block: Any, complaint: str) -> None:
    with pytest.raises(Refusal) as refusal:
        message_blocks([block])
    assert refusal.value.error == "invalid_blocks"
    assert any(complaint in message for message in refusal.value.more["response_metadata"]["messages"])


def test_a_message_takes_50_blocks_and_a_modal_100() -> None:
    assert len(message_blocks([{"type": "divider"}] * 50)) == 50
    assert len(view_blocks([{"type": "divider"}] * 100, "modal")) == 100
    with pytest.raises(Refusal, match="invalid_blocks"):
        message_blocks([{"type": "divider"}] * 51)
    with pytest.raises(Refusal, match="invalid_arguments"):
        view_blocks([{"type": "divider"}] * 101, "modal")


def test_much_text_in_many_blocks_is_too_long() -> None:
    with pytest.raises(Refusal, match="msg_blocks_too_long"):
        message_blocks([{"type": "section", "text": plain("a" * 3000)}] * 5)


def test_ids_that_were_left_out_are_given_and_the_callers_blocks_stay_as_they_were() -> None:
    given = [actions(button()), {"type": "divider", "block_id": "mine"}]
    named = message_blocks(given)
    assert named[0]["block_id"]
    assert named[0]["elements"][0]["action_id"]
    assert named[1]["block_id"] == "mine"
    assert given == [actions(button()), {"type": "divider", "block_id": "mine"}]


def test_two_blocks_of_one_id_are_refused() -> None:
    with pytest.raises(Refusal, match="invalid_blocks"):
        message_blocks([{"type": "divider", "block_id": "b"}] * 2)
