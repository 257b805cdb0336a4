"""One REST call as its endpoint sees it, and what an endpoint is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, TypeVar

from bot.simulator.pagerduty.account import Account
from bot.simulator.pagerduty.directory import User
from bot.simulator.pagerduty.incident import Incident, Origin
from bot.simulator.pagerduty.refusals import Refusal, invalid, not_found
from bot.simulator.pagerduty.subscriptions import Subscription

Json = dict[str, Any]


class Identified(Protocol):
    id: str


Thing = TypeVar("Thing", bound=Identified)


@dataclass(frozen=True)
class Call:
    """`path` are the named parts of the URL, `lists` the query's repeated members, `body` the object sent or {}."""

    account: Account
    subscriptions: list[Subscription]
    path: Mapping[str, str]
    query: Mapping[str, str]
    lists: Mapping[str, list[str]]
    headers: Mapping[str, str]
    body: Json

    def many(self, name: str) -> list[str]:
        """All values of `name[]`."""
        return self.lists.get(f"{name}[]", [])

    def member(self, name: str, kind: type = dict) -> Any:
        """A required member of the body."""
        return required(self.body, name, kind)

    def requester(self) -> Origin:
        """The person named by `From`, whom the log entry will name.

        https://developer.pagerduty.com/docs/rest-api-overview: obligatory on writes with an account's key.
        """
        email = self.headers.get("From")
        if not email:
            raise Refusal(
                400, 2016, "You must specify a user's email address in the “From” header to perform this action"
            )
        user = self.account.user_by_email(email)
        if user is None:
            raise Refusal(400, 1008, "Requester User Not Found")
        return Origin(user)

    def incident(self) -> Incident:
        """By the id or number in the path."""
        found = self.account.incident(self.path["id"])
        if found is None:
            raise not_found("Incident")
        return found

    def user(self, key: str) -> User:
        return one(self.account.users, key, "User")


class Endpoint(NamedTuple):
    """`path` is below the API's root; `act` answers the body, None for an empty one."""

    method: str
    path: str
    act: Callable[[Call], Json | None]
    status: int = 200


def required(body: Json, name: str, kind: type) -> Any:
    """The member, refused when absent, empty text, or of another JSON type."""
    value = body.get(name)
    if value is None or value == "":
        raise invalid(f"{name.capitalize().replace('_', ' ')} cannot be empty")
    if not isinstance(value, kind):
        raise invalid(f"{name.capitalize().replace('_', ' ')} must be {kind.__name__}")
    return value


def typed(body: Json, *allowed: str) -> None:
    """`type` is obligatory in every resource that is written."""
    if body.get("type") not in allowed:
        raise invalid(f"Type must be {' or '.join(allowed)}")


def one(things: list[Thing], key: object, what: str) -> Thing:
    """The thing with this id; 404 otherwise."""
    found = next((each for each in things if each.id == key), None)
    if found is None:
        raise not_found(what)
    return found


def referred(things: list[Thing], reference: object, what: str) -> Thing:
    """The thing a reference in a body points to; 400 when there is none."""
    key = reference.get("id") if isinstance(reference, dict) else None
    found = next((each for each in things if each.id == key), None)
    if found is None:
        raise invalid(f"{what} not found")
    return found
