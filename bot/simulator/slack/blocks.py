"""Checks Block Kit against the tables in `limits`, with Slack's sentences and JSON pointers."""

import json
from collections.abc import Callable, Iterator, Mapping
from secrets import token_urlsafe
from typing import Any

from bot.simulator.slack import limits
from bot.simulator.slack.limits import Rule
from bot.simulator.slack.model import Json
from bot.simulator.slack.refusals import Refusal


def message_blocks(blocks: list[Any] | None) -> list[Json]:
    """Blocks of a message, checked and with the ids Slack gives; refused with `invalid_blocks` otherwise."""
    named = _checked(blocks or [], "message", "invalid_blocks")
    if sum(map(len, texts(named))) > limits.MOST_BLOCK_TEXT:
        raise Refusal("msg_blocks_too_long")
    return named


def view_blocks(blocks: Any, surface: str) -> list[Json]:
    """Blocks of a modal or a home tab, checked; refused with `invalid_arguments` otherwise."""
    if not isinstance(blocks, list):
        raise Refusal("invalid_arguments", "missing required field: blocks [json-pointer:/view]")
    return _checked(blocks, surface, "invalid_arguments", "/view/blocks")


def texts(value: Any) -> Iterator[str]:
    """Every text in it, at any depth."""
    if isinstance(value, dict):
        if isinstance(value.get("text"), str):
            yield value["text"]
        value = [each for each in value.values() if isinstance(each, dict | list)]
    if isinstance(value, list):
        for each in value:
            yield from texts(each)


def elements(blocks: list[Json]) -> Iterator[tuple[Json, Json]]:
    """Every element with the block it stands in."""
    for block in blocks:
        inside = block.get("elements", []) if block["type"] in {"actions", "context"} else []
        for element in [*inside, block.get("accessory"), block.get("element")]:
            if element:
                yield block, element


def field_problems(value: Mapping[str, Any], rules: dict[str, Rule], at: str) -> Iterator[str]:
    """What is wrong with the fields of one object."""
    for name, rule in rules.items():
        if value.get(name) is not None:
            yield from _READ[rule.kind](value[name], rule, f"{at}/{name}")
        elif rule.required:
            yield f"missing required field: {name} [json-pointer:{at}]"


def _checked(blocks: list[Any], surface: str, error: str, at: str = "/blocks") -> list[Json]:
    problems = [*_problems(blocks, surface, at)]
    if problems:
        raise Refusal(error, *problems)
    return _named(blocks)


def _named(blocks: list[Json]) -> list[Json]:
    named: list[Json] = json.loads(json.dumps(blocks))
    for block in named:
        block.setdefault("block_id", token_urlsafe(4))
    for _, element in elements(named):
        if element["type"] not in limits.STATIC:
            element.setdefault("action_id", token_urlsafe(4))
    return named


def _problems(blocks: list[Any], surface: str, at: str) -> Iterator[str]:
    if len(blocks) > limits.MOST_BLOCKS[surface]:
        yield f"no more than {limits.MOST_BLOCKS[surface]} items allowed [json-pointer:{at}]"
    seen: set[str] = set()
    for number, block in enumerate(blocks):
        here = f"{at}/{number}"
        if not isinstance(block, dict):
            yield f"must be an object [json-pointer:{here}]"
            continue
        yield from _block_problems(block, surface, here)
        yield from _identifier_problems(block, "block_id", seen, here)


def _block_problems(block: Json, surface: str, at: str) -> Iterator[str]:
    kind = block.get("type")
    if kind not in limits.BLOCKS or surface not in limits.ONLY_ON.get(kind, {surface}):
        yield f"unsupported type: {kind} [json-pointer:{at}/type]"
        return
    yield from field_problems(block, limits.BLOCKS[kind], at)
    if kind == "section" and not block.get("text") and not block.get("fields"):
        yield f"missing required field: text [json-pointer:{at}]"
    if kind in limits.ALLOWED:
        yield from _places(block, limits.ALLOWED[kind], at)


def _places(block: Json, allowed: frozenset[str], at: str) -> Iterator[str]:
    seen: set[str] = set()
    standing = [*(block.get("elements") or []), block.get("accessory"), block.get("element")]
    for element in filter(lambda each: isinstance(each, dict), standing):
        if element.get("type") in limits.ELEMENTS and element["type"] not in allowed:
            yield f"unsupported type: {element['type']} [json-pointer:{at}]"
        yield from _identifier_problems(element, "action_id", seen, at)


def _identifier_problems(value: Json, name: str, seen: set[str], at: str) -> Iterator[str]:
    identifier = value.get(name)
    if identifier is None:
        return
    if not isinstance(identifier, str) or not 0 < len(identifier) <= limits.IDENTIFIER:
        yield f"must be a text of 1 to {limits.IDENTIFIER} characters [json-pointer:{at}/{name}]"
    elif identifier in seen:
        yield f"`{name}` {identifier} already exists [json-pointer:{at}/{name}]"
    seen.add(str(identifier))


def _text(value: Any, rule: Rule, at: str) -> Iterator[str]:
    kinds = {"plain_text"} if rule.plain else {"plain_text", "mrkdwn"}
    if not isinstance(value, dict) or value.get("type") not in kinds:
        yield f"must be a {' or '.join(sorted(kinds))} object [json-pointer:{at}]"
        return
    yield from _string(value.get("text"), rule, f"{at}/text")


def _string(value: Any, rule: Rule, at: str) -> Iterator[str]:
    if not isinstance(value, str):
        yield f"must be a string [json-pointer:{at}]"
    elif len(value) > rule.most:
        yield f"must be less than {rule.most + 1} characters [json-pointer:{at}]"
    elif not value and rule.kind == "text":
        yield f"must be more than 0 characters [json-pointer:{at}]"


def _number(value: Any, rule: Rule, at: str) -> Iterator[str]:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= rule.most:
        yield f"must be a number of 0 to {rule.most} [json-pointer:{at}]"


def _list(value: Any, rule: Rule, at: str) -> Iterator[str]:
    if not isinstance(value, list) or not value:
        yield f"must have at least 1 item [json-pointer:{at}]"
    elif len(value) > rule.most:
        yield f"no more than {rule.most} items allowed [json-pointer:{at}]"


def _each(check: Callable[[Any, str], Iterator[str]]) -> Callable[[Any, Rule, str], Iterator[str]]:
    def listed(value: Any, rule: Rule, at: str) -> Iterator[str]:
        yield from _list(value, rule, at)
        for number, item in enumerate(value if isinstance(value, list) else []):
            yield from check(item, f"{at}/{number}")

    return listed


def _object(rules: dict[str, Rule]) -> Callable[[Any, str], Iterator[str]]:
    def checked(value: Any, at: str) -> Iterator[str]:
        if isinstance(value, dict):
            yield from field_problems(value, rules, at)
        else:
            yield f"must be an object [json-pointer:{at}]"

    return checked


def _element(value: Any, at: str) -> Iterator[str]:
    kind = value.get("type") if isinstance(value, dict) else None
    if kind not in limits.ELEMENTS:
        yield f"unsupported type: {kind} [json-pointer:{at}/type]"
    elif kind in {"plain_text", "mrkdwn"}:
        yield from _text(value, Rule("text", 3000), at)
    else:
        yield from field_problems(value, limits.ELEMENTS[kind], at)
        yield from _choice_problems(value, at)


def _choice_problems(element: Json, at: str) -> Iterator[str]:
    if element.get("style") not in {None, "primary", "danger"}:
        yield f"value must be one of primary, danger [json-pointer:{at}/style]"
    if element["type"] in {"static_select", "multi_static_select"}:
        if bool(element.get("options")) == bool(element.get("option_groups")):
            yield f"one of options or option_groups is required [json-pointer:{at}]"
        chosen = element.get("initial_option")
        if chosen is not None and chosen not in choices(element):
            yield f"initial_option must be one of the options [json-pointer:{at}/initial_option]"


def options_problems(offered: Json) -> Iterator[str]:
    """What is wrong with the options that the bot answers for a menu; none at all is fine."""
    for name, rule in limits.OFFERED.items():
        if offered.get(name):
            yield from _READ[rule.kind](offered[name], rule, f"/{name}")


def choices(element: Json) -> list[Json]:
    """The options an element offers, those of its groups included."""
    grouped = [option for group in element.get("option_groups") or [] for option in group.get("options", [])]
    return [*(element.get("options") or []), *grouped]


_READ: dict[str, Callable[[Any, Rule, str], Iterator[str]]] = {
    "text": _text,
    "string": _string,
    "number": _number,
    "list": _list,
    "element": lambda value, rule, at: _element(value, at),
    "confirm": lambda value, rule, at: _object(limits.CONFIRM)(value, at),
    "fields": _each(lambda value, at: _text(value, Rule("text", 2000), at)),
    "elements": _each(_element),
    "options": _each(_object(limits.OPTION)),
    "groups": _each(_object(limits.GROUP)),
}
