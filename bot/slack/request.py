"""What Slack sends, taken apart: JSON, a form, or a form whose one field is JSON; and whether Slack sends such things.

https://docs.slack.dev/apis/events-api/#callback-field · https://docs.slack.dev/interactivity/handling-user-interaction
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NoReturn
from urllib.parse import parse_qsl

MOST_FIELDS = 100  # a command has thirteen
ID, WORD = re.compile(r"[A-Z0-9]{1,40}"), re.compile(r"[!-~][ -~]{0,254}")

Shape = Callable[[Any], bool]


def told(content_type: str, body: bytes) -> dict[str, Any]:
    """What `body` says, of whatever shape. ValueError when it is no text, no object, or says a thing twice."""
    try:
        said = _parsed(body.decode()) if content_type == "application/json" else _form(body.decode())
    except RecursionError as error:
        raise ValueError("too deep") from error
    if not isinstance(said, dict):
        raise ValueError("no object")  # noqa: TRY004 - of value, not of use
    json.dumps(said, ensure_ascii=False).encode()  # half a surrogate pair is no text, and no database keeps it
    return said


def _form(text: str) -> Any:
    fields = _once(parse_qsl(text, keep_blank_values=True, max_num_fields=MOST_FIELDS))
    return _parsed(fields["payload"]) if "payload" in fields else fields


def _parsed(text: str) -> Any:
    return json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant)


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """Of two members with one name each reader believes another, so neither is believed."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name stands there twice")
    return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def text(value: Any) -> bool:
    return isinstance(value, str)


def word(value: Any) -> bool:
    """What names a thing: printed, and not long."""
    return isinstance(value, str) and bool(WORD.fullmatch(value))


def identifier(value: Any) -> bool:
    """Of a person, a channel, a workspace."""
    return isinstance(value, str) and bool(ID.fullmatch(value))


def has(**members: Shape) -> Shape:
    """An object with these members; those whose name ends in `_` may be missing or null."""
    needed = {name: shape for name, shape in members.items() if not name.endswith("_")}
    known = {name[:-1]: shape for name, shape in members.items() if name.endswith("_")}

    def fits(value: Any) -> bool:
        return (
            isinstance(value, dict)
            and all(shape(value.get(name)) for name, shape in needed.items())
            and all(value.get(name) is None or shape(value[name]) for name, shape in known.items())
        )

    return fits


def every(shape: Shape, *, least: int = 0) -> Shape:
    """A list of such things, at least so many."""
    return lambda value: isinstance(value, list) and len(value) >= least and all(map(shape, value))


def each(shape: Shape) -> Shape:
    """An object whose members are all such things, whatever their names."""
    return lambda value: isinstance(value, dict) and all(map(shape, value.values()))


def either(one: Shape, other: Shape) -> Shape:
    return lambda value: one(value) or other(value)


def metadata(value: Any) -> bool:
    """What we gave a form to remember: an object, as JSON."""
    if not value:
        return text(value)
    try:
        return bool(text(value) and REMEMBERED(json.loads(value)))
    except (ValueError, RecursionError):
        return False


NAMED = either(text, has(id_=text))
OPTION = has(value_=text)
INPUT = has(value_=text, selected_option_=OPTION)
PERSON = has(id=identifier)
PLACE = has(id_=identifier, channel_id_=identifier, type_=text)
REMEMBERED = has(
    channel_=lambda value: value == "" or identifier(value), response_url_=text,
    incident_=lambda value: isinstance(value, int),
)  # fmt: skip
CONTEXT: Mapping[str, Shape] = {  # what Bolt looks at whatever it is
    "type_": text, "user_": NAMED, "team_": NAMED, "enterprise_": NAMED, "channel_": NAMED, "thread_ts_": text,
    "user_id_": text, "team_id_": text, "enterprise_id_": text, "channel_id_": text, "api_app_id_": text,
    "item_": has(channel_=NAMED), "assistant_thread_": has(channel_id_=text, thread_ts_=text),
    "message_": has(text_=text, thread_ts_=text), "previous_message_": has(thread_ts_=text),
    "function_execution_id_": text, "bot_access_token_": text, "function_data_": has(execution_id_=text),
    "response_url_": text, "trigger_id_": text, "callback_id_": text, "event_id_": text,
}  # fmt: skip
EVENT = has(**{**CONTEXT, "type": word}, text_=text, bot_id_=text, subtype_=text, channel_type_=text)
VIEW = has(callback_id_=text, app_installed_team_id_=text, team_id_=text, private_metadata_=text, id_=text)
ANYTHING = has(
    **CONTEXT, container_=PLACE, event_=EVENT, view_=VIEW, actions_=every(has(type_=text, action_id_=text)),
    authorizations_=every(has(team_id_=text, enterprise_id_=text, user_id_=text, authorizations_=every(text))),
    response_urls_=every(has(response_url=text)), action_id_=text, command_=text, challenge_=text, token_=text,
)  # fmt: skip

SAID = has(channel=identifier, user_=identifier, text_=text)
EVENTS: Mapping[str, Shape] = {
    "app_mention": SAID,
    "message": SAID,
    "channel_archive": has(channel=identifier, user=identifier),
    "group_archive": has(channel=identifier, user=identifier),
    "app_home_opened": has(user=identifier),
}
KINDS: Mapping[str, Shape] = {
    "event_callback": has(
        event_id=word, event=lambda event: event is not None and EVENTS.get(event["type"], has())(event)
    ),
    "block_actions": has(
        user=PERSON, channel_=has(id_=identifier), trigger_id=word,
        actions=every(has(action_id=text, value_=text, selected_option_=OPTION), least=1),
    ),
    "view_submission": has(
        user=PERSON,
        view=has(
            id=word, type=word, callback_id=text, hash_=text, private_metadata_=metadata,
            state=has(values=each(each(INPUT))),
        ),
    ),
    "message_action": has(
        user=PERSON, channel_=has(id_=identifier), trigger_id=word, callback_id=word,
        team_=has(domain_=text), message_=has(ts_=text),
    ),
    "block_suggestion": has(user=PERSON, action_id=text, block_id_=text, value=text),
    "view_closed": has(user=PERSON, view=has(callback_id=text)),
    "url_verification": has(challenge=text),
    "app_rate_limited": has(),
    "shortcut": has(user=PERSON, trigger_id=word, callback_id=word, team_=has(domain_=text), message_=has(ts_=text)),
}
COMMAND = has(command=word, user_id=identifier, channel_id=identifier, trigger_id=word, text_=text)
NEITHER = has(type=lambda _: False)  # of a kind that Slack does not send to us


def is_slacks(said: dict[str, Any]) -> bool:
    """Whether it has what makes a command, an interaction or an event, and nothing of the wrong kind."""
    if not ANYTHING(said):
        return False
    return COMMAND(said) if "command" in said else _is_check(said) or KINDS.get(said.get("type") or "", NEITHER)(said)


def _is_check(said: dict[str, Any]) -> bool:
    """Slack's look at the certificate: https://docs.slack.dev/interactivity/implementing-slash-commands"""
    return said.get("ssl_check") == "1" and "type" not in said
