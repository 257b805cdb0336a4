"""What Muster does for itself, by the clock."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.domain.errors import Refused
from bot.domain.job import Claim
from bot.effects.identity import met, pagerduty_email
from bot.effects.messages import tell
from bot.effects.world import Facts, World
from bot.slack.views.home import home
from storage import Transaction

SETTLED_JOBS_KEPT = timedelta(days=7)
ANSWERS_KEPT = timedelta(minutes=10)  # twice as long as Slack's signatures are good for


async def refresh_services(world: World, claim: Claim) -> Facts:
    """The services people may name, so that a form opens without asking PagerDuty."""
    services = await world.pagerduty.services()
    await world.database.write(lambda tx: tx.remember_services(services))
    return []


async def forget_settled_jobs(world: World, claim: Claim) -> Facts:
    before = datetime.now(UTC) - SETTLED_JOBS_KEPT
    await world.database.write(lambda tx: tx.forget_settled(before))
    return []


async def forget_answers(world: World, claim: Claim) -> Facts:
    """A request that is older is refused for its age, and needs no answer kept."""
    before = (datetime.now(UTC) - ANSWERS_KEPT).timestamp()
    await world.database.write(lambda tx: tx.forget_answers(before))
    return []


async def read_again(world: World, claim: Claim) -> Facts:
    """A delivery whose source was not known; the reader of any replica finds it."""
    id_ = int(claim.job.arguments["delivery"])

    def give_back(tx: Transaction) -> None:
        if (delivery := tx.delivery_with_id(id_)) and delivery.state == "not understood":
            tx.unread_again(id_)

    await world.database.write(give_back)
    return []


async def show_home(world: World, claim: Claim) -> Facts:
    """The home tab, as things stand and as far as they may see it; publishing it again does no harm."""
    user = str(claim.job.arguments["user"])
    person = await met(world, user)
    is_shut_out = world.policy.refusal_outright("list", person) is not None
    known = [] if is_shut_out else await world.database.read(lambda tx: tx.incidents())
    found = [incident for incident in known if world.policy.plainly_shows(person, incident)]
    mine = [incident for incident in found if incident.is_held_by(person)]
    await world.slack.show_home(user, home(mine, [incident for incident in found if incident not in mine]))
    return []


async def look_up_person(world: World, claim: Claim) -> Facts:
    """Match a Slack user with PagerDuty again, now, and tell them how it went."""
    user = str(claim.job.arguments["user"])
    try:
        email = await pagerduty_email(world, user, anew=True)
        text = f"You are {email} in PagerDuty. What you do here is done there as you."
    except Refused as refusal:
        if refusal.trouble:
            raise
        text = f"Not linked: {refusal}"
    answer = replace(claim.job, arguments={**claim.job.arguments, "text": text})
    return await tell(world, replace(claim, job=answer))
