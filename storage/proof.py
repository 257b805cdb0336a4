"""One timeline proved: the exact walk, entry by entry, that names the first that is not what was recorded."""

from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from bot.domain.chain import GENESIS, content_hash, entry_hash, redaction_key
from storage.connected import Connected
from storage.schema import chains, contents, timeline

UNSAID = "What the entry says was taken away, and no redaction says so"


@dataclass(frozen=True)
class Verdict:
    """`broken_seq` is the first entry that is not what was recorded, or the first that is missing; None: all is."""

    stream: str
    entries: int
    broken_seq: int | None = None
    complaint: str | None = None
    is_linked: bool = True  # the chain holds; if something is broken, it is only what an entry says

    @property
    def is_whole(self) -> bool:
        return self.broken_seq is None and self.complaint is None


class Proof(Connected):
    def verify(self, stream: str) -> Verdict:
        """Walk the whole chain of a stream, one entry at a time, whatever its length."""
        chain = self._first(CHAIN, stream=stream)
        if chain is None:
            return Verdict(stream, 0, None, f"There is no timeline {stream}")
        verdict, head = self.walk(stream)
        if verdict.is_linked and (chain.size, chain.head) != (verdict.entries, head):
            complaint = f"{chain.size} entries were recorded, the last {chain.head[:12]}…"
            return Verdict(stream, verdict.entries, verdict.entries + 1, complaint, is_linked=False)
        return verdict

    def walk(self, stream: str, *, after: int = 0, head: str = GENESIS) -> tuple[Verdict, str]:
        """The entries that follow the `after`-th, whose hash is `head`; and the hash of the last that is in order.

        A broken link is named rather than words that are not as they were: it may be why those are not.
        """
        seq, spoilt = after, Verdict(stream, after)
        page = LINKS.where(timeline.c.seq > after)
        with self._connection.execute(page, {"stream": stream}, execution_options={"yield_per": 1000}) as links:
            link: Any
            for seq, link in enumerate(links, start=after + 1):  # by place: this runs once for every entry
                if complaint := _complaint(link, seq, head):
                    return Verdict(stream, seq - 1, seq, complaint, is_linked=False), head
                head = link[9]
                if spoilt.is_whole and (complaint := self._content_complaint(link)):
                    spoilt = Verdict(stream, seq, seq, complaint)
        return replace(spoilt, entries=seq), head

    def _content_complaint(self, link: Any) -> str | None:
        recorded, (salt, text, details, is_there) = link[8], link[10:14]
        if is_there is None:
            return "What the entry says is missing"
        if salt is None and text is None and details is None:
            return None if self._is_redacted(link[0], link[1]) else UNSAID
        if None in (salt, text, details) or recorded != content_hash(salt, text, details):
            return "What the entry says was changed after it was recorded"
        return None

    def _is_redacted(self, stream: str, seq: int) -> bool:
        """Whether an entry of the same timeline says so; the walk proves that one too."""
        return self._first(REDACTION, stream=stream, key=redaction_key(stream, seq)) is not None


def _complaint(link: Any, seq: int, head: str) -> str | None:
    found, own_hash = link[1], link[9]
    if found != seq:
        return f"The entry is missing: {found} follows {seq - 1}"
    if own_hash != entry_hash(head, *link[:9]):
        return "The entry was changed after it was recorded, or does not follow the one before it"
    return None


CHAIN = sa.select(chains.c.size, chains.c.head).where(chains.c.stream == sa.bindparam("stream"))
LINKS = (
    sa.select(
        *timeline.c, contents.c.salt, contents.c.text, contents.c.details, contents.c.stream.label("is_there")
    )
    .join_from(
        timeline, contents, sa.and_(contents.c.stream == timeline.c.stream, contents.c.seq == timeline.c.seq),
        isouter=True,
    )
    .where(timeline.c.stream == sa.bindparam("stream"))
    .order_by(timeline.c.seq)
)  # fmt: skip
REDACTION = sa.select(timeline.c.seq).where(
    timeline.c.key == sa.bindparam("key"), timeline.c.stream == sa.bindparam("stream"),
    timeline.c.kind == "entry.redacted",
)  # fmt: skip
