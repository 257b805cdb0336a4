"""What a message may hold, whichever method it comes by."""

import json
import re
from typing import Any, NamedTuple

from bot.simulator.slack.arguments import Arguments
from bot.simulator.slack.blocks import message_blocks
from bot.simulator.slack.messages import LONGEST_TEXT
from bot.simulator.slack.model import Json
from bot.simulator.slack.refusals import Refusal

MOST_ATTACHMENTS = 100
LARGEST_METADATA = 16_384
"""Bytes as JSON."""
LONGEST_MARKDOWN = 12_000
_EVENT_TYPE = re.compile(r"[\w:./-]{1,255}")


class Content(NamedTuple):
    """Words and blocks, checked."""

    text: str
    blocks: list[Json]
    metadata: Json | None


def content(arguments: Arguments, *, longest: int | None = None) -> Content:
    """A message's content; a text over `longest` characters is refused, without it Slack cuts text off."""
    text = arguments.text("text")
    given = arguments.structure("blocks", list, error="invalid_blocks_format")
    attachments = arguments.structure("attachments", list, error="invalid_attachments") or []
    text = text or _markdown(arguments, bool(given))
    if longest is not None and len(text) > longest:
        raise Refusal("msg_too_long")
    if len(attachments) > MOST_ATTACHMENTS:
        raise Refusal("too_many_attachments")
    if not text.strip() and not given and not attachments:
        raise Refusal("no_text")
    return Content(text[:LONGEST_TEXT], message_blocks(given), _metadata(arguments))


def _markdown(arguments: Arguments, has_blocks: bool) -> str:
    text = arguments.text("markdown_text")
    if text and has_blocks:
        raise Refusal("markdown_text_conflict")
    if len(text) > LONGEST_MARKDOWN:
        raise Refusal("msg_too_long")
    return text


def _metadata(arguments: Arguments) -> Json | None:
    """https://docs.slack.dev/messaging/message-metadata"""
    given: Any = arguments.structure("metadata", dict, error="invalid_metadata_format")
    if given is None:
        return None
    kind, payload = given.get("event_type"), given.get("event_payload")
    if not isinstance(kind, str) or not _EVENT_TYPE.fullmatch(kind) or not isinstance(payload, dict):
        raise Refusal("invalid_metadata_format")
    if len(json.dumps(given)) > LARGEST_METADATA:
        raise Refusal("metadata_too_large")
    return {"event_type": kind, "event_payload": payload}
