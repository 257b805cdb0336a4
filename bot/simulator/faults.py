"""Things that go wrong on purpose, at the very edge of every call in or out."""

import asyncio
import contextlib
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from aiohttp import web

LOG_LENGTH = 10_000
LOOK_EVERY = 0.1
"""Seconds."""


@dataclass(eq=False)
class Fault:
    """What goes wrong with a call whose name matches `pattern` (fnmatch).

    Names: "slack:chat.postMessage", "pagerduty:PUT /incidents/Q1", "events:POST /v2/enqueue" for calls of the bot;
    "webhook:incident.triggered", "slack-out:command" for deliveries to it.
    """

    pattern: str
    latency: float = 0.0
    """Seconds before acting."""
    status: int | None = None
    """Answers this status instead of acting."""
    error: str | None = None
    """Answers the vendor's error body instead of acting; Slack's with status 200."""
    retry_after: int | None = None
    """Seconds, the header that goes with status 429."""
    lost_reply: bool = False
    """Acts, then cuts the connection."""
    garbage: bool = False
    """Answers 200 with HTML instead of acting."""
    down: bool = False
    """Cuts the connection instead of acting."""
    silent: bool = False
    """Takes the call, does nothing and never answers, until the fault is removed."""
    drip: float = 0.0
    """Acts, then answers one byte in so many seconds."""
    times: int | None = None
    """How many matching calls it hits; None: all."""
    skip: int = 0
    """How many matching calls pass first."""

    def strikes(self, name: str) -> bool:
        """Whether this call is hit; uses up `skip` and `times`."""
        if not fnmatchcase(name, self.pattern) or self.times == 0:
            return False
        if self.skip:
            self.skip -= 1
            return False
        if self.times is not None:
            self.times -= 1
        return True

    @property
    def outcome(self) -> str:
        """One word for the log; "slow" and "ok" are the two that act and answer."""
        named = {
            "down": self.down, "lost reply": self.lost_reply, "garbage": self.garbage, "silent": self.silent,
            "drip": self.drip > 0,
        }  # fmt: skip
        for word, chosen in named.items():
            if chosen:
                return word
        return str(self.status or self.error or ("slow" if self.latency else "ok"))


class Call(NamedTuple):
    """One call that reached the edge."""

    name: str
    at: float
    """`time.monotonic()` when it arrived."""
    outcome: str


class Switch(NamedTuple):
    """A fault with a name that a person can turn on and off."""

    label: str
    faults: tuple[dict[str, Any], ...] = ()


SWITCHES: dict[str, Switch] = {
    "slack-slow": Switch("Slack slow", ({"pattern": "slack:*", "latency": 1.5},)),
    "slack-429": Switch("Slack 429", ({"pattern": "slack:*", "status": 429, "retry_after": 2},)),
    "slack-down": Switch("Slack down", ({"pattern": "slack:*", "down": True},)),
    "pagerduty-down": Switch(
        "PagerDuty down", ({"pattern": "pagerduty:*", "status": 503}, {"pattern": "events:*", "status": 503})
    ),
    "webhook-duplicates": Switch("Webhooks twice"),
    "webhook-reordered": Switch("Webhooks reordered"),
}
"""The last two have no fault: PagerDuty's webhook sender reads `Faults.switched`."""


@dataclass
class Faults:
    """The faults that are on, and a bounded log of every call."""

    active: list[Fault] = field(default_factory=list)
    log: deque[Call] = field(default_factory=lambda: deque(maxlen=LOG_LENGTH))
    _switched: dict[str, list[Fault]] = field(default_factory=dict)

    def add(self, pattern: str, **what: Any) -> Fault:
        """Turns a fault on; `what` are the fields of `Fault`."""
        fault = Fault(pattern, **what)
        self.active.append(fault)
        return fault

    def remove(self, fault: Fault) -> None:
        """Turns one fault off; one that is off already stays so."""
        self.active = [other for other in self.active if other is not fault]

    def clear(self) -> None:
        """Everything works again, switches included."""
        self.active.clear()
        self._switched.clear()

    def switch(self, name: str, on: bool) -> None:
        """Turns a named fault of `SWITCHES` on or off; KeyError for an unknown name."""
        chosen = SWITCHES[name]
        for fault in self._switched.pop(name, []):
            self.remove(fault)
        if on:
            self._switched[name] = [self.add(**what) for what in chosen.faults]

    def switched(self) -> set[str]:
        """The names of the switches that are on."""
        return set(self._switched)

    def hit(self, name: str) -> Fault:
        """What happens to this call, and logs it: every matching delay together, and the first matching outcome.

        An outcome that was not its turn is not used up.
        """
        latency, outcome = 0.0, Fault(name)
        for fault in self.active:
            undecided = outcome.outcome == "ok"
            if (undecided or fault.outcome == "slow") and fault.strikes(name):
                latency += fault.latency
                outcome = fault if undecided and fault.outcome != "slow" else outcome
        hit = replace(outcome, latency=latency)
        self.log.append(Call(name, time.monotonic(), hit.outcome))
        return hit

    def calls(self, pattern: str) -> list[Call]:
        """The logged calls whose name matches, oldest first."""
        return [call for call in self.log if fnmatchcase(call.name, pattern)]


async def answer(
    faults: Faults, name: str, request: web.Request, act: Callable[[], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Answers one incoming call as the faults that are on would have it."""
    fault = faults.hit(name)
    if fault.latency:
        await asyncio.sleep(fault.latency)
    if fault.down:
        return _cut(request)
    if fault.silent:
        return await _never(faults, fault.pattern, request)
    if fault.lost_reply:
        await act()
        return _cut(request)
    if fault.drip:
        return await _dripping(faults, fault, request, await act())
    return _instead(name, fault) or await act()


def _instead(name: str, fault: Fault) -> web.Response | None:
    if fault.garbage:
        return web.Response(text="<html><body><h1>Service interruption</h1></body></html>", content_type="text/html")
    if fault.status is None and fault.error is None:
        return None
    headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
    slack = name.startswith("slack:")
    status = fault.status or (200 if slack else 500)
    return web.json_response(_body(slack, status, fault.error), status=status, headers=headers)


def _body(slack: bool, status: int, error: str | None) -> dict[str, Any]:
    if slack:
        return {"ok": False, "error": error or ("ratelimited" if status == 429 else "internal_error")}
    return {"error": {"message": error or "A fault was switched on", "code": 2000 + status % 100}}


async def _never(faults: Faults, pattern: str, request: web.Request) -> web.StreamResponse:
    """Cut once such a fault is over, so that nobody waits for what will not come."""
    while any(fault.silent and fault.pattern == pattern for fault in faults.active):
        await asyncio.sleep(LOOK_EVERY)
    return _cut(request)


async def _dripping(
    faults: Faults, fault: Fault, request: web.Request, answer: web.StreamResponse
) -> web.StreamResponse:
    """The rest at once when such a fault is over."""
    body = answer.body if isinstance(answer, web.Response) and isinstance(answer.body, bytes) else b""
    slow = web.StreamResponse(status=answer.status, headers={"Content-Type": answer.headers["Content-Type"]})
    await slow.prepare(request)
    with contextlib.suppress(ConnectionError):  # nobody waits any more
        for nth in range(len(body)):
            await slow.write(body[nth : nth + 1])
            if any(other.drip and other.pattern == fault.pattern for other in faults.active):
                await asyncio.sleep(fault.drip)
    return slow


def _cut(request: web.Request) -> web.StreamResponse:
    """Drops the connection without a byte; the answer returned is never seen."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=502)
