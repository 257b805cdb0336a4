"""The simulator's page in a real browser, with a bot of a few lines behind it."""

from selenium.webdriver import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from bot.simulator import Simulator
from tests.bot.simulator.page.stand_in import StandIn
from tests.browser.page import Page
from tests.browser.stage import Stage

HOSTILE = "<img src=x onerror=\"document.title='owned'\"> *bold* <!channel> & \u202e </script>" + " long" * 40


def test_a_message_is_seen_by_others_and_counted_where_they_are_not(page: Page) -> None:
    page.be("Bob Brown")
    page.go("general")
    page.be("Carol Chen")
    page.go("incidents")
    page.type("is *anyone* here, @bob?")
    page.sees("is anyone here, @Bob Brown?", ".messages")
    page.go("general")
    page.be("Bob Brown")
    page.sees("1", ".room[data-channel='incidents'] .badge")
    page.go("incidents")
    page.sees("Carol Chen", ".messages")
    page.until(lambda: not page.all(".room[data-channel='incidents'] .badge"))


def test_a_commands_answer_is_for_ones_own_eyes(page: Page) -> None:
    page.type("/incident what is up")
    page.sees("You typed what is up.", ".message.whisper")
    page.sees("Only visible to you", ".message.whisper")
    page.be("Bob Brown")
    page.misses("You typed what is up.", ".messages")


def test_a_slash_suggests_the_commands(page: Page) -> None:
    field = page.one("#composer-text")
    field.send_keys("/in")
    page.sees("/incident", "#hints")
    field.send_keys(Keys.TAB)
    page.until(lambda: field.get_property("value") == "/incident ")


def test_a_bot_that_is_away_is_told_of_by_slackbot(page: Page, simulator: Simulator) -> None:
    simulator.bot_url = None
    page.type("/incident ack")
    page.sees('/incident failed with the error "dispatch_failed"', ".message.whisper")
    page.sees("Slackbot", ".message.whisper")


def test_a_button_acts_as_the_person_who_presses_it(page: Page) -> None:
    page.be("Carol Chen")
    page.type("/incident card")
    page.press("Done")
    page.sees("@Carol Chen pressed.", ".messages")


def test_a_form_shows_what_is_wrong_and_keeps_what_was_typed(page: Page) -> None:
    page.type("/incident card")
    page.press("Note")
    page.sees("Add a note", ".modal[open] h2")
    page.submit()
    page.sees("Please complete this required field.", ".modal[open]")
    page.fill("What did you find?", "No")
    page.submit()
    page.sees("Please say a little more.", ".modal[open]")
    assert page.one(".modal[open] textarea").get_property("value") == "No"
    page.fill("What did you find?", "The provider is down")
    page.submit()
    page.sees("Noted: The provider is down", ".messages")
    page.until(lambda: not page.all(".modal[open]"))


def test_a_menu_is_searched_by_typing(page: Page, simulator: Simulator) -> None:
    page.type("/incident card")
    page.press("Note")
    page.fill("What did you find?", "The provider is down")
    page.one(".modal[open] input[type=search]").send_keys("se")
    page.until(lambda: [each.text for each in page.all(".modal[open] option")] == ["–", "Search", "Seats"])
    page.one(".modal[open] select").send_keys("Seats")
    [view] = simulator.slack.views("alice")
    page.submit()
    page.until(lambda: not page.all(".modal[open]"))
    assert view.values["place"]["place"]["selected_option"]["value"] == "Seats"


def test_escape_cancels_a_form(page: Page, simulator: Simulator) -> None:
    page.type("/incident card")
    page.press("Note")
    page.one(".modal[open] textarea").send_keys(Keys.ESCAPE)
    page.until(lambda: not page.all(".modal[open]"))
    page.until(lambda: simulator.slack.views("alice") == [])


def test_an_incident_is_triggered_worked_on_and_resolved(page: Page, simulator: Simulator) -> None:
    page.trigger("Search is down", service="Search", priority="P2")
    page.sees("Search is down", ".incident.opened")
    page.sees("paging Carol Chen", ".incident.opened")
    page.click("[data-action='acknowledge']")
    page.sees("acknowledged by Alice Andersen", ".incident.opened")
    page.one(".say input").send_keys("The index is being rebuilt", Keys.ENTER)
    page.sees("The index is being rebuilt", ".log")
    page.click("[data-action='resolve']")
    page.sees("Resolved by Alice Andersen.", ".log")
    page.click("#pd-tab-deliveries")
    page.sees("incident.resolved", "#pd-list")
    page.sees("202", "#pd-list")
    assert [each.status for each in simulator.pagerduty.incidents] == ["resolved"]


def test_a_switch_makes_things_go_wrong_until_it_is_off(page: Page, simulator: Simulator) -> None:
    assert page.switch("pagerduty-down").get_attribute("aria-checked") == "true"
    assert simulator.faults.switched() == {"pagerduty-down"}
    assert page.switch("pagerduty-down").get_attribute("aria-checked") == "false"
    assert simulator.faults.switched() == set()


def test_what_happens_elsewhere_appears_by_itself(page: Page, stage: Stage, simulator: Simulator) -> None:
    stage.run(simulator.pagerduty.trigger("Nobody clicked"))
    page.sees("Nobody clicked", ".incident")
    stage.run(simulator.slack.say("bob", "incidents", "nor here"))
    page.sees("nor here", ".messages")


def test_hostile_words_are_words(page: Page, stage: Stage, simulator: Simulator) -> None:
    page.trigger(HOSTILE)
    page.sees("<img src=x onerror=", ".incident.opened .title")
    stage.run(simulator.slack.say("mallory", "incidents", HOSTILE))
    page.sees("<img src=x onerror=", ".messages")
    assert page.all(".messages img[src='x'], .incident img") == []
    assert "owned" not in page.browser.title
    width = page.browser.execute_script("return [document.documentElement.scrollWidth, innerWidth]")
    assert width[0] <= width[1]


def test_a_guest_is_brought_into_a_channel(page: Page) -> None:
    page.be("Dana Diaz")
    page.sees("Nothing to see here", ".messages")
    page.be("Alice Andersen")
    page.go("checkout")
    page.click(".members summary")
    page.click("[aria-label='Add Dana Diaz']")
    page.sees("Dana Diaz joined", ".messages")
    page.be("Dana Diaz")
    page.sees("checkout", "#rooms")


def test_everything_that_can_be_pressed_has_a_name(page: Page) -> None:
    page.type("/incident card")
    page.trigger("Named")
    page.sees("Named", ".incident.opened")
    nameless = [
        each.get_attribute("outerHTML")
        for each in page.browser.find_elements(By.CSS_SELECTOR, "button, select, textarea, input, a, summary")
        if each.is_displayed() and not each.accessible_name
    ]
    assert nameless == []


def test_a_phone_shows_one_side_at_a_time(page: Page) -> None:
    narrow = {"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": False}
    page.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", narrow)
    try:
        assert not page.all("#pagerduty")
        page.click(".drawer-button")
        page.go("general")
        page.click("#tab-pagerduty")
        page.one("#trigger-submit")
        assert not page.all("#slack")
        width = page.browser.execute_script("return document.documentElement.scrollWidth")
        assert width <= 390
    finally:
        page.browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_one_is_told_of_a_room_one_was_brought_into_and_led_there(page: Page, stage: Stage, bot: StandIn) -> None:
    room = stage.run(bot.open_room("inc-1-search-is-down", "U0ALICE", "U0BOB"))
    stage.run(bot.say(room, "over here", []))
    page.sees("You were added to #inc-1-search-is-down.", ".toast")
    page.sees("1", ".room[data-channel^='inc-1'] .badge")
    page.click(".toast button", "Open it")
    page.sees("over here", ".messages")


def test_what_one_is_told_goes_by_itself_and_when_it_is_over(page: Page, stage: Stage, bot: StandIn) -> None:
    stage.run(bot.open_room("inc-1-search-is-down", "U0ALICE", "U0BOB"))
    page.sees("You were added to #inc-1-search-is-down.", ".toast")
    page.go("inc-1")
    page.until(lambda: not page.all(".toast"))
    for number in (2, 3):
        stage.run(bot.open_room(f"inc-{number}", "U0ALICE", "U0BOB"))
        page.sees(f"You were added to #inc-{number}.", ".toast")
    assert len(page.all(".toast")) == 1
    page.until(lambda: not page.all(".toast"))


def test_a_thread_takes_replies_but_no_commands(page: Page) -> None:
    page.type("who is on call?")
    page.sees("who is on call?", ".messages")
    ActionChains(page.browser).move_to_element(page.one(".message")).perform()
    page.click("[aria-label='Reply in thread']")
    page.type("/incident ack")
    page.sees("/incident is not supported in threads. Sorry!", ".message.whisper")
    page.type("me")
    page.sees("1 reply", ".messages")
    page.sees("me", ".thread")


def test_mrkdwn_is_drawn_as_slack_draws_it(page: Page, stage: Stage, bot: StandIn) -> None:
    text = (
        "*bold* _italic_ ~gone~ `co*d*e` <https://a.example/x_y_z|a link> <javascript:alert(1)|no link> snake_case_name"
    )
    stage.run(
        bot.say("C0INCIDENTS", f"{text}\n> quoted\n<!date^1763682000^on {{date_num}}|then> https://b.example.", [])
    )
    page.sees("quoted", ".messages blockquote")
    body = page.one(".message .body")
    written = {
        tag: [each.text for each in body.find_elements(By.TAG_NAME, tag)] for tag in ("strong", "em", "s", "code")
    }
    assert written == {"strong": ["bold"], "em": ["italic"], "s": ["gone"], "code": ["co*d*e"]}
    links = {each.text: each.get_attribute("href") for each in body.find_elements(By.TAG_NAME, "a")}
    assert links == {"a link": "https://a.example/x_y_z", "https://b.example": "https://b.example/"}
    assert body.find_element(By.TAG_NAME, "time").text.startswith("on 2025-11-2")
    assert "no link snake_case_name" in body.text


def test_an_incidents_address_opens_it(page: Page, stage: Stage, simulator: Simulator) -> None:
    wanted = stage.run(simulator.pagerduty.trigger("The one that is linked to"))
    stage.run(simulator.pagerduty.trigger("Another one"))
    page.browser.get(f"{simulator.url}/#/incidents/{wanted.id}")
    page.sees("The one that is linked to", ".incident.opened")
