"""Commands are tried on a real ledger, with the reactions the bot has."""

import pytest

from storage import Database
from tests.commands.desk import CHECKOUT, PAYMENTS, Desk


@pytest.fixture
def desk(database: Database) -> Desk:
    """Where Alice and Bob speak; PagerDuty's services are known."""
    database.submit(lambda tx: tx.remember_services([CHECKOUT, PAYMENTS])).result(timeout=5)
    return Desk(database)
