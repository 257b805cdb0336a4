"""First door, inside: a call is carried out in one transaction, and its answer finds the one who asked."""

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable
from dataclasses import replace

from bot.domain.asking import LOOKS
from bot.domain.errors import Misuse, Refused, Unavailable
from bot.domain.job import Job, Priority
from bot.domain.people import Person
from bot.domain.policy import Unasked
from bot.effects import World
from bot.metrics import ANSWER_SECONDS
from bot.slack.blocks import section
from bot.slack.mrkdwn import escape, link
from bot.slack.views.message import Message
from bot.speaking.acquaintance import Acquaintance
from bot.speaking.answers import again, is_new, kept
from bot.speaking.lifeline import Lifeline
from bot.trouble import ails, note
from commands import Call, Reply, WrongField
from storage import Transaction

log = logging.getLogger(__name__)

Run = Callable[[Transaction, Call], Reply]

# Seconds. Slack waits for three, and saying it takes time. Our own database has all that is left, for whoever asks may
# stand behind a replica that is frozen; what is late already has its least.
ANSWERED_WITHIN = 2.2
INTRODUCED_WITHIN, EXPLAINED_WITHIN = 1.2, 1.0  # to find out who asks, and what the policy wants to know of them
WRITTEN_WITHIN, LEAST = 0.8, 0.3  # at least: to carry it out; for each step after that
SAID_WITHIN = 0.5  # seconds to say, past the database, that it is away
NOT_DONE = "Muster cannot reach its database, so nothing was done, and nothing will be tried again."
UNSURE = "Muster's database does not answer, so this may or may not have been done."
ACT_THERE = "Please act in PagerDuty itself meanwhile"
A_BUG = Reply("Muster made a mistake and nothing was done; its log says more. Please act in PagerDuty itself.")


class Conversation:
    """`world` is for finding out who speaks; everything else happens in the database and is owed from there."""

    def __init__(self, world: World, lifeline: Lifeline) -> None:
        self._world, self._lifeline = world, lifeline
        self._database = world.database
        self._acquaintance = Acquaintance(world)

    async def who(self, user: str) -> Person:
        return await self._acquaintance.who(user, within=INTRODUCED_WITHIN)

    async def answer(self, call: Call, run: Run) -> Reply:
        """Carry out `run`; what it raises becomes the answer."""
        started = time.perf_counter()
        try:
            return await self._carried_out(call, run)
        except Misuse as misuse:
            return await self._remembered(call, Reply(escape(str(misuse))))
        except Unavailable as trouble:
            note(trouble)
            return Reply(self._instead(call, trouble), failed=True)
        except Exception:
            log.exception("bug while answering", extra={"call": call.id})
            return A_BUG
        finally:
            ANSWER_SECONDS.labels(call.origin).observe(time.perf_counter() - started)

    async def answer_later(self, call: Call, run: Run) -> None:
        """The same where the acknowledgement carries no answer: it is owed, in the same transaction."""

        def run_and_owe(tx: Transaction, call: Call) -> Reply:
            reply = self._candid(tx, call, run(tx, call))
            self._owe(tx, call, reply)
            return replace(reply, quiet=True)

        reply = await self.answer(call, run_and_owe)
        if reply.failed:
            await self._say_now(call, reply)
        elif not reply.quiet:
            await self._say_soon(call, reply)

    async def submit(self, call: Call, run: Run) -> dict[str, str]:
        """Carry out a form; what is wrong with it, by input, so that the form stays open and says so."""

        def run_and_owe(tx: Transaction, call: Call) -> Reply:
            reply = self._candid(tx, call, run(tx, call))
            self._owe(tx, call, reply)
            return reply

        try:
            await self._carried_out(call, run_and_owe)
        except WrongField as wrong:
            return await self._objected(call, wrong.field, str(wrong))
        except Misuse as misuse:
            return await self._objected(call, _first(call), str(misuse))
        except Unavailable as trouble:
            note(trouble)
            return {_first(call): self._instead(call, trouble, in_markup=False)}
        except Exception:
            log.exception("bug while taking a form", extra={"call": call.id})
            return {_first(call): A_BUG.text}
        return {}

    def sealed(self, response_url: str) -> str:
        """A reply address as it may be kept."""
        return self._world.slack.sealed(response_url)

    async def _remembered(self, call: Call, reply: Reply, field: str | None = None) -> Reply:
        """What was refused is refused again, whatever has changed meanwhile: the request was about then."""
        with contextlib.suppress(Unavailable):  # then nothing was done, and nothing keeps it from being done later
            if (left := left_of(call)) > LEAST:
                await self._database.write(lambda tx: is_new(tx, call.request, kept(reply, field)), within=left)
        return reply

    async def _objected(self, call: Call, field: str, text: str) -> dict[str, str]:
        await self._remembered(call, Reply(text), field)
        return {field: text}

    async def _carried_out(self, call: Call, run: Run) -> Reply:
        """In one transaction. What the policy wants to know of whoever asks is found out first, outside of it."""
        knowing = replace(call, policy=self._world.policy, catalogue=self._world.roster.catalogue)
        reply = await self._explained(knowing, run, max(WRITTEN_WITHIN, left_of(call) - 2 * LEAST))
        if reply.refused:
            log.info("refused %s: %s", call.by.slack_id, reply.text, extra={"call": call.id})
        return reply

    async def _explained(self, call: Call, run: Run, within: float) -> Reply:
        try:
            return await self._database.write(lambda tx: self._run(tx, call, run), within=within)
        except Unasked as unasked:
            left = max(LEAST, min(EXPLAINED_WITHIN, left_of(call) - LEAST))
            found = await self._acquaintance.answers(call.by, unasked.questions, within=left)
        return await self._explained(call.knowing(found), run, left_of(call))

    def _run(self, tx: Transaction, call: Call, run: Run) -> Reply:
        """The very same request again, by whoever has recorded it, gets the very same answer."""
        if call.request and (said := tx.hear(call.request)) is not None:
            return again(said)
        reply = self._run_first(tx, call, run)
        if call.request:
            tx.answered(call.request, kept(reply))
        return reply

    def _run_first(self, tx: Transaction, call: Call, run: Run) -> Reply:
        reply = self._candid(tx, call, run(tx, call))
        if reply.form and call.trigger_id:
            form = {"trigger_id": call.trigger_id, "view": reply.form.view, "response_url": call.response_url}
            tx.put(Job("open_form", f"form/{call.id}", arguments=form, priority=Priority.HUMAN, key=f"form:{call.id}"))
        return reply

    def _candid(self, tx: Transaction, call: Call, reply: Reply) -> Reply:
        """What is asked of a system that does not answer now will be late, and that is said at once, not once more."""
        if reply.late or not (cause := ails(reply.awaits)):
            return reply
        tx.drop_waiting(f"{LOOKS}{call.keys}")
        name = "PagerDuty's Events API" if reply.awaits == "events" else "PagerDuty"
        kept = f"{name} does not answer now ({cause}): this is kept, and tried again until it does."
        late = f"{kept} {self._there(tx, call)}"
        blocks = [*(reply.blocks or [section(reply.text)]), section(late)]
        return replace(reply, text=f"{reply.text} {late}", blocks=blocks, quiet=False, late=True)

    def _there(self, tx: Transaction, call: Call) -> str:
        here = tx.incident_in(call.channel)
        may_see = here is not None and self._world.policy.shows(call.asker, here)
        known = [(here.name, here.html_url)] if here and may_see and here.html_url else self._offered(call)
        places = ", ".join(link(url, name) for name, url in known)
        return f"In PagerDuty: {places}." if places else "Look at it in PagerDuty meanwhile."

    def _instead(self, call: Call, trouble: Unavailable, *, in_markup: bool = True) -> str:
        """What became of it, and where to go on."""
        places = self._offered(call)
        shown = ", ".join(link(url, name) if in_markup else f"{name}: {url}" for name, url in places)
        return f"{UNSURE if trouble.reached else NOT_DONE} {ACT_THERE}{f': {shown}' if shown else ''}."

    def _offered(self, call: Call) -> list[tuple[str, str]]:
        return self._lifeline.addresses(call, self._world.policy)

    async def _say_soon(self, call: Call, reply: Reply) -> None:
        try:
            await self._database.write(lambda tx: self._owe(tx, call, reply), within=left_of(call))
        except Unavailable as trouble:
            note(trouble)
            await self._say_now(call, reply)

    async def _say_now(self, call: Call, reply: Reply) -> None:
        """The one thing that is said without a job: there is no place to keep one."""
        slack, message = self._world.slack.at(Priority.HUMAN), Message(reply.text, [section(reply.text)])
        try:
            async with asyncio.timeout(SAID_WITHIN):
                if call.response_url:
                    await slack.respond(call.response_url, message)
                else:
                    await slack.whisper(call.channel, str(call.by.slack_id), message, thread_ts=call.thread_ts)
        except (Refused, Unavailable, TimeoutError) as failure:
            log.warning("%s does not hear that the database is away: %s", call.by.slack_id, failure)

    def _owe(self, tx: Transaction, call: Call, reply: Reply) -> None:
        """Said once, however often Slack repeats the request."""
        if reply.quiet:
            return
        arguments = {
            "user": call.by.slack_id, "channel": call.channel, "text": reply.text, "blocks": list(reply.blocks),
            "response_url": call.response_url, "replace": call.is_private, "thread_ts": call.thread_ts,
            "key": f"answer:{call.id}",
        }  # fmt: skip
        lane, key = f"tell/{call.by.slack_id}", f"tell:{call.id}"
        tx.put(Job("tell", lane, arguments=arguments, priority=Priority.HUMAN, key=key))


def left_of(call: Call) -> float:
    """Seconds until whoever asks should have their answer."""
    return max(LEAST, call.asked + ANSWERED_WITHIN - time.monotonic())


def _first(call: Call) -> str:
    return next((name for name in call.fields if name != "incident"), "note")
