"""Who may do what: every kind of person tries every verb in every way, over real HTTP, and each cell is as documented.

`python -m tests.promises.who_may --full` does it on both databases.
"""

import asyncio
import itertools
import json
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.domain.events.requests import LeadTaken
from bot.domain.incident import Subject
from bot.domain.people import MUSTER, Actor
from bot.simulator.pagerduty.directory import User as PagerDutyUser
from bot.simulator.slack import payloads
from bot.simulator.slack.delivery import Parcel
from bot.simulator.slack.events import VERIFICATION_TOKEN
from bot.simulator.slack.model import APP_ID, BOT_USER_ID, TEAM_ID, Json, User
from bot.simulator.slack.tokens import ResponseUrl
from commands import COMMANDS
from tests import postgres
from tests.databases import migrated, postgres_database
from tests.eventually import eventually
from tests.journeys.town import Town, a_town

OPERATING = Path(__file__).parents[2] / "docs/operating.md"
WAYS = ("typed", "mentioned", "pressed", "submitted", "shortcut")
TRIES = 3
PEOPLE: Mapping[str, User] = {
    "responder": User("U0ALICE", "alice", "Alice Andersen", "alice@example.com"),
    "lead": User("U0LENA", "lena", "Lena Lund", "lena@example.com"),
    "admin": User("U0ADAM", "adam", "Adam Abel", "adam@example.com", is_admin=True),
    "in the room": User("U0CAROL", "carol", "Carol Chen", "carol@example.com"),
    "elsewhere": User("U0ERIN", "erin", "Erin Evans", "erin@example.com"),
    "unmapped": User("U0URSULA", "ursula", "Ursula Ulm", "ursula@example.com"),
    "guest": User("U0DANA", "dana", "Dana Diaz", "alice+guest@example.com", is_restricted=True),
    "outsider": User("U0MALLORY", "mallory", "Mallory Moore", "mallory@elsewhere.example", is_stranger=True),
    "deactivated": User("U0GONE", "gone", "Gustav Gone", "gustav@example.com", deleted=True),
    "bot": User("U0ROBOT", "robot", "Robot", is_bot=True),
    "other workspace": User("U0OTHER", "other", "Otto Other", "otto@example.com"),
}
IN_PAGERDUTY = ("responder", "lead", "admin", "in the room", "elsewhere", "guest", "deactivated", "other workspace")
ABOUT_NONE = {"sources", "connect", "approve", "decline"}
"""Tried in the room by all: elsewhere no timeline tells of the refusal."""
OUTSIDE_THE_ROOM = ("admin", "elsewhere", "other workspace")
SAID = {
    "change": "INC-1 deploy Checkout v1", "deploy": "Checkout v1", "note": "INC-1 seen", "suspect": "INC-1 CH1",
    "clear": "INC-1 CH1", "redact": "INC-1 1", "sources": "list", "connect": "", "declare": "", "help": "",
    "approve": "a1", "decline": "a1", "whoami": "", "link-me": "", "list": "", "changes": "",
}  # fmt: skip
LAST = ("lead", "resolve", "reopen")  # what changes who someone is, or what may be done, comes after the rest

AS_MUSTER = "muster@example.com"

Cell = tuple[str, str, str]
"""Verb, way, person."""


@dataclass
class Tried:
    """What became of one cell: Slack's view of it, and the entry its refusal left."""

    status: int
    refused: bool = False

    @property
    def verdict(self) -> str:
        if self.status == 403:
            return "403"
        return "no" if self.refused else "yes" if self.status == 200 else f"answered {self.status}"


@dataclass
class Matrix:
    """What was found in every cell."""

    cells: dict[Cell, str] = field(default_factory=dict)

    def wrong(self, documented: Mapping[tuple[str, str], str]) -> list[str]:
        """A sentence for each cell that is not as documented."""
        return [
            f"{person}, {verb} {way}: {found}, documented {documented[verb, person]}"
            for (verb, way, person), found in self.cells.items()
            if found != documented[verb, person]
        ]


def documented() -> dict[tuple[str, str], str]:
    """The table in docs/operating.md: (verb, person) → yes, no or 403. `deploy` is `change` by another name, `decline`
    falls under the row of `approve`."""
    lines = OPERATING.read_text().split("### The whole table", 1)[1].split("\n#", 1)[0].splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    heads = rows[0][1:]
    table = {(row[0].strip("`"), head): cell for row in rows[2:] for head, cell in zip(heads, row[1:], strict=True)}
    others = {"deploy": "change", "decline": "approve"}
    return table | {(verb, head): table[row, head] for verb, row in others.items() for head in heads}


async def tried_out(database_url: str) -> Matrix:
    """Every cell there is, on one incident with a room that everybody can see."""
    matrix = Matrix()
    async with a_town(database_url) as town:
        await _populate(town)
        page = await town.pagerduty.trigger("Checkout is down")
        room = await town.room()
        room.members |= {user.id for name, user in PEOPLE.items() if name not in OUTSIDE_THE_ROOM}
        await town.pagerduty.acknowledge(page, by="Alice")
        await eventually(_is_known_acknowledged(town))
        await _put_in_charge(town, 0)
        await _knowing_the_app(town)
        for verb, way in itertools.product(_ordered(), WAYS):
            matrix.cells |= await _group(town, verb, way)
        await eventually(_is_passed_on(town), within=20.0)
        _check_names(town)
    return matrix


def _ordered() -> Iterator[str]:
    yield from (verb for verb in COMMANDS if verb not in LAST)
    yield from LAST


async def _populate(town: Town) -> None:
    town.slack.users.update({user.id: user for user in PEOPLE.values()})
    known = {user.email for user in town.pagerduty.users}
    for name in IN_PAGERDUTY:
        user = PEOPLE[name]
        if user.email and user.email not in known:
            town.pagerduty.users.append(PagerDutyUser(user.real_name, user.email, id=f"P{user.id[1:]}"))


def _is_known_acknowledged(town: Town) -> Any:
    async def look() -> bool:
        return (await town.incident()).status == "acknowledged"

    return look


def _is_passed_on(town: Town) -> Any:
    """Whether PagerDuty has heard all it was to hear; the lines in the room follow at Slack's pace."""

    async def look() -> bool:
        kinds = await town.kinds()
        return not (await town.incident()).pending and kinds.count("note.sent") == kinds.count("note.written") > 0

    return look


async def _put_in_charge(town: Town, nth: int) -> None:
    lena = Actor("responder", PEOPLE["lead"].id, "Lena Lund")
    event = LeadTaken(
        subject=Subject(number=1), at=datetime.now(UTC), by=MUSTER, key=f"test:{nth}", origin="slack.form", lead=lena,
        appointed=True,
    )  # fmt: skip
    await town.database.write(lambda tx: tx.record(event))


async def _knowing_the_app(town: Town) -> None:
    """Until the bot knows which workspace and app it is."""
    await eventually(lambda: town.database.read(lambda tx: tx.fact("slack.app_id")))


async def _group(town: Town, verb: str, way: str) -> dict[Cell, str]:
    """One verb in one way by all; for `lead` one after the other, since it changes who leads."""
    before = await town.database.read(lambda tx: tx.entries("INC-1"))
    if verb == "lead":
        statuses = {}
        for nth, name in enumerate(PEOPLE, start=1):
            statuses[name] = await _attempt(town, verb, way, name)
            await _put_in_charge(town, WAYS.index(way) * 100 + nth)
    else:
        found = await asyncio.gather(*(_attempt(town, verb, way, name) for name in PEOPLE))
        statuses = dict(zip(PEOPLE, found, strict=True))
    entries = await town.database.read(lambda tx: tx.timeline("INC-1", after=before))
    refused = {(entry.actor.id, entry.details["verb"]) for entry in entries if entry.kind == "command.refused"}
    row = COMMANDS[verb].name
    return {
        (verb, way, name): Tried(status, (PEOPLE[name].id, row) in refused).verdict for name, status in statuses.items()
    }


async def _attempt(town: Town, verb: str, way: str, name: str) -> int:
    """The status Slack got. Who hears nothing within three seconds asks again: how fast it is, is not asked here."""
    for _ in range(TRIES):
        if status := await _asked(town, verb, way, name):
            return status
    return 0


async def _asked(town: Town, verb: str, way: str, name: str) -> int:
    room = await town.channel()
    is_elsewhere = name in OUTSIDE_THE_ROOM and way in {"typed", "mentioned"} and verb not in ABOUT_NONE
    where = town.slack.channel("general") if is_elsewhere else room
    text = SAID.get(verb, "INC-1")
    parcel = BUILD[way](town, PEOPLE[name], where, verb, text)
    body = json.loads(json.dumps(parcel.payload).replace(TEAM_ID, "T0ANOTHER")) if name == "other workspace" else None
    reply = await town.slack.delivery.send(parcel if body is None else parcel._replace(payload=body))
    return reply.status


def _reply_to(town: Town, who: User, where: Any) -> str:
    return town.slack.workspace.responses.issue(ResponseUrl(who.id, where.id))


def _typed(town: Town, who: User, where: Any, verb: str, text: str) -> Parcel:
    tokens = {"trigger_id": town.slack.workspace.triggers.issue(who.id), "response_url": _reply_to(town, who, where)}
    written = payloads.command(who, where, f"/incident {verb} {text}", **tokens)
    return Parcel("slash_commands", "command", written)


_numbers = itertools.count(1)


def _mentioned(town: Town, who: User, where: Any, verb: str, text: str) -> Parcel:
    ts = town.slack.workspace.mint_ts()
    event: Json = {"type": "app_mention", "user": who.id, "text": f"<@{BOT_USER_ID}> {verb} {text}", "ts": ts,
                   "channel": where.id, "team": who.team_id, "event_ts": ts}  # fmt: skip
    outer: Json = {"token": VERIFICATION_TOKEN, "team_id": TEAM_ID, "api_app_id": APP_ID, "event": event,
                   "type": "event_callback", "event_id": f"EvMATRIX{next(_numbers)}", "event_time": 1,
                   "authorizations": [{"team_id": TEAM_ID, "user_id": BOT_USER_ID, "is_bot": True}]}  # fmt: skip
    return Parcel("events_api", "app_mention", outer)


def _pressed(town: Town, who: User, where: Any, verb: str, text: str) -> Parcel:
    action = {"type": "button", "action_id": f"command:{verb}", "block_id": "b", "value": text or " ",
              "action_ts": payloads.action_ts()}  # fmt: skip
    place = payloads.in_message(where, where.pins[0], where.message(where.pins[0]))
    trigger = town.slack.workspace.triggers.issue(who.id)
    body = payloads.interaction("block_actions", who, actions=[action], trigger_id=trigger,
                                response_url=_reply_to(town, who, where), **place)  # fmt: skip
    return Parcel("interactive", "block_actions", body)


def _submitted(town: Town, who: User, where: Any, verb: str, text: str) -> Parcel:
    values: Json = {"note": {"note": {"type": "plain_text_input", "value": "seen"}}} if verb == "note" else {}
    told = {"incident": 1, "channel": where.id, "response_url": _reply_to(town, who, where)}
    view: Json = {"id": f"V{next(_numbers)}", "hash": "1", "type": "modal", "callback_id": f"form:{verb}",
                  "private_metadata": json.dumps(told), "state": {"values": values},
                  "blocks": [], "team_id": TEAM_ID}  # fmt: skip
    return Parcel("interactive", "view_submission", payloads.interaction("view_submission", who, view=view))


def _chosen(town: Town, who: User, where: Any, verb: str, text: str) -> Parcel:
    message = {"type": "message", "user": "U0BOB", "text": text, "ts": "1.1"}
    trigger = town.slack.workspace.triggers.issue(who.id)
    place = {"channel": {"id": where.id, "name": where.name}, "message": message, "message_ts": "1.1",
             "response_url": _reply_to(town, who, where)}  # fmt: skip
    body = payloads.interaction("message_action", who, callback_id=f"command:{verb}", trigger_id=trigger, **place)
    return Parcel("interactive", "message_action", body)


BUILD = {
    "typed": _typed, "mentioned": _mentioned, "pressed": _pressed, "submitted": _submitted, "shortcut": _chosen,
}  # fmt: skip


def _check_names(town: Town) -> None:
    """What was done in PagerDuty was done as somebody who may; nothing as Muster but the room's address."""
    may = {PEOPLE[name].email for name in ("responder", "lead", "admin", "in the room", "elsewhere")}
    [page] = town.pagerduty.account.incidents
    asked = [entry.agent_email for entry in page.log if entry.agent_email]
    assert asked.count(AS_MUSTER) <= 1
    assert set(asked) <= may | {AS_MUSTER}, f"PagerDuty was written to as {set(asked) - may}"


async def figure(databases: Mapping[str, str]) -> list[str]:
    """The figure to print, and the cells that are wrong."""
    wanted, wrong = documented(), []
    for name, url in databases.items():
        matrix = await tried_out(url)
        bad = matrix.wrong(wanted)
        print(f"who may: {len(matrix.cells) - len(bad)} of {len(matrix.cells)} cells as documented, {name}")
        wrong += bad
    return wrong


def main() -> int:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="muster-who-may-")))
        databases = {"SQLite": f"sqlite:///{folder / 'muster.db'}"}
        if "--full" in sys.argv:
            server = stack.enter_context(postgres.server())
            databases["PostgreSQL"] = stack.enter_context(postgres_database(server))
        for url in databases.values():
            migrated(url)
        wrong = asyncio.run(figure(databases))
    print("\n".join(wrong))
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
