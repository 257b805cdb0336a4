"""`merge`: many incidents are one."""

from bot.domain.errors import Misuse
from bot.domain.events.storms import MergeRequested, counted
from bot.domain.incident import Incident
from commands.allowed import allowed, visible
from commands.answers import is_pressed_in_room, said
from commands.asking import asked_already, on_its_way, resolved_already
from commands.command import Call, Command, Forbidden, Reply
from commands.grammar import as_said
from commands.which import here_or_named
from storage import Transaction

MOST_NAMED = 10  # of those left out
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
    if waiting:
        return waiting
    sources = _sources(tx, target, named)
    may = sources if named else _unless_refused(call, target, sources)
    return _asked(tx, call, target, tuple(one.number for one in may), _left_out(call, sources, may))


def _sources(tx: Transaction, target: Incident, named: list[Incident]) -> list[Incident]:
    """Those that are open and that PagerDuty knows."""
    wanted = named or tx.under(target.number, open_only=True, limit=MOST)
    sources = [one for one in wanted if one.is_open and one.pagerduty_id and one.number != target.number]
    if not sources and named:
        raise Misuse("What you named is resolved already, so there is nothing to merge.")
    if not sources:
        raise Misuse(f"Nothing open shares the room of {target.name}. Name what goes into it: {target.name} INC-…")
    return sources


def _unless_refused(call: Call, target: Incident, sources: list[Incident]) -> list[Incident]:
    """Who may merge into the one whose room it is may not therefore resolve all the others. Forbidden without any."""
    may = allowed(call, sources)
    if not may:
        raise Forbidden(f"You may merge none of those that share the room of {target.name}.", target)
    return may


def _left_out(call: Call, sources: list[Incident], may: list[Incident]) -> str:
    """A sentence on those they may not merge, or nothing."""
    names = [one.name for one in visible(call, [one for one in sources if one not in may])]
    more = len(sources) - len(may) - len(names[:MOST_NAMED])
    said = [*names[:MOST_NAMED], *([f"{more} more"] if more else [])]
    return f" Left out, since you may not merge them: {', '.join(said)}." if said else ""


def _asked(tx: Transaction, call: Call, target: Incident, sources: tuple[int, ...], left_out: str) -> Reply:
    event = MergeRequested(
        subject=target.subject, at=call.at, by=call.actor, key=call.key("merge"), origin=call.origin, sources=sources
    )
    recorded = tx.record(event)
    first = recorded.pending.get("merge")
    if first and first.by != call.actor:
        return on_its_way(recorded, "merge", first, call)
    text = f"Merging {counted(len(sources))} into {target.name} in PagerDuty as you.{left_out}"
    return said(text, quiet=not left_out and is_pressed_in_room(call, target))


MERGE = Command(
    name="merge", aliases=("combine",), usage="merge [INC-42] [INC-43 …]", run=merge,
    help="merge in PagerDuty, as you: into the first those named after it, else all that share its room",
)  # fmt: skip
