"""What an anchor that can be asked shows, held against the record: whoever owns the database cannot take it back."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.domain.checkpoint import Signed
from bot.proof.record import CHECKPOINTS, Record, Trouble
from storage import Database, Transaction

DAYS = 90
"""That are looked at. In Slack each is a thread, of which it lets us read about fifty a minute; and a workspace that
does not pay sees messages this long:
https://slack.com/help/articles/27204752526611-Feature-limitations-on-the-free-version-of-Slack"""

Stated = set[tuple[int, str]]
"""Number and hash of each. Two of one number show that the record was cut off and went on differently."""


@dataclass(frozen=True)
class Shown:
    """What the anchor states, and the newest checkpoint that the database says it took, with when it was made."""

    anchor: str
    stated: Stated
    noted: tuple[int, datetime] | None


def noted(tx: Transaction, numbers: Iterable[int]) -> tuple[int, datetime] | None:
    """The newest of these checkpoints."""
    newest = tx.checkpoint(max(numbers, default=0))
    return (newest.number, datetime.fromisoformat(newest.checkpoint.at)) if newest else None


async def held_against(shown: Shown, database: Database, record: Record) -> tuple[int, Trouble | None]:
    """The newest checkpoint of the record that the anchor shows, 0 when there is none; and what is wrong."""
    # Read last, so that what Muster signed meanwhile is known, too.
    later = await database.read(lambda tx: tx.checkpoint_lines(after=len(record.checkpoints)))
    known = {one.number: one.hash for one in (*record.checkpoints, *map(Signed.from_line, later))}
    newest = max((number for number, _ in shown.stated if number <= len(record.checkpoints)), default=0)
    for number, hash_ in sorted(shown.stated):
        if known.get(number) != hash_:
            other = f"{shown.anchor} shows another one, or one that is no longer in the database"
            return newest, Trouble(CHECKPOINTS, number, other)
    return newest, _missing(shown)


def _missing(shown: Shown) -> Trouble | None:
    """That it was deleted, or the anchor keeps words for a shorter time: either way it proves nothing any more."""
    if shown.noted is None:
        return None
    number, at = shown.noted
    if at < datetime.now(UTC) - timedelta(days=DAYS - 1) or number in dict(shown.stated):
        return None
    return Trouble(CHECKPOINTS, number, f"{shown.anchor} does not show it, though it was stated there after {at:%F %R}")
