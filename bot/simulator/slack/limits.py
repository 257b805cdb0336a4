"""Block Kit's rules as tables: which fields a block or element has, how much each may hold, where it may stand.

https://docs.slack.dev/reference/block-kit/blocks and …/block-elements
"""

from typing import NamedTuple

MOST_BLOCKS = {"message": 50, "modal": 100, "home": 100}
MOST_BLOCK_TEXT = 13_200
"""Characters of all text in a message's blocks; undocumented: slackapi/bolt-js#2509."""
IDENTIFIER = 255
"""Characters of a block_id, an action_id or a callback_id."""


class Rule(NamedTuple):
    """One field: `kind` says how to read it, `most` is characters of a text or items of a list."""

    kind: str
    most: int = 0
    required: bool = False
    plain: bool = False
    """Only plain_text will do."""


def _plain(most: int, *, required: bool = False) -> Rule:
    return Rule("text", most, required, plain=True)


_PLACEHOLDER = {"placeholder": _plain(150)}
_OPTIONS = {**_PLACEHOLDER, "options": Rule("options", 100), "option_groups": Rule("groups", 100)}
_TEN_OPTIONS = {"options": Rule("options", 10, required=True)}
_IMAGE = {"image_url": Rule("string", 3000), "alt_text": Rule("string", 2000, required=True)}

CONFIRM = {
    "title": _plain(100, required=True),
    "text": Rule("text", 300, required=True),
    "confirm": _plain(30, required=True),
    "deny": _plain(30, required=True),
}
OPTION = {"text": Rule("text", 75, required=True), "value": Rule("string", 150, required=True)}
OPTION |= {"description": _plain(75), "url": Rule("string", 3000)}
GROUP = {"label": _plain(75, required=True), "options": Rule("options", 100, required=True)}

OFFERED = {"options": Rule("options", 100), "option_groups": Rule("groups", 100)}
"""What the bot may answer for a menu whose options are its own."""

ELEMENTS: dict[str, dict[str, Rule]] = {
    "button": {
        "text": _plain(75, required=True),
        "value": Rule("string", 2000),
        "url": Rule("string", 3000),
        "accessibility_label": Rule("string", 75),
        "confirm": Rule("confirm"),
    },
    "overflow": {"options": Rule("options", 5, required=True), "confirm": Rule("confirm")},
    "static_select": {**_OPTIONS, "confirm": Rule("confirm")},
    "multi_static_select": {**_OPTIONS, "confirm": Rule("confirm")},
    "external_select": {**_PLACEHOLDER, "min_query_length": Rule("number", 3000), "confirm": Rule("confirm")},
    "users_select": _PLACEHOLDER,
    "multi_users_select": _PLACEHOLDER,
    "channels_select": _PLACEHOLDER,
    "multi_channels_select": _PLACEHOLDER,
    "conversations_select": _PLACEHOLDER,
    "multi_conversations_select": _PLACEHOLDER,
    "datepicker": _PLACEHOLDER,
    "timepicker": _PLACEHOLDER,
    "datetimepicker": {},
    "checkboxes": _TEN_OPTIONS,
    "radio_buttons": _TEN_OPTIONS,
    "plain_text_input": {**_PLACEHOLDER, "initial_value": Rule("string", 3000)},
    "number_input": _PLACEHOLDER,
    "email_text_input": _PLACEHOLDER,
    "url_text_input": _PLACEHOLDER,
    "image": _IMAGE,
    "plain_text": {},
    "mrkdwn": {},
}
TYPED_INPUTS = frozenset({"plain_text_input", "number_input", "email_text_input", "url_text_input"})
STATIC = frozenset({"image", "plain_text", "mrkdwn"})
PRESSABLE = frozenset({"button", "overflow"})

BLOCKS: dict[str, dict[str, Rule]] = {
    "section": {"text": Rule("text", 3000), "fields": Rule("fields", 10), "accessory": Rule("element")},
    "header": {"text": _plain(150, required=True)},
    "divider": {},
    "context": {"elements": Rule("elements", 10, required=True)},
    "actions": {"elements": Rule("elements", 25, required=True)},
    "input": {"label": _plain(2000, required=True), "hint": _plain(2000), "element": Rule("element", required=True)},
    "image": {**_IMAGE, "title": _plain(2000)},
    "markdown": {"text": Rule("string", 12_000, required=True)},
    "rich_text": {"elements": Rule("list", 1000, required=True)},
    "table": {"rows": Rule("list", 100, required=True)},
    "context_actions": {"elements": Rule("list", 5, required=True)},
    "video": {"title": _plain(200, required=True), "video_url": Rule("string", 3000, required=True)},
    "call": {"call_id": Rule("string", IDENTIFIER, required=True)},
    "file": {"external_id": Rule("string", IDENTIFIER, required=True)},
    "alert": {"text": Rule("text", 3000, required=True)},
}
ONLY_ON = {"alert": {"modal"}, "file": {"message"}, "call": {"message"}, "table": {"message"}, "markdown": {"message"}}
"""The surfaces of blocks that do not stand on all three."""

ALLOWED = {
    "section": frozenset(ELEMENTS) - TYPED_INPUTS - {"plain_text", "mrkdwn"},
    "actions": frozenset(ELEMENTS) - TYPED_INPUTS - STATIC,
    "context": STATIC,
    "input": frozenset(ELEMENTS) - STATIC - PRESSABLE,
}
"""The elements that may stand in each block."""

VIEW = {"title": _plain(24, required=True), "submit": _plain(24), "close": _plain(24)}
VIEW |= {"private_metadata": Rule("string", 3000), "callback_id": Rule("string", IDENTIFIER)}
VIEW |= {"external_id": Rule("string", IDENTIFIER)}
VIEW_BYTES = 250_000
