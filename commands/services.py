"""Which of PagerDuty's services is meant."""

from collections.abc import Sequence

from bot.domain.incident import Reference
from commands.command import WrongField
from commands.grammar import Word, as_said, either, nearest
from storage import Transaction


def service_named(tx: Transaction, name: str) -> Reference:
    service = tx.service(name)
    if service is None:
        raise unknown_service(tx, name)
    return service


def service_said_first(tx: Transaction, said: Sequence[Word]) -> tuple[Reference | None, Sequence[Word]]:
    """The service that the words begin with, its name perhaps several of them, and the words after it."""
    for length in range(len(said), 0, -1):
        service = tx.service(" ".join(word.text for word in said[:length]))
        if service:
            return service, said[length:]
    return None, said


def like(tx: Transaction, name: str) -> list[str]:
    """The services whose names are most like this one, best first."""
    return nearest(name, (service.summary for service in tx.services()))


def unknown_service(tx: Transaction, name: str) -> WrongField:
    close = like(tx, name)
    if close:
        return WrongField("service", f"I know no service {as_said(name)}. Did you mean {either(close)}?")
    if tx.services():
        return WrongField("service", f"I know no service {as_said(name)}. Use its name or id in PagerDuty.")
    return WrongField("service", "I have not read the services from PagerDuty yet. Try again in a minute.")
