"""Any order, any repetition: where an incident stands is what PagerDuty's newest news says."""

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from bot.domain.events import news, reports, requests
from bot.domain.incident import Bridge, Incident, Reference, Status
from tests.builders import ALICE, fact, told, triggered

POSSIBLE = {  # what PagerDuty can tell of an incident that stands so, and where it stands then
    Status.TRIGGERED: {
        news.Acknowledged: Status.ACKNOWLEDGED, news.Resolved: Status.RESOLVED, news.Escalated: Status.TRIGGERED,
        news.Reassigned: Status.TRIGGERED, news.PriorityUpdated: Status.TRIGGERED,
    },
    Status.ACKNOWLEDGED: {
        news.Unacknowledged: Status.TRIGGERED, news.Resolved: Status.RESOLVED, news.Delegated: Status.TRIGGERED,
        news.PriorityUpdated: Status.ACKNOWLEDGED, news.ServiceChanged: Status.ACKNOWLEDGED,
    },
    Status.RESOLVED: {news.Reopened: Status.TRIGGERED, news.PriorityUpdated: Status.RESOLVED},
}  # fmt: skip
VERBS = {"acknowledge": requests.AcknowledgeRequested, "resolve": requests.ResolveRequested}
SHOWN = ("title", "urgency", "priority", "service", "html_url", "bridge", "merged_into")


class Life(RuleBasedStateMachine):
    """PagerDuty's side writes a life; ours hears of it in any order, and people and reports come between."""

    def __init__(self) -> None:
        super().__init__()
        self.stands = Status.TRIGGERED
        self.written: list[news.News] = [triggered()]
        self.heard: list[news.News] = []
        self.incident = Incident(1)

    @rule(data=st.data(), title=st.text(min_size=1, max_size=5), urgency=st.sampled_from(["high", "low"]))
    def happens(self, data: st.DataObject, title: str, urgency: str) -> None:
        kind = data.draw(st.sampled_from(sorted(POSSIBLE[self.stands], key=lambda kind: kind.kind)))
        self.stands = POSSIBLE[self.stands][kind]
        minutes = len(self.written)
        said: dict[str, Any] = {"title": title, "urgency": urgency, "priority": Reference(title), "status": self.stands}
        self.written.append(told(kind, minutes, bridge=Bridge(None, f"https://meet.example/{minutes}"), **said))

    @rule(data=st.data())
    def is_heard(self, data: st.DataObject) -> None:
        """Also for a second time."""
        event = data.draw(st.sampled_from(self.written))
        before = self.incident
        self.incident = before.after(event)
        if event in self.heard:
            assert self.incident == before
        self.heard.append(event)

    @rule(verb=st.sampled_from(sorted(VERBS)))
    def is_asked_for(self, verb: str) -> None:
        if requests.may_still(verb, self.incident.status):
            self.incident = self.incident.after(fact(VERBS[verb], by=ALICE))

    @rule(content=st.text(max_size=5))
    def is_noted(self, content: str) -> None:
        minutes = len(self.written)
        about = Reference("Q1", "Checkout is down")
        self.incident = self.incident.after(
            fact(reports.Annotated, minutes, incident=about, note_id=content, content=content)
        )

    @invariant()
    def stands_where_the_newest_news_says(self) -> None:
        if not self.heard:
            return
        newest = max(self.heard, key=lambda event: event.at)
        assert self.incident.status is newest.snapshot.status
        assert {name: getattr(self.incident, name) for name in SHOWN} == {
            name: getattr(newest.snapshot, name) for name in SHOWN
        }
        assert self.incident.news_at == newest.at

    @invariant()
    def says_who_did_what_stands_and_nothing_else(self) -> None:
        resolved, acknowledged = self.incident.resolved, self.incident.acknowledged
        assert (resolved is not None) is (self.incident.status is Status.RESOLVED)
        assert acknowledged is not None or self.incident.status is not Status.ACKNOWLEDGED
        assert acknowledged is None or self.incident.status is not Status.TRIGGERED

    @invariant()
    def nothing_is_pending_once_it_is_over(self) -> None:
        assert self.incident.is_open or not self.incident.pending
        assert self.incident.status is Status.TRIGGERED or "acknowledge" not in self.incident.pending


Life.TestCase.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
TestLife = Life.TestCase
