"""A checkpoint in words, for where people and auditors can read it and the database's owner cannot take it back."""

import re

from bot.domain.checkpoint import Signed
from bot.slack.blocks import context
from bot.slack.views.message import Message

SAID = re.compile(r"Checkpoint ([1-9][0-9]{0,17}) of \S+: \d+ entries in \d+ timelines, hash ([0-9a-f]{64})\.")


def sentence(signed: Signed) -> str:
    """All that is needed to hold the record to it; `muster verify` finds it again by SAID."""
    said = signed.checkpoint
    return (
        f"Checkpoint {said.number} of {said.at}: {said.entries} entries in {said.streams} timelines,"
        f" hash {signed.hash}. Root {said.root}, key {said.key}."
    )


def checkpoint(signed: Signed) -> Message:
    return Message(sentence(signed), [context(sentence(signed))])


def day(day: str) -> Message:
    text = f"Muster's checkpoints of {day} stand in this thread. `muster verify --online` compares them."
    return Message(text, [context(text)])


def said(text: str) -> tuple[int, str] | None:
    """The number and the hash of the checkpoint a message states; one that only quotes somebody states none."""
    found = SAID.match(text)
    return (int(found[1]), found[2]) if found else None
