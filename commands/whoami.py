"""`whoami` and `link-me`: who someone is in Slack and in PagerDuty, and how to become known there."""

from bot.domain.job import Job, Priority
from bot.domain.people import Person
from bot.slack.mrkdwn import inline
from commands.answers import said
from commands.command import Call, Command, Reply
from storage import Transaction

HOW = (
    "I know you by your e-mail address: the one in your Slack profile must be the one PagerDuty has for you "
    "(My Profile → Contact Information); capitals do not matter. Change either, then say `/incident link-me` again."
)


def whoami(tx: Transaction, call: Call) -> Reply:
    known = _known(tx, call)
    you = f"You are {inline(known.name)}" + (f" ({inline(known.email)})" if known.email else "")
    if known.pagerduty_id:
        return said(f"{you} in Slack, and {inline(known.pagerduty_id)} in PagerDuty, where you act as yourself.")
    if known.checked_at:
        return said(f"{you} in Slack. PagerDuty has nobody with that address. {HOW}")
    return said(f"{you} in Slack. I have not looked for you in PagerDuty yet. {HOW}")


def link_me(tx: Transaction, call: Call) -> Reply:
    """Asks Slack and PagerDuty again, whatever they said before."""
    arguments = {
        "user": call.by.slack_id, "channel": call.channel, "response_url": call.response_url,
        "thread_ts": call.thread_ts, "key": call.key("link-me"),
    }  # fmt: skip
    lane = f"ask:{call.by.slack_id}"
    tx.put(Job("look_up_person", lane, arguments=arguments, priority=Priority.HUMAN, key=call.key("link-me")))
    return said(f"{HOW} I am looking for you in PagerDuty now, and tell you what I find.")


def _known(tx: Transaction, call: Call) -> Person:
    remembered = tx.person(slack_id=call.by.slack_id) if call.by.slack_id else None
    return remembered or call.by


WHOAMI = Command(
    name="whoami", aliases=("me",), usage="whoami", run=whoami, help="show who you are in Slack and in PagerDuty"
)
LINK_ME = Command(
    name="link-me", aliases=("link",), usage="link-me", run=link_me,
    help="look for you in PagerDuty again, after you changed an e-mail address",
)  # fmt: skip
