"""When Muster should be worried about itself, and when no more."""

from dataclasses import dataclass
from typing import Literal

TOO_LATE = 60.0  # seconds that something may be owed before a person should look
WELL_FOR = 30.0  # seconds without a worry before it is over: work that comes in gusts is one worry

Alarm = Literal["trigger", "resolve"]


@dataclass
class Watch:
    """What was seen last. Instants are seconds of any clock that only goes forward.

    `raised`: whether an alarm stands. None: a life before this one may have left one, so the first calm resolves it.
    """

    raised: bool | None = None
    _calm_since: float | None = None

    def wants(self, oldest: float, now: float) -> Alarm | None:
        """What to tell, given for how many seconds the oldest effect has been owed. Asks again until `told`."""
        if oldest > TOO_LATE:
            self._calm_since = None
            return None if self.raised else "trigger"
        if self.raised is False:
            return None
        self._calm_since = now if self._calm_since is None else self._calm_since
        return "resolve" if self.raised is None or now - self._calm_since >= WELL_FOR else None

    def told(self, alarm: Alarm) -> None:
        """PagerDuty has taken it."""
        self.raised = alarm == "trigger"
