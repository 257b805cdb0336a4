"""Incidents: https://developer.pagerduty.com/api-reference, tag Incidents"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from bot.domain.errors import Refused
from bot.domain.incident import Snapshot, Status
from bot.pagerduty.reading import Members
from bot.pagerduty.resources.api import Api, checked, read, utc
from bot.pagerduty.resources.standing import Standing
from bot.pagerduty.snapshot import from_rest
from bot.pagerduty.wire import Query

LONGEST_SEARCH = timedelta(days=180)  # https://developer.pagerduty.com/api-reference, listIncidents: since
WHOLE: Query = [("include[]", "conference_bridge")]  # left out unless it is asked for
ALREADY = {"1001", "1002"}  # resolved, acknowledged: https://developer.pagerduty.com/docs/errors


class Incidents(Api):
    async def incident(self, incident_id: str) -> Snapshot:
        return (await self.standing(incident_id)).snapshot

    async def standing(self, incident_id: str) -> Standing:
        """By PagerDuty's id, or the incident's number there."""
        answer = await self.ask("GET", f"/incidents/{checked(incident_id)}", query=WHOLE)
        return read(Standing.of, answer)

    async def open_incidents(self) -> list[Standing]:
        """All that are triggered or acknowledged, as far as PagerDuty lets anyone page, the newest first."""
        statuses: Query = [("statuses[]", status.value) for status in Status if status is not Status.RESOLVED]
        return await self._standings([*statuses, ("date_range", "all"), ("sort_by", "created_at:desc")])

    async def incidents_created(self, since: datetime, until: datetime) -> list[Standing]:
        """Those created in this time, whatever became of them; PagerDuty searches six months at most."""
        return await self._standings(
            [("since", utc(max(since, until - LONGEST_SEARCH))), ("until", utc(until)), ("sort_by", "created_at:desc")]
        )

    async def _standings(self, query: Query) -> list[Standing]:
        found = await self.all_of("/incidents", "incidents", [*query, *WHOLE])
        return [read(Standing.described, each) for each in found]

    async def incident_with_key(self, incident_key: str) -> Snapshot | None:
        """The open one that has this key, else the newest that had it."""
        query: Query = [
            ("incident_key", incident_key), ("date_range", "all"), ("sort_by", "created_at:desc"), *WHOLE,
        ]  # fmt: skip
        answer = await self.ask("GET", "/incidents", query=query)
        found = [read(from_rest, each) for each in answer.objects("incidents")]
        same = [each for each in found if each.incident_key == incident_key]
        return next((each for each in same if each.status is not Status.RESOLVED), same[0] if same else None)

    async def merge(self, target_id: str, source_ids: Sequence[str], *, as_email: str) -> None:
        """Resolves the sources and moves their alerts; the target must be open, and hold 1,000 alerts at most.

        https://developer.pagerduty.com/api-reference, mergeIncidents. A source that is resolved stays so.
        """
        sources = [{"id": checked(each), "type": "incident_reference"} for each in source_ids]
        path = f"/incidents/{checked(target_id)}/merge"
        await self.ask("PUT", path, body={"source_incidents": sources}, as_email=as_email)

    async def set_status(
        self, incident_id: str, status: Status, *, as_email: str, resolution: str | None = None
    ) -> Standing:
        """One PUT, and what PagerDuty says of the incident afterwards (its bridge left out).

        Read first: since 2025-09-18 acknowledging a resolved incident reopens it. TRIGGERED reopens on purpose.
        `resolution` goes with RESOLVED alone. An incident that stands so already is no error.
        """
        wanted: dict[str, Any] = {"type": "incident_reference", "status": status.value}
        if resolution and status is Status.RESOLVED:
            wanted["resolution"] = resolution
        path = f"/incidents/{checked(incident_id)}"
        try:
            answer = await self.ask("PUT", path, body={"incident": wanted}, as_email=as_email)
        except Refused as refused:
            return await self._standing_already(incident_id, status, refused)
        return read(Standing.of, answer, writes=True)

    async def _standing_already(self, incident_id: str, status: Status, refused: Refused) -> Standing:
        """The catch-all code says it in words only, so the words are looked at too."""
        if refused.code in ALREADY or "already" in str(refused).casefold():
            standing = await self.standing(incident_id)
            if standing.status is status:
                return standing
        raise refused

    async def declare(
        self, *, title: str, service_id: str, urgency: str, incident_key: str, description: str, as_email: str
    ) -> Snapshot:
        """Opens an incident; a repeat is harmless, for PagerDuty refuses a second open one with the same key, and
        the first is returned."""
        incident: dict[str, Any] = {
            "type": "incident", "title": title, "service": {"id": service_id, "type": "service_reference"},
            "urgency": urgency, "incident_key": incident_key,
        }  # fmt: skip
        if description:
            incident["body"] = {"type": "incident_body", "details": description}
        try:
            answer = await self.ask("POST", "/incidents", body={"incident": incident}, as_email=as_email)
        except Refused as refused:
            existing = await self.incident_with_key(incident_key)
            if existing is None:
                raise refused from None
            return existing
        return read(_declared, answer, writes=True)


def _declared(answer: Members) -> Snapshot:
    return from_rest(answer.needed_object("incident"))
