"""What responders read: the card and its companions."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

from bot.domain.incident import Bridge, Deed, Incident, Reference
from bot.domain.room import ShownChange
from bot.slack.views import changes, forms, incidents, lines, timeline
from bot.slack.views.announcement import announcement
from bot.slack.views.card import Share, card, moved_out
from bot.slack.views.help import usage
from bot.slack.views.home import home
from bot.slack.views.message import Message
from tests.bot.slack.given import ALICE, BOB, CHECKOUT, PAGED_AT, TRIGGERED, acknowledged, entry, resolved, room

THEN = "<!date^1772593920^{date_short_pretty} {time}|2026-03-04 03:12 UTC>"


def texts(message: Message) -> list[str]:
    """What is read, top to bottom, buttons left out."""
    found = []
    for block in message.blocks:
        inside = block.get("elements", []) if block["type"] == "context" else [block.get("text")]
        found += [text["text"] for text in inside if text]
    return found


def buttons(message: Message | dict[str, Any]) -> list[tuple[str, str, str]]:
    """(label, action_id, value) of each button."""
    blocks = message.blocks if isinstance(message, Message) else message["blocks"]
    elements = [element for block in blocks if block["type"] == "actions" for element in block["elements"]]
    return [(one["text"]["text"], one["action_id"], one.get("value", "")) for one in elements]


def labels(message: Message) -> list[str]:
    return [label for label, _, _ in buttons(message)]


def inputs(view: dict[str, Any]) -> dict[str, dict[str, Any]]:
    found = {block["block_id"]: block["element"] for block in view["blocks"] if block["type"] == "input"}
    assert {name: element["action_id"] for name, element in found.items()} == {name: name for name in found}
    return found


def test_a_new_incidents_card_says_what_where_and_who_in_two_blocks() -> None:
    seen = card(TRIGGERED)
    assert texts(seen) == [
        "*<https://acme.pagerduty.example/incidents/Q1|INC-42 · Checkout answers 500>*\n"
        f"🔴 *Triggered* · high urgency\nSince {THEN}",
        "*Service*  <https://acme.pagerduty.example/services/PSVC1|Checkout>\n"
        "*Paged*  Alice Andersen\n*Lead*  nobody yet",
    ]
    assert seen.text == "INC-42 is triggered (high urgency on Checkout): Checkout answers 500."
    assert buttons(seen) == [
        ("Acknowledge", "command:ack", "INC-42"), ("Resolve", "command:resolve", "INC-42"),
        ("Note", "command:note", "INC-42"), ("Change", "command:change", "INC-42"),
        ("Take lead", "command:lead", "INC-42"), ("More", "command:show", "INC-42"),
    ]  # fmt: skip


def test_an_acknowledged_incidents_card_offers_to_resolve_and_names_the_lead() -> None:
    seen = card(acknowledged(lead=BOB, priority=Reference("P1", "P1")))
    assert "🟡 *Acknowledged* by Alice Andersen · high urgency · P1" in texts(seen)[0]
    assert "*Lead*  Bob Brown" in texts(seen)[1]
    assert labels(seen) == ["Resolve", "Note", "Change", "More"]


def test_a_resolved_incidents_card_says_how_long_it_took() -> None:
    seen = card(resolved())
    assert "🟢 *Resolved* by Bob Brown after 43 min" in texts(seen)[0]
    assert "*Acknowledged*  by Alice Andersen" in texts(seen)[1]
    assert labels(seen) == ["Reopen", "Note", "Change", "More"]
    assert seen.text.startswith("INC-42 is resolved by Bob Brown")


def test_a_merged_incidents_card_leads_to_the_other_one() -> None:
    into = Reference("Q2", "[#9] Payments <down>", "https://acme.pagerduty.example/incidents/Q2")
    assert (
        "*Merged* into <https://acme.pagerduty.example/incidents/Q2|[#9] Payments &lt;down&gt;>"
        in (texts(card(resolved(merged_into=into)))[0])
    )


def test_a_request_under_way_is_shown_and_its_lateness_too() -> None:
    asked = replace(TRIGGERED, pending={"acknowledge": Deed(ALICE, PAGED_AT)})
    assert "⏳ Alice Andersen is acknowledging…" in texts(card(asked))
    late = replace(asked, late="PagerDuty answers 503")
    waiting = f"⏳ Alice Andersen is acknowledging · PagerDuty has not answered since {THEN}: PagerDuty answers 503"
    assert waiting in texts(card(late))


def test_a_room_is_mentioned_on_the_card_only_when_something_is_missing() -> None:
    assert len(texts(card(replace(TRIGGERED, room=room())))) == 2
    lacking = room(invited=("U1",) * 4, missed=("Erin has no Slack account",), trouble={"topic": "Slack's limit"})
    health = "⚠️ Invited 4 of 5: Erin has no Slack account · ⚠️ Topic waits: Slack's limit"
    assert texts(card(replace(TRIGGERED, room=lacking)))[-1] == health


def test_the_card_tells_where_people_talk_and_what_changed() -> None:
    bridge = Bridge("+45 1234", "https://meet.example/42")
    known = texts(card(replace(TRIGGERED, bridge=bridge, last_change="Deployed v42")))[1]
    assert "*Bridge*  <https://meet.example/42|Join the call> · +45 1234\n*Last change*  Deployed v42" in known


def test_an_incident_of_which_only_the_number_is_known_still_has_a_card() -> None:
    seen = card(Incident(number=7))
    assert texts(seen) == ["*INC-7 · no title yet*\n🔴 *Triggered*", "*Lead*  nobody yet"]


def test_the_announcement_leads_to_the_room_while_there_is_one() -> None:
    open_room = replace(TRIGGERED, room=room())
    assert "war room <#C0ROOM>" in texts(announcement(open_room))[1]
    archived = replace(open_room, room=room(archived_at=PAGED_AT))
    assert "war room" not in texts(announcement(archived))[1]
    assert "after 43 min" in texts(announcement(resolved()))[0]


def test_a_line_is_quiet_and_says_when_only_if_asked() -> None:
    assert lines.line("Bob <b> noted: x").blocks[0]["type"] == "context"
    assert texts(lines.line("Bob <b> noted: x")) == ["Bob &lt;b&gt; noted: x"]
    assert texts(lines.line("Late", at=PAGED_AT)) == [f"Late · {THEN}"]


def test_the_last_line_says_what_becomes_of_the_room() -> None:
    due = room(archive_after=PAGED_AT + timedelta(days=1))
    assert "will be archived <!date^" in texts(lines.ending(resolved(room=due)))[1]
    assert texts(lines.ending(resolved(room=room())))[1] == "This room stays open."


def test_the_list_has_a_line_for_each_and_counts_the_rest() -> None:
    many = [replace(TRIGGERED, number=number) for number in range(25)]
    seen = incidents.listing(many)
    assert sum(text.count("🔴 *Triggered*") for text in texts(seen)) == incidents.MOST_LISTED
    assert texts(seen)[-1] == "and 5 more"
    assert texts(incidents.listing([])) == ["Open incidents: none."]


def test_showing_one_offers_everything_that_can_be_done_about_it() -> None:
    verbs = [action for _, action, _ in buttons(incidents.shown(replace(TRIGGERED, room=room())))]
    assert verbs == [
        "command:ack", "command:resolve", "command:note", "command:change", "command:lead",
        "command:timeline", "command:changes", "command:help",
    ]  # fmt: skip


def test_the_question_which_one_keeps_what_was_said() -> None:
    asked = incidents.picker([TRIGGERED, replace(TRIGGERED, number=43)], "note", "db is full")
    assert buttons(asked) == [
        ("INC-42 Checkout answers 500", "command:note:1", "INC-42 db is full"),
        ("INC-43 Checkout answers 500", "command:note:2", "INC-43 db is full"),
    ]


def test_a_timelines_pages_lead_to_their_neighbours() -> None:
    entries = [entry(1, "Triggered"), entry(2, "Alice noted: a<b")]
    middle = timeline.pages(TRIGGERED, entries, page=2, of=3)
    assert [value for _, _, value in buttons(middle)] == ["INC-42 1", "INC-42 3"]
    assert texts(middle)[1].endswith("UTC>  Alice noted: a&lt;b")
    assert buttons(timeline.pages(TRIGGERED, entries)) == []


def test_a_timeline_tells_one_thing_in_one_line_under_all_its_numbers() -> None:
    furnished: dict[str, Any] = {"kind": "room.furnished", "salt": "s", "at": PAGED_AT}
    parts = [replace(entry(seq, "War room: card in place"), details={"part": part}, **furnished)
             for seq, part in ((3, "card"), (4, "topic"), (6, "pin"))]  # fmt: skip
    [line] = texts(timeline.pages(TRIGGERED, parts))[1:2]
    assert line.startswith("`3–4, 6` ")
    assert line.endswith("War room: card, topic, pin in place")


def test_a_listed_change_can_be_judged_and_shows_its_judge() -> None:
    found = [ShownChange("a1", "Deployed v42", PAGED_AT, "https://ci.example/42"),
             ShownChange("b2", "Flag on", PAGED_AT, None, "suspect", "Alice")]  # fmt: skip
    seen = changes.suspects(TRIGGERED, found)
    assert buttons(seen)[:2] == [
        ("Suspect", "command:suspect:1", "INC-42 a1"), ("Cleared", "command:clear:1", "INC-42 a1")
    ]  # fmt: skip
    assert texts(seen)[2] == f"Flag on · {THEN}\n🔎 *Suspected* by Alice"
    assert seen.text == "2 recent changes on Checkout."


def test_no_changes_are_a_sentence() -> None:
    assert texts(changes.listing([], service="Checkout", since="the last 4 h")) == [
        "No changes on Checkout in the last 4 h."
    ]


def test_help_shows_how_each_verb_is_typed() -> None:
    seen = usage([("ack [INC-…]", "acknowledge"), ("note TEXT", "write a note")])
    assert texts(seen)[1] == "*/incident ack [INC-…]*  acknowledge\n*/incident note TEXT*  write a note"
    assert seen.text == "/incident understands: ack, note."


def test_the_home_tab_shows_mine_first_and_declares() -> None:
    view = home([TRIGGERED], [replace(TRIGGERED, number=43)])
    assert buttons(view) == [("Declare an incident", "command:declare", "")]
    said = json.dumps(view)
    assert said.index("INC-42") < said.index("INC-43")


def test_declaring_asks_what_where_and_how_urgent() -> None:
    services = [Reference("PSVC2", "payments"), CHECKOUT]
    view = forms.declare(services, prefill={"title": "Down", "service": "checkout"}, channel="C1")
    asked = inputs(view)
    assert list(asked) == ["title", "service", "urgency", "description"]
    assert asked["title"]["initial_value"] == "Down"
    assert [one["value"] for one in asked["service"]["options"]] == ["PSVC1", "PSVC2"]
    assert asked["service"]["initial_option"]["value"] == "PSVC1"
    assert asked["urgency"]["initial_option"]["value"] == "high"
    assert view["callback_id"] == "form:declare"
    assert json.loads(view["private_metadata"]) == {"incident": None, "channel": "C1", "response_url": None}


def test_without_known_services_the_service_is_typed() -> None:
    assert inputs(forms.declare([], prefill={"service": "checkout"}))["service"]["initial_value"] == "checkout"


def test_many_services_come_in_groups_slack_takes() -> None:
    services = [Reference(f"P{number}", f"service {number:03}") for number in range(250)]
    asked = inputs(forms.change(services, prefill={"service": "P249"}))["service"]
    assert [len(group["options"]) for group in asked["option_groups"]] == [100, 100, 50]
    assert asked["initial_option"]["value"] == "P249"


def test_a_change_in_a_room_is_on_the_incidents_service_unless_said() -> None:
    view = forms.change([CHECKOUT], incident=TRIGGERED, response_url="https://hooks.slack.com/x")
    assert inputs(view)["service"]["initial_option"]["value"] == "PSVC1"
    told = {"incident": 42, "channel": "", "response_url": "https://hooks.slack.com/x"}
    assert json.loads(view["private_metadata"]) == told


def test_a_note_is_asked_for_under_the_incidents_name() -> None:
    view = forms.note(TRIGGERED, prefill="db")
    assert inputs(view)["note"]["initial_value"] == "db"
    assert view["blocks"][0]["elements"][0]["text"] == "INC-42 · Checkout answers 500"


def test_an_umbrellas_card_lists_who_shares_its_room_and_proposes_to_merge_them() -> None:
    others = tuple(replace(TRIGGERED, number=number, title=f"Shop {number} is dark") for number in (45, 44))
    seen = card(TRIGGERED, share=Share(incidents=4, open=3, newest=others))
    assert texts(seen)[2] == "⛈️ *A storm*: 4 incidents more came at once and share this room, 3 open"
    assert ["INC-45" in texts(seen)[3], "INC-44" in texts(seen)[3], "and 1 more" in texts(seen)[3]] == [True] * 3
    assert ("Merge 3 into this", "command:merge", "INC-42") in buttons(seen)
    [merge] = [one for block in seen.blocks for one in block.get("elements", []) if one.get("confirm")]
    assert merge["confirm"]["text"]["text"].startswith("PagerDuty will resolve 3 incidents")


def test_nothing_is_proposed_when_none_is_open_or_it_is_asked_already() -> None:
    asked = replace(TRIGGERED, pending={"merge": Deed(ALICE, PAGED_AT)})
    for it, share in ((TRIGGERED, Share(2, 0)), (asked, Share(2, 2)), (TRIGGERED, Share())):
        assert not [label for label in labels(card(it, share=share)) if label.startswith("Merge")]


def test_a_card_that_shares_a_room_offers_its_own() -> None:
    sharing = replace(TRIGGERED, room=replace(room(), umbrella=7))
    assert ("Own room", "command:promote", "INC-42") in buttons(card(sharing))
    assert "Own room" not in labels(card(replace(TRIGGERED, room=room())))


def test_a_late_card_says_when_it_was_true() -> None:
    assert texts(card(TRIGGERED, as_of=PAGED_AT))[-1].startswith("⏱ As of <!date^")
    assert "As of" not in str(card(TRIGGERED).blocks)


def test_who_moved_out_is_found_in_the_new_room() -> None:
    moved = moved_out(replace(TRIGGERED, room=room()))
    assert room().channel in moved.text
    assert moved.text.startswith("INC-42 is worked on in <#C")


def test_one_announcement_counts_a_whole_storm() -> None:
    seen = announcement(TRIGGERED, sharing=11, sharing_open=9)
    assert "⛈️ *A storm*: 12 incidents in one room, 10 open" in texts(seen)[0]
    assert seen.text.endswith(" 11 more incidents share its room, 9 of them open.")
