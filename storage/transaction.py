"""One transaction: everything that can be asked of the database and written to it, in one place."""

from storage.answers import Answers
from storage.audit import Audit
from storage.catalogue import Catalogue
from storage.closures import Closures
from storage.holding import Holding
from storage.inbox import Inbox
from storage.people import People
from storage.redaction import Redaction
from storage.subscriptions import Subscriptions


class Transaction(Redaction, Inbox, People, Catalogue, Closures, Holding, Answers, Audit, Subscriptions):
    """Made by Database for the time of one function; synchronous, so that nothing waits for a network inside it."""
