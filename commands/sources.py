"""`sources`: the systems that signal, what they sent, and whether they are listened to."""

from collections.abc import Sequence

from bot.domain.errors import Misuse
from bot.domain.job import Job, Priority
from bot.slack.mrkdwn import inline
from commands.answers import said
from commands.command import Call, Command, Reply
from commands.grammar import as_said, either, nearest, plain, words
from storage import Transaction

TAKEN_AWAY = ("disconnect", "remove")
SUBSCRIPTIONS = ("subscribe", "unsubscribe")
WHAT = ("list", "test", "preview", "replay", "disable", "enable", *TAKEN_AWAY, *SUBSCRIPTIONS)
USAGE = f"sources [{'|'.join(WHAT)}] [NAME] [DELIVERY|resolve|hand-over]"
DELETE = "delete-integration"
FATES = {"resolve": False, "hand-over": True}  # of what is open: whether it is left open, to people


def sources(tx: Transaction, call: Call) -> Reply:
    """What there is, is known where they are read; so the answer follows."""
    told = [word.text for word in words(plain(call.text))] or ["list"]
    what, name, delivery, more = told[0].casefold(), *[*told[1:], "", "", ""][:3]
    if what not in WHAT:
        close = nearest(what, WHAT)
        raise Misuse(f"I cannot {as_said(what)} sources." + (f" Did you mean {either(close)}?" if close else ""))
    if what in SUBSCRIPTIONS:
        return _subscription(tx, call, what, told[1:])
    if what != "list" and not name:
        raise Misuse(f"Which source? Say `sources {what} NAME`; `sources list` shows them.")
    if what in TAKEN_AWAY:
        return _taken_away(tx, call, what, name, told[2:])
    if what == "test" and "live" in (delivery.casefold(), more.casefold()):
        what = "test-live"
    arguments = {"what": what, "source": name, "delivery": delivery, **_whoever(call)}
    lane = f"ask:{call.by.slack_id}"
    tx.put(Job("ask_sources", lane, arguments=arguments, priority=Priority.HUMAN, key=call.key("sources")))
    return said("Looking…")


def _taken_away(tx: Transaction, call: Call, what: str, name: str, rest: Sequence[str]) -> Reply:
    """What becomes of its open alerts has to be said: nobody takes anything away by a slip."""
    fate, *others = [word.casefold() for word in rest] or [""]
    if fate not in FATES:
        count = len(tx.open_alerts(name))
        raise Misuse(
            f"*{inline(name)}* has {count} open {'alert' if count == 1 else 'alerts'}. Say `sources {what} {name}"
            f" resolve` to resolve what is open, or `sources {what} {name} hand-over` to leave it to people."
        )
    if what == "remove" and [word for word in others if word != DELETE]:
        raise Misuse(f"`remove` takes all of a source away. For one service say `sources disconnect {name} {fate} …`.")
    terms = {"hand_over": FATES[fate], "delete": DELETE in others}
    service = " ".join(word for word in others if word != DELETE) or None
    arguments = {
        "what": what, "source": name, "service": service, "terms": terms,
        "id": call.unique_id("sources"), "origin": call.origin, **_whoever(call),
    }  # fmt: skip
    lane = f"source/{name}"
    tx.put(Job("take_source_away", lane, arguments=arguments, priority=Priority.HUMAN, key=call.key("sources")))
    return said(f"Taking *{inline(name)}* away; I tell you here how it went.", awaits="pagerduty")


def _subscription(tx: Transaction, call: Call, what: str, rest: Sequence[str]) -> Reply:
    """PagerDuty's webhooks to Muster: of the account, or of one service or team."""
    kind, name = (rest[0].casefold(), " ".join(rest[1:])) if rest else ("", "")
    if kind not in {"", "service", "team"} or bool(kind) != bool(name):
        raise Misuse(f"Say `sources {what}`, `sources {what} service NAME` or `sources {what} team NAME`.")
    arguments = {
        "what": what, "kind": kind, "called": name, "id": call.unique_id("sources"), "origin": call.origin,
        **_whoever(call),
    }  # fmt: skip
    tx.put(
        Job("change_subscription", "subscriptions", arguments=arguments, priority=Priority.HUMAN,
            key=call.key("sources"))
    )  # fmt: skip
    return said("Asking PagerDuty; I tell you here how it went.", awaits="pagerduty")


def _whoever(call: Call) -> dict[str, str | None]:
    """Who asks, and where they are answered."""
    return {
        "asker": call.by.slack_id, "name": call.by.name, "user": call.by.slack_id, "channel": call.channel,
        "response_url": call.response_url, "thread_ts": call.thread_ts, "key": call.key("sources"),
    }  # fmt: skip


SOURCES = Command(
    name="sources", usage=USAGE, run=sources,
    help="list the systems that signal, try them, stop listening to one, or take it away",
)  # fmt: skip
