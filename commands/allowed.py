"""Where the policy is enforced, for every way of asking: nobody gets past `perform` and `which` without it."""

from collections.abc import Callable, Iterable

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
    return _those(call, incidents, call.policy.shows)


def allowed(call: Call, incidents: Iterable[Incident]) -> list[Incident]:
    """Those they may do this to; the others are left out without a word."""
    return _those(call, incidents, lambda asker, incident: call.policy.refusal(call.verb, asker, incident) is None)


def _those(call: Call, incidents: Iterable[Incident], may: Callable[[Asker, Incident], bool]) -> list[Incident]:
    asker, found, wanted = call.asker, [], set[Question]()
    for incident in incidents:
        try:
            found += [incident] if may(asker, incident) else []
        except Unasked as unasked:
            wanted |= unasked.questions
    left = MOST_ASKED - len(call.facts)
    if wanted and left > 0:
        raise Unasked(sorted(wanted)[:left])
    return found
