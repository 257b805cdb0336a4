"""An effect owed: kept in the same database as the incident it belongs to, until it is done."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any

LEASE = 12.0
"""Seconds for which a job is its claimer's: three heartbeats, and a dead replica's rooms are not missed."""


class Priority(IntEnum):
    """What goes first when not everything can."""

    HUMAN = 0  # someone waits for the answer
    FIRST = 1  # the room of a P1, or one that a person asked for
    SHARED = 2  # a room that many incidents wait for
    URGENT = 3  # the room of a high-urgency incident
    NORMAL = 4
    COSMETIC = 5  # may be late without harm


@dataclass(frozen=True)
class Job:
    """`kind` names an effect. Jobs of one `lane` run in order, lanes side by side; `delay` is in seconds.

    A job with a `key` is put once. With `collapses` that holds only while one waits, and the earlier due time wins:
    ten changes, one card update. Without it, the key is used up for ever.
    """

    kind: str
    lane: str
    incident: int | None = None
    arguments: Mapping[str, Any] = field(default_factory=dict)
    priority: Priority = Priority.NORMAL
    delay: float = 0.0
    key: str | None = None
    collapses: bool = False


@dataclass(frozen=True)
class Claim:
    """A job in hand. `attempt` counts from 1 and is the fencing token: a later claim makes this one void.

    `doubt` is whether an earlier attempt may have reached the vendor, so that the effect must look before it acts.
    `owed_since` is when it was put, or was to start if it was delayed, in seconds since the epoch.
    """

    id: int
    job: Job
    attempt: int
    doubt: bool
    owed_since: float
