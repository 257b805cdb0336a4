"""Keptn waits for somebody's approval: people are asked in Slack, one of them answers, and Keptn goes on."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from bot.domain.approval import approval_id
from bot.domain.job import Priority
from bot.simulator.slack import Answer, Message
from tests import keptn as pretended
from tests.bot.sources.keptn_events import JSON, approval
from tests.eventually import eventually
from tests.journeys.town import BOT, shown
from tests.journeys.works import SECRET, Works, source, works
from tests.keptn import TOKEN, Keptn

pytestmark = pytest.mark.anyio
BRIDGE = "https://keptn.example.com/bridge"
QUESTION = "question-1"
RELEASERS = {"approve": ["members"]}


@asynccontextmanager
async def town_with(database_url: str, token: str = TOKEN, **choices: Any) -> AsyncIterator[tuple[Works, Keptn]]:
    async with pretended.pretended() as keptn:
        told = {"url": keptn.url, "token": token, "approvals": "#incidents"}
        asking = source("keptn", bridge_url=BRIDGE, write_back=told)
        async with works(database_url, {"keptn": asking}, **{"policy": RELEASERS, **choices}) as town:
            yield town, keptn


async def say(town: Works, told: JSON) -> None:
    proof = {"Authorization": f"Bearer {SECRET}", "Content-Type": "application/cloudevents+json"}
    assert (await town.post("/in/keptn", content=json.dumps(told).encode(), headers=proof)).status_code == 202


async def asked(town: Works, keptn: Keptn, **told: Any) -> Message:
    """The card, once it stands and Muster knows where."""
    await say(town, keptn.asks(approval(**told)))
    await eventually(lambda: cards(town))
    await eventually(lambda: _has(town, "approval.shown"))
    return card(town)


def cards(town: Works) -> list[Message]:
    return [one for one in town.slack.channel("incidents").messages if "for an approval" in one.text]


def card(town: Works) -> Message:
    [one] = cards(town)
    return one


def buttons(message: Message) -> list[str]:
    return [one["action_id"] for block in message.blocks if block["type"] == "actions" for one in block["elements"]]


async def press(town: Works, who: str, verb: str) -> Answer:
    return await town.slack.press(who, town.slack.channel("incidents").id, card(town).ts, f"command:{verb}")


async def kinds(town: Works) -> list[str]:
    return [one.kind for one in await town.said("keptn")]


async def _has(town: Works, kind: str) -> bool:
    return kind in await kinds(town)


def marked(told: Any) -> list[str]:
    """The texts in which Slack heeds markup."""
    if isinstance(told, dict):
        mine = [told["text"]] if told.get("type") == "mrkdwn" else []
        return mine + [text for each in told.values() for text in marked(each)]
    return [text for each in told for text in marked(each)] if isinstance(told, list) else []


def says(town: Works, *words: str) -> bool:
    return all(word in shown(card(town)) for word in words)


async def test_a_press_in_slack_answers_keptn_in_the_name_of_whoever_pressed(database_url: str) -> None:
    async with town_with(database_url) as (town, keptn):
        message = await asked(town, keptn)
        assert says(town, "shop/production/carts", "pass, score 92", "carts:0.13.1", "buildId: 88", "Waits")
        assert f"{BRIDGE}/project/shop/sequence/c0ffee" in shown(message)
        assert buttons(message) == ["command:approve", "command:decline"]
        assert all("confirm" in one for one in message.blocks[-1]["elements"])
        await press(town, "Bob", "approve")
        await eventually(lambda: says(town, "Approved by Bob"))
        await town.settled()
        [event] = keptn.taken
        told = {name: event["data"][name] for name in ("project", "stage", "service", "result", "status")}
        assert told == {
            "project": "shop", "stage": "production", "service": "carts", "result": "pass", "status": "succeeded",
        }  # fmt: skip
        assert (event["triggeredid"], event["shkeptncontext"], event["gitcommitid"]) == (QUESTION, "c0ffee", "4f2a9c1")
        assert "labels" not in event["data"], "which Keptn has, and which may be redacted here"
        assert "Bob" in event["data"]["message"]
        assert buttons(card(town)) == []
        assert await kinds(town) == ["approval.requested", "approval.shown", "approval.answered", "approval.taken"]
        answered = (await town.said("keptn"))[2]
        assert (answered.actor.id, answered.origin) == (town.slack.user("Bob").id, "slack.button")


async def test_who_declines_stops_the_delivery_and_raises_no_alert(database_url: str) -> None:
    async with town_with(database_url) as (town, keptn):
        await asked(town, keptn)
        await press(town, "Bob", "decline")
        await eventually(lambda: keptn.ended)
        await say(town, keptn.ended[0])
        await eventually(lambda: _has(town, "approval.finished"))
        await town.settled()
        assert keptn.ended[0]["data"]["result"] == "fail"
        assert says(town, "Declined by Bob")
        assert town.alerts() == {}


async def test_of_two_who_press_at_once_one_answers_and_the_other_hears_who(database_url: str) -> None:
    async with town_with(database_url) as (town, keptn):
        await asked(town, keptn)
        await asyncio.gather(press(town, "Alice", "approve"), press(town, "Bob", "decline"))
        await eventually(lambda: keptn.taken)
        await town.settled()
        assert len(keptn.taken) == 1
        assert (await kinds(town)).count("approval.answered") == 1
        first, second = ("Alice", "Bob") if keptn.taken[0]["data"]["result"] == "pass" else ("Bob", "Alice")
        heard = [line for line in town.told(second) if "already" in line]
        assert len(heard) == 1
        assert heard[0].startswith(first)


async def test_whoever_presses_a_card_that_was_drawn_before_hears_who_was_first(database_url: str) -> None:
    async with town_with(database_url) as (town, keptn):
        old = await asked(town, keptn)
        value = old.blocks[-1]["elements"][0]["value"]
        await press(town, "Bob", "approve")
        await eventually(lambda: says(town, "Approved by Bob"))
        await town.settled()
        again = await town.slack.command("Bob", "incidents", f"/incident approve {value}")
        other = await town.slack.command("Alice", "incidents", f"/incident decline {value}")
        assert again.text.startswith("You approved shop/production/carts already")
        assert other.text.startswith("Bob")
        assert len(keptn.taken) == 1


async def test_only_those_whom_the_policy_names_may_answer(database_url: str) -> None:
    async with town_with(database_url, policy={}) as (town, keptn):
        await asked(town, keptn)
        await press(town, "Bob", "approve")
        await eventually(lambda: town.told("Bob"))
        assert "Only admins can approve" in town.told("Bob")[-1]
        await press(town, "Alice", "approve")
        await eventually(lambda: len(keptn.taken) == 1 and says(town, "Approved by Alice"))


async def test_an_answer_whose_reply_was_lost_counts_once(database_url: str) -> None:
    async with town_with(database_url) as (town, keptn):
        await asked(town, keptn)
        keptn.forgets = True
        await press(town, "Bob", "approve")
        await eventually(lambda: _has(town, "approval.taken"))
        await eventually(lambda: says(town, "Approved by Bob"))
        assert len(keptn.ended) == 1
        assert "approval.dropped" not in await kinds(town)


async def test_while_keptn_is_away_the_answer_waits_and_the_card_says_so(database_url: str) -> None:
    async with town_with(database_url) as (town, keptn):
        await asked(town, keptn)
        keptn.down = True
        await press(town, "Bob", "approve")
        await eventually(lambda: says(town, "Approved by Bob", "Keptn answered 503", "tried again"))
        assert buttons(card(town)) == []
        keptn.down = False
        await eventually(lambda: keptn.taken)
        await eventually(lambda: not says(town, "503"))
        assert (await kinds(town)).count("approval.delayed") == 1


async def test_what_keptn_refuses_is_told_in_its_words_and_can_be_answered_again(database_url: str) -> None:
    async with town_with(database_url) as (town, keptn):
        await asked(town, keptn)
        keptn.refusal = (400, "could not parse <!channel> data")
        await press(town, "Bob", "approve")
        await eventually(lambda: says(town, "came to nothing", "could not parse &lt;!channel&gt; data"))
        await eventually(lambda: any("Keptn answered 400" in line for line in town.told("Bob")))
        assert buttons(card(town)) == ["command:approve", "command:decline"]
        keptn.refusal = None
        await press(town, "Alice", "decline")
        await eventually(lambda: keptn.taken and says(town, "Declined by Alice"))
        assert [event["data"]["result"] for event in keptn.taken] == ["fail"]


async def test_a_token_that_keptn_does_not_believe_is_said_and_not_shown(database_url: str) -> None:
    async with town_with(database_url, token="another") as (town, keptn):
        await asked(town, keptn)
        await press(town, "Bob", "approve")
        await eventually(lambda: says(town, "unauthorized", "check the token under write_back"))
        assert keptn.taken == []


async def test_a_refusal_after_a_lost_reply_does_not_say_that_the_answer_came_to_nothing(database_url: str) -> None:
    async with town_with(database_url) as (town, keptn):
        await asked(town, keptn)
        keptn.forgets = keptn.doubts = True
        await press(town, "Bob", "approve")
        await eventually(lambda: says(town, "Approved by Bob", "an earlier attempt may have been taken"))
        assert [event["data"]["result"] for event in keptn.taken] == ["pass"]
        assert buttons(card(town)) == []


async def test_of_a_source_that_is_disabled_nothing_is_answered(database_url: str) -> None:
    async with town_with(database_url) as (town, keptn):
        await asked(town, keptn)
        await town.slack.command("Alice", "general", "/incident sources disable keptn")
        await eventually(lambda: any("keptn is disabled" in line for line in town.told("Alice")))
        await press(town, "Bob", "approve")
        said = "keptn is disabled here: answer in Keptn itself"
        await eventually(lambda: any(said in line for line in town.told("Bob")))
        await town.settled()
        assert keptn.taken == []


async def test_what_was_answered_in_the_bridge_shows_on_the_card(database_url: str) -> None:
    async with town_with(database_url) as (town, keptn):
        await asked(town, keptn)
        await say(town, keptn.ends(QUESTION, "fail"))
        await eventually(lambda: says(town, "Declined in Keptn"))
        assert buttons(card(town)) == []
        assert town.alerts() == {}


async def test_whoever_answers_after_the_bridge_changes_nothing_and_hears_so(database_url: str) -> None:
    async with town_with(database_url) as (town, keptn):
        await asked(town, keptn)
        keptn.ends(QUESTION, "pass")
        await press(town, "Bob", "decline")
        await eventually(lambda: says(town, "Approved in Keptn"))
        await eventually(lambda: any("it was approved in Keptn before" in line for line in town.told("Bob")))
        assert keptn.taken == []


async def test_what_was_called_off_waits_for_nobody(database_url: str) -> None:
    async with town_with(database_url) as (town, keptn):
        await asked(town, keptn)
        keptn.waiting.clear()
        await press(town, "Bob", "approve")
        await eventually(lambda: says(town, "Keptn waits for no answer any more"))
        assert (keptn.taken, buttons(card(town))) == ([], [])


@pytest.mark.parametrize(
    "told",
    [{"passing": "automatic"}, {"result": "fail"}, {"result": "warning", "warning": "automatic"}],
    ids=["automatic", "failed", "automatic after a warning"],
)
async def test_nobody_is_asked_for_what_keptn_decides_itself(database_url: str, told: dict[str, Any]) -> None:
    async with town_with(database_url) as (town, _):
        await say(town, approval(**told))
        await eventually(lambda: town.said("keptn"))
        await town.settled()
        assert cards(town) == []
        assert await kinds(town) == ["source.signal.received"]


async def test_without_write_back_nobody_is_asked(database_url: str) -> None:
    async with works(database_url, {"keptn": source("keptn")}) as town:
        await say(town, approval())
        await eventually(lambda: town.said("keptn"))
        await town.settled()
        assert await kinds(town) == ["source.signal.received"]
        assert cards(town) == []


async def test_the_same_question_again_is_one_card_even_when_slack_forgets_to_answer(database_url: str) -> None:
    async with town_with(database_url) as (town, keptn):
        town.faults.add("slack:chat.postMessage", lost_reply=True, times=1)
        for _ in range(3):
            await say(town, keptn.asks(approval()))
        await eventually(lambda: _has(town, "approval.shown"), within=20.0)
        await town.settled()
        assert len(cards(town)) == 1
        await press(town, "Bob", "approve")
        await eventually(lambda: says(town, "Approved by Bob"))


async def test_an_end_that_comes_before_its_question_leaves_nothing_to_press(database_url: str) -> None:
    async with town_with(database_url) as (town, keptn):
        question = keptn.asks(approval())
        await say(town, keptn.ends(QUESTION, "pass"))
        await eventually(lambda: _has(town, "approval.finished"))
        await say(town, question)
        await eventually(lambda: _has(town, "approval.requested"))
        await town.settled()
        assert cards(town) == []


async def test_what_ends_while_slack_forgets_to_answer_leaves_nothing_to_press(database_url: str) -> None:
    async with town_with(database_url) as (town, keptn):
        town.faults.add("slack:chat.postMessage", lost_reply=True, times=1)
        await say(town, keptn.asks(approval()))
        await eventually(lambda: cards(town))
        await say(town, keptn.ends(QUESTION, "pass"))
        await eventually(lambda: says(town, "Approved in Keptn"), within=20.0)
        assert buttons(card(town)) == []


async def test_however_much_keptn_says_slack_takes_the_card(database_url: str) -> None:
    much = {f"{'name' * 40}{n}": f"https://ci.example.com/{'y' * 3000}" if n % 2 else "x<&>" * 900 for n in range(30)}
    place = {"project": "p" * 500, "stage": "s" * 500, "service": "v" * 500}
    async with town_with(database_url) as (town, keptn):
        await asked(town, keptn, labels=much, configurationChange={"values": {"image": "i" * 9000}}, **place)
        await press(town, "Bob", "approve")
        await eventually(lambda: keptn.taken and says(town, "Approved by Bob"))
        assert says(town, "and 24 more labels")


async def test_words_of_keptns_mention_nobody_and_lead_nowhere(database_url: str) -> None:
    labels = {"<!here>": "<@U0ALICE> *x*", "evil": "javascript:alert(1)", "run": "https://ci.example.com/<b>|x"}
    async with town_with(database_url) as (town, keptn):
        await asked(town, keptn, labels=labels, service="<!channel>", number=2)
        said = " ".join([card(town).text, *marked(card(town).blocks)])
        for hostile in ("<!here>", "<!channel>", "<@U0ALICE>", "<b>"):
            assert hostile not in said
        assert "&lt;!channel&gt;" in said


async def test_a_question_waits_for_a_channel_that_muster_is_not_in(database_url: str) -> None:
    lane = f"approval:{approval_id('keptn', QUESTION)}:card"

    async def again(town: Works) -> None:
        await eventually(lambda: town.database.read(lambda tx: tx.owed().late))
        await town.strike(lambda tx: tx.hurry(lane, Priority.HUMAN) and None)

    async with town_with(database_url) as (town, keptn):
        members = town.slack.channel("incidents").members
        members.discard(BOT)
        await say(town, keptn.asks(approval()))
        await again(town)
        await eventually(lambda: _has(town, "approval.not_shown"))
        assert "invite it there" in (await town.said("keptn"))[-1].text
        members.add(BOT)
        await again(town)
        await eventually(lambda: _has(town, "approval.shown"))
        assert says(town, "Waits for an answer")
