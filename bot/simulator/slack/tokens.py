"""Short-lived permissions: trigger_ids, response_urls, socket tickets. They live by `time.time()`, in seconds."""

import time
from dataclasses import dataclass, field
from itertools import count
from secrets import token_hex

from bot.simulator.slack.refusals import Refusal

TRIGGER_SECONDS = 3.0
RESPONSE_SECONDS = 30 * 60
RESPONSE_USES = 5


@dataclass
class Trigger:
    """Lets a view open for `user`; inside `view_id` it may push onto that view."""

    user: str
    view_id: str | None
    until: float
    spent: bool = False


class Triggers:
    """https://docs.slack.dev/interactivity/handling-user-interaction#payloads-trigger_ids"""

    def __init__(self) -> None:
        self._issued: dict[str, Trigger] = {}
        self._numbers = count(1_000_000)

    def issue(self, user: str, *, view_id: str | None = None) -> str:
        now = time.time()
        self._issued = {key: each for key, each in self._issued.items() if each.until > now - 60}
        trigger_id = f"{next(self._numbers)}.{int(now)}.{token_hex(16)}"
        self._issued[trigger_id] = Trigger(user, view_id, now + TRIGGER_SECONDS)
        return trigger_id

    def spend(self, trigger_id: str) -> Trigger:
        """Once, within 3 seconds."""
        trigger = self._issued.get(trigger_id)
        if trigger is None:
            raise Refusal("invalid_trigger_id")
        if trigger.spent:
            raise Refusal("exchanged_trigger_id")
        if time.time() > trigger.until:
            raise Refusal("expired_trigger_id")
        trigger.spent = True
        return trigger


@dataclass
class ResponseUrl:
    """Where the bot may answer `user` in `channel`; `ts` is the message that was acted on, if one was."""

    user: str
    channel: str
    ts: str | None = None
    uses: int = RESPONSE_USES
    until: float = field(default_factory=lambda: time.time() + RESPONSE_SECONDS)

    def use(self) -> None:
        """Refuses after 5 uses or 30 minutes, as Slack does."""
        if time.time() > self.until:
            raise Refusal("expired_url")
        if self.uses == 0:
            raise Refusal("used_url")
        self.uses -= 1


class ResponseUrls:
    """Every response_url handed out."""

    def __init__(self) -> None:
        self.base_url = ""
        self._issued: dict[str, ResponseUrl] = {}

    def issue(self, target: ResponseUrl) -> str:
        key = token_hex(12)
        self._issued[key] = target
        return f"{self.base_url}/slack/response/{key}"

    def find(self, key: str) -> ResponseUrl | None:
        return self._issued.get(key)
