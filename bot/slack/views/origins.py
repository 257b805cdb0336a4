"""Where an incident came from: on its card, the source's link and what the source says, in its own words."""

from bot.domain.incident import Incident
from bot.domain.origin import Origin
from bot.slack.mrkdwn import inline, link

SHOWN, SHOWN_FIELDS = 3, 6
LAMPS = {"critical": "🟥", "error": "🟧", "warning": "🟨", "info": "🟦"}
"""Beside the word, never instead of it."""


def origins(incident: Incident) -> list[str]:
    """What is open first. The fields of one alert, of several a line each."""
    known = sorted(incident.alerts, key=lambda one: not one.is_open)
    lines = [_line(one, incident, alone=len(known) == 1) for one in known[:SHOWN]]
    hidden = known[SHOWN:]
    if hidden:
        still = sum(one.is_open for one in hidden)
        lines.append(f"and {len(hidden)} more alerts, {still} of them open")
    return lines + (_fields(known[0]) if len(known) == 1 else [])


def _line(origin: Origin, incident: Incident, *, alone: bool) -> str:
    lamp = LAMPS[origin.severity] if origin.is_open else "🟩"
    known = [f"*From*  {lamp} {link(origin.url, origin.client, 80)}", _weight(origin), _standing(origin, incident)]
    known += [] if alone else [inline(origin.summary, 100)]
    return " · ".join(part for part in known if part)


def _weight(origin: Origin) -> str:
    return f"{origin.severity}, was {origin.former}" if origin.former else origin.severity


def _standing(origin: Origin, incident: Incident) -> str:
    if not origin.is_open:
        return "recovered"
    if not incident.is_open:
        return "not over at the source"
    said_so = origin.status == "acknowledged" and not origin.is_told
    return "acknowledged at the source" if said_so else ""


def _fields(origin: Origin) -> list[str]:
    shown = list(origin.fields.items())[:SHOWN_FIELDS]
    return [f"{inline(name, 40)}: {inline(value, 150)}" for name, value in shown]
