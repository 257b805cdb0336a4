"""The kinds that carry the whole incident."""

from bot.domain.events import news as kinds
from bot.domain.incident import Subject
from bot.pagerduty.readers.envelope import Envelope, HeardOfIncident
from bot.pagerduty.snapshot import from_webhook

NEWS: dict[str, type[kinds.News]] = {
    kind.kind: kind
    for kind in (
        kinds.Triggered, kinds.Acknowledged, kinds.Unacknowledged, kinds.Resolved, kinds.Reopened, kinds.Escalated,
        kinds.Delegated, kinds.Reassigned, kinds.PriorityUpdated, kinds.ServiceChanged, kinds.TypeChanged,
    )
}  # fmt: skip


def news(envelope: Envelope) -> kinds.News:
    snapshot = from_webhook(envelope.data)
    subject = Subject(pagerduty_id=snapshot.pagerduty_id, incident_key=snapshot.incident_key)
    heard = envelope.heard(snapshot.pagerduty_id, snapshot.pagerduty_id)
    return NEWS[envelope.kind](**HeardOfIncident(**heard, subject=subject), snapshot=snapshot)
