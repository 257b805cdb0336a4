"""On Postgres too, what only adds a row can share a commit: a flood of deliveries costs one for many."""

from collections.abc import Callable

import sqlalchemy as sa

from bot.domain.errors import Unavailable
from storage.errors import is_its_own
from storage.transaction import Transaction
from storage.writer import Caught, EachWriter, Transact, Work


class GatheringWriter(EachWriter):
    """One thread: what waits is one transaction. For functions that each add a row, which a second run does not harm.
    They have no savepoints, which would cost as much as the rows: when one fails, nothing of it is done, and each is
    run alone. Two replicas that are sent the same rows at once add them in one order, whatever order they came in: else
    they would wait for each other until Postgres looks for deadlocks, and by then nobody waits for either."""

    def __init__(self, engine: sa.Engine, transact: Transact, wake: Callable[[], None]) -> None:
        super().__init__(engine, transact, wake, 1)

    def _serve(self) -> None:
        while (works := self._next_batch()) is not None:
            self._keep(works)
            self._tell(works)

    def _keep(self, works: list[Work]) -> None:
        def each(tx: Transaction) -> None:
            if len(works) > 1:
                tx.will_keep([work.row for work in works])
            for work in sorted(works, key=lambda one: one.row):
                work.run(tx)

        together = Work(each)
        with Caught(together):
            self._persist(together)
        if together.error is not None:
            self._one_by_one(works, together.error)

    def _one_by_one(self, works: list[Work], error: BaseException) -> None:
        for work in works:
            with Caught(work):
                if _is_the_databases(error):
                    raise error
                self._persist(work)


def _is_the_databases(error: BaseException) -> bool:
    """Then it is everybody's; else one of them is to blame, or comes too late."""
    if isinstance(error, Unavailable):
        return error.reached
    return isinstance(error, sa.exc.DBAPIError) and is_its_own(error)
