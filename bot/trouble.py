"""What ails the systems outside, said once a minute and counted each time: one line and one metric name the cause."""

import logging
import time

from bot.domain.errors import Refused, Trouble, Unavailable
from bot.metrics import TROUBLE

log = logging.getLogger(__name__)

QUIET_FOR = 60.0  # seconds between two lines about the same cause
_said: dict[Trouble, float] = {}


def note(failure: Refused | Unavailable) -> None:
    """What is no trouble of a system, a channel that is gone for instance, is passed over."""
    trouble = failure.trouble
    if trouble is None:
        return
    TROUBLE.labels(trouble.system, trouble.cause).inc()
    now = time.monotonic()
    if now - _said.get(trouble, -QUIET_FOR) >= QUIET_FOR:
        _said[trouble] = now
        log.warning("%s is %s: %s", trouble.system, trouble.cause, failure, extra={"cause": trouble.cause})
