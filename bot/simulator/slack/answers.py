"""What Slack makes of the bot's answer to a command or a submission."""

import json
from typing import Any

from bot.simulator.slack.blocks import choices, options_problems
from bot.simulator.slack.delivery import Reply
from bot.simulator.slack.model import Answer, Json, View
from bot.simulator.slack.refusals import Refusal
from bot.simulator.slack.responses import respond
from bot.simulator.slack.tokens import ResponseUrl
from bot.simulator.slack.workspace import Workspace

TROUBLE = "We had some trouble connecting. Try again?"
FAILURES = {"http_timeout": "operation_timeout"}


def error_of(reply: Reply) -> str | None:
    """Slack's word for an answer that is none."""
    if reply.accepted:
        return None
    if reply.failure:
        return FAILURES.get(reply.failure, "dispatch_failed")
    return "http_client_error" if reply.status < 500 else "http_service_error"


def body_of(reply: Reply) -> Json | None:
    """The answer as a JSON object, if it is one."""
    try:
        body = json.loads(reply.text)
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


def to_command(workspace: Workspace, name: str, target: ResponseUrl, reply: Reply) -> Answer:
    """Shows the answer; bare text is shown as it is, nothing at all shows nothing."""
    error, body = error_of(reply), body_of(reply)
    if error is None and reply.text.strip():
        said = body if body is not None else {"text": reply.text}
        if not said.get("text") and not said.get("blocks") and not said.get("attachments"):
            return Answer(reply.status, body)
        try:
            return _shown(workspace, target, reply, said)
        except Refusal:
            error = "invalid_command_response"
    if error is None:
        return Answer(reply.status, body)
    return Answer(reply.status, body, f'{name} failed with the error "{error}"', error=error)


def to_suggestion(reply: Reply) -> list[Json]:
    """The options offered, those of groups included: https://docs.slack.dev/reference/block-kit/block-elements,
    external select. Refusal where Slack would show an error instead of a menu."""
    if error := error_of(reply):
        raise Refusal(error)
    body = body_of(reply) or {}
    if bool("options" in body) == bool("option_groups" in body):
        raise Refusal("invalid_options", "one of options or option_groups is required")
    problems = [*options_problems(body)]
    if problems:
        raise Refusal("invalid_options", *problems)
    return choices(body)


def _shown(workspace: Workspace, target: ResponseUrl, reply: Reply, said: Json) -> Answer:
    whispered = respond(workspace, target, said)
    blocks = whispered.blocks if whispered else said.get("blocks") or []
    return Answer(reply.status, body_of(reply), str(said.get("text", "")), blocks, ephemeral=whispered)


def to_press(reply: Reply) -> Answer:
    """Only whether it came; a body is ignored."""
    error = error_of(reply)
    return Answer(reply.status, body_of(reply), TROUBLE if error else "", error=error)


def to_submission(workspace: Workspace, view: View, reply: Reply) -> Answer:
    """Closes the view, or does with it what `response_action` says: https://docs.slack.dev/surfaces/modals"""
    error, body = error_of(reply), body_of(reply)
    if error is None:
        try:
            _obey(workspace, view, body or {})
        except Refusal as refusal:
            error = refusal.error
    workspace.changed()
    return Answer(reply.status, body, TROUBLE if error else "", error=error)


def _obey(workspace: Workspace, view: View, body: Json) -> None:
    action: Any = body.get("response_action")
    if action is None:
        workspace.views.close(view)
    elif action == "clear":
        workspace.views.close(view, whole_stack=True)
    elif action == "errors":
        view.errors = _errors(view, body.get("errors"))
    elif action == "update":
        workspace.views.update(view, body["view"])
    elif action == "push":
        workspace.views.push(view.user, body["view"])
    else:
        raise Refusal("invalid_response_action")


def _errors(view: View, errors: Any) -> dict[str, str]:
    inputs = {block["block_id"] for block in view.blocks if block["type"] == "input"}
    if not isinstance(errors, dict) or not errors or not set(errors) <= inputs:
        raise Refusal("invalid_errors")
    return {str(block): str(text) for block, text in errors.items()}
