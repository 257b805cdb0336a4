"""One transaction: everything that can be asked of the database and written to it, in one place."""

from storage.answers import Answers
from storage.catalogue import Catalogue
from storage.inbox import Inbox
from storage.ledger import Ledger
from storage.people import People
from storage.proof import Proof


class Transaction(Ledger, Inbox, People, Catalogue, Proof, Answers):
    """Made by Database for the time of one function; synchronous, so that nothing waits for a network inside it."""
