"""What answers are made of: sentences, buttons, modals."""

from collections.abc import Sequence
from typing import Any

from bot.domain.errors import Misuse
from bot.domain.incident import Deed, Incident
from bot.domain.people import Actor
from bot.slack.blocks import actions, section
from bot.slack.mrkdwn import inline, when
from bot.slack.views.forms import LONGEST_SUMMARY
from bot.slack.views.message import Message
from commands.command import Call, Form, Reply, WrongField

UNCHANGED = "Nothing was changed."


def said(text: str, *buttons: dict[str, Any], quiet: bool = False, awaits: str = "") -> Reply:
    """One sentence of mrkdwn, and buttons to go on with."""
    return Reply(text, [section(text), actions(*buttons)] if buttons else [], quiet=quiet, awaits=awaits)


def shown(message: Message) -> Reply:
    return Reply(message.text, message.blocks)


def together(replies: Sequence[Reply]) -> Reply:
    """Several answers as one; quiet only when none has anything to say."""
    text = "\n".join(reply.text for reply in replies)
    awaits = next((reply.awaits for reply in replies if reply.awaits), "")
    if not any(reply.blocks for reply in replies):
        return Reply(text, quiet=all(reply.quiet for reply in replies), awaits=awaits)
    return Reply(text, [block for reply in replies for block in reply.blocks or [section(reply.text)]], awaits=awaits)


def ask_in_form(call: Call, view: dict[str, Any], *, instead: str) -> Reply:
    """A modal for what was not said; `instead` is how to say it all where Slack lets us open none."""
    if call.trigger_id is None:
        raise Misuse(instead)
    return Reply("I opened a form for the rest.", form=Form(view), quiet=True)


def short_enough(text: str, field: str) -> str:
    """`text`, when PagerDuty keeps all of it."""
    if len(text) > LONGEST_SUMMARY:
        raise WrongField(field, f"Use at most {LONGEST_SUMMARY} characters; this has {len(text)}.")
    return text


def who(actor: Actor, call: Call) -> str:
    return "You" if actor.id in (call.by.slack_id, call.by.pagerduty_id) else inline(actor.name)


def told(deed: Deed | None, did: str, incident: Incident, call: Call) -> str:
    """Who did it and when, as a sentence: "Alice resolved INC-42, today 14:05"."""
    if deed is None:
        return f"{incident.name} is {incident.status} already"
    return f"{who(deed.by, call)} {did} {incident.name}, {when(deed.at)}"


def is_pressed_in_room(call: Call, incident: Incident) -> bool:
    """Whether the card that stands where this was pressed shows what became of it."""
    return call.origin == "slack.button" and in_room(call, incident)


def in_room(call: Call, incident: Incident) -> bool:
    return incident.room is not None and incident.room.channel == call.channel
