"""The page in a real browser, as somebody who looks at it and clicks."""

from collections.abc import Callable
from typing import Any

from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import Select, WebDriverWait

PATIENCE = 15
"""Seconds until something must have become visible."""


class Page:
    """Finds things as people do: by what is written on them. Waits until they are there."""

    def __init__(self, browser: Chrome, url: str) -> None:
        self.browser = browser
        browser.get(url)
        self.until(lambda: self.text_of("#link") and "Live" in self.text_of("#link"))

    def until(self, holds: Callable[[], Any]) -> Any:
        """What `holds` answers once that is true; looks again when the page changed under it."""
        waiting = WebDriverWait(self.browser, PATIENCE, 0.05, [StaleElementReferenceException])
        return waiting.until(lambda _: holds())

    def all(self, selector: str) -> list[WebElement]:
        return [each for each in self.browser.find_elements(By.CSS_SELECTOR, selector) if each.is_displayed()]

    def one(self, selector: str, text: str = "") -> WebElement:
        """The last visible element with these words in it."""
        fitting = self.until(lambda: [each for each in self.all(selector) if text in each.text])
        found: WebElement = fitting[-1]
        return found

    def text_of(self, selector: str) -> str:
        """Everything written in what is visible of it."""
        return "\n".join(each.text for each in self.all(selector))

    def sees(self, text: str, where: str = "body") -> None:
        """Waits until the words are visible."""
        self.until(lambda: text in self.text_of(where))

    def misses(self, text: str, where: str = "body") -> None:
        """Waits until the words are not visible."""
        self.until(lambda: text not in self.text_of(where))

    def click(self, selector: str, text: str = "") -> None:
        def clicked() -> bool:
            self.one(selector, text).click()
            return True

        self.until(clicked)

    def be(self, person: str) -> None:
        """Becomes somebody else in Slack."""
        self._choose("#person", person)
        self.until(lambda: person in Select(self.one("#person")).first_selected_option.text)

    def go(self, channel: str) -> None:
        """Opens the first channel whose name has this in it."""
        self.click(f".room[data-channel*='{channel}']")
        self.sees(channel, "#room-head h1")

    def type(self, text: str) -> None:
        """Writes a message or a command, and sends it."""
        field = self.one("#composer-text")
        field.send_keys(text)
        field.send_keys(Keys.ENTER)
        self.until(lambda: self.one("#composer-text").get_property("value") == "")

    def press(self, label: str) -> None:
        """The lowest button of a message with this label."""
        self.click(".messages .btn", label)

    def fill(self, label: str, text: str) -> None:
        """A field of the open modal, by its label."""
        target = self.one(".modal[open] label", label).get_attribute("for")
        field = self.one(f"#{target}")
        field.clear()
        field.send_keys(text)

    def submit(self) -> None:
        self.click("#modal-submit")

    def trigger(self, title: str, *, service: str = "Checkout", priority: str = "None") -> None:
        """Triggers an incident in PagerDuty."""
        field = self.one("#trigger-title")
        field.clear()
        field.send_keys(title)
        self._choose("#trigger-service", service)
        self._choose("#trigger-priority", priority)
        self.click("#trigger-submit")

    def switch(self, name: str) -> WebElement:
        """Presses a fault switch, and returns it as it then is."""
        before = self.one(f"[data-switch='{name}']").get_attribute("aria-checked")
        self.click(f"[data-switch='{name}']")
        self.until(lambda: self.one(f"[data-switch='{name}']").get_attribute("aria-checked") != before)
        return self.one(f"[data-switch='{name}']")

    def complaints(self) -> list[str]:
        """What went wrong in the page's scripts."""
        log = self.browser.execute("getLog", {"type": "browser"})["value"]
        return [str(line["message"]) for line in log if line["level"] == "SEVERE"]

    def _choose(self, selector: str, text: str) -> None:
        select = Select(self.one(selector))
        wanted = next(option.text for option in select.options if text in option.text)
        select.select_by_visible_text(wanted)
