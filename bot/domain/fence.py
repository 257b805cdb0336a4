"""The fence: nothing is done to the world for a job that is somebody else's by now.

A process can be stopped for minutes between two steps, a laptop asleep, a machine without processor time. When it goes
on, its lease has ended and another has done the job. So the claim in hand is proved before each call to a vendor, after
all waiting for a turn, and once more when there is a connection, right before the bytes leave.
"""

from collections.abc import Awaitable, Callable
from contextvars import ContextVar

TRUST = 1.0
"""Seconds. A claim proved this recently needs no proof, and nobody takes it over: both sides of the same promise."""


class Overtaken(Exception):
    """The job was taken over: what this attempt would have done is another's to do, or done."""


GUARD: ContextVar[Callable[[], Awaitable[None]] | None] = ContextVar("guard", default=None)
"""Raises Overtaken, or Unavailable when it cannot be known. None where no job is in hand: a form, the doctor."""
