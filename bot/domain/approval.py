"""An approval that a system asks people for: what is asked, what they answered, and what became of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import NAMESPACE_URL, uuid5

from bot.domain.people import Actor


@dataclass(frozen=True, kw_only=True)
class Question:
    """What the system asks. `asked` and `context` are its own names of the question and of the run it belongs to,
    `commit` and `image` of what is approved. `result`: how what went before ended, in its own word, empty where nothing
    did; `score`: of a hundred, as text. `values`: its labels, by name. `url`: where it shows the run."""

    asked: str
    context: str
    project: str
    stage: str
    service: str
    result: str = ""
    score: str = ""
    commit: str = ""
    image: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    url: str | None = None

    @property
    def about(self) -> str:
        return f"{self.project}/{self.stage}/{self.service}"


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """That the question named `asked` is over, `about` what; `approved` is None when it ended without an answer."""

    asked: str
    about: str
    approved: bool | None


@dataclass(frozen=True)
class Answer:
    """What one person said here. `is_taken`: the system has it."""

    by: Actor
    approved: bool
    at: datetime
    is_taken: bool = False


@dataclass(frozen=True, kw_only=True)
class Approval:
    """As it stands. `question` is None when only its end was heard of. `client`: what people call the system.

    `refused` counts the answers that the system did not take: each leaves the question open, with the `trouble` said.
    `over_at`: since when the system waits no more; `approved`: how it ended there, None where nobody said.
    """

    id: str
    source: str
    client: str = ""
    question: Question | None = None
    answer: Answer | None = None
    refused: int = 0
    trouble: str = ""
    over_at: datetime | None = None
    approved: bool | None = None
    channel: str = ""
    message_ts: str = ""

    @property
    def is_open(self) -> bool:
        """Whether an answer is wanted still."""
        return self.question is not None and self.answer is None and self.over_at is None


def approval_id(source: str, asked: str) -> str:
    """32 hexadecimal digits for what a source calls by any name it likes."""
    return uuid5(NAMESPACE_URL, f"approval:{source}:{asked}").hex


def verdict(approved: bool | None) -> str:
    return "ended without an answer" if approved is None else "approved" if approved else "declined"
