"""`help`: what can be asked, made from the table of commands itself."""

from collections.abc import Sequence

from bot.domain.errors import Misuse
from bot.slack.mrkdwn import inline
from bot.slack.views.help import usage
from commands.answers import said, shown
from commands.command import Call, Command, Reply
from commands.grammar import as_said, either, nearest
from storage import Transaction


def help_for(others: Sequence[Command]) -> Command:
    """The help verb of a table that holds `others` and itself."""

    def explain(tx: Transaction, call: Call) -> Reply:
        return _of_one(verbs, call.text.strip().casefold()) if call.text.strip() else _of_all(verbs)

    itself = Command(
        name="help", aliases=("?", "aide"), usage="help [VERB]", run=explain, help="say what I understand"
    )
    verbs = (itself, *others)
    return itself


def named(verbs: Sequence[Command], name: str) -> Command:
    """The verb of that name or alias."""
    by_name = {known: verb for verb in verbs for known in (*verb.aliases, verb.name)}
    if name not in by_name:
        raise Misuse(unknown(name, [known for known, verb in by_name.items() if verb.listed]))
    return by_name[name]


def unknown(name: str, known: Sequence[str]) -> str:
    close = [f"`{verb}`" for verb in nearest(name, known)]
    meant = f"Did you mean {either(close)}?" if close else "`/incident help` lists what I understand."
    return f"I do not know {as_said(name)}. {meant}"


def _of_all(verbs: Sequence[Command]) -> Reply:
    return shown(usage([(verb.usage, verb.help) for verb in verbs if verb.listed]))


def _of_one(verbs: Sequence[Command], name: str) -> Reply:
    verb = named(verbs, name)
    also = f" Also: {', '.join(f'`{alias}`' for alias in verb.aliases)}." if verb.aliases else ""
    return said(f"`/incident {inline(verb.usage)}`: {verb.help}.{also}")
