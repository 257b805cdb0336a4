"""Which addresses Muster may call."""

import pytest

from bot.outbound import Outbound

OUTBOUND = Outbound(("https://slack.com/api/", "https://api.pagerduty.com", "http://127.0.0.1:8080/events"))


@pytest.mark.parametrize(
    "url",
    ["https://slack.com/api/auth.test", "https://hooks.slack.com/x", "wss://wss-primary.slack.com/link",
     "https://api.pagerduty.com/incidents", "http://127.0.0.1:8080/x"],
)  # fmt: skip
def test_slack_and_what_is_configured_may_be_called(url: str) -> None:
    assert OUTBOUND.admits(url)


@pytest.mark.parametrize(
    "url",
    ["https://evil.example/", "http://hooks.slack.com/", "https://hooks.slack.com:8443/", "https://slack.com.evil.example/",
     "https://xslack.com/", "https://slack.com@evil.example/", "https://me@hooks.slack.com/", "http://127.0.0.1:8081/",
     "https://events.pagerduty.com/", "", "x", "https://[", "http://169.254.169.254/latest/meta-data"],
)  # fmt: skip
def test_nobody_else(url: str) -> None:
    assert not OUTBOUND.admits(url)
