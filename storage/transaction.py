"""One transaction: everything that can be asked of the database and written to it, in one place."""

from storage.catalogue import Catalogue
from storage.closures import Closures
from storage.inbox import Inbox
from storage.ledger import Ledger
from storage.people import People
from storage.proof import Proof


class Transaction(Ledger, Inbox, People, Catalogue, Closures, Proof):
    """Made by Database for the time of one function; synchronous, so that nothing waits for a network inside it."""
