"""The Slack channel of an incident, and what was put into it."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Self

PARTS = ("card", "pin", "invitations", "topic", "purpose", "bookmarks", "changes", "announcement", "link")
PARTS_OF_A_THREAD = ("card", "invitations", "link")  # what an incident needs that shares a room


@dataclass(frozen=True)
class ShownChange:
    """A recent change listed in the room, and what people made of it."""

    id: str
    summary: str
    at: datetime
    link: str | None = None
    verdict: str | None = None  # "suspect" or "cleared"
    judged_by: str | None = None


@dataclass(frozen=True)
class WarRoom:
    channel: str  # Slack's id; the name may change
    name: str
    opened_at: datetime
    url: str = ""  # where the channel opens in Slack
    is_private: bool = False
    adopted: bool = False  # it had been made before, so what is in it is looked for before it is put there again
    card_ts: str | None = None
    announcement_channel: str | None = None
    announcement_ts: str | None = None
    changes_ts: str | None = None
    changes: tuple[ShownChange, ...] = ()
    done: frozenset[str] = frozenset()  # of PARTS
    trouble: Mapping[str, str] = field(default_factory=dict)  # part → why it is late or missing
    invited: tuple[str, ...] = ()  # Slack ids
    missed: tuple[str, ...] = ()  # who could not be invited, and why, one sentence each
    umbrella: int | None = None  # whose room it is, when this is only a thread in it
    archive_after: datetime | None = None
    archived_at: datetime | None = None

    @property
    def ailments(self) -> Mapping[str, str]:
        """The trouble worth telling people of: of many that share a room, only that somebody is not in it."""
        return {part: why for part, why in self.trouble.items() if self.umbrella is None or part == "invitations"}

    @property
    def is_whole(self) -> bool:
        return self.done >= set(PARTS)

    def furnished(self, part: str) -> Self:
        """With this part in place, and no longer late."""
        trouble = {other: why for other, why in self.trouble.items() if other != part}
        return replace(self, done=self.done | {part}, trouble=trouble)


LONGEST_NAME = 80  # https://docs.slack.dev/reference/methods/conversations.create#naming


def room_name(template: str, *, number: int, title: str, service: str = "", opened_at: datetime) -> str:
    """A channel name within Slack's rules: lower-case letters, digits, hyphens, underscores; at most 80 of them.

    `template` may use {number}, {slug} (of the title), {service} and {date}.
    """
    raw = template.format(number=number, slug=slug(title), service=slug(service), date=f"{opened_at:%Y%m%d}")
    return slug(raw, keep="_")[:LONGEST_NAME].strip("-_") or f"inc-{number}"


def slug(text: str, *, keep: str = "") -> str:
    """Foreign text as plain words joined by hyphens; accents fall off, emoji and other scripts go."""
    plain = unicodedata.normalize("NFKD", text.casefold()).encode("ascii", "ignore").decode()
    return re.sub(rf"[^a-z0-9{keep}]+", "-", plain).strip("-")


def with_suffix(name: str, nth: int) -> str:
    """The name to try when the first is taken: "…-2", "…-3", still within the limit."""
    tail = f"-{nth}"
    return name if nth == 1 else name[: LONGEST_NAME - len(tail)].rstrip("-_") + tail
