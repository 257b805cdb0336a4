"""What people ask of PagerDuty goes there, and while it is silent they are told so."""

from collections.abc import Iterable

from bot.domain.events import changes
from bot.domain.happening import Happening, Reaction
from bot.domain.job import Job, Priority
from bot.domain.service_reactions import change_to_send

SILENT_AFTER = 2.0  # seconds: people wait for three, and saying it takes time
LOOKS = "silence:"  # how the concern of these looks begins; the key of the request follows


def ask_pagerduty(kind: str, *, verb: str = "") -> Reaction:
    """The request goes to PagerDuty as the person who made it, in the order it was made. `verb`: `kind`, if empty."""

    def reaction(it: Happening) -> Iterable[Job]:
        asked = it.before is None or it.moved("pending", "expected_notes")
        if asked:
            yield from _asked(it, kind, "pagerduty", it.event.details(), verb=verb or kind)

    return reaction


def send_change(it: Happening) -> Iterable[Job]:
    if isinstance(it.event, changes.ChangeLogged):
        yield from _asked(it, "send_change", "changes-out", change_to_send(it.event), verb="change")


def _asked(it: Happening, kind: str, concern: str, wanted: dict[str, object], *, verb: str) -> Iterable[Job]:
    """The request, and a look at it soon; in a lane of its own, for in that of the request it would wait, too."""
    request = it.event.key
    about = {"request": request, "asker": it.event.by.id, "name": it.event.by.name}
    owed = it.job(kind, concern, arguments={**wanted, **about}, priority=Priority.HUMAN)
    yield owed
    looked_for = {**about, "verb": verb, "in_lane": owed.lane}
    yield it.job(
        "tell_if_silent", f"{LOOKS}{request}", arguments=looked_for, priority=Priority.HUMAN, delay=SILENT_AFTER
    )
