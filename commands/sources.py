"""`sources`: the systems that signal, what they sent, and whether they are listened to."""

from bot.domain.errors import Misuse
from bot.domain.job import Job, Priority
from commands.answers import said
from commands.command import Call, Command, Reply
from commands.grammar import as_said, either, nearest, plain, words
from storage import Transaction

WHAT = ("list", "test", "preview", "replay", "disable", "enable")
USAGE = "sources [list|test|preview|replay|disable|enable] [NAME] [DELIVERY]"


def sources(tx: Transaction, call: Call) -> Reply:
    """What there is, is known where they are read; so the answer follows."""
    told = [word.text for word in words(plain(call.text))] or ["list"]
    what, name, delivery, live = told[0].casefold(), *[*told[1:], "", "", ""][:3]
    if what not in WHAT:
        close = nearest(what, WHAT)
        raise Misuse(f"I cannot {as_said(what)} sources." + (f" Did you mean {either(close)}?" if close else ""))
    if what != "list" and not name:
        raise Misuse(f"Which source? Say `sources {what} NAME`; `sources list` shows them.")
    if what == "test" and "live" in (delivery.casefold(), live.casefold()):
        what = "test-live"
    arguments = {
        "what": what, "source": name, "delivery": delivery, "asker": call.by.slack_id, "name": call.by.name,
        "user": call.by.slack_id, "channel": call.channel, "response_url": call.response_url,
        "thread_ts": call.thread_ts, "key": call.key("sources"),
    }  # fmt: skip
    lane = f"ask:{call.by.slack_id}"
    tx.put(Job("ask_sources", lane, arguments=arguments, priority=Priority.HUMAN, key=call.key("sources")))
    return said("Looking…")


SOURCES = Command(
    name="sources", usage=USAGE, run=sources, help="list the systems that signal, try them, or stop listening to one"
)
