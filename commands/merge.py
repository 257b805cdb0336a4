"""`merge`: many incidents are one."""

from bot.domain.errors import Misuse
from bot.domain.events.storms import MergeRequested, counted
from bot.domain.incident import Incident
from commands.answers import is_pressed_in_room, said
from commands.asking import asked_already, on_its_way, resolved_already
from commands.command import Call, Command, Reply
from commands.grammar import as_said
from commands.which import here_or_named
from storage import Transaction

MOST = 500  # at once; PagerDuty takes a thousand alerts in one incident


def merge(tx: Transaction, call: Call) -> Reply:
    """Into the incident named first, else that of this room: those named after it, else all that share its room."""
    found, rest = here_or_named(tx, call)
    if rest or not found:
        meant = f"I know no incident {as_said(rest)}." if rest else "Into which incident?"
        raise Misuse(f"{meant} Write `merge INC-42 INC-43`: the first is kept, the others go into it.")
    target, named = found[0], found[1:]
    if not target.is_open:
        return resolved_already(target, call)
    waiting = asked_already(target, "merge", call)
    return waiting or _asked(tx, call, target, _sources(tx, target, named))


def _sources(tx: Transaction, target: Incident, named: list[Incident]) -> tuple[int, ...]:
    """Our numbers of those that are open and that PagerDuty knows."""
    wanted = named or tx.under(target.number, open_only=True, limit=MOST)
    sources = tuple(one.number for one in wanted if one.is_open and one.pagerduty_id and one.number != target.number)
    if not sources and named:
        raise Misuse("What you named is resolved already, so there is nothing to merge.")
    if not sources:
        raise Misuse(f"Nothing open shares the room of {target.name}. Name what goes into it: {target.name} INC-…")
    return sources


def _asked(tx: Transaction, call: Call, target: Incident, sources: tuple[int, ...]) -> Reply:
    event = MergeRequested(
        subject=target.subject, at=call.at, by=call.actor, key=call.key("merge"), origin=call.origin, sources=sources
    )
    recorded = tx.record(event)
    first = recorded.pending.get("merge")
    if first and first.by != call.actor:
        return on_its_way(recorded, "merge", first, call)
    text = f"Merging {counted(len(sources))} into {target.name} in PagerDuty as you."
    return said(text, quiet=is_pressed_in_room(call, target))


MERGE = Command(
    name="merge", aliases=("combine",), usage="merge [INC-42] [INC-43 …]", run=merge,
    help="merge in PagerDuty, as you: into the first those named after it, else all that share its room",
)  # fmt: skip
