"""All that Muster can do to the world. One file per thing, one line here."""

from collections.abc import Mapping
from datetime import timedelta

from bot.effects import (
    anchors,
    announcement,
    archive,
    card,
    catching_up,
    changes,
    checkpoints,
    forms,
    furnishing,
    invitations,
    mending,
    merging,
    messages,
    reconcile,
    redaction,
    requests,
    rooms,
    signals,
    sources,
    storms,
    subscriptions,
    upkeep,
)
from bot.effects.effect import Effect
from bot.effects.staleness import DEADLINE
from bot.effects.ticks import at_the_next_tick
from bot.effects.world import Facts, World

WHILE_SOMEONE_WAITS = timedelta(minutes=20)

EFFECTS: Mapping[str, Effect] = {
    "open_room": Effect(rooms.open_room),
    "promote": Effect(storms.promote),
    "find_people": Effect(invitations.find_people, patience=WHILE_SOMEONE_WAITS),
    "post_card": Effect(card.post_card, part="card"),
    "pin_card": Effect(card.pin_card, part="pin"),
    "update_card": Effect(card.update_card),
    "close_former_card": Effect(card.close_former_card),
    "invite": Effect(invitations.invite, part="invitations"),
    "set_topic": Effect(furnishing.set_topic, part="topic"),
    "set_purpose": Effect(furnishing.set_purpose, part="purpose"),
    "add_bookmarks": Effect(furnishing.add_bookmarks, part="bookmarks"),
    "post_changes": Effect(changes.post_changes, part="changes"),
    "update_changes": Effect(changes.update_changes),
    "announce": Effect(announcement.announce, part="announcement"),
    "update_announcement": Effect(announcement.update_announcement),
    "link_room": Effect(furnishing.link_room, part="link"),
    "say": Effect(messages.say),
    "redact_line": Effect(redaction.redact_line),
    "catch_up": Effect(catching_up.catch_up),
    "tell": Effect(messages.tell, patience=WHILE_SOMEONE_WAITS),
    "open_form": Effect(forms.open_form, patience=timedelta(seconds=30)),
    "declare": Effect(requests.declare, verb="declare"),
    "acknowledge": Effect(requests.acknowledge, verb="acknowledge", patience=DEADLINE),
    "resolve": Effect(requests.resolve, verb="resolve", patience=DEADLINE),
    "reopen": Effect(requests.reopen, verb="reopen", patience=DEADLINE),
    "annotate": Effect(requests.annotate, verb="note"),
    "merge": Effect(merging.merge, verb="merge"),
    "look_up": Effect(requests.look_up),
    "send_change": Effect(changes.send_change),
    "send_signal": Effect(signals.send_signal),
    "ask_sources": Effect(sources.ask_sources, patience=WHILE_SOMEONE_WAITS),
    "end_test": Effect(sources.end_test),
    "show_changes": Effect(changes.show_changes, patience=WHILE_SOMEONE_WAITS),
    "show_home": Effect(upkeep.show_home, patience=WHILE_SOMEONE_WAITS),
    "look_up_person": Effect(upkeep.look_up_person, patience=WHILE_SOMEONE_WAITS),
    "schedule_archive": Effect(archive.schedule_archive),
    "sweep_rooms": Effect(archive.sweep_rooms),
    "archive_room": Effect(archive.archive_room),
    "reconcile": Effect(at_the_next_tick(reconcile.reconcile)),
    "watch_subscriptions": Effect(at_the_next_tick(subscriptions.watch_subscriptions)),
    "mend_rooms": Effect(at_the_next_tick(mending.mend_rooms)),
    "look_for_rooms": Effect(at_the_next_tick(mending.look_for_rooms)),
    "refresh_services": Effect(upkeep.refresh_services),
    "checkpoint": Effect(checkpoints.checkpoint),
    "anchor_in_file": Effect(anchors.anchor_in_file),
    "anchor_in_slack": Effect(anchors.anchor_in_slack),
    "anchor_in_pagerduty": Effect(anchors.anchor_in_pagerduty),
    "anchor_in_syslog": Effect(anchors.anchor_in_syslog),
    "forget_answers": Effect(upkeep.forget_answers),
    "forget_settled_jobs": Effect(upkeep.forget_settled_jobs),
}

__all__ = ["EFFECTS", "Effect", "Facts", "World"]
