"""What an operator asks about sources and decides of them, in Slack or on the command line."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from bot.domain.errors import Misuse
from bot.domain.events.signals import SourceDisabled, SourceEnabled, SourceReplayed, SourceTested
from bot.domain.job import Claim, Job
from bot.domain.people import Actor
from bot.effects.messages import tell
from bot.effects.previews import preview, route_name
from bot.effects.world import Facts, World, asker
from bot.roster import Roster
from bot.slack.blocks import sections
from bot.slack.mrkdwn import inline
from bot.sources import Received, Source
from bot.sources.naming import PREFIX, TESTED, keyed
from storage import Delivery, NewDelivery, OpenAlerts, Transaction

MOST_LINES = 60
TEST_LASTS = 20.0  # seconds until a test's alert is resolved


@dataclass(frozen=True)
class Asked:
    """`name`: of a source. `delivery`: which one, by its key or number; empty: all that were not understood, or the
    newest. `key`: unique for this request."""

    by: Actor
    key: str
    origin: str
    name: str = ""
    delivery: str = ""


Answer = Callable[[Transaction, Roster, Asked], Sequence[str]]


def listing(tx: Transaction, roster: Roster, asked: Asked) -> Sequence[str]:
    states = tx.source_states()
    found = [roster.source(name, states.get(name)) for name in roster.catalogue.sources(states)]
    there = [source for source in found if source]
    return [line for source in there for line in _described(tx, source)] or ["There are no sources yet."]


def _described(tx: Transaction, source: Source) -> list[str]:
    count, last = tx.tally(PREFIX + source.name)
    odd = len(tx.not_understood_of(PREFIX + source.name))
    came = f"{count} received, the last at {last:%Y-%m-%d %H:%M:%S} UTC" if last else "nothing received yet"
    off = "disabled · " if is_disabled(tx, source.name) else ""
    routes = ", ".join(f"{one.name + ': ' if one.name else ''}{route_name(one)}" for one in source.settings.routes)
    lines = [f"{source.name} ({source.adapter.title}): {off}{came}", f"  to {routes or route_name(None)}"]
    lines += _open(tx.open_alerts_told(source.name), source.name)
    kept = "kept until it is enabled" if off else f"not read: sources preview {source.name} shows the newest"
    return lines + ([f"  {odd} {kept}"] if odd else [])


def _open(told: OpenAlerts, name: str) -> list[str]:
    """A line for each kind there is."""
    parts = (
        (told.taken, "open"),
        (told.waiting, f"{'waits' if told.waiting == 1 else 'wait'} for PagerDuty"),
        (told.refused, f"PagerDuty did not take: `muster timeline source:{name}` tells why"),
    )
    return [f"  {count} {'alert' if count == 1 else 'alerts'} {what}" for count, what in parts if count]


def testing(tx: Transaction, roster: Roster, asked: Asked) -> Sequence[str]:
    """Dry: what the adapter's own samples would become."""
    source = named(tx, roster, asked)
    lines: list[str] = []
    for sample in source.samples:
        received = Received(sample.body, sample.headers, datetime.now(UTC))
        lines += [f"Sample: {sample.name}", *preview(source, received), ""]
    return lines or [f"{source.name} has no samples of its own: sources preview shows what it sent."]


def testing_live(tx: Transaction, roster: Roster, asked: Asked) -> Sequence[str]:
    """All the way: a sample is kept as if it had come, raises an alert of its own, and is resolved soon after."""
    source = named(tx, roster, asked)
    if not source.samples:
        raise Misuse(f"{source.name} has no samples of its own; send something from the system itself.")
    test = uuid4().hex
    keep_test(tx, source, test, over=False)
    tx.put(Job("end_test", f"test:{test}", arguments={"source": source.name, "test": test}, delay=TEST_LASTS))
    tx.record_for_service(SourceTested(**_about(asked, "tested"), dedup_key=TESTED + test))
    return [
        f"A test goes to PagerDuty as the alert {TESTED}{test}, severity info; it is over in {TEST_LASTS:.0f} s.",
        f"`muster timeline source:{source.name}` tells what PagerDuty answered.",
    ]


def keep_test(tx: Transaction, source: Source, test: str, *, over: bool) -> None:
    """Headers that no request can bring along say what it is: those of requests do not begin so."""
    sample, what = source.samples[0], "over" if over else "begins"
    headers = {**sample.headers, "muster-test": test, "muster-test-is": what}
    key = keyed(source.name, f"test:{test}:{what}")
    tx.keep(NewDelivery(PREFIX + source.name, key, None, headers, sample.body, datetime.now(UTC)))


def previewing(tx: Transaction, roster: Roster, asked: Asked) -> Sequence[str]:
    source = named(tx, roster, asked)
    found = chosen(tx, source, asked.delivery)[:1] if asked.delivery else _newest(tx, source)
    if not found:
        raise Misuse(f"{source.name} has sent nothing yet.")
    [one] = found
    head = f"Delivery {one.id} of {one.received_at:%Y-%m-%d %H:%M:%S} UTC, {one.state}"
    complaint = [f"It was said then: {one.complaint}"] if one.complaint else []
    received = Received(one.body, one.headers, one.received_at)
    return [head, *complaint, *preview(source, received, one.headers.get("muster-route"))]


def replaying(tx: Transaction, roster: Roster, asked: Asked) -> Sequence[str]:
    """What was signalled already is not signalled again: its key is known."""
    source = named(tx, roster, asked)
    found = chosen(tx, source, asked.delivery)
    for one in found:
        tx.unread_again(one.id)
    tx.record_for_service(SourceReplayed(**_about(asked, "replayed"), again=len(found)))
    return [f"Deliveries of {source.name} that are read again: {len(found)}. `sources list` says what is left of them."]


def disabling(tx: Transaction, roster: Roster, asked: Asked) -> Sequence[str]:
    source = named(tx, roster, asked)
    if is_disabled(tx, source.name):
        raise Misuse(f"{source.name} is disabled already.")
    tx.keep_source_state(source.name, {**(tx.source_state(source.name) or {}), "disabled": True})
    tx.record_for_service(SourceDisabled(**_about(asked, "disabled")))
    return [f"{source.name} is disabled: what it sends is kept, and read when it is enabled again."]


def enabling(tx: Transaction, roster: Roster, asked: Asked) -> Sequence[str]:
    source = named(tx, roster, asked)
    if not is_disabled(tx, source.name):
        raise Misuse(f"{source.name} is not disabled.")
    tx.keep_source_state(source.name, {**(tx.source_state(source.name) or {}), "disabled": False})
    found = tx.not_understood_of(PREFIX + source.name)
    for one in found:
        tx.unread_again(one.id)
    tx.record_for_service(SourceEnabled(**_about(asked, "enabled"), again=len(found)))
    return [f"{source.name} is enabled. Deliveries that came meanwhile and are read now: {len(found)}."]


ANSWERS: Mapping[str, Answer] = {
    "list": listing, "test": testing, "test-live": testing_live, "preview": previewing, "replay": replaying,
    "disable": disabling, "enable": enabling,
}  # fmt: skip


async def ask_sources(world: World, claim: Claim) -> Facts:
    """Decided in one transaction, then told; a repeat finds it decided, and tells that."""
    told = claim.job.arguments
    by, roster = asker(claim), world.roster
    asked = Asked(by, f"effect:{claim.id}", "slack.command", str(told["source"]), str(told["delivery"]))
    try:
        lines = await world.database.write(lambda tx: list(ANSWERS[str(told["what"])](tx, roster, asked)))
    except Misuse as misuse:
        lines = [str(misuse)]
    return await tell(world, _answering(claim, lines))


async def end_test(world: World, claim: Claim) -> Facts:
    """A repeat keeps nothing new: its key is known."""
    name, test = str(claim.job.arguments["source"]), str(claim.job.arguments["test"])

    def end(tx: Transaction) -> None:
        source = world.roster.source(name, tx.source_state(name))
        if source:
            keep_test(tx, source, test, over=True)

    await world.database.write(end)
    return []


def named(tx: Transaction, roster: Roster, asked: Asked) -> Source:
    return roster.needed(asked.name, tx.source_state(asked.name))


def is_disabled(tx: Transaction, name: str) -> bool:
    return bool((tx.source_state(name) or {}).get("disabled"))


def chosen(tx: Transaction, source: Source, delivery: str) -> list[Delivery]:
    """The one that is named, whatever became of it; else all that were not understood."""
    if not delivery:
        return tx.not_understood_of(PREFIX + source.name)
    found = tx.delivery(delivery)
    if found is None or found.source != PREFIX + source.name:
        raise Misuse(f"{source.name} has no delivery {delivery}.")
    return [found]


def _newest(tx: Transaction, source: Source) -> list[Delivery]:
    return tx.not_understood_of(PREFIX + source.name)[-1:] or tx.deliveries_of(PREFIX + source.name, 1)


def _about(asked: Asked, what: str) -> dict[str, Any]:
    return {
        "service_id": asked.name, "at": datetime.now(UTC), "by": asked.by, "key": f"{asked.key}:{what}",
        "origin": asked.origin,
    }  # fmt: skip


def _answering(claim: Claim, lines: Sequence[str]) -> Claim:
    """The same job, with the answer in it, as `tell` wants it."""
    shown = [inline(line, 400) for line in lines[:MOST_LINES]] + (["…"] if len(lines) > MOST_LINES else [])
    text = shown[0] if len(shown) == 1 else f"{shown[0]} …"
    blocks = sections(shown) if len(shown) > 1 else []
    return replace(claim, job=replace(claim.job, arguments={**claim.job.arguments, "text": text, "blocks": blocks}))
