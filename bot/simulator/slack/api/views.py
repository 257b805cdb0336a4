"""views.*: modals and home tabs."""

from bot.simulator.slack.api.call import Call, user_of
from bot.simulator.slack.model import Json, View
from bot.simulator.slack.refusals import Refusal


def open_view(call: Call) -> Json:
    definition = _definition(call)
    trigger = call.workspace.triggers.spend(call.arguments.text("trigger_id"))
    return _shown(call, call.workspace.views.open(trigger.user, definition))


def push(call: Call) -> Json:
    """Only with a trigger that came out of a modal: https://docs.slack.dev/surfaces/modals#adding_views"""
    definition = _definition(call)
    trigger = call.workspace.triggers.spend(call.arguments.text("trigger_id"))
    if trigger.view_id is None:
        raise Refusal("not_found")
    return _shown(call, call.workspace.views.push(trigger.user, definition))


def update(call: Call) -> Json:
    definition = _definition(call)
    shown = call.workspace.views.find(call.arguments.text("view_id"), call.arguments.text("external_id"))
    return _shown(call, call.workspace.views.update(shown, definition, call.arguments.text("hash")))


def publish(call: Call) -> Json:
    definition = _definition(call)
    user = user_of(call, "user_id")
    return _shown(call, call.workspace.views.publish(user.id, definition, call.arguments.text("hash")))


def _definition(call: Call) -> Json:
    definition: Json = call.arguments.structure("view", dict, error="invalid_arguments")
    return definition


def _shown(call: Call, view: View) -> Json:
    call.workspace.changed()
    return {"view": view.payload()}
