"""What several views say of an incident in the same words; escaped markup."""

from bot.domain.incident import Incident, Reference, Status
from bot.slack.mrkdwn import inline, lasted, link, listed, when

LAMPS = {Status.TRIGGERED: "🔴", Status.ACKNOWLEDGED: "🟡", Status.RESOLVED: "🟢"}
"""Beside the word, never instead of it."""


def title(incident: Incident, most: int = 200) -> str:
    """*INC-42 · Checkout is down*, leading to PagerDuty."""
    label = f"{incident.name} · {incident.title or 'no title yet'}"
    return f"*{link(incident.html_url, label, most)}*"


def standing(incident: Incident) -> str:
    """The status in a few words, with who brought it about: "🟡 *Acknowledged* by Alice"."""
    lamp = LAMPS[incident.status]
    if incident.status is Status.RESOLVED:
        return f"{lamp} {_ended(incident)}"
    if incident.status is Status.ACKNOWLEDGED:
        return f"{lamp} *Acknowledged*{_doer(incident)}"
    return f"{lamp} *Triggered*"


def since(incident: Incident) -> str:
    """When it came to stand so, in the reader's zone; empty when nobody knows."""
    deed = incident.resolved if incident.status is Status.RESOLVED else incident.acknowledged
    at = deed.at if deed else incident.created_at
    return when(at) if at else ""


def weight(incident: Incident) -> str:
    """Urgency and priority in words: "high urgency · P1"."""
    parts = [f"{incident.urgency} urgency"] if incident.urgency else []
    parts += [incident.priority.summary] if incident.priority else []
    return " · ".join(inline(part, 60) for part in parts)


def service(incident: Incident, most: int = 80) -> str:
    known = incident.service
    return link(known.html_url, known.summary or known.id, most) if known else ""


def names(references: tuple[Reference, ...]) -> str:
    return listed([one.summary or one.id for one in references])


def took(incident: Incident) -> str:
    """How long it took from the page to the end: "43 min"; empty while open or when the beginning is not known."""
    if incident.resolved is None or incident.created_at is None:
        return ""
    return lasted(incident.resolved.at - incident.created_at)


def summary(incident: Incident, most: int = 80) -> str:
    """One line: title, status, weight, service."""
    parts = (title(incident, most), standing(incident), weight(incident), service(incident, 60))
    return " · ".join(part for part in parts if part)


def sentence(incident: Incident) -> str:
    """The whole in one plain sentence, for ears and notifications."""
    about = " ".join(filter(None, (weight(incident).replace(" · ", ", "), _on(incident))))
    status = f"{incident.status}{_doer(incident)}"
    said = f"{incident.name} is {status}" + (f" ({about})" if about else "")
    return f"{said}: {inline(incident.title, 300) or 'no title yet'}."


def _on(incident: Incident) -> str:
    known = incident.service
    return f"on {inline(known.summary or known.id, 80)}" if known else ""


def _doer(incident: Incident) -> str:
    deed = incident.resolved if incident.status is Status.RESOLVED else incident.acknowledged
    return f" by {inline(deed.by.name, 60)}" if deed else ""


def _ended(incident: Incident) -> str:
    if incident.merged_into:
        into = incident.merged_into
        return f"*Merged* into {link(into.html_url, into.summary or into.id, 100)}{_doer(incident)}"
    length = took(incident)
    return f"*Resolved*{_doer(incident)}" + (f" after {length}" if length else "")
