"""The modals a command opens when its arguments are missing.

A form's callback_id is `form:{verb}`; its inputs are named like the verb's arguments, block_id and action_id alike, so
that `view.state.values[name][name]` holds an answer and an error can name its input.
https://docs.slack.dev/surfaces/modals
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from bot.domain.incident import Incident, Reference
from bot.slack.blocks import METADATA, TITLE, Json, context, option, plain, search, select, text_input
from bot.slack.mrkdwn import inline

LONGEST_SUMMARY = 1024
"""Characters PagerDuty keeps of a title or a change's summary."""
LONGEST_NOTE = 3000
MOST_SERVICES = 1000
"""More would not fit a view's 250 kB; then the service is typed."""
NEW = "new:"
"""In place of a source's name: no name holds a colon."""
URGENCY = (option("keep", "Leave it as it is"), option("severity", "Let it follow the severity of alerts"))
NOTHING: Mapping[str, str] = {}


def declare(
    services: Sequence[Reference],
    *,
    urgencies: Sequence[str] = ("high", "low"),
    prefill: Mapping[str, str] = NOTHING,
    channel: str = "",
    response_url: str | None = None,
) -> Json:
    """Inputs: title, service (a PagerDuty id; what was typed when there is no menu), urgency, description."""
    menu = [option(urgency, f"{urgency.capitalize()} urgency") for urgency in urgencies]
    inputs = [
        text_input("title", "What is wrong?", initial=prefill.get("title", ""), most=LONGEST_SUMMARY,
                   placeholder="Checkout answers 500 to every third customer"),
        service_input(services, chosen=prefill.get("service", "")),
        select("urgency", "Urgency", menu, chosen=prefill.get("urgency") or urgencies[0]),
        text_input("description", "What is known so far?", initial=prefill.get("description", ""),
                   multiline=True, optional=True),
    ]  # fmt: skip
    return _form("declare", "Declare an incident", "Declare", inputs, _told(None, channel, response_url))


def note(incident: Incident, *, prefill: str = "", channel: str = "", response_url: str | None = None) -> Json:
    """Input: note."""
    inputs = [
        context(f"{incident.name} · {inline(incident.title)}"),
        text_input("note", "Note", initial=prefill, multiline=True, most=LONGEST_NOTE,
                   hint="It goes on the timeline and on the PagerDuty incident."),
    ]  # fmt: skip
    return _form("note", "Add a note", "Add", inputs, _told(incident, channel, response_url))


def change(
    services: Sequence[Reference],
    *,
    incident: Incident | None = None,
    prefill: Mapping[str, str] = NOTHING,
    channel: str = "",
    response_url: str | None = None,
) -> Json:
    """Inputs: summary, service (as in `declare`; the incident's own is chosen beforehand), link."""
    own = incident.service.id if incident and incident.service else ""
    inputs = [
        text_input("summary", "What changed?", initial=prefill.get("summary", ""), most=LONGEST_SUMMARY,
                   placeholder="Deployed checkout v42"),
        service_input(services, chosen=prefill.get("service") or own),
        text_input("link", "Link", initial=prefill.get("link", ""), optional=True,
                   placeholder="https://…", hint="A commit, a pull request, a pipeline."),
    ]  # fmt: skip
    return _form("change", "Log a change", "Log", inputs, _told(incident, channel, response_url))


def connect(
    sources: Sequence[str],
    kinds: Mapping[str, str],
    *,
    source: str = "",
    channel: str = "",
    response_url: str | None = None,
) -> Json:
    """Inputs: source (a name, or NEW), and of a new one its adapter and name; existing_service (a PagerDuty id), or
    new_service with its policy (a PagerDuty id); urgency. `kinds`: adapters, name → title."""
    known = [option(NEW, "A new one"), *(option(name, name) for name in sources)]
    adapters = [option(name, title) for name, title in kinds.items()]
    inputs = [
        select("source", "Source", known, chosen=source or NEW),
        select("adapter", "If it is new: what system is it?", adapters, optional=True),
        text_input("name", "If it is new: its name", optional=True, most=63, placeholder="shop-monitor",
                   hint="Small letters, digits and dashes: it stands in an address."),
        search("existing_service", "PagerDuty service", optional=True),
        text_input("new_service", "Or a new service, called", optional=True, most=255),
        search("policy", "Escalation policy of the new service", optional=True),
        select("urgency", "Urgency of a service that is there", list(URGENCY), chosen="keep"),
    ]  # fmt: skip
    return _form("connect", "Connect a source", "Connect", inputs, _told(None, channel, response_url))


def service_input(services: Sequence[Reference], *, chosen: str = "") -> Json:
    """A menu of the services by name; a line to type when none are known or too many. `chosen`: an id or a name."""
    if not 0 < len(services) <= MOST_SERVICES:
        return text_input("service", "Service", initial=chosen, hint="Its name or id in PagerDuty.", most=255)
    named = sorted(services, key=lambda service: (service.summary.casefold(), service.id))
    matches = [one.id for one in named if chosen.casefold() in {one.id.casefold(), one.summary.casefold()}]
    options = [option(one.id, one.summary or one.id) for one in named]
    return select("service", "Service", options, chosen=matches[0] if chosen and matches else "")


def _told(incident: Incident | None, channel: str, response_url: str | None) -> dict[str, Any]:
    return {"incident": incident.number if incident else None, "channel": channel, "response_url": response_url}


def _form(verb: str, title: str, submit: str, inputs: list[Json], told: dict[str, Any]) -> Json:
    metadata = json.dumps(told)
    if len(metadata) > METADATA:
        metadata = json.dumps(told | {"channel": "", "response_url": None})
    return {
        "type": "modal",
        "callback_id": f"form:{verb}",
        "title": plain(title, TITLE),
        "submit": plain(submit, TITLE),
        "close": plain("Cancel", TITLE),
        "private_metadata": metadata,
        "blocks": inputs,
    }
