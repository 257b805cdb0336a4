"""Who is who, and who is on call: https://developer.pagerduty.com/api-reference, tags Users and On-Calls"""

from datetime import UTC, datetime

from bot.domain.incident import Reference
from bot.domain.people import Person
from bot.pagerduty.reading import Members
from bot.pagerduty.resources.api import Api, checked, read


class People(Api):
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
        """Who is on call now, level 1 first, each once. PagerDuty limits this call further: cache what it says."""
        query = [("escalation_policy_ids[]", checked(escalation_policy_id))]
        shifts = await self.all_of("/oncalls", "oncalls", query)
        shifts.sort(key=lambda shift: shift.number("escalation_level") or 0)
        users: dict[str, Reference] = {}
        for user in (shift.reference("user") for shift in shifts):
            if user is not None:
                users.setdefault(user.id, user)
        return list(users.values())


def _person(told: Members) -> Person:
    name = told.text("name") or told.text("summary") or told.needed_text("id")
    return Person(
        name, email=told.text("email"), pagerduty_id=told.needed_text("id"), checked_at=datetime.now(UTC)
    )  # fmt: skip
