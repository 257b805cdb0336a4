"""What the bot remembers. `Database.write` and `Database.read` are its only doors, `Transaction.record` the only write
to an incident."""

from storage.audit import Walked
from storage.auditors import Auditors, auditing
from storage.backlog import Owed
from storage.checkpoints import Ends
from storage.database import Database
from storage.errors import UnsafeSettings
from storage.inbox import Delivery, NewDelivery
from storage.ledger import Reactions
from storage.proof import Verdict
from storage.signals import OpenAlerts
from storage.storms import Sharing
from storage.transaction import Transaction

__all__ = [
    "Auditors", "Database", "Delivery", "Ends", "NewDelivery", "OpenAlerts", "Owed", "Reactions", "Sharing",
    "Transaction", "UnsafeSettings", "Verdict", "Walked", "auditing",
]  # fmt: skip
