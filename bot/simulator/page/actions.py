"""Everything a person can do at the page, by the name under which the browser posts it."""

from collections.abc import Awaitable, Callable

from bot.simulator.faults import SWITCHES
from bot.simulator.page import pagerduty_actions, slack_actions
from bot.simulator.page.asked import Asked, Impossible
from bot.simulator.page.world import Json, World
from bot.simulator.pagerduty.refusals import Refusal as PagerDutyRefusal
from bot.simulator.slack.refusals import Refusal as SlackRefusal

Action = Callable[[World, Asked], Awaitable[Json]]


async def switch(world: World, asked: Asked) -> Json:
    """Turns a fault on or off."""
    name = asked.text("name")
    if name not in SWITCHES:
        raise Impossible(f"There is no switch {name!r}.")
    world.faults.switch(name, asked.flag("on"))
    world.news.publish("faults")
    return {}


ACTIONS: dict[str, Action] = {
    "say": slack_actions.say,
    "command": slack_actions.command,
    "press": slack_actions.press,
    "press-view": slack_actions.press_view,
    "suggest": slack_actions.suggest,
    "submit": slack_actions.submit,
    "close": slack_actions.close,
    "react": slack_actions.react,
    "invite": slack_actions.invite,
    "trigger": pagerduty_actions.trigger,
    "acknowledge": pagerduty_actions.acknowledge,
    "resolve": pagerduty_actions.resolve,
    "reopen": pagerduty_actions.reopen,
    "reassign": pagerduty_actions.reassign,
    "escalate": pagerduty_actions.escalate,
    "prioritize": pagerduty_actions.prioritize,
    "ask": pagerduty_actions.ask,
    "note": pagerduty_actions.note,
    "update": pagerduty_actions.update,
    "bridge": pagerduty_actions.bridge,
    "switch": switch,
}


async def act(world: World, name: str, asked: Asked) -> Json:
    """Does it; `Impossible`, with a sentence, when the name is unknown or a vendor refuses."""
    if name not in ACTIONS:
        raise Impossible(f"The page cannot {name!r}.")
    try:
        return await ACTIONS[name](world, asked)
    except KeyError as error:
        raise Impossible(f"That is gone: {error.args[0]}.") from error
    except SlackRefusal as refusal:
        raise Impossible(f"Slack refuses: {refusal.error}.") from refusal
    except PagerDutyRefusal as refusal:
        raise Impossible(f"PagerDuty refuses: {' '.join([refusal.message, *refusal.errors])}.") from refusal
