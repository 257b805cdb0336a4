"""The account a simulation begins with. Its ids and keys are the same every time, so configuration may name them."""

from bot.simulator.pagerduty.account import Account
from bot.simulator.pagerduty.directory import EscalationPolicy, Integration, Priority, Service, Team, User

SUBSCRIPTION_ID = "PWEBHK1"
_PEOPLE = ("Alice Andersen", "Bob Brown", "Carol Chen", "Erin Evans", "Muster")
_PRIORITIES = {
    "P1": "Everything is down for everyone",
    "P2": "Much is down, or something for everyone",
    "P3": "Something is degraded",
    "P4": "Hardly anyone notices",
    "P5": "Nobody notices",
}
_SERVICES = (  # service, who is on call first and second, how urgency is decided
    ("Checkout", "Alice", "Bob", "high"),
    ("Payments", "Bob", "Carol", "severity_based"),
    ("Search", "Carol", "Alice", "severity_based"),
)


def seeded() -> Account:
    """Alice, Bob, Carol, Erin and a user for the bot; Checkout, Payments and Search, each with team, policy and
    integration; P1 to P5."""
    account = Account(users=[_person(name) for name in _PEOPLE])
    account.priorities = [Priority(name, text, id=f"PPRIO{name}") for name, text in _PRIORITIES.items()]
    for name, first, second, rule in _SERVICES:
        _add_service(account, name, [first, second], rule)
    return account


def _person(name: str) -> User:
    first = name.split()[0]
    return User(name, f"{first.lower()}@example.com", id=_id("U", first), contact_id=_id("C", first))


def _add_service(account: Account, name: str, on_call: list[str], rule: str) -> None:
    team = Team(f"{name} team", id=_id("T", name))
    levels = [[_first_named(account, first)] for first in on_call]
    policy = EscalationPolicy(f"{name} on call", levels, [team], id=_id("E", name))
    service = Service(name, policy, [team], urgency_rule=rule, id=_id("S", name))
    service.integrations = [Integration("Events API v2", integration_key(name), service.id, id=_id("I", name))]
    for user in policy.levels[0]:
        user.teams.append(team)
    account.teams.append(team)
    account.escalation_policies.append(policy)
    account.services.append(service)


def integration_key(service: str) -> str:
    """32 characters, readable: "checkout00000000000000000000key"."""
    return service.lower().ljust(29, "0") + "key"


def _id(letter: str, name: str) -> str:
    return f"P{letter}{name[:5].upper()}".ljust(7, "0")


def _first_named(account: Account, first: str) -> User:
    return next(user for user in account.users if user.name.startswith(first))
