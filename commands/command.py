"""A verb, one use of it, its answer."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from bot.domain.errors import Misuse
from bot.domain.incident import Incident
from bot.domain.people import Actor, Person
from bot.domain.policy import Asker, Facts, Policy
from bot.domain.source import Catalogue
from storage import Transaction
from storage.connected import storable

WRITTEN = {"slack.command", "slack.mention"}


@dataclass(frozen=True, kw_only=True)
class Call:
    """One use of a verb: typed, pressed or submitted. `text` is what stands after the verb; `fields` are a form's.

    `id` is Slack's id of this use, so a request that Slack repeats causes nothing new. `is_private` is whether a
    pressed button stood in an answer that only the presser sees; such a press is as good as typing. `verb` is the row
    of the policy it falls under, `facts` what was found out about whoever asks. `catalogue`: the sources there may be.
    `asked`: when it came in, by time.monotonic().
    """

    by: Person
    channel: str
    at: datetime
    text: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    id: str = ""
    origin: str = "slack.command"
    response_url: str | None = None
    trigger_id: str | None = None
    thread_ts: str | None = None
    permalink: str = ""  # of the message that was pointed at
    is_private: bool = False
    request: str = ""  # tells the very same request, come again, from every other; empty where none can
    verb: str = ""
    policy: Policy = field(default_factory=Policy)
    facts: Facts = field(default_factory=dict)
    catalogue: Catalogue = field(default_factory=Catalogue)
    asked: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        """What was typed, as both databases can keep it: Slack forwards NULs, and sockets half surrogate pairs."""
        for name in ("channel", "text", "id"):
            object.__setattr__(self, name, storable(getattr(self, name)))
        fields = {storable(name): storable(value) for name, value in self.fields.items()}
        object.__setattr__(self, "fields", fields)
        object.__setattr__(self, "thread_ts", self.thread_ts and storable(self.thread_ts))

    @property
    def asker(self) -> Asker:
        """Whoever asks, with what is plain from the call itself: Slack lets only members of a channel write in it."""
        plain: Facts = {("linked", ""): True} if self.by.pagerduty_id else {}
        here: Facts = {("room", self.channel): True} if self.origin in WRITTEN else {}
        return Asker(self.by, {**plain, **here, **self.facts})

    @property
    def actor(self) -> Actor:
        return self.by.actor

    def key(self, verb: str, nth: int = 0) -> str:
        """The event key of the `nth` fact this use causes."""
        return f"{self.keys}{verb}:{nth}"

    @property
    def keys(self) -> str:
        """How the keys of all facts this use causes begin."""
        return f"slack:{self.id}:"

    def unique_id(self, verb: str) -> str:
        """32 hexadecimal digits that no other use has, and that a repeat of this one has again."""
        return uuid5(NAMESPACE_URL, self.key(verb)).hex

    def knowing(self, facts: Facts) -> "Call":
        return replace(self, facts={**self.facts, **facts})

    def saying(self, text: str) -> "Call":
        return replace(self, text=text)


@dataclass(frozen=True)
class Form:
    """A modal to be opened; Slack's trigger for it lives three seconds."""

    view: dict[str, Any]


@dataclass(frozen=True)
class Reply:
    """The answer. `to_all`: the room should see it; `quiet`: nothing need be said, the card tells.
    `refused`: they may not do it; `failed`: the ledger could not be reached;
    `awaits`: the system that must agree before it is done, "pagerduty" or "events", and `late`
    whether it has been said that it does not answer."""

    text: str
    blocks: Sequence[dict[str, Any]] = ()
    to_all: bool = False
    form: Form | None = None
    quiet: bool = False
    refused: bool = False
    failed: bool = False
    awaits: str = ""
    late: bool = False


@dataclass(frozen=True)
class Command:
    """`usage` and `help` are what `help` shows; a verb that is only ever a button is not `listed`."""

    name: str
    usage: str
    help: str
    run: Callable[[Transaction, Call], Reply]
    aliases: tuple[str, ...] = ()
    listed: bool = True
    same_as: str = ""  # the verb whose policy holds for this one too


# The sentences of what is raised are plain text: whoever shows them in markup escapes them.


class WrongField(Misuse):
    """What was entered in one field of a form cannot be used; the form can say so beside it."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


class Forbidden(Misuse):
    """Someone asked for what they may not do; when an incident was meant, its timeline says so.

    `told`: what they hear instead of that, where the reason would tell them what they may not know."""

    def __init__(self, message: str, about: Incident | None = None, *, told: str = "") -> None:
        super().__init__(message)
        self.about = about
        self.told = told or message


class Unclear(Misuse):
    """Any of these incidents could be meant: the person picks, and `text` is said again of that one."""

    def __init__(self, incidents: Sequence[Incident], text: str) -> None:
        super().__init__("Which incident do you mean? Name it, for example INC-42.")
        self.incidents = incidents
        self.text = text
