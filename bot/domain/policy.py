"""Who may do what: one table, and one decision on facts that others have gathered."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from bot.domain.incident import Incident
from bot.domain.people import Actor, Person, Standing
from bot.domain.room import WarRoom
from bot.domain.routing import Routing

Question = tuple[Literal["linked", "group", "room", "person"], str]
"""("linked", ""): has a PagerDuty user · ("group", "@sre"): is in that user group · ("room", "C1"): is in that room ·
("person", "U1"): Slack knows that other person, and so do we now."""
Facts = Mapping[Question, bool | None]
"""What was found out about one person; None: nobody could say."""

WORDS: Mapping[str, str] = {
    "members": "members of this workspace",
    "room": "people in its room",
    "responders": "its responders",
    "lead": "its lead",
    "admins": "admins",
    "nobody": "nobody",
    "guests": "guests",
    "outsiders": "people of other workspaces",
}
"""What a rule is made of, besides user groups. `guests` and `outsiders` open the rest of a rule to them as well."""


@dataclass(frozen=True)
class Row:
    """`who`: any of these may. `in_pagerduty`: it is done there in their name, so they must have a user there."""

    who: tuple[str, ...]
    in_pagerduty: bool = False
    is_about_one: bool = True  # an incident; else it is about none, or about several


TABLE: Mapping[str, Row] = {
    "help": Row(("members",), is_about_one=False),
    "whoami": Row(("members",), is_about_one=False),
    "link-me": Row(("members",), is_about_one=False),
    "list": Row(("members",), is_about_one=False),
    "show": Row(("members",)),
    "timeline": Row(("members",)),
    "changes": Row(("members",)),
    "change": Row(("members",)),
    "declare": Row(("members",), in_pagerduty=True, is_about_one=False),
    "ack": Row(("members",), in_pagerduty=True),
    "resolve": Row(("members",), in_pagerduty=True),
    "note": Row(("members",), in_pagerduty=True),
    "suspect": Row(("members",)),
    "clear": Row(("members",)),
    "promote": Row(("members",)),
    "lead": Row(("room",)),
    "merge": Row(("responders",), in_pagerduty=True),
    "reopen": Row(("responders",), in_pagerduty=True),
    "redact": Row(("responders",)),
    "sources": Row(("admins",), is_about_one=False),
    "connect": Row(("admins",), is_about_one=False),
    "approve": Row(("admins",), is_about_one=False),
}
UNLISTED = Row(("admins",))
"""For a verb that nobody has thought about."""

NOT_FOR: Mapping[Standing, str] = {
    "guest": "Guests of this workspace cannot use Muster for that. Ask a member to do it for you.",
    "outsider": "Only members of this workspace can use Muster for that. Ask one of them to do it for you.",
    "bot": "Bots cannot use Muster: everything done here is some person's doing.",
    "deactivated": "This Slack account is deactivated, so it cannot use Muster.",
}
WELCOME: Mapping[Standing, str] = {"guest": "guests", "outsider": "outsiders"}
GROUP = re.compile(r"S[A-Z0-9]{6,}")  # the id of a user group
SILENCE = "Slack does not say whether you may, so nothing was done. Try again in a moment, or act in PagerDuty itself."


class Unasked(Exception):
    """The decision rests on facts that nobody has gathered yet."""

    def __init__(self, questions: Iterable[Question]) -> None:
        super().__init__("facts are wanted")
        self.questions = frozenset(questions)


@dataclass(frozen=True)
class Asker:
    """Whoever asks, and what is known of them."""

    person: Person
    facts: Facts = field(default_factory=dict)

    def answers(self, questions: Sequence[Question]) -> list[bool | None]:
        """Raises Unasked with those that have no answer yet."""
        if missing := set(questions) - self.facts.keys():
            raise Unasked(missing)
        return [self.facts[question] for question in questions]


@dataclass(frozen=True)
class Policy:
    """`rules`: what the operator decided otherwise than the table; `admins`: user groups that administer Muster."""

    rules: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    admins: tuple[str, ...] = ()
    routing: Routing = field(default_factory=Routing)

    def who(self, verb: str) -> tuple[str, ...]:
        return self.rules.get(verb) or TABLE.get(verb, UNLISTED).who

    def refusal_outright(self, verb: str, person: Person) -> str | None:
        """Why this person may not do this, whichever incident it is about; None when that remains to be seen."""
        who = self.who(verb)
        if not person.is_member and WELCOME.get(person.standing) not in who:
            return NOT_FOR[person.standing]
        return f"The policy here lets nobody {verb}." if "nobody" in who else None

    def refusal(self, verb: str, asker: Asker, about: Incident | None) -> str | None:
        """Why this person may not do this to that incident, as a sentence; None when they may. Raises Unasked."""
        return (
            self.refusal_outright(verb, asker.person)
            or self._hidden(asker, about)
            or self._not_among(verb, asker, about)
            or _unlinked(verb, asker)
        )

    def shows(self, asker: Asker, incident: Incident) -> bool:
        """Whether they may know of it: of an incident with a private room only who is in it, responders and admins."""
        return self._hidden(asker, incident) is None

    def plainly_shows(self, person: Person, incident: Incident) -> bool:
        """The same, of those for whom nothing need be asked."""
        return not self.is_private(incident) or person.standing == "admin" or is_responder(person, incident)

    def is_private(self, incident: Incident) -> bool:
        if incident.room is None and not incident.former_rooms:
            return self.routing.rule(incident).private
        return bool(_private_channels(incident))

    def _hidden(self, asker: Asker, about: Incident | None) -> str | None:
        if about is None or self.plainly_shows(asker.person, about):
            return None
        rooms: list[Question] = [("room", channel) for channel in _private_channels(about)]
        answers = asker.answers([*rooms, *_groups(self.admins)])
        only = f"{about.name} is handled in private: only people in its room, its responders and admins see it."
        return None if any(answers) else SILENCE if None in answers else only

    def _not_among(self, verb: str, asker: Asker, about: Incident | None) -> str | None:
        who, person = self.who(verb), asker.person
        if person.standing == "admin" or any(_is_plainly(word, person, about) for word in who):
            return None
        room: list[Question] = [("room", about.room.channel)] if "room" in who and about and about.room else []
        answers = asker.answers([*room, *_groups((*who, *self.admins))])
        return None if any(answers) else SILENCE if None in answers else _only(verb, who, about)


def is_responder(person: Person, incident: Incident) -> bool:
    """Whom others asked: paged, added, invited, made lead by one who responds; and who declared it. Nobody becomes one
    by acknowledging, resolving or taking the lead, or else everybody could."""
    asked = {responder.id for responder in incident.responders}
    paged = {assignee.id for assignee in incident.assignees} - set(incident.volunteers)
    invited = {user for room in _rooms(incident) for user in room.invited}
    is_asked = person.pagerduty_id in asked | paged or person.slack_id in invited
    return is_asked or _is(person, incident.declared_by) or (incident.is_lead_appointed and _is(person, incident.lead))


def is_group(word: str) -> bool:
    """Whether a word of a rule names a user group: "@sre", or its id "S0123ABC"."""
    return (word.startswith("@") and len(word) > 1) or bool(GROUP.fullmatch(word))


def _is_plainly(word: str, person: Person, about: Incident | None) -> bool:
    """What needs no asking. Who responds counts as being in the room, whoever only took the lead is no lead here, and
    while there is no room nobody is outside of it."""
    if word == "members":
        return True
    if word == "lead":
        return bool(about and _is(person, about.lead) and is_responder(person, about))
    if about is None:
        return False
    return (word == "room" and about.room is None) or (word in {"room", "responders"} and is_responder(person, about))


def _private_channels(incident: Incident) -> list[str]:
    return [room.channel for room in _rooms(incident) if room.is_private]


def _rooms(incident: Incident) -> tuple[WarRoom, ...]:
    return (*incident.former_rooms, *([incident.room] if incident.room else []))


def _is(person: Person, actor: Actor | None) -> bool:
    return actor is not None and actor.id in (person.slack_id, person.pagerduty_id)


def _groups(words: Iterable[str]) -> list[Question]:
    return [("group", word) for word in words if is_group(word)]


def _only(verb: str, who: Sequence[str], about: Incident | None) -> str:
    whose = [WORDS.get(word, word) for word in who if word not in WELCOME.values()]
    to_what = f" {about.name}" if about else ""
    join = f" Join #{about.room.name} first." if "room" in who and about and about.room else ""
    return f"Only {' or '.join(dict.fromkeys([*whose, 'admins']))} can {verb}{to_what}.{join}"


def _unlinked(verb: str, asker: Asker) -> str | None:
    """When PagerDuty could not be asked they have the benefit of the doubt: it is asked again before it is done."""
    if not TABLE.get(verb, UNLISTED).in_pagerduty or asker.answers([("linked", "")]) != [False]:
        return None
    if asker.person.email is None:
        return "Slack shows no e-mail address for you. Try `/incident link-me`."
    return f"Nothing was done: no PagerDuty user has the address {asker.person.email}. Try `/incident link-me`."
