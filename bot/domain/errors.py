"""The three ways a thing can fail, told apart by who must act. Anything else is a bug."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Trouble:
    """What an operator should know of a failure that is not ours: which system, and what ails it.

    `unreachable`: no connection · `silent`: no answer, or one cut off · `failing`: it says that it is in trouble ·
    `limited`: we ask too often · `garbage`: an answer nobody can read · `credentials`: it does not believe us.
    """

    system: Literal["slack", "pagerduty", "events", "account", "database"]
    cause: Literal["unreachable", "silent", "failing", "limited", "garbage", "credentials"]


class Misuse(Exception):
    """The person can mend it: the message is shown to them alone and says how."""


class Refused(Exception):
    """No retry helps: the job is settled, the room is told, the entry stays."""

    def __init__(self, message: str, *, code: str = "", trouble: "Trouble | None" = None) -> None:
        super().__init__(message)
        self.code = code  # the vendor's own word for it: "name_taken", "2001"
        self.trouble = trouble


class Unavailable(Exception):
    """Time helps: the job is due again, after `retry_after` seconds when the vendor said so.

    `reached` is whether the vendor may have acted before the answer was lost: a refused connection or a 429 has
    certainly done nothing, a reply cut off half-way may have done everything.
    """

    def __init__(
        self, message: str, *, retry_after: float | None = None, reached: bool = True, trouble: "Trouble | None" = None
    ) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.reached = reached
        self.trouble = trouble
