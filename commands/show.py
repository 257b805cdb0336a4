"""`show`: one incident in full, with what can be done about it; the card's More button."""

from bot.slack.views import incidents as views
from commands.answers import shown, together
from commands.command import Call, Command, Reply
from commands.which import only_named
from storage import Transaction

MOST_SHOWN = 5  # a message holds fifty blocks


def show(tx: Transaction, call: Call) -> Reply:
    return together([shown(views.shown(incident)) for incident in only_named(tx, call)[:MOST_SHOWN]])


SHOW = Command(
    name="show", aliases=("info", "card"), usage="show [INC-42 …]", run=show,
    help="show an incident in full, with what can be done about it",
)  # fmt: skip
