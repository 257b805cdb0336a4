"""How each approval stands that a source asked for. Only what is recorded on the source's timeline moves it."""

import sqlalchemy as sa
from pydantic import TypeAdapter

from bot.domain.approval import Approval
from bot.domain.events.approvals import ApprovalEvent
from storage.connected import Connected, storable
from storage.schema import approvals, in_both

APPROVAL = TypeAdapter(Approval)


class Approvals(Connected):
    def approval(self, id: str) -> Approval | None:  # noqa: A002
        """By our own name of it."""
        row = self._first(ONE, id=storable(id))
        return None if row is None else APPROVAL.validate_json(row.state)

    def _move_approval(self, event: ApprovalEvent) -> None:
        """Whoever records holds the source's timeline, so nobody else moves one of its approvals meanwhile."""
        before = self.approval(event.approval) or Approval(id=event.approval, source=event.service_id)
        state = storable(APPROVAL.dump_json(event.move(before)).decode())
        self._do(KEEP[self._dialect], id=event.approval, source=event.service_id, state=state)


ONE = sa.select(approvals.c.state).where(approvals.c.id == sa.bindparam("id"))
KEEP = in_both(
    lambda insert: (row := insert(approvals)).on_conflict_do_update(
        index_elements=["id"], set_={"state": row.excluded.state}
    )
)
