"""Who is who, and who is on call: https://developer.pagerduty.com/api-reference, tags Users and On-Calls"""

import asyncio
import math
import time
from collections.abc import Callable
from datetime import UTC, datetime

import httpx

from bot.domain.incident import Reference
from bot.domain.people import Person
from bot.pagerduty.errors import System
from bot.pagerduty.pace import Gate
from bot.pagerduty.reading import Members
from bot.pagerduty.resources.api import Api, checked, read

ON_CALL_FOR = 20.0  # seconds that an answer serves: many incidents of one policy may come at once


class People(Api):
    def __init__(
        self, http: httpx.AsyncClient, *, url: str, token: str, gate: Gate,
        system: System = "pagerduty", answered: Callable[[], None] = lambda: None,
    ) -> None:  # fmt: skip
        super().__init__(http, url=url, token=token, gate=gate, system=system, answered=answered)
        self._on_call: dict[str, tuple[float, asyncio.Future[list[Reference]]]] = {}

    async def user(self, user_id: str) -> Person:
        answer = await self.ask("GET", f"/users/{checked(user_id)}")
        return read(lambda told: _person(told.needed_object("user")), answer)

    async def user_with_email(self, email: str) -> Person | None:
        """Exactly this address, upper or lower case: `query` finds everything that looks like it."""
        users = await self.all_of("/users", "users", [("query", email)])
        same = (each for each in users if (each.text("email") or "").casefold() == email.casefold())
        found = next(same, None)
        return read(_person, found) if found else None

    async def on_call(self, escalation_policy_id: str) -> list[Reference]:
        """Who is on call, level 1 first, each once, as PagerDuty said within the last ON_CALL_FOR seconds.

        PagerDuty limits this call further: https://developer.pagerduty.com/api-reference, listOnCalls
        """
        now = time.monotonic()
        asked_at, answer = self._on_call.get(escalation_policy_id, (-math.inf, None))
        if answer is None or now - asked_at > ON_CALL_FOR or (answer.done() and _has_failed(answer)):
            answer = asyncio.ensure_future(self._asked_on_call(escalation_policy_id))
            self._on_call = {id_: one for id_, one in self._on_call.items() if now - one[0] <= ON_CALL_FOR}
            self._on_call[escalation_policy_id] = (now, answer)
        return await asyncio.shield(answer)

    async def _asked_on_call(self, escalation_policy_id: str) -> list[Reference]:
        query = [("escalation_policy_ids[]", checked(escalation_policy_id))]
        shifts = await self.all_of("/oncalls", "oncalls", query)
        shifts.sort(key=lambda shift: shift.number("escalation_level") or 0)
        users: dict[str, Reference] = {}
        for user in (shift.reference("user") for shift in shifts):
            if user is not None:
                users.setdefault(user.id, user)
        return list(users.values())


def _has_failed(answer: asyncio.Future[list[Reference]]) -> bool:
    return answer.cancelled() or answer.exception() is not None


def _person(told: Members) -> Person:
    name = told.text("name") or told.text("summary") or told.needed_name("id")
    return Person(
        name, email=told.text("email"), pagerduty_id=told.needed_name("id"), checked_at=datetime.now(UTC)
    )  # fmt: skip
