"""What a system's adapter is: bytes in, signals out, and nothing else."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.domain.signal import Signal
from bot.domain.source import AfterResolve, SourceSettings, Verification


class Unmapped(Exception):
    """What was sent cannot be put as signals; the message says where in it, or where in the mapping, and why."""


@dataclass(frozen=True)
class Received:
    """One request, proved to be the source's. Names of headers are in lower case."""

    body: bytes
    headers: Mapping[str, str]
    received_at: datetime


@dataclass(frozen=True)
class Setup:
    """What the text to paste into the other system needs: where to send, and the secret to prove it with."""

    name: str
    url: str
    secret: str = "THE-SECRET"  # noqa: S105 - what stands in its place


@dataclass(frozen=True)
class Sample:
    """A request such as the system sends, of our own making; for `muster sources test` and the documents."""

    name: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


Mapper = Callable[[Received], Sequence[Signal]]


@dataclass(frozen=True)
class Adapter:
    """One system. `mapper` reads the settings once, raising Misuse when they make no sense; what it gives maps each
    request, raising Unmapped. `key` is the sender's own name of a request, so that it counts once for ever; None when
    the system gives it none. `proof` is the kind of verification that the system is capable of; `proving` makes it of
    secrets, where the kind alone does not say how."""

    name: str
    title: str
    mapper: Callable[[SourceSettings], Mapper]
    setup: Callable[[Setup], str]
    key: Callable[[Received], str | None] = lambda received: None
    proof: str = "bearer"
    proving: Callable[[tuple[str, ...]], Verification] | None = None
    samples: tuple[Sample, ...] = ()
    on_update_after_resolve: AfterResolve = "reopen"
