"""What the first door finds out about whoever speaks. What Slack said counts for less than a minute, so that someone
who is shut out stays in no longer than that."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Hashable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Generic, TypeVar

from bot.domain.errors import Refused, Unavailable
from bot.domain.job import Priority
from bot.domain.people import Person
from bot.domain.policy import Question
from bot.effects import World
from bot.effects.identity import as_known, is_linked
from bot.trouble import note

log = logging.getLogger(__name__)

FRESH_FOR = timedelta(seconds=50)  # which leaves ten of the promised sixty for the question itself
A_NO_STANDS_FOR = timedelta(seconds=3)
RECALLED_WITHIN = 0.3  # seconds for our own database
MOST_KEPT = 5_000  # answers of one kind
NOBODY_THERE = {"user_not_found", "user_not_visible"}
T = TypeVar("T")


class Fresh(Generic[T]):
    """Answers by what they are about, each asked for once by however many wait for it."""

    def __init__(self) -> None:
        self._answers: dict[Hashable, tuple[datetime, T]] = {}
        self._turns: dict[Hashable, asyncio.Lock] = {}

    async def answer(self, about: Hashable, ask: Callable[[], Awaitable[T]], *, for_: timedelta = FRESH_FOR) -> T:
        """What was answered within the time `for_`, else what `ask` answers now."""
        async with self._turn(about):
            at, known = self._answers.get(about, (None, None))
            if at and known is not None and timedelta(0) <= datetime.now(UTC) - at < for_:
                return known
            asked_at = datetime.now(UTC)
            found = await ask()
            self._keep(about, asked_at, found)
            return found

    def _turn(self, about: Hashable) -> asyncio.Lock:
        """Of those that nobody holds only so many are kept, whether or not they were ever answered."""
        if len(self._turns) >= MOST_KEPT and about not in self._turns:
            self._turns = {other: turn for other, turn in self._turns.items() if turn.locked()}
        return self._turns.setdefault(about, asyncio.Lock())

    def _keep(self, about: Hashable, at: datetime, found: T) -> None:
        if len(self._answers) >= MOST_KEPT:
            self._answers.clear()
        self._answers[about] = (at, found)


class Acquaintance:
    """Of all who ever speak, as Slack and PagerDuty describe them now."""

    def __init__(self, world: World) -> None:
        self._world = world.at(Priority.HUMAN)
        self._people: Fresh[Person] = Fresh()
        self._members: Fresh[Collection[str]] = Fresh()

    async def who(self, user: str, *, within: float) -> Person:
        """Who speaks. What we knew before serves while Slack does not answer; a stranger then stays one."""
        try:
            async with asyncio.timeout(within):
                said = await self._people.answer(user, lambda: self._met(user))
            return said if said.pagerduty_id else await self._known(user) or said  # they may have linked since
        except (Refused, Unavailable, TimeoutError) as trouble:
            _said(trouble, "nobody says who %s is: %s", user)
            stranger = Person(user, slack_id=user, standing="outsider")
            if isinstance(trouble, Refused) and trouble.code in NOBODY_THERE:
                return stranger
            return await self._known(user) or stranger

    async def _met(self, user: str) -> Person:
        """While our own database does not answer, who Slack says they are: they need to hear where to go on."""
        said = await self._world.slack.person(user)
        try:
            async with asyncio.timeout(RECALLED_WITHIN):
                return await as_known(self._world, said)
        except (Unavailable, TimeoutError) as trouble:
            _said(trouble, "the database does not say who %s is: %s", user)
            return said

    async def answers(
        self, person: Person, questions: Collection[Question], *, within: float
    ) -> Mapping[Question, bool | None]:
        """An answer to each, None where nobody gives one in time."""
        found = await asyncio.gather(*(self._answer(person, question, within) for question in questions))
        return dict(zip(questions, found, strict=True))

    async def _known(self, user: str) -> Person | None:
        try:
            return await self._world.database.read(lambda tx: tx.person(slack_id=user), within=RECALLED_WITHIN)
        except Unavailable:  # then nothing will be done for them either, and that is what they will hear
            return None

    async def _answer(self, person: Person, question: Question, within: float) -> bool | None:
        try:
            async with asyncio.timeout(within):
                return await self._asked(person.slack_id or "", question)
        except (Unavailable, TimeoutError) as trouble:
            _said(trouble, "no answer to %s about %s: %s", question, person.slack_id)
            return None
        except Refused as refusal:
            _said(refusal, "no answer to %s about %s: %s", question, person.slack_id)
            return False if refusal.code in NO_SUCH_PLACE | NOBODY_THERE else None

    async def _asked(self, user: str, question: Question) -> bool:
        about, name = question
        if about == "linked":
            return await is_linked(self._world, user)
        if about == "person":
            return bool(await self._people.answer(name, lambda: self._met(name)))
        slack = self._world.slack
        members = slack.group_members if about == "group" else slack.room_members
        return user in await self._members.answer(question, lambda: members(name)) or (
            # whoever was told to join the room has just done so
            user in await self._members.answer(question, lambda: members(name), for_=A_NO_STANDS_FOR)
        )


def _said(failure: Refused | Unavailable | TimeoutError, what: str, *about: object) -> None:
    """A system's trouble is said once for all; the rest each time."""
    if isinstance(failure, TimeoutError) or failure.trouble is None:
        log.warning(what, *about, str(failure) or "no answer in time")
    else:
        note(failure)


NO_SUCH_PLACE = {"no_such_subteam", "channel_not_found", "not_in_channel"}
