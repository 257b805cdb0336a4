"""`timeline`: everything that happened, a page at a time, the newest page last."""

from bot.domain.errors import Misuse
from bot.slack.views.timeline import PAGE, pages
from commands.answers import shown
from commands.command import Call, Command, Reply
from commands.grammar import as_said, words
from commands.which import one_and_text
from storage import Transaction

LONGEST = 9  # digits of a page


def timeline(tx: Transaction, call: Call) -> Reply:
    incident, text = one_and_text(tx, call, text_follows=False)
    of = max(1, -(-tx.entries(incident.name) // PAGE))
    page = _page(text, of)
    entries = tx.timeline(incident.name, after=(page - 1) * PAGE, limit=PAGE)
    return shown(pages(incident, entries, page=page, of=of))


def _page(text: str, of: int) -> int:
    """The page asked for, within those there are; the last when none is asked for."""
    said = [word.text for word in words(text) if not word.is_one_of("page")]
    if not said:
        return of
    if len(said) > 1 or not said[0].isdecimal() or len(said[0]) > LONGEST:
        raise Misuse(f"I do not understand {as_said(text)}. Try `timeline INC-42 page 2`.")
    return max(1, min(int(said[0]), of))


TIMELINE = Command(
    name="timeline", aliases=("events",), usage="timeline [INC-42] [page N]", run=timeline,
    help="read what happened, entry by entry",
)  # fmt: skip
