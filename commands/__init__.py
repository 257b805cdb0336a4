"""What can be asked, in the order help tells it. Adding a verb is one file and one line here."""

from commands.ack import ACK
from commands.approve import APPROVE, DECLINE
from commands.change import CHANGE, DEPLOY
from commands.changes import CHANGES
from commands.command import Call, Command, Forbidden, Form, Reply, WrongField
from commands.connect import CONNECT
from commands.declare import DECLARE
from commands.help import help_for
from commands.judge import CLEAR, SUSPECT
from commands.lead import LEAD
from commands.list import LIST
from commands.merge import MERGE
from commands.note import NOTE
from commands.promote import PROMOTE
from commands.redact import REDACT
from commands.reopen import REOPEN
from commands.resolve import RESOLVE
from commands.show import SHOW
from commands.sources import SOURCES
from commands.timeline import TIMELINE
from commands.whoami import LINK_ME, WHOAMI

_VERBS = (
    LIST, SHOW, DECLARE, ACK, RESOLVE, REOPEN, NOTE, CHANGE, DEPLOY, CHANGES, TIMELINE, REDACT, LEAD, MERGE, PROMOTE,
    SUSPECT, CLEAR, SOURCES, CONNECT, APPROVE, DECLINE, WHOAMI, LINK_ME,
)  # fmt: skip

COMMANDS: dict[str, Command] = {verb.name: verb for verb in (help_for(_VERBS), *_VERBS)}
ALIASES: dict[str, str] = {alias: verb.name for verb in COMMANDS.values() for alias in verb.aliases}

__all__ = ["ALIASES", "COMMANDS", "Call", "Command", "Forbidden", "Form", "Reply", "WrongField"]
