"""The Slack app manifest, from the tables the code runs by.

https://docs.slack.dev/reference/app-manifest
"""

from collections.abc import Mapping, Sequence
from typing import Any

from bot.slack.methods import EVENTS, scopes

ROUTE = "/slack/events"
COMMANDS = {
    "incident": ("Work on incidents: declare, acknowledge, resolve, note and more",
                  "help | list | declare | ack | resolve | note | change | timeline"),
    "change": ("Log a deployment or another change", "deploy checkout v42"),
}  # fmt: skip
SHORTCUTS = [  # a callback_id is that of a button
    {"name": "Declare incident", "type": "global", "callback_id": "command:declare",
     "description": "Open an incident in PagerDuty, as you"},
    {"name": "Add to timeline", "type": "message", "callback_id": "command:note",
     "description": "Keep this message as a note on the incident of this room"},
]  # fmt: skip
FURTHER: Mapping[Any, Sequence[str]] = {}
ABOUT = (
    "Muster opens a war room for each PagerDuty incident that deserves one, keeps a card in it that is always true, "
    "invites who was paged, and lets responders acknowledge, resolve, note and log changes from Slack in their own "
    "name. Everything that is done is kept on a timeline that can be proved and exported."
)


def manifest(url: str | None, *, socket: bool, further: Mapping[Any, Sequence[str]] = FURTHER) -> dict[str, Any]:
    """`url` is where the outside reaches us ("https://muster.example.com"); in Socket Mode nobody needs to.

    `further`: other names of the commands, {"incident": ["/inc"]}.
    """
    address = None if socket or not url else url.rstrip("/") + ROUTE
    return {
        "_metadata": {"major_version": 2, "minor_version": 1},
        "display_information": {
            "name": "Muster", "description": "PagerDuty incidents become war rooms with a timeline.",
            "long_description": ABOUT, "background_color": "#1f2937",
        },
        "features": {
            "app_home": {"home_tab_enabled": True, "messages_tab_enabled": False},
            "bot_user": {"display_name": "muster", "always_online": True},
            "shortcuts": [dict(shortcut) for shortcut in SHORTCUTS],
            "slash_commands": _commands(further, address),
        },
        "oauth_config": {"scopes": {"bot": scopes()}},
        "settings": {
            "event_subscriptions": {**_at(address), "bot_events": sorted(EVENTS)},
            "interactivity": {"is_enabled": True, **_at(address), **_at(address, "message_menu_options_url")},
            "org_deploy_enabled": False, "socket_mode_enabled": socket, "token_rotation_enabled": False,
        },
    }  # fmt: skip


def _at(address: str | None, name: str = "request_url") -> dict[str, str]:
    return {name: address} if address else {}


def _commands(further: Mapping[Any, Sequence[str]], address: str | None) -> list[dict[str, Any]]:
    return [
        _command(name, *COMMANDS[command], address)
        for command in COMMANDS
        for name in (f"/{command}", *further.get(command, ()))
    ]


def _command(command: str, description: str, hint: str, address: str | None) -> dict[str, Any]:
    shown = {"command": command, "description": description, "usage_hint": hint, "should_escape": True}
    return shown | ({"url": address} if address else {})
