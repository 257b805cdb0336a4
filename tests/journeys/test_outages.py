"""PagerDuty or Slack is away. Nothing is lost, nobody is left guessing, and all is made up for without being asked."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

import aiohttp
import pytest

from bot import trouble
from bot.console import operate
from bot.console.demo import CHOICES
from bot.domain.reactions import Reactions
from bot.domain.routing import Routing
from bot.simulator.faults import Faults
from bot.simulator.pagerduty.delivery import Delivery
from storage import Database, NewDelivery
from tests.eventually import eventually
from tests.journeys.town import LOOKS, Town, a_bot_in, a_town, announcements, card, lines, outside, settings, shown
from tests.journeys.works import AGAIN, TIMES

pytestmark = pytest.mark.anyio


async def test_what_was_asked_while_pagerduty_is_down_is_done_once_when_it_is_back(town: Town) -> None:
    page = await town.pagerduty.trigger("Checkout is down")
    room = await town.room()
    town.faults.switch("pagerduty-down", on=True)
    await town.press("Alice", "ack")
    await eventually(lambda: "Alice Andersen is acknowledging · PagerDuty has not answered since" in shown(card(room)))
    [told] = await eventually(lambda: town.told("Alice"))
    assert told.startswith("Waiting for PagerDuty to acknowledge for Alice Andersen")
    assert lines(room) == []
    answer = await town.slack.command("Bob", room.id, "/incident ack")
    assert "Alice Andersen asked to acknowledge INC-1" in answer.text
    assert "It is late" in answer.text

    town.faults.switch("pagerduty-down", on=False)
    await eventually(lambda: page.status == "acknowledged", within=5.0)
    await town.settled()
    assert [agent.name for _, agent in page.acknowledgements] == ["Alice Andersen"]
    assert [entry.type for entry in page.log].count("acknowledge_log_entry") == 1
    assert lines(room) == ["Alice Andersen acknowledged"]
    assert "is acknowledging" not in shown(card(room))
    assert len(town.told("Alice")) == 1


async def test_who_asks_while_pagerduty_is_silent_hears_so_in_time_and_only_once(town: Town) -> None:
    """The note waits behind the acknowledgement, which nobody has answered: its writer hears so just as soon."""
    page = await town.pagerduty.trigger("Checkout is down")
    room = await town.room()
    silence = town.faults.add("pagerduty:*", silent=True)
    await town.press("Alice", "ack")
    await town.slack.command("Bob", room.id, "/incident note looking")
    for who, asked in (("Alice", "acknowledge"), ("Bob", "take a note")):
        [told] = await eventually(lambda who=who: town.told(who), within=4.0)  # type: ignore[misc]
        assert told.startswith(f"Waiting for PagerDuty to {asked} for {who}")
        assert f"/incidents/{page.id}|Open in PagerDuty" in told
    await eventually(lambda: "Alice Andersen is acknowledging · PagerDuty has not answered since" in shown(card(room)))
    assert trouble.ails("pagerduty") is None  # the first attempt has not ended yet

    await eventually(lambda: trouble.ails("pagerduty") == "silent", within=15.0)
    town.faults.remove(silence)
    await eventually(lambda: page.status == "acknowledged", within=8.0)
    await town.settled()
    assert [agent.name for _, agent in page.acknowledgements] == ["Alice Andersen"]
    assert [note.content for note in page.notes].count("looking") == 1
    assert [len(town.told(who)) for who in ("Alice", "Bob")] == [1, 1]
    assert (await town.kinds()).count("request.delayed") == 2
    assert "is acknowledging" not in shown(card(room))


async def test_who_logs_a_change_while_the_events_api_is_silent_hears_so_in_time(town: Town) -> None:
    page = await town.pagerduty.trigger("Checkout is down")
    room = await town.room()
    silence = town.faults.add("events:*", silent=True)
    await town.slack.command("Alice", room.id, "/incident change deploy v2")
    [told] = await eventually(lambda: town.told("Alice"), within=4.0)
    assert told.startswith("Waiting for PagerDuty to take a change for Alice Andersen")
    assert f"/incidents/{page.id}|Open in PagerDuty" in told
    town.faults.remove(silence)
    await eventually(lambda: town.pagerduty.account.change_events, within=20.0)
    await town.settled()
    assert len(town.told("Alice")) == 1


async def test_who_logs_a_change_outside_any_incident_hears_so_too(town: Town) -> None:
    await eventually(lambda: town.database.read(lambda tx: tx.services()))
    silence = town.faults.add("events:*", silent=True)
    await town.slack.command("Alice", "general", "/change deploy Checkout v2")
    [_, late] = await eventually(lambda: len(town.told("Alice")) > 1 and town.told("Alice"), within=4.0)
    assert late.startswith("Waiting for PagerDuty to take a change: no answer yet; this is kept")
    assert "/services/PSCHECK|Open in PagerDuty" in late
    town.faults.remove(silence)
    await eventually(lambda: town.pagerduty.account.change_events, within=20.0)
    await town.settled()
    assert len(town.told("Alice")) == 2


async def test_whose_change_outside_any_incident_pagerduty_refuses_hears_so(town: Town) -> None:
    await eventually(lambda: town.database.read(lambda tx: tx.services()))
    town.faults.add("events:*", status=400)
    await town.slack.command("Alice", "general", "/change deploy Checkout v2")
    [_, refused] = await eventually(lambda: len(town.told("Alice")) > 1 and town.told("Alice"))
    assert refused.startswith("PagerDuty did not take the change event: ")
    await town.settled()
    assert len(town.told("Alice")) == 2


async def test_whose_answer_said_already_that_pagerduty_is_away_is_not_told_again(town: Town) -> None:
    await town.pagerduty.trigger("Checkout is down")
    room = await town.room()
    away = town.faults.add("events:*", status=503)
    await town.slack.command("Alice", room.id, "/incident change deploy v2")
    await eventually(lambda: trouble.ails("events"))
    answer = await town.slack.command("Bob", room.id, "/incident change deploy v3")
    assert "PagerDuty's Events API does not answer now" in answer.text
    assert await town.database.read(lambda tx: tx._connection.scalar(LOOKS)) == 1  # of Alice's
    await eventually(lambda: town.told("Alice"), within=4.0)
    town.faults.remove(away)
    await town.settled()
    assert len(town.told("Bob")) == 1  # the answer


async def test_a_change_that_arrived_although_its_answer_was_lost_leaves_nothing_ailing(town: Town) -> None:
    """The Events API may not be called again for days, and would be said to be silent all the while."""
    await town.pagerduty.trigger("Checkout is down")
    room = await town.room()
    town.faults.add("events:*", lost_reply=True, times=1)
    await town.slack.command("Alice", room.id, "/incident change deploy v2")
    await eventually(lambda: trouble.ails("events") == "silent")
    await eventually(lambda: trouble.ails("events") is None)
    await town.settled()
    assert len(town.pagerduty.account.change_events) == 1


async def test_pages_that_come_while_slack_is_down_get_their_rooms(database_url: str) -> None:
    """Slack is down before the bot starts: webhooks are taken all the same."""
    faults = Faults()
    faults.switch("slack-down", on=True)
    async with a_town(database_url, faults=faults) as town:
        for service in ("Checkout", "Payments"):
            await town.pagerduty.trigger(f"{service} is down", service=service, urgency="high")
        await town.pagerduty.settled()
        assert [[each.status for each in one.attempts] for one in town.pagerduty.deliveries] == [[202], [202]]
        await eventually(lambda: town.faults.calls("slack:auth.test")[2:])

        town.faults.switch("slack-down", on=False)
        rooms = [await town.room(number) for number in (1, 2)]
        assert [len(room.pins) for room in rooms] == [1, 1]
        assert len(announcements(town)) == 2


async def test_a_storm_of_one_page_sent_again_and_at_once_is_one_incident(town: Town) -> None:
    town.faults.switch("webhook-duplicates", on=True)
    page = await town.pagerduty.trigger("Checkout is down")
    await town.pagerduty.settled()
    [delivery] = town.pagerduty.deliveries
    again = await asyncio.gather(*(_sent(town, delivery) for _ in range(10)))
    assert set(again) == {202}
    room = await town.room()
    assert [entry.kind for entry in await town.timeline()].count("incident.triggered") == 1
    assert len(await town.database.read(lambda tx: tx.incidents())) == 1
    assert len([one for one in town.slack.channels.values() if one.name.startswith(room.name)]) == 1
    assert len(page.notes) == 1


async def test_what_nobody_understands_yet_is_kept_for_later(town: Town) -> None:
    await town.pagerduty.trigger("Checkout is down")
    await town.room()
    [known] = [one for one in town.pagerduty.deliveries if one.event_type == "incident.triggered"]
    novelty = replace(known, body=known.body.replace(b"incident.triggered", b"incident.entangled"))
    novelty.body = novelty.body.replace(known.event_id.encode(), b"01NOVELTY")
    assert await _sent(town, novelty) == 202
    await eventually(lambda: town.database.read(lambda tx: tx.not_understood()))
    [kept] = await town.database.read(lambda tx: tx.not_understood())
    assert "incident.entangled" in (kept.complaint or "")


async def _sent(town: Town, delivery: Delivery) -> int:
    """PagerDuty's own signature, whenever and however often it comes; when asked to, it sends it again."""
    url = f"{town.simulator.bot_url}/pagerduty/webhook"
    statuses = [AGAIN]
    async with aiohttp.ClientSession() as pagerduty:
        while statuses[-1] == AGAIN and len(statuses) <= TIMES:
            async with pagerduty.post(url, data=delivery.body, headers=delivery.headers()) as answer:
                statuses.append(answer.status)
    return statuses[-1]


async def test_what_an_older_muster_did_not_understand_is_replayed_and_gets_its_room(
    database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    async with outside() as simulator:
        page = await simulator.pagerduty.trigger("Checkout is down")
        [sent] = simulator.pagerduty.deliveries
        await _kept_without_being_understood(database_url, sent)
        assert await operate.replay(settings(simulator, database_url, CHOICES), None) == 0
        assert capsys.readouterr().out == "1 read, 0 still not understood.\n"
        async with a_bot_in(simulator, database_url) as town:
            room = await town.room()
            assert (await town.kinds()).count("incident.triggered") == 1
            assert page.title in shown(card(room))


async def _kept_without_being_understood(database_url: str, sent: Delivery) -> None:
    database = Database(database_url, Reactions(Routing()))
    database.open()
    delivery = NewDelivery("pagerduty", f"pagerduty:{sent.event_id}", sent.resource, {}, sent.body, datetime.now(UTC))
    await database.write(lambda tx: tx.keep(delivery))
    await database.write(lambda tx: tx.complain(1, "incident.triggered is not known"))
    database.close()
