"""What ails the systems outside: counted at each attempt, said once when it begins and once when it is over."""

import logging
import time
from dataclasses import dataclass

from bot.domain.errors import Refused, Trouble, Unavailable
from bot.metrics import AILING, TROUBLE

log = logging.getLogger(__name__)

QUIET_FOR = 60.0  # seconds between two lines about the same cause, for what comes and goes


@dataclass
class Ailment:
    """`since`: a `time.monotonic()`."""

    trouble: Trouble
    since: float
    attempts: int = 0


_ailing: dict[str, Ailment] = {}  # by system
_said: dict[Trouble, float] = {}


def note(failure: Refused | Unavailable) -> None:
    """What is no trouble of a system, a channel that is gone for instance, is passed over."""
    trouble = failure.trouble
    if trouble is None:
        return
    TROUBLE.labels(trouble.system, trouble.cause).inc()
    now = time.monotonic()
    known = _ailing.get(trouble.system)
    if known is None or known.trouble != trouble:
        _begin(trouble, known.since if known else now, failure)
    _ailing[trouble.system].attempts += 1


def over(system: str) -> None:
    """It has answered: whatever ailed it is past."""
    ailment = _ailing.pop(system, None)
    if ailment is None:
        return
    AILING.labels(system, ailment.trouble.cause).set(0)
    if _said.get(ailment.trouble, -QUIET_FOR) >= ailment.since:
        lasted = time.monotonic() - ailment.since
        log.warning("%s answers again, after %.0f s and %d failed attempts", system, lasted, ailment.attempts)


def ails(system: str) -> str | None:
    """The cause, while its last answer was a failure."""
    ailment = _ailing.get(system)
    return ailment.trouble.cause if ailment else None


def _begin(trouble: Trouble, since: float, failure: Refused | Unavailable) -> None:
    before = _ailing.get(trouble.system)
    if before:
        AILING.labels(trouble.system, before.trouble.cause).set(0)
    AILING.labels(trouble.system, trouble.cause).set(1)
    attempts = before.attempts if before else 0
    _ailing[trouble.system] = Ailment(trouble, since, attempts)
    now = time.monotonic()
    if now - _said.get(trouble, -QUIET_FOR) >= QUIET_FOR:
        _said[trouble] = now
        log.warning("%s is %s: %s", trouble.system, trouble.cause, failure, extra={"cause": trouble.cause})
