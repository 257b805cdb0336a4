"""No foreign text can mention anyone, link anywhere, or break a message, in any view."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.domain.incident import Incident, Reference, Status
from bot.simulator.slack.blocks import message_blocks
from bot.simulator.slack.views import definition
from bot.slack.views import changes, forms, incidents, lines, timeline
from bot.slack.views.announcement import announcement
from bot.slack.views.card import card
from bot.slack.views.help import usage
from bot.slack.views.home import home
from bot.slack.views.message import Message
from tests.bot.slack.given import PAGED_AT, entry, hostile_change, hostile_event, hostile_incident

INJECTIONS = (
    "<!channel>", "<!here>", "<!everyone>", "<!subteam^S0SRE>", "<@U0ALICE>", "<#C0GENERAL>", "<http://evil|click>",
    "<https://evil.example>", "<!date^1^{time}^http://evil|x>", "&lt;", "&amp", "|", ">", "<", "`", "```", "*", "\n",
    "\x00", "\ud800", "\u202e", "🔥", "é", "@channel", "#general", "javascript:alert(1)", "a" * 400, "<" * 900,
)  # fmt: skip
HOSTILE = st.lists(st.one_of(st.sampled_from(INJECTIONS), st.text(max_size=40)), max_size=12).map("".join)
OURS = re.compile(
    r"<!date\^\d+\^[^|<>^]*\|[^|<>]* UTC>|<#C0ROOM>|<https://(?:pagerduty|ci)\.example/[^|<>\s]*\|[^<>]+>"
)
LONGEST_TEXT = 4000
"""Characters of chat.update's text."""

Look = Callable[[Incident, str], Message]
MESSAGES: dict[str, Look] = {
    "card": lambda incident, text: card(incident),
    "announcement": lambda incident, text: announcement(incident),
    "line": lambda incident, text: lines.line(text, at=PAGED_AT),
    "ending": lambda incident, text: lines.ending(incident),
    "answer": lambda incident, text: lines.answer(text),
    "list": lambda incident, text: incidents.listing([incident] * 30, heading=text),
    "show": lambda incident, text: incidents.shown(incident),
    "picker": lambda incident, text: incidents.picker([incident] * 7, "note", text),
    "timeline": lambda incident, text: timeline.pages(incident, [entry(1, text)] * 20, page=2, of=3),
    "suspects": lambda incident, text: changes.suspects(incident, [hostile_change(text)] * 14),
    "changes": lambda incident, text: changes.listing([hostile_event(text)] * 30, service=text, since=text),
    "help": lambda incident, text: usage([(text, text)] * 20, command=text),
}
VIEWS: dict[str, Callable[[Incident, str], dict[str, Any]]] = {
    "home": lambda incident, text: home([incident] * 30, [incident] * 30),
    "declare": lambda incident, text: forms.declare(_services(text, 3), prefill=_typed(text), channel=text),
    "declare among many": lambda incident, text: forms.declare(_services(text, 250), prefill=_typed(text)),
    "declare without a menu": lambda incident, text: forms.declare([], prefill=_typed(text), response_url=text),
    "note": lambda incident, text: forms.note(incident, prefill=text, response_url=text),
    "change": lambda incident, text: forms.change(_services(text, 3), incident=incident, prefill=_typed(text)),
}


@pytest.mark.parametrize("look", MESSAGES.values(), ids=MESSAGES)
@settings(max_examples=60, deadline=None)
@given(text=HOSTILE, number=st.integers(1, 10**6), status=st.sampled_from(list(Status)))
def test_a_message_stays_ours_and_within_limits(look: Look, text: str, number: int, status: Status) -> None:
    message = look(hostile_incident(number, text, status), text)
    message_blocks(message.blocks)  # the simulator refuses what Slack would
    assert message.text.strip()
    assert len(message.text.encode("utf-16-le")) // 2 <= LONGEST_TEXT
    assert [text for text in (message.text, *_markup(message.blocks)) if _is_live(text)] == []
    json.dumps([message.text, message.blocks], ensure_ascii=False).encode()


@pytest.mark.parametrize("look", VIEWS.values(), ids=VIEWS)
@settings(max_examples=60, deadline=None)
@given(text=HOSTILE, number=st.integers(1, 10**6), status=st.sampled_from(list(Status)))
def test_a_form_stays_ours_and_within_limits(
    look: Callable[[Incident, str], dict[str, Any]], text: str, number: int, status: Status
) -> None:
    view = look(hostile_incident(number, text, status), text)
    definition(view, view["type"])  # the simulator refuses what Slack would
    assert [text for text in _markup(view["blocks"]) if _is_live(text)] == []
    json.dumps(view["blocks"], ensure_ascii=False).encode()


@pytest.mark.parametrize("injected", INJECTIONS[:9])
def test_the_check_itself_sees_what_is_live(injected: str) -> None:
    assert _is_live(f"harmless {injected} harmless")


def _services(text: str, count: int) -> list[Reference]:
    return [Reference(f"P{number}", f"{text[:number]}{number}") for number in range(count)]


def _typed(text: str) -> dict[str, str]:
    return dict.fromkeys(("title", "service", "urgency", "description", "summary", "link"), text)


def _markup(value: Any) -> Iterator[str]:
    """Every text that Slack reads as mrkdwn."""
    if isinstance(value, dict):
        if value.get("type") == "mrkdwn":
            yield value["text"]
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from _markup(each)


def _is_live(text: str) -> bool:
    rest = OURS.sub("", text)
    return "<" in rest or ">" in rest
