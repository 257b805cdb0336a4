"""Users, who is on call, escalation policies, teams, priorities, abilities."""

from collections.abc import Callable

from bot.simulator.pagerduty.directory import EscalationPolicy, Named, User
from bot.simulator.pagerduty.refusals import PlainRefusal
from bot.simulator.pagerduty.rest.call import Call, Endpoint, Json, one
from bot.simulator.pagerduty.rest.pages import page

ABILITIES = ("teams", "urgencies", "coordinated_responding", "event_rules", "service_support_hours", "custom_fields")
OnCall = tuple[EscalationPolicy, int, User]


def users(call: Call) -> Json:
    """`query` finds in names and e-mail addresses."""
    wanted = call.query.get("query", "").casefold()
    chosen = [user for user in call.account.users if wanted in f"{user.name} {user.email}".casefold()]
    return page(call, "users", chosen, lambda user: _user(call, user))


def user(call: Call) -> Json:
    return {"user": _user(call, call.user(call.path["id"]))}


def me(call: Call) -> Json:
    """An account's key is nobody's; the error is a plain string here."""
    raise PlainRefusal(400, 2001, "You are using an account-level access token: it belongs to no user")


def contact_methods(call: Call) -> Json:
    person = call.user(call.path["id"])
    method = {
        "id": person.contact_id,
        "type": "email_contact_method",
        "summary": "Work",
        "self": call.account.links.api(f"users/{person.id}/contact_methods/{person.contact_id}"),
        "html_url": None,
        "label": "Work",
        "address": person.email,
        "send_short_email": False,
    }
    return {"contact_methods": [method]}


def oncalls(call: Call) -> Json:
    """Always the same people: nobody's shift ends, so `start` and `end` are null as without a schedule."""
    everyone: list[OnCall] = [
        (policy, level, person)
        for policy in call.account.escalation_policies
        for level, people in enumerate(policy.levels, 1)
        for person in people
    ]
    chosen = [each for each in everyone if _is_asked_for(call, *each)]
    return page(call, "oncalls", chosen, lambda each: _oncall(call, *each))


def escalation_policies(call: Call) -> Json:
    wanted = call.query.get("query", "").casefold()
    chosen = [policy for policy in call.account.escalation_policies if wanted in policy.name.casefold()]
    return page(call, "escalation_policies", chosen, lambda policy: _policy(call, policy))


def escalation_policy(call: Call) -> Json:
    return {"escalation_policy": _policy(call, one(call.account.escalation_policies, call.path["id"], "Policy"))}


def teams(call: Call) -> Json:
    wanted = call.query.get("query", "").casefold()
    chosen = [team for team in call.account.teams if wanted in team.name.casefold()]
    return page(call, "teams", chosen, lambda team: _described(call, team, team.description))


def priorities(call: Call) -> Json:
    return page(call, "priorities", call.account.priorities, lambda each: _described(call, each, each.description))


def abilities(call: Call) -> Json:
    return {"abilities": list(ABILITIES)}


def _user(call: Call, person: User) -> Json:
    return {
        **call.account.links.head(person),
        "name": person.name,
        "email": person.email,
        "time_zone": person.time_zone,
        "color": "green",
        "role": person.role,
        "description": None,
        "invitation_sent": False,
        "job_title": None,
        "teams": [call.account.links.reference(team) for team in person.teams],
        "contact_methods": contact_methods_of(call, person),
        "notification_rules": [],
    }


def contact_methods_of(call: Call, person: User) -> list[Json]:
    """References; the address is read at /users/{id}/contact_methods."""
    path = f"users/{person.id}/contact_methods/{person.contact_id}"
    link = {"id": person.contact_id, "type": "email_contact_method_reference", "summary": "Work"}
    return [link | {"self": call.account.links.api(path), "html_url": None}]


def _oncall(call: Call, policy: EscalationPolicy, level: int, person: User) -> Json:
    def shown(name: str, thing: Named, whole: Callable[[], Json]) -> Json:
        return whole() if name in call.many("include") else call.account.links.reference(thing)

    return {
        "user": shown("users", person, lambda: _user(call, person)),
        "schedule": None,
        "escalation_policy": shown("escalation_policies", policy, lambda: _policy(call, policy)),
        "escalation_level": level,
        "start": None,
        "end": None,
    }


def _is_asked_for(call: Call, policy: EscalationPolicy, level: int, person: User) -> bool:
    """With `earliest` only a person's first level counts; nobody here is on call by a schedule."""
    policies, people = call.many("escalation_policy_ids"), call.many("user_ids")
    first = min(number for number, users in enumerate(policy.levels, 1) if person in users)
    return (
        (not policies or policy.id in policies)
        and (not people or person.id in people)
        and not call.many("schedule_ids")
        and (call.query.get("earliest") != "true" or level == first)
    )


def _policy(call: Call, policy: EscalationPolicy) -> Json:
    links = call.account.links
    rules = [
        {
            "id": f"{policy.id}{level}",
            "escalation_delay_in_minutes": policy.delay_minutes,
            "targets": [links.reference(person) for person in people],
        }
        for level, people in enumerate(policy.levels, 1)
    ]
    return {
        **links.head(policy),
        "name": policy.name,
        "description": None,
        "escalation_rules": rules,
        "services": [links.reference(each) for each in call.account.services if each.escalation_policy is policy],
        "num_loops": 0,
        "teams": [links.reference(team) for team in policy.teams],
        "on_call_handoff_notifications": "if_has_services",
    }


def _described(call: Call, thing: Named, description: str | None) -> Json:
    return call.account.links.head(thing) | {"name": thing.name, "description": description}


ENDPOINTS = (
    Endpoint("GET", "/users", users),
    Endpoint("GET", "/users/me", me),
    Endpoint("GET", "/users/{id}", user),
    Endpoint("GET", "/users/{id}/contact_methods", contact_methods),
    Endpoint("GET", "/oncalls", oncalls),
    Endpoint("GET", "/escalation_policies", escalation_policies),
    Endpoint("GET", "/escalation_policies/{id}", escalation_policy),
    Endpoint("GET", "/teams", teams),
    Endpoint("GET", "/priorities", priorities),
    Endpoint("GET", "/abilities", abilities),
)
