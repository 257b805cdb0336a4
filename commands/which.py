"""Which incident is meant: the one of this room, those named, mine if there is just one; else the person picks."""

from collections.abc import Sequence
from typing import NamedTuple

from bot.domain.errors import Misuse
from bot.domain.incident import Incident
from commands.allowed import allow, visible
from commands.command import Call, Forbidden, Unclear
from commands.grammar import NUMBER, OURS, PAGERDUTYS, ROOM, Word, as_said, words
from storage import Transaction

MANY = 25  # incidents named at once, more than anyone types
NO_NUMBER = "There is no INC-{} that you may see. `/incident list` shows those that are open."
NO_NAME = "I know no incident {} that you may see. Name it like INC-42, or by its PagerDuty id."
NO_ROOM = "That channel is not the war room of an incident that you may see."
NONE_HERE = "There is no incident here that you may see."
LONGEST_KEPT = 1_900  # characters of what was said that a button can carry beside the incident's name


def only_named(tx: Transaction, call: Call, *, resolved: bool = False) -> list[Incident]:
    """For a verb after which nothing but incidents may stand; with `resolved`, for one about what is resolved."""
    found, rest = here_or_named(tx, call)
    if rest:
        raise Misuse(NO_NAME.format(as_said(rest)))
    return found or [_mine_or_picked(tx, call, resolved=resolved)]


def some_and_text(tx: Transaction, call: Call) -> tuple[list[Incident], str]:
    """For a verb about any number of incidents, and what was said of them all."""
    found, rest = here_or_named(tx, call, text_follows=True)
    return found or [_mine_or_picked(tx, call)], rest


def one_and_text(tx: Transaction, call: Call, *, text_follows: bool = True) -> tuple[Incident, str]:
    """For a verb about one incident, and what was said of it."""
    found, rest = here_or_named(tx, call, most=1, text_follows=text_follows)
    return found[0] if found else _mine_or_picked(tx, call), rest


def here_or_named(
    tx: Transaction, call: Call, *, most: int = MANY, text_follows: bool = False
) -> tuple[list[Incident], str]:
    """The incidents named first, at most `most`, else that of this room, if any; and the rest of what was said.

    Where free text follows, a bare number may belong to it ("note 3 pods restarted"): it names an incident only when
    nothing but numbers was said.
    """
    said = call.fields.get("incident", "") if call.fields else call.text
    found, rest = named(tx, said, most=most, numbers=not text_follows or _is_only_numbers(said, most))
    if found:
        return [reached(call, one) for one in found], rest
    here = tx.incident_in(call.channel, call.thread_ts)
    if here is None and text_follows:
        _ask_about_number(tx, call, said)
    return ([reached(call, here)] if here else []), said


def here_or_none(tx: Transaction, call: Call, *, text_follows: bool = False) -> tuple[Incident | None, str]:
    """For a verb that may be about no incident at all."""
    found, rest = here_or_named(tx, call, most=1, text_follows=text_follows)
    if not found:
        allow(call, None)
    return (found[0] if found else None), rest


class Named(NamedTuple):
    """An incident, and the word that names it."""

    incident: Incident
    word: Word


def named(tx: Transaction, text: str, *, most: int = MANY, numbers: bool = True) -> tuple[list[Named], str]:
    """The incidents the text begins with, each once, and the rest of it."""
    found: dict[int, Named] = {}
    for nth, word in enumerate(words(text)):
        incident = _named(tx, word, numbers=numbers) if nth < most else None
        if incident is None:
            return list(found.values()), text[word.start :]
        found[incident.number] = Named(incident, word)
    return list(found.values()), ""


def _named(tx: Transaction, word: Word, *, numbers: bool) -> Incident | None:
    if match := word.matches(OURS) or (word.matches(NUMBER) if numbers else None):
        return known(tx, int(match[1]))
    if match := word.matches(ROOM):
        return _of_room(tx, match[1])
    match = word.matches(PAGERDUTYS)
    return tx.incident_by_pagerduty_id(match[1]) if match else None


def known(tx: Transaction, number: int) -> Incident:
    incident = tx.incident(number)
    if incident is None:
        raise Misuse(NO_NUMBER.format(number))
    return incident


def _of_room(tx: Transaction, channel: str) -> Incident:
    incident = tx.incident_in(channel)
    if incident is None:
        raise Misuse(NO_ROOM)
    return incident


def reached(call: Call, meant: Named | Incident | None) -> Incident:
    """The incident, unless a button of it was pressed elsewhere or the policy is against it: Forbidden. Whoever may
    not know of it is told what they would be told if there were none."""
    incident, told = (meant.incident, _unknown(meant.word)) if isinstance(meant, Named) else (meant, NONE_HERE)
    if incident is None:
        raise Misuse(told)
    if not visible(call, [incident]):
        raise Forbidden(f"{incident.name} is handled in private.", incident, told=told)
    _within_reach(call, incident)
    allow(call, incident)
    return incident


def _unknown(word: Word) -> str:
    """What is said where this names no incident."""
    if match := word.matches(OURS) or word.matches(NUMBER):
        return NO_NUMBER.format(int(match[1]))
    return NO_ROOM if word.matches(ROOM) else NO_NAME.format(as_said(word.text))


def _within_reach(call: Call, incident: Incident) -> None:
    """A button is good only where it belongs, so that none works from a channel its incident has no business in."""
    if call.origin == "slack.button" and not call.is_private and call.channel not in channels(incident):
        raise Forbidden(f"That button belongs to {incident.name}, and this is not its room.", incident)


def channels(incident: Incident) -> set[str | None]:
    """Where messages about this incident stand: its rooms, and where they were announced."""
    rooms = [*incident.former_rooms, *([incident.room] if incident.room else [])]
    return {channel for room in rooms for channel in (room.channel, room.announcement_channel)}


def _is_only_numbers(text: str, most: int) -> bool:
    said = words(text)
    return len(said) <= most and all(word.matches(NUMBER) or word.matches(OURS) for word in said)


def _ask_about_number(tx: Transaction, call: Call, text: str) -> None:
    first = next(iter(words(text)), None)
    match = first.matches(NUMBER) if first else None
    incident = tx.incident(int(match[1])) if match else None
    if match and incident and visible(call, [incident]):
        raise Misuse(f"Do you mean INC-{match[1]}? Then write INC-{match[1]}; if not, put the text in quotes.")


def _mine_or_picked(tx: Transaction, call: Call, *, resolved: bool = False) -> Incident:
    candidates = [one for one in tx.incidents(open_only=not resolved) if one.is_open is not resolved]
    mine = [one for one in candidates if one.is_held_by(call.by)]
    if len(mine) == 1 and not resolved:  # what is resolved is only ever reopened by name
        return reached(call, mine[0])
    known = visible(call, mine or candidates)
    if not known:
        status = "resolved" if resolved else "open"
        raise Misuse(f"No incident is {status}. `/incident list all` shows those there are.")
    raise _unclear(known, call.text)


def _unclear(candidates: Sequence[Incident], text: str) -> Misuse:
    if len(text) > LONGEST_KEPT:
        return Misuse("Which incident do you mean? Say its name first, for example INC-42.")
    return Unclear(candidates, text)
