"""What a system's adapter is: bytes in, signals out, and nothing else."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.domain.signal import Signal
from bot.domain.source import AfterResolve, SourceSettings, Verification


class Unmapped(Exception):
    """What was sent cannot be put as signals; the message says where in it, or where in the mapping, and why.
    `signals`: what of the same request could be read."""

    def __init__(self, message: str, signals: Sequence[Signal] = ()) -> None:
        super().__init__(message)
        self.signals = tuple(signals)


@dataclass(frozen=True)
class Received:
    """One request, proved to be the source's. Names of headers are in lower case."""

    body: bytes
    headers: Mapping[str, str]
    received_at: datetime


@dataclass(frozen=True)
class Setup:
    """What the text to paste into the other system needs: the source's name, Muster's own address, to which
    `/in/NAME` is added, and the secret to prove it with. `approvals`: whether people are asked for them in Slack."""

    name: str
    url: str
    secret: str = "THE-SECRET"  # noqa: S105 - what stands in its place
    approvals: bool = False


@dataclass(frozen=True)
class Sample:
    """A request such as the system sends, of our own making; for `muster sources test` and the documents."""

    name: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


Mapper = Callable[[Received], Sequence[Signal]]
News = Callable[[Received], Sequence[Mapping[str, Any]]]


@dataclass(frozen=True)
class Adapter:
    """One system. `mapper` reads the settings once, raising Misuse when they make no sense; what it gives maps each
    request, raising Unmapped. `key` is the sender's own name of a request, so that it counts once for ever; None when
    the system gives it none. `news`: PagerDuty's own news in a request, as the events of its v3 webhooks; such a system
    signals nothing. `proof` is the kind of verification that the system is capable of; `proving` makes it of secrets,
    where the kind alone does not say how. `lint` says what is wrong with a file that an operator wrote for the other
    system; None: there is no such file. `doubts` says, a sentence each, what is likely a mistake in settings that make
    sense. `glimpse` is a mapper too, for a system where it costs much to map: it gives action and dedup_key of each
    signal and leaves out the rest."""

    name: str
    title: str
    mapper: Callable[[SourceSettings], Mapper]
    setup: Callable[[Setup], str]
    key: Callable[[Received], str | None] = lambda received: None
    news: News | None = None
    proof: str = "bearer"
    proving: Callable[[tuple[str, ...]], Verification] | None = None
    samples: tuple[Sample, ...] = ()
    on_update_after_resolve: AfterResolve = "reopen"
    lint: Callable[[str], Sequence[str]] | None = None
    glimpse: Callable[[SourceSettings], Mapper] | None = None
    doubts: Callable[[SourceSettings], Sequence[str]] = lambda settings: ()
