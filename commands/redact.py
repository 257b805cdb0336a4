"""`redact`: words that should not stand on a timeline are taken from it; that they stood there stays."""

from collections.abc import Sequence
from dataclasses import replace

from bot.domain.chain import redaction_key
from bot.domain.errors import Misuse
from bot.domain.events import Entry
from bot.domain.events.redactions import EntryRedacted
from bot.domain.incident import Incident
from bot.domain.secret import secret_in
from bot.slack.blocks import button, section
from commands.allowed import allow
from commands.answers import said
from commands.command import Call, Command, Reply
from commands.grammar import sentence, words
from commands.which import named, reached
from storage import Transaction

HOW = "Say which entry, for example `redact INC-42 17 a customer's address`; `/incident timeline` shows the numbers."
ELSEWHERE = (
    "I blank the line I wrote in the room about it. What people typed themselves, and the note in PagerDuty, only they "
    "or an administrator can delete there; a secret must be revoked all the same."
)


def redact(tx: Transaction, call: Call) -> Reply:
    incident, rest = _meant(tx, call)
    entry = _entry(tx, incident, rest)
    reason = sentence(rest[words(rest)[0].start + len(words(rest)[0].text) :].strip())
    after, holding = tx.redact(entry, redaction(incident, entry, call, reason))
    others = [button(f"Redact {seq} too", "redact", f"{after.name} {seq} {reason}", nth=seq) for seq in holding[:5]]
    also = f" The same words stand in {_listed(holding)}." if holding else ""
    return said(f"Entry {entry.seq} of {after.name} is redacted.{also} {ELSEWHERE}", *others)


def redaction(incident: Incident, entry: Entry, call: Call, reason: str) -> EntryRedacted:
    return EntryRedacted(
        subject=incident.subject, at=call.at, by=call.actor, key=redaction_key(incident.name, entry.seq),
        origin=call.origin, seq=entry.seq, entry_kind=entry.kind, entry_key=entry.key, entry_at=entry.recorded_at,
        reason=reason,
    )  # fmt: skip


def offered(tx: Transaction, text: str, key: str, reply: Reply) -> Reply:
    """The answer to something written, which was recorded under `key`: when it looks like a secret, with a way out."""
    looks_like, place = secret_in(text), tx.place_of(key)
    if looks_like is None or place is None:
        return reply
    warning = f"⚠️ That looks as if it held {looks_like}, and it stands on the timeline now. Shall I take it out?"
    way_out = said(warning, button("Redact", "redact", f"{place[0]} {place[1]} {looks_like}", style="danger"))
    return replace(reply, text=f"{reply.text} {warning}", blocks=[section(reply.text), *way_out.blocks], quiet=False)


def _meant(tx: Transaction, call: Call) -> tuple[Incident, str]:
    """A number alone is an entry's, never an incident's."""
    text = call.fields.get("incident", "") if call.fields else call.text
    found, rest = named(tx, text, most=1, numbers=False)
    here = None if found else tx.incident_in(call.channel, call.thread_ts)
    if found or here:
        return reached(call, found[0] if found else here), rest
    allow(call, None)
    raise Misuse(HOW)


def _entry(tx: Transaction, incident: Incident, text: str) -> Entry:
    first = next(iter(words(text)), None)
    seq = first.text.lstrip("#") if first else ""
    if not (seq.isdecimal() and len(seq) < 10):
        raise Misuse(HOW)
    return redactable(tx, incident.name, int(seq))


def redactable(tx: Transaction, stream: str, seq: int) -> Entry:
    """Misuse when the timeline has no such entry, or nothing in it could be taken away."""
    entry = tx.entry(stream, seq)
    if entry is None:
        where = f"muster timeline {stream}" if ":" in stream else "/incident timeline"
        raise Misuse(f"{stream} has no entry {seq}. `{where}` shows the numbers.")
    if entry.kind == EntryRedacted.kind:
        raise Misuse(f"Entry {seq} says who redacted something. That stays.")
    if entry.is_redacted:
        raise Misuse(f"Entry {seq} of {stream} is redacted already. Nothing was changed.")
    return entry


def _listed(seqs: Sequence[int]) -> str:
    return f"entr{'y' if len(seqs) == 1 else 'ies'} {', '.join(map(str, seqs))}"


REDACT = Command(
    name="redact", usage="redact [INC-42] ENTRY [reason]", run=redact,
    help="take the words of an entry off the timeline for ever; that it stood there, and who did this, stays",
)  # fmt: skip
