"""Block Kit pieces that stay within Slack's limits whatever they are given.

https://docs.slack.dev/reference/block-kit/blocks
"""

from collections.abc import Iterable, Sequence
from typing import Any, Literal

from bot.slack.mrkdwn import clean, cut, width

Json = dict[str, Any]
Style = Literal["primary", "danger"]

SECTION, ACTIONS = 3000, 25
LISTED = 9000
"""Characters of a list, which leaves room for what stands around it: all blocks of a message may hold some 13,200
(undocumented: https://github.com/slackapi/bolt-js/issues/2509)."""
CONFIRM, CONFIRM_TITLE, CONFIRM_TEXT = 30, 100, 300
LABEL, VALUE, OPTION_VALUE, PLACEHOLDER, TITLE, HEADER, METADATA = 75, 2000, 150, 150, 24, 150, 3000


def plain(text: str, most: int) -> Json:
    """Text without any markup, which foreign text may be as it is."""
    return {"type": "plain_text", "text": cut(" ".join(text.split()), most) or "–", "emoji": False}


def mrkdwn(*lines: str) -> Json:
    """Lines of escaped markup; whole lines are left out at the end when all would be too long."""
    kept: list[str] = []
    for line in filter(None, lines):
        if width("\n".join([*kept, line])) > SECTION - 2:
            kept.append("…")
            break
        kept.append(line)
    return {"type": "mrkdwn", "text": "\n".join(kept) or "–", "verbatim": True}


def section(*lines: str) -> Json:
    return {"type": "section", "text": mrkdwn(*lines)}


def sections(lines: Iterable[str]) -> list[Json]:
    """As many sections as the lines need, while they fit a message; each line alone must fit one section."""
    packed: list[list[str]] = [[]]
    total = 0
    for line in lines:
        if (total := total + width(line) + 1) > LISTED:
            packed[-1].append("…")
            break
        if packed[-1] and width("\n".join([*packed[-1], line])) > SECTION - 2:
            packed.append([])
        packed[-1].append(line)
    return [section(*some) for some in packed if some]


def context(*lines: str) -> Json:
    """Small grey text."""
    return {"type": "context", "elements": [mrkdwn(*lines)]}


def header(text: str) -> Json:
    return {"type": "header", "text": plain(text, HEADER)}


def button(
    label: str, verb: str, value: str = "", *, nth: int | None = None, style: Style | None = None, sure: str = ""
) -> Json:
    """A press runs `verb` with `value`, the text a person would have typed after it.

    `nth` tells several buttons of one verb in one message apart. Without a value Slack sends none. `sure`: what Slack
    asks before it believes the press.
    """
    action_id = f"command:{verb}" if nth is None else f"command:{verb}:{nth}"
    pressed: Json = {"type": "button", "action_id": action_id, "text": plain(label, LABEL)}
    pressed["accessibility_label"] = cut(f"{label} {value}".strip(), LABEL)
    pressed |= {"value": cut(value, VALUE)} if value else {}
    pressed |= {"confirm": _confirm(label, sure)} if sure else {}
    return pressed | ({"style": style} if style else {})


def _confirm(label: str, sure: str) -> Json:
    """https://docs.slack.dev/reference/block-kit/composition-objects/confirmation-dialog-object"""
    answers = {"confirm": plain(label, CONFIRM), "deny": plain("Cancel", CONFIRM)}
    return {"title": plain("Are you sure?", CONFIRM_TITLE), "text": plain(sure, CONFIRM_TEXT), **answers}


def actions(*buttons: Json) -> Json:
    return {"type": "actions", "elements": list(buttons[:ACTIONS])}


def text_input(name: str, label: str, *, initial: str = "", hint: str = "", **how: Any) -> Json:
    """An input for typing whose block and action are both called `name`.

    `how`: multiline, optional, most (characters), placeholder.
    """
    element: Json = {"type": "plain_text_input", "action_id": name, "multiline": how.get("multiline", False)}
    element["max_length"] = how.get("most", SECTION)
    if initial:
        element["initial_value"] = cut(clean(initial), element["max_length"])
    if "placeholder" in how:
        element["placeholder"] = plain(how["placeholder"], PLACEHOLDER)
    return _input(name, label, element, hint=hint, optional=how.get("optional", False))


def select(name: str, label: str, options: Sequence[Json], *, chosen: str = "", optional: bool = False) -> Json:
    """A menu; `options` come from `option`. More than 100 are grouped by hundreds; 10,000 are all Slack takes."""
    element: Json = {"type": "static_select", "action_id": name, "placeholder": plain("Choose", PLACEHOLDER)}
    if len(options) <= 100:
        element["options"] = list(options)
    else:
        element["option_groups"] = [_group(options[start : start + 100]) for start in range(0, len(options), 100)]
    initial = next((one for one in options if chosen and one["value"] == chosen), None)
    return _input(name, label, element | ({"initial_option": initial} if initial else {}), optional=optional)


def search(name: str, label: str, *, hint: str = "", optional: bool = False) -> Json:
    """A menu that is searched by typing; Slack asks us for its options each time.

    https://docs.slack.dev/reference/block-kit/block-elements/select-menu-element#external_select
    """
    element: Json = {"type": "external_select", "action_id": name, "placeholder": plain("Type to search", PLACEHOLDER)}
    return _input(name, label, element | {"min_query_length": 0}, hint=hint, optional=optional)


def option(value: str, label: str) -> Json:
    return {"text": plain(label, LABEL), "value": cut(value, OPTION_VALUE)}


def _group(options: Sequence[Json]) -> Json:
    first, last = options[0]["text"]["text"], options[-1]["text"]["text"]
    return {"label": plain(f"{cut(first, 30)} to {cut(last, 30)}", LABEL), "options": list(options)}


def _input(name: str, label: str, element: Json, *, hint: str = "", optional: bool = False) -> Json:
    block: Json = {"type": "input", "block_id": name, "label": plain(label, LABEL), "element": element}
    return block | {"optional": optional} | ({"hint": plain(hint, LABEL * 2)} if hint else {})
