"""list, show, timeline, whoami: what can be read."""

import pytest

from bot.domain.errors import Misuse
from bot.domain.events import news
from bot.domain.incident import Reference
from tests.commands.desk import ALICE, BOB, ELSEWHERE, PAYMENTS, Desk, buttons, now, whole


def test_the_list_has_open_ones_with_mine_first(desk: Desk) -> None:
    desk.incident("Q1", assignees=(Reference("PALICE1", "Alice"),))
    desk.incident("Q2", room=None)
    desk.incident("Q3", room=None)
    desk.news(news.Resolved, "Q3")
    assert desk.says("list").text == "Open incidents: INC-1, INC-2."
    assert desk.says("list", by=BOB).text == "Open incidents: INC-2, INC-1."


def test_the_list_of_all_has_the_resolved_too(desk: Desk) -> None:
    desk.incident()
    desk.news(news.Resolved)
    assert "INC-1" in desk.says("list all").text


def test_the_list_of_a_service_has_only_its_own(desk: Desk) -> None:
    desk.incident("Q1")
    desk.incident("Q2", room=None, service=PAYMENTS)
    assert desk.says("list payments api").text == "Open incidents on Payments API: INC-2."
    with pytest.raises(Misuse, match="Did you mean checkout"):
        desk.says("list chekout")


def test_show_offers_what_can_be_done(desk: Desk) -> None:
    desk.incident()
    assert {"ack", "resolve", "note", "change", "lead", "timeline", "changes"} <= {
        verb for verb, _ in buttons(desk.presses("show", "INC-1"))
    }


def test_show_of_a_resolved_one_offers_to_reopen_it(desk: Desk) -> None:
    desk.incident()
    desk.news(news.Resolved)
    assert ("reopen", "INC-1") in buttons(desk.says("show INC-1", channel=ELSEWHERE))


def test_the_timeline_opens_at_its_newest_page_and_turns_both_ways(desk: Desk) -> None:
    desk.incident()
    for nth in range(33):
        desk.says(f"note entry-{nth:02}")
    last = desk.says("timeline")
    assert "page 3 of 3" in last.text
    assert "entry-32" in whole(last)
    [(verb, value)] = buttons(last)
    middle = desk.presses(verb, value)
    assert "page 2 of 3" in middle.text
    assert "entry-13" in whole(middle)
    assert [value.split()[-1] for _, value in buttons(middle)] == ["1", "3"]


def test_a_page_of_the_timeline_can_be_typed(desk: Desk) -> None:
    desk.incident()
    for nth in range(20):
        desk.says(f"note entry-{nth:02}")
    assert "page 1 of 2" in desk.says("timeline INC-1 page 1", channel=ELSEWHERE).text
    assert "page 2 of 2" in desk.says("timeline page 99").text


def test_a_page_that_is_no_number_is_not_guessed(desk: Desk) -> None:
    desk.incident()
    with pytest.raises(Misuse, match="page 2"):
        desk.says("timeline page two")
    with pytest.raises(Misuse, match="page 2"):
        desk.says(f"timeline page {'9' * 5_000}")


def test_whoami_says_under_which_name_one_acts(desk: Desk) -> None:
    assert "PALICE1 in PagerDuty" in desk.says("whoami").text


def test_whoami_of_one_pagerduty_does_not_know_says_how_to_be_found(desk: Desk) -> None:
    stranger = type(BOB)("Zoe", "zoe@example.com", "UZOE", checked_at=now())
    assert "PagerDuty has nobody with that address" in desk.says("whoami", by=stranger).text
    assert "/incident link-me" in desk.says("whoami", by=stranger).text


def test_link_me_looks_again(desk: Desk) -> None:
    assert "e-mail address" in desk.says("link-me", response_url="https://hooks.test/1").text
    [asked] = desk.owed("look_up_person")
    assert (asked["user"], asked["response_url"]) == (ALICE.slack_id, "https://hooks.test/1")
