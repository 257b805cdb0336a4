"""How one human is known in Slack and in PagerDuty, as they last told us. A cache: it can be asked for again."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.domain.people import Person
from storage.connected import PEOPLE, Connected, instant, stamp, storable
from storage.schema import people


class People(Connected):
    def person(
        self, *, slack_id: str | None = None, pagerduty_id: str | None = None, email: str | None = None
    ) -> Person | None:
        """By the first of these that finds somebody; an e-mail address whatever its case."""
        wanted = {"slack_id": slack_id, "pagerduty_id": pagerduty_id, "email_folded": email and email.casefold()}
        for name, value in wanted.items():
            if value and (row := self._first(BY[name], value=value)):
                return _person(row)
        return None

    def remember_person(self, person: Person) -> None:
        """Take over what is said of a person, and keep what was known of them and is not said now.

        Someone known by the same id but under another e-mail address is forgotten, not merged: the address is what
        ties Slack to PagerDuty, and a tie made by an old one would let a person act as somebody else.
        """
        self._alone(PEOPLE)
        email = person.email and person.email.casefold()
        known = self._all(ALIKE, slack_id=person.slack_id, pagerduty_id=person.pagerduty_id, email_folded=email)
        merged = person
        for row in known:
            if not (email and row.email_folded) or row.email_folded == email:
                merged = _merged(merged, _person(row))
            self._do(FORGET, at_id=row.id)
        self._do(REMEMBER, **_columns(merged))


def _merged(person: Person, known: Person) -> Person:
    """PagerDuty cannot say what someone is in Slack, so only word from Slack changes `standing`."""
    return Person(
        name=person.name or known.name,
        email=person.email or known.email,
        slack_id=person.slack_id or known.slack_id,
        pagerduty_id=person.pagerduty_id or known.pagerduty_id,
        standing=person.standing if person.slack_id or not known.slack_id else known.standing,
        checked_at=_latest(person.checked_at, known.checked_at),
    )


def _latest(*instants: datetime | None) -> datetime | None:
    return max((at for at in instants if at), default=None)


def _columns(person: Person) -> dict[str, Any]:
    return {
        "name": storable(person.name), "email": person.email, "email_folded": person.email and person.email.casefold(),
        "slack_id": person.slack_id, "pagerduty_id": person.pagerduty_id, "standing": person.standing,
        "checked_at": stamp(person.checked_at) if person.checked_at else None,
    }  # fmt: skip


def _person(row: sa.Row[Any]) -> Person:
    return Person(
        name=row.name, email=row.email, slack_id=row.slack_id, pagerduty_id=row.pagerduty_id, standing=row.standing,
        checked_at=instant(row.checked_at) if row.checked_at else None,
    )  # fmt: skip


NAMES = ("slack_id", "pagerduty_id", "email_folded")
BY = {name: people.select().where(people.c[name] == sa.bindparam("value")) for name in NAMES}
ALIKE = people.select().where(sa.or_(*(people.c[name] == sa.bindparam(name) for name in NAMES))).order_by(people.c.id)
FORGET = people.delete().where(people.c.id == sa.bindparam("at_id"))
REMEMBER = people.insert()
