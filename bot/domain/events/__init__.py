"""Every kind of fact there is, under the name it is stored by. docs/timeline.md says the same in words."""

from bot.domain.events import (
    approvals,
    changes,
    connecting,
    late,
    news,
    redactions,
    reports,
    requests,
    rooms,
    services,
    signals,
    storms,
)
from bot.domain.events.event import Entry, Event, ServiceEvent

INCIDENT_KINDS: tuple[type[Event], ...] = (
    news.Triggered, news.Acknowledged, news.Unacknowledged, news.Resolved, news.Reopened, news.Escalated,
    news.Delegated, news.Reassigned, news.PriorityUpdated, news.ServiceChanged, news.TypeChanged, news.LookedUp,
    reports.Annotated, reports.StatusUpdatePublished, reports.ResponderAdded, reports.ResponderReplied,
    reports.BridgeUpdated, reports.FieldsUpdated, reports.RoleAssigned, reports.TaskCreated, reports.TaskUpdated,
    reports.TaskCompleted, reports.WorkflowStarted, reports.WorkflowCompleted, reports.ActionCreated,
    reports.ActionUpdated, reports.ActionTerminated,
    requests.Declared, requests.Created, requests.AcknowledgeRequested, requests.ResolveRequested,
    requests.ReopenRequested, requests.RequestDropped, requests.RequestDelayed, requests.NoteWritten,
    requests.NoteSent, requests.LeadTaken, requests.CommandRefused, requests.EffectFailed,
    rooms.RoomOpened, rooms.RoomNotOpened, rooms.RoomFurnished, rooms.PeopleInvited, rooms.PartDelayed,
    rooms.ChangesShown, rooms.ArchiveScheduled, rooms.ArchivePostponed, rooms.RoomArchived,
    storms.StormBegan, storms.RoomShared, storms.RoomPromoted, storms.MergeRequested, storms.Merged,
    rooms.RoomLost, late.Logged, late.GapFound, late.CaughtUp,
    changes.ChangeLogged, changes.ChangeSent, changes.ChangeSuspected, changes.ChangeCleared,
    redactions.EntryRedacted, signals.Signalled, signals.Correlated, signals.SeverityLearned, signals.WrittenBack,
    signals.UrgencySet,
)  # fmt: skip

SERVICE_KINDS: tuple[type[ServiceEvent], ...] = (
    services.ServiceCreated, services.ServiceUpdated, services.ServiceDeleted, services.ServiceFieldsUpdated,
    services.SubscriptionEnabled, redactions.RedactedElsewhere,
    changes.ServiceChangeLogged, changes.ServiceChangeSent, changes.ServiceChangeDelayed, changes.ServiceChangeFailed,
    signals.SourceSignalled, signals.SignalSent, signals.SignalFailed, signals.SourceDisabled, signals.SourceEnabled,
    signals.SourceReplayed, signals.SourceTested,
    connecting.SourceConnected, connecting.SourceNotConnected, connecting.SourceDisconnected,
    connecting.SourceRemoved, connecting.KeyVerified, connecting.KeyDoubted,
    connecting.SubscriptionCreated, connecting.SubscriptionProved, connecting.SubscriptionDeleted,
    approvals.ApprovalRequested, approvals.ApprovalShown, approvals.ApprovalNotShown, approvals.ApprovalAnswered,
    approvals.ApprovalTaken, approvals.ApprovalDelayed, approvals.ApprovalDropped, approvals.ApprovalFinished,
)  # fmt: skip

__all__ = ["INCIDENT_KINDS", "SERVICE_KINDS", "Entry", "Event", "ServiceEvent"]
