"""Where the policy is enforced, for every way of asking: nobody gets past `perform` and `which` without it."""

from collections.abc import Iterable

from bot.domain.incident import Incident
from bot.domain.policy import TABLE, UNLISTED, Asker, Question, Unasked
from commands.command import Call, Forbidden

MOST_ASKED = 20  # facts a list of incidents may need; what would need more is left out


def allow_outright(call: Call) -> None:
    """Forbidden for whoever may not do this to any incident, and for a verb about none, to whoever may not at all."""
    reason = call.policy.refusal_outright(call.verb, call.by)
    if reason:
        raise Forbidden(reason)
    if not TABLE.get(call.verb, UNLISTED).is_about_one:
        allow(call, None)


def allow(call: Call, incident: Incident | None) -> Incident | None:
    """The same incident, unless they may not; None is for what is done to none."""
    reason = call.policy.refusal(call.verb, call.asker, incident)
    if reason:
        raise Forbidden(reason, incident)
    return incident


def visible(call: Call, incidents: Iterable[Incident]) -> list[Incident]:
    """Those they may know of, asking for all that must be known at once."""
    found = list(incidents)
    wanted: set[Question] = set()
    for incident in found:
        try:
            call.policy.shows(call.asker, incident)
        except Unasked as unasked:
            wanted |= unasked.questions
    has_asked = any(about == "room" for about, _ in call.facts)
    if wanted and not has_asked:
        raise Unasked(sorted(wanted)[:MOST_ASKED])
    return [incident for incident in found if _is_shown(call, call.asker, incident)]


def _is_shown(call: Call, asker: Asker, incident: Incident) -> bool:
    try:
        return call.policy.shows(asker, incident)
    except Unasked:
        return False
