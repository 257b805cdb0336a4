"""`lead`: who decides."""

from bot.domain.errors import Misuse
from bot.domain.events.requests import LeadTaken
from bot.domain.people import Actor
from bot.domain.policy import is_responder
from bot.slack.mrkdwn import inline
from commands.answers import UNCHANGED, in_room, said, who
from commands.command import Call, Command, Reply
from commands.grammar import PERSON, as_said, words
from commands.which import one_and_text
from storage import Transaction


def lead(tx: Transaction, call: Call) -> Reply:
    incident, text = one_and_text(tx, call, text_follows=False)
    leader = _leader(tx, call, text)
    if incident.lead and incident.lead.id == leader.id:
        leads = "You already lead" if leader == call.actor else f"{inline(leader.name)} already leads"
        return said(f"{leads} {incident.name}. {UNCHANGED}")
    event = LeadTaken(
        subject=incident.subject, at=call.at, by=call.actor, key=call.key("lead"), origin=call.origin, lead=leader,
        appointed=call.by.standing == "admin" or is_responder(call.by, incident),
    )  # fmt: skip
    tx.record(event)
    leads = "You lead" if leader == call.actor else f"{who(leader, call)} leads"
    return said(f"{leads} {incident.name} now.", quiet=in_room(call, incident))


def _leader(tx: Transaction, call: Call, text: str) -> Actor:
    """The person mentioned, or whoever asks when nobody is."""
    mentioned = [match for word in words(text) if (match := word.matches(PERSON))]
    if not text.strip():
        return call.actor
    if len(mentioned) != 1 or len(words(text)) != 1:
        raise Misuse(f"I do not know who {as_said(text)} is. Mention one person, as in `lead @alice`.")
    slack_id = mentioned[0][1]
    return call.actor if slack_id == call.by.slack_id else _other(tx, call, slack_id)


def _other(tx: Transaction, call: Call, slack_id: str) -> Actor:
    """As Slack describes them now; while it is silent, as it did before. Raises Unasked."""
    [is_known] = call.asker.answers([("person", slack_id)])
    person = None if is_known is False else tx.person(slack_id=slack_id)
    if person is None:
        does_not = "does not know them" if is_known is False else "does not say who that is"
        raise Misuse(f"Slack {does_not}, so nothing was done. Mention a member of this workspace.")
    if not person.is_member:
        raise Misuse(f"{person.name} cannot lead: only members of this workspace can.")
    return person.actor


LEAD = Command(
    name="lead", aliases=("ic", "commander", "take"), usage="lead [INC-42] [@person]", run=lead,
    help="take the lead, or give it to someone",
)  # fmt: skip
