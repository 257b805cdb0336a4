"""The manifest asks for what the code uses, no more, and within Slack's limits.

The limits are those of https://github.com/slackapi/manifest-schema (schema 2.0.0).
"""

import ast
from pathlib import Path

import pytest

import bot.slack
from bot.simulator.slack.api.methods import FAMILIES
from bot.simulator.slack.api.methods import METHODS as PRETENDED
from bot.slack.manifest import manifest
from bot.slack.methods import EVENTS, METHODS, scopes
from commands import COMMANDS

URL = "https://muster.example.com"


def test_every_method_that_is_called_is_in_the_table_and_no_other() -> None:
    called = {name for path in Path(bot.slack.__file__).parent.glob("*.py") for name in _called(path)}
    assert called == set(METHODS)


def test_each_method_has_the_scopes_and_the_tier_that_slack_gives_it() -> None:
    for name, method in METHODS.items():
        pretended = PRETENDED[name]
        family = FAMILIES.get(pretended.need, {})
        for asked, kind in ((method.scopes, "channel"), (method.private_scopes or method.scopes, "group")):
            accepted = family.get(kind, (pretended.need,) if pretended.need else ())
            assert bool(accepted) == bool(asked), name
            assert not accepted or set(accepted) & set(asked), name
        assert method.per_minute <= pretended.per_minute, name


def test_the_scopes_are_those_of_the_methods_the_events_and_the_commands() -> None:
    bot_scopes = manifest(URL, socket=False)["oauth_config"]["scopes"]["bot"]
    assert bot_scopes == scopes()
    assert len(bot_scopes) == len(set(bot_scopes)) <= 255
    assert {"commands", "app_mentions:read", "channels:history", "groups:history"} <= set(bot_scopes)
    assert not {scope for scope in bot_scopes if scope.startswith(("admin", "files", "im:", "mpim:"))}


def test_everything_arrives_at_one_address() -> None:
    told = manifest(URL + "/", socket=False)
    address = "https://muster.example.com/slack/events"
    assert {command["url"] for command in told["features"]["slash_commands"]} == {address}
    assert told["settings"]["event_subscriptions"]["request_url"] == address
    assert told["settings"]["interactivity"] == {
        "is_enabled": True, "request_url": address, "message_menu_options_url": address,
    }  # fmt: skip
    assert told["settings"]["socket_mode_enabled"] is False


@pytest.mark.parametrize("url", [None, URL])
def test_socket_mode_needs_no_address(url: str | None) -> None:
    told = manifest(url, socket=True)
    assert "http" not in str(told)
    assert told["settings"]["socket_mode_enabled"] is True


def test_commands_arrive_with_people_and_channels_as_ids() -> None:
    commands = manifest(URL, socket=False)["features"]["slash_commands"]
    assert [command["command"] for command in commands] == ["/incident", "/change"]
    assert all(command["should_escape"] for command in commands)


def test_further_names_take_the_place_of_the_first_ones() -> None:
    told = manifest(URL, socket=False, further={"incident": ["/inc"], "change": ["/shipped"]})["features"]
    names = {command["command"]: command["description"] for command in told["slash_commands"]}
    assert list(names) == ["/incident", "/inc", "/change", "/shipped"]
    assert (names["/inc"], names["/shipped"]) == (names["/incident"], names["/change"])


def test_each_shortcut_runs_a_verb_and_fits_slacks_limits() -> None:
    shortcuts = manifest(URL, socket=False)["features"]["shortcuts"]
    assert [(one["type"], one["callback_id"]) for one in shortcuts] == [
        ("global", "command:declare"), ("message", "command:note"),
    ]  # fmt: skip
    assert all(one["callback_id"].removeprefix("command:") in COMMANDS for one in shortcuts)
    assert all(len(one["name"]) <= 24 and len(one["description"]) <= 150 for one in shortcuts)


def test_what_people_read_fits_slacks_limits() -> None:
    told = manifest(URL, socket=False)
    shown = told["display_information"]
    assert len(shown["name"]) <= 35
    assert len(shown["description"]) <= 140
    assert 175 <= len(shown["long_description"]) <= 4000
    assert len(told["features"]["bot_user"]["display_name"]) <= 80
    assert all(1 <= len(command["usage_hint"]) <= 1000 for command in told["features"]["slash_commands"])
    assert told["settings"]["event_subscriptions"]["bot_events"] == sorted(EVENTS)


def _called(path: Path) -> set[str]:
    """The first argument of every `call(…)` and `pages(…)`."""
    calls = (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call) and node.args)
    named = [call for call in calls if isinstance(call.func, ast.Attribute) and call.func.attr in {"call", "pages"}]
    firsts = [call.args[0] for call in named]
    return {first.value for first in firsts if isinstance(first, ast.Constant) and isinstance(first.value, str)}
