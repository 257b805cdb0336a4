"""One human in two worlds: Slack user → e-mail → PagerDuty user, and back. Never a guess by name."""

from datetime import UTC, datetime, timedelta

from bot.domain.errors import Refused
from bot.domain.incident import Reference
from bot.domain.people import Person
from bot.effects.world import World

KNOWN_FOR = timedelta(hours=12)
MISSED_FOR = timedelta(minutes=5)  # someone who was not found may just be linking themselves


async def pagerduty_email(world: World, slack_id: str, *, anew: bool = False) -> str:
    """The e-mail of the PagerDuty user this Slack user is, for the `From` of what they do.

    `anew`: Slack and PagerDuty are asked, whatever they said before.
    https://developer.pagerduty.com/docs/authentication (the From header) decides whom PagerDuty's log names.
    Raises Refused, saying how to link, when there is none.
    """
    person = await (met(world, slack_id) if anew else slack_person(world, slack_id))
    email = world.addresses.get(slack_id) or person.email
    if email is None:
        raise Refused("Slack shows no e-mail address for you. Try `/incident link-me`.", code="unmapped")
    if anew or person.pagerduty_id is None or is_stale(person):
        person = await _linked(world, person, email)
    if person.pagerduty_id is None:
        raise Refused(f"no PagerDuty user has the address {email}. Try `/incident link-me`.", code="unmapped")
    return email


async def slack_person(world: World, slack_id: str) -> Person:
    """Who this Slack user is, from the cache while it is fresh."""
    known = await world.database.read(lambda tx: tx.person(slack_id=slack_id))
    if known and not is_stale(known):
        return known
    return await met(world, slack_id)


async def met(world: World, slack_id: str) -> Person:
    """Who Slack says this is now. What PagerDuty said of them stays, as long as their address does, and when it was
    asked: whoever has only been met is not yet somebody PagerDuty does not know."""
    return await as_known(world, await world.slack.person(slack_id))


async def as_known(world: World, said: Person) -> Person:
    """Whom Slack described, with what our own database knows of them; and it knows what Slack said from now on."""
    slack_id = said.slack_id or ""
    email = world.addresses.get(slack_id) or said.email
    known = await world.database.read(lambda tx: tx.person(slack_id=slack_id))
    same = known if known and email and (known.email or "").casefold() == email.casefold() else None
    pagerduty_id, checked_at = (same.pagerduty_id, same.checked_at) if same else (None, None)
    person = Person(said.name, email, slack_id, pagerduty_id, said.standing, checked_at)
    if person != known:
        await world.database.write(lambda tx: tx.remember_person(person))
    return person


async def is_linked(world: World, slack_id: str) -> bool:
    """Whether PagerDuty has a user with their address; a miss is believed for a while, until they say `link-me`."""
    known = await world.database.read(lambda tx: tx.person(slack_id=slack_id))
    if known and known.pagerduty_id is None and not is_stale(known):
        return False
    try:
        await pagerduty_email(world, slack_id)
    except Refused as refusal:
        if refusal.code == "unmapped":
            return False
        raise
    return True


async def in_slack(world: World, user: Reference) -> Person:
    """The PagerDuty user as a Person; `slack_id` is None when Slack knows nobody with that e-mail."""
    known = await world.database.read(lambda tx: tx.person(pagerduty_id=user.id))
    if known and known.slack_id and not is_stale(known):
        return known
    person = known if known and known.email else await world.pagerduty.user(user.id)
    found = await world.slack.person_with_email(person.email) if person.email else None
    slack_id = found.slack_id if found else None
    merged = Person(
        found.name if found else person.name, person.email, slack_id, user.id, found.standing if found else "member"
    )
    return await remembered(world, merged)


async def remembered(world: World, person: Person) -> Person:
    fresh = Person(
        person.name, person.email, person.slack_id, person.pagerduty_id, person.standing, checked_at=datetime.now(UTC)
    )
    await world.database.write(lambda tx: tx.remember_person(fresh))
    return fresh


async def _linked(world: World, person: Person, email: str) -> Person:
    user = await world.pagerduty.user_with_email(email)
    pagerduty_id = user.pagerduty_id if user else None
    return await remembered(world, Person(person.name, email, person.slack_id, pagerduty_id, person.standing))


def is_stale(person: Person) -> bool:
    if person.checked_at is None:
        return True
    found = person.slack_id is not None and person.pagerduty_id is not None
    return datetime.now(UTC) - person.checked_at > (KNOWN_FOR if found else MISSED_FOR)
