"""Services and what was changed on them: https://developer.pagerduty.com/api-reference, tags Services, Change Events"""

from datetime import datetime

from bot.domain.change import ChangeEvent
from bot.domain.incident import Reference
from bot.pagerduty.reading import Members
from bot.pagerduty.resources.api import LARGEST, Api, checked, read, utc
from bot.pagerduty.wire import Query

EVENTS_V2 = "events_api_v2_inbound_integration"
OUR_CHANGE = "muster_change"  # the member of custom_details that carries our own id of a change


class Services(Api):
    async def services(self) -> list[Reference]:
        """All that the token may see, as far as PagerDuty's paging goes (10,000)."""
        found = await self.all_of("/services", "services")
        return [service for each in found if (service := each.as_reference())]

    async def services_like(self, words: str) -> list[Reference]:
        """A hundred at most, whose names hold these words."""
        answer = await self.ask("GET", "/services", query=[*_query(words), ("limit", LARGEST)])
        return [service for each in answer.objects("services") if (service := each.as_reference())]

    async def escalation_policies_like(self, words: str) -> list[Reference]:
        """A hundred at most."""
        answer = await self.ask("GET", "/escalation_policies", query=[*_query(words), ("limit", LARGEST)])
        return [policy for each in answer.objects("escalation_policies") if (policy := each.as_reference())]

    async def teams_like(self, words: str) -> list[Reference]:
        """A hundred at most."""
        answer = await self.ask("GET", "/teams", query=[*_query(words), ("limit", LARGEST)])
        return [team for each in answer.objects("teams") if (team := each.as_reference())]

    async def integration_key(self, service_id: str) -> str | None:
        """The routing key of the service's first Events API v2 integration: a secret, to be sent and never shown."""
        path = f"/services/{checked(service_id)}"
        answer = await self.ask("GET", path, query=[("include[]", "integrations")])
        service = read(lambda told: told.needed_object("service"), answer)
        integrations = (each for each in service.objects("integrations") if each.text("type") == EVENTS_V2)
        return next((key for each in integrations if (key := each.text("integration_key"))), None)

    async def change_events(self, service_id: str, since: datetime, until: datetime) -> list[ChangeEvent]:
        """Newest first. Each has our id when it was logged here, else PagerDuty's."""
        query = [("since", utc(since)), ("until", utc(until))]
        found = await self.all_of(f"/services/{checked(service_id)}/change_events", "change_events", query)
        changes = [change for each in found if (change := _change(each, service_id))]
        return sorted(changes, key=lambda change: change.at, reverse=True)


def _query(words: str) -> Query:
    return [("query", words)] if words else []


def _change(told: Members, service_id: str) -> ChangeEvent | None:
    """None for one that does not say when, or has no id: it cannot be listed."""
    details = told.object("custom_details")
    found = (details.text(OUR_CHANGE) if details else None) or told.text("id")
    at = told.instant("timestamp")
    if found is None or at is None:
        return None
    names = {service.id: service.summary for service in told.references("services")}
    links = tuple(href for link in told.objects("links") if (href := link.text("href")))
    return ChangeEvent(found, told.text("summary") or "", at, service_id, names.get(service_id, ""), links=links)
