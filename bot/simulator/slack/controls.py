"""What a person can do with an element: press it, choose in it, type in it."""

from collections.abc import Mapping
from typing import Any

from bot.simulator.slack.blocks import choices, elements
from bot.simulator.slack.model import Json, View
from bot.simulator.slack.payloads import action_ts

SINGLE = {
    "users_select": ("selected_user", "initial_user"),
    "channels_select": ("selected_channel", "initial_channel"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
    "button": ("value", "value"),
    "plain_text_input": ("value", "initial_value"),
    "number_input": ("value", "initial_value"),
    "email_text_input": ("value", "initial_value"),
    "url_text_input": ("value", "initial_value"),
}
"""Where the answer stands in the state, and where its beginning stands in the element."""
MULTI = {
    "multi_users_select": ("selected_users", "initial_users"),
    "multi_channels_select": ("selected_channels", "initial_channels"),
    "multi_conversations_select": ("selected_conversations", "initial_conversations"),
}
CHOSEN = {"static_select", "external_select", "radio_buttons", "overflow"}
STATEFUL = ({*SINGLE, *MULTI, *CHOSEN} | {"checkboxes", "multi_static_select"}) - {"button", "overflow"}
"""The elements whose answer a view remembers."""
REQUIRED = "Please complete this required field."


def pressed(blocks: list[Json], action_id: str, value: Any) -> Json:
    """The action of using the element; KeyError with the ones there are."""
    for block, element in elements(blocks):
        if element.get("action_id") == action_id and _fits(element, value):
            return _action(block, element, value)
    there = [element["action_id"] for _, element in elements(blocks) if "action_id" in element]
    raise KeyError(f"no {action_id!r} with {value!r} among {there}")


def searched(blocks: list[Json], action_id: str) -> tuple[Json, Json]:
    """The menu whose options are the bot's, and its block; KeyError with the ones there are."""
    there = {each["action_id"]: (block, each) for block, each in elements(blocks) if each["type"] == "external_select"}
    if action_id not in there:
        raise KeyError(f"no {action_id!r} among {sorted(there)}")
    return there[action_id]


def _fits(element: Json, value: Any) -> bool:
    if element["type"] == "button":
        return value in {None, element.get("value")}
    if element["type"] in CHOSEN and choices(element):
        return value in {option["value"] for option in choices(element)}
    return True


def _action(block: Json, element: Json, value: Any) -> Json:
    about = {"action_id": element["action_id"], "block_id": block["block_id"], "action_ts": action_ts()}
    kept = {name: element[name] for name in ("text", "style", "placeholder") if name in element}
    answer = _given(element, element.get("value") if element["type"] == "button" else value)
    if element["type"] == "button" and "value" not in element:
        answer.pop("value")
    return about | kept | answer


def state(view: View, given: Mapping[str, Any]) -> dict[str, dict[str, Json]]:
    """A view's state once `given`, by action_id or block_id, was filled in; the rest stays as it began."""
    known = {name for block, element in elements(view.blocks) for name in (block["block_id"], element.get("action_id"))}
    if strange := set(given) - known:
        raise KeyError(f"no {sorted(strange)} among {sorted(filter(None, known))}")
    values: dict[str, dict[str, Json]] = {}
    for block, element in elements(view.blocks):
        if element["type"] in STATEFUL:
            name = next((each for each in (element["action_id"], block["block_id"]) if each in given), None)
            filled = _filled(view, element, given[name]) if name else _begun(view, block, element)
            values.setdefault(block["block_id"], {})[element["action_id"]] = filled
    return values


def complaints(view: View, values: Mapping[str, Mapping[str, Json]]) -> dict[str, str]:
    """What Slack itself refuses to submit, by block_id."""
    found: dict[str, str] = {}
    for block, element in elements(view.blocks):
        if block["type"] == "input":
            answer = next(iter(values[block["block_id"]].values()))
            if problem := _complaint(element, _answer(answer), optional=bool(block.get("optional"))):
                found[block["block_id"]] = problem
    return found


def _complaint(element: Json, answer: Any, *, optional: bool) -> str | None:
    if not answer:
        return None if optional else REQUIRED
    if element["type"] != "plain_text_input":
        return None
    if len(answer) > (most := element.get("max_length", 3000)):
        return f"Must be at most {most} characters."
    return f"Must be at least {least} characters." if len(answer) < (least := element.get("min_length", 0)) else None


def _answer(filled: Json) -> Any:
    return next((value for name, value in filled.items() if name != "type"), None)


def _filled(view: View, element: Json, value: Any) -> Json:
    """Of a menu whose options are the bot's, one that it has offered."""
    if element["type"] != "external_select" or value in (None, ""):
        return _given(element, value)
    offered = [*view.offered.get(element["action_id"], []), *filter(None, [element.get("initial_option")])]
    for option in offered:
        if option["value"] == value:
            return {"type": element["type"], "selected_option": option}
    raise KeyError(f"no option {value!r} among {[option['value'] for option in offered]}")


def _given(element: Json, value: Any) -> Json:
    kind = element["type"]
    if kind in SINGLE:
        return {"type": kind, SINGLE[kind][0]: value}
    if kind in MULTI:
        return {"type": kind, MULTI[kind][0]: list(value or [])}
    if kind in CHOSEN:
        return {"type": kind, "selected_option": _option(element, value)}
    return {"type": kind, "selected_options": [_option(element, each) for each in value or []]}


def _begun(view: View, block: Json, element: Json) -> Json:
    typed_before = view.values.get(block["block_id"], {}).get(element["action_id"])
    if typed_before:
        return typed_before
    kind = element["type"]
    if kind in SINGLE:
        return {"type": kind, SINGLE[kind][0]: element.get(SINGLE[kind][1])}
    if kind in MULTI:
        return {"type": kind, MULTI[kind][0]: element.get(MULTI[kind][1], [])}
    if kind in CHOSEN:
        return {"type": kind, "selected_option": element.get("initial_option")}
    return {"type": kind, "selected_options": element.get("initial_options", [])}


def _option(element: Json, value: Any) -> Json | None:
    if value in (None, ""):
        return None
    if element["type"] == "external_select":
        return {"text": {"type": "plain_text", "text": str(value)}, "value": str(value)}
    for option in choices(element):
        if option["value"] == value:
            return option
    raise KeyError(f"no option {value!r} among {[option['value'] for option in choices(element)]}")
