"""Genuine requests, changed at random: bytes after they were signed, or members of their JSON before."""

import copy
import json
import random
from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import urlencode

from bot.simulator import credentials
from bot.simulator.slack.model import APP_ID, TEAM_ID
from tests.bot.doors import pagerdutys, slacks, told
from tests.promises.gate_line import request

FORM = "application/x-www-form-urlencoded"
WHO = {"id": "U0ALICE", "username": "alice", "name": "alice", "team_id": TEAM_ID}
OURS = {"api_app_id": APP_ID, "team": {"id": TEAM_ID, "domain": "muster"}, "enterprise": None, "token": "x"}
WHERE = {"channel": {"id": "C0GENERAL", "name": "general"}, "container": {"type": "message", "channel_id": "C0GENERAL"}}
COMMAND = {
    "command": "/incident", "text": "help", "user_id": "U0ALICE", "user_name": "alice", "channel_id": "C0GENERAL",
    "trigger_id": "1.2.x", "team_id": TEAM_ID, "api_app_id": APP_ID, "is_enterprise_install": "false",
}  # fmt: skip
INTERACTIONS: list[dict[str, Any]] = [
    {"type": "block_actions", "user": WHO, **OURS, **WHERE, "trigger_id": "1.3.x",
     "message": {"text": "x", "ts": "1.1"},
     "actions": [{"type": "button", "action_id": "command:help", "block_id": "b", "value": "INC-1"}]},
    {"type": "view_submission", "user": WHO, **OURS,
     "view": {"id": "V1", "hash": "h", "type": "modal", "callback_id": "form:note",
              "private_metadata": '{"incident": 1}',
              "blocks": [], "state": {"values": {"note": {"note": {"type": "plain_text_input", "value": "x"}}}}}},
    {"type": "message_action", "user": WHO, **OURS, **WHERE, "trigger_id": "1.4.x", "callback_id": "command:note",
     "message": {"text": "x", "ts": "1.1", "type": "message"}, "message_ts": "1.1"},
    {"type": "shortcut", "user": WHO, **OURS, "trigger_id": "1.5.x", "callback_id": "command:list"},
    {"type": "view_closed", "user": WHO, **OURS, "view": {"id": "V1", "callback_id": "form:note"}},
]  # fmt: skip
EVENTS: list[dict[str, Any]] = [
    {"type": "event_callback", "event_id": "Ev1", "team_id": TEAM_ID, "api_app_id": APP_ID,
     "authorizations": [{"team_id": TEAM_ID, "enterprise_id": None, "user_id": "U0MUSTER", "is_bot": True}],
     "event": event}
    for event in (
        {"type": "app_mention", "user": "U0ALICE", "channel": "C0GENERAL", "text": "<@U0MUSTER> help", "ts": "1.1"},
        {"type": "message", "user": "U0ALICE", "channel": "C0GENERAL", "text": "!help", "thread_ts": "1.0"},
        {"type": "channel_archive", "user": "U0ALICE", "channel": "C0GENERAL"},
        {"type": "app_home_opened", "user": "U0ALICE", "tab": "home"},
        {"type": "reaction_added", "user": "U0ALICE", "item": {"type": "message", "channel": "C0GENERAL", "ts": "1.1"}},
    )
]  # fmt: skip
STRANGE: tuple[Any, ...] = (
    None, [], {}, 0, -1, 10**30, 1e308, True, "", " ", "x" * 3000, "<!channel>", "\0", "\ud800", "\n", [[]], {"a": {}},
    [None], "../..", "U0ALICE", "message", "{", '{"incident": []}', "[]", {"id": 7}, {"type": []}, "event_callback",
)  # fmt: skip
REFUSED, UNDERSTOOD = frozenset({400, 401, 413, 0}), frozenset({200, 400, 403, 404})


class Mutation(NamedTuple):
    name: str
    sent: bytes
    answers: frozenset[int]


def mutated_and_unsigned(count: int) -> Iterator[Mutation]:
    """Bytes of a genuine request are changed after it was signed: of its body, or of its signature."""
    chance = random.Random(1)
    for nth in range(count):
        path, headers, body = _genuine(chance, nth)
        if chance.random() < 0.5:
            body = _scrambled(chance, body)
        else:
            name = chance.choice([name for name in headers if "Signature" in name or "Timestamp" in name])
            changed = _scrambled(chance, headers[name].encode()).translate(None, b"\r\n")
            means_the_same = changed.strip().lower() == headers[name].lower().encode()  # hexadecimal digits, and blanks
            headers = {**headers, name: b"x" if means_the_same else changed}  # type: ignore[dict-item]
        yield Mutation(f"unsigned mutation {nth} {path}", request(path, headers, body), REFUSED)


def mutated_and_signed(count: int) -> Iterator[Mutation]:
    """Members of the JSON are changed, and the whole is signed: it comes from PagerDuty or Slack."""
    chance = random.Random(2)
    for nth in range(count):
        path, headers, body = _genuine(chance, nth, changes=1 + nth % 3)
        answers = frozenset({202}) if path == "/pagerduty/webhook" else UNDERSTOOD
        yield Mutation(f"signed mutation {nth} {path} {body[:300]!r}", request(path, headers, body), answers)


def _genuine(chance: random.Random, nth: int, *, changes: int = 0) -> tuple[str, dict[str, str], bytes]:
    """Path, headers and body; `changes` are made before it is signed."""
    kind = nth % 4
    if kind == 0:
        page = json.loads(told(f"MUTANT{nth}", minute=nth % 60, id=f"QMUTANT{nth % 50}"))
        body = json.dumps(_changed(chance, page, changes)).encode()
        return "/pagerduty/webhook", pagerdutys(body, credentials.PAGERDUTY_WEBHOOK_SECRET), body
    if kind == 1:
        fields = _changed(chance, {**COMMAND, "trigger_id": f"1.{nth}"}, changes)
        body = urlencode(fields if isinstance(fields, dict) else {"x": ""}, errors="replace").encode()
    elif kind == 2:
        interaction = _changed(chance, chance.choice(INTERACTIONS), changes)
        body = urlencode({"payload": json.dumps(interaction)}).encode()
    else:
        body = json.dumps(_changed(chance, {**chance.choice(EVENTS), "event_id": f"Ev{nth}"}, changes)).encode()
    kind_of = "application/json" if kind == 3 else FORM
    return "/slack/events", slacks(body, secret=credentials.SLACK_SIGNING_SECRET, kind=kind_of), body


def _changed(chance: random.Random, value: Any, times: int) -> Any:
    """The same JSON with members replaced or left out."""
    changed = json.loads(json.dumps(value))
    for _ in range(times):
        places = list(_places(changed))
        if not places:
            return changed
        inside, name = chance.choice(places)
        if chance.random() < 0.2:
            del inside[name]
        else:
            inside[name] = copy.deepcopy(chance.choice(STRANGE))
    return changed


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, member in members:
        yield value, name
        yield from _places(member)


def _scrambled(chance: random.Random, data: bytes) -> bytes:
    """Never the same again."""
    changed = bytearray(data)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(changed) + 1)
        match chance.randrange(4):
            case 0:
                changed[at:at] = chance.randbytes(chance.randint(1, 8))
            case 1:
                del changed[at : at + chance.randint(1, 9)]
            case 2 if at < len(changed):
                changed[at] ^= 1 << chance.randrange(8)
            case _:
                changed[at:at] = changed[:at][-40:] or b"x"
    return bytes(changed) if bytes(changed) != data else data + b"x"
