"""auth.test, users.* and usergroups.*: who there is."""

from bot.simulator.slack.api.call import Call, page, user_of
from bot.simulator.slack.model import APP_ID, BOT_ID, TEAM_DOMAIN, TEAM_ID, Json
from bot.simulator.slack.refusals import Refusal


def auth_test(call: Call) -> Json:
    bot = call.workspace.bot
    whom = {"user": bot.name, "user_id": bot.id, "bot_id": BOT_ID, "is_enterprise_install": False}
    return {"url": f"https://{TEAM_DOMAIN}.slack.com/", "team": "Simulated", "team_id": TEAM_ID, **whom}


def bot_info(call: Call) -> Json:
    if call.arguments.text("bot") != BOT_ID:
        raise Refusal("bot_not_found")
    bot = call.workspace.bot
    return {"bot": {"id": BOT_ID, "deleted": False, "name": bot.name, "app_id": APP_ID, "user_id": bot.id}}


def info(call: Call) -> Json:
    return {"user": user_of(call).payload()}


def every(call: Call) -> Json:
    found, beside = page(call, list(call.workspace.users.values()), default=1000)
    return {"members": [user.payload() for user in found], **beside}


def lookup_by_email(call: Call) -> Json:
    """Strangers and deactivated people are not found: https://docs.slack.dev/reference/methods/users.lookupByEmail"""
    email = call.arguments.text("email").lower()
    for user in call.workspace.users.values():
        if user.email == email and not user.is_stranger and not user.deleted:
            return {"user": user.payload()}
    raise Refusal("users_not_found")


def usergroups(call: Call) -> Json:
    with_users = call.arguments.flag("include_users")
    return {"usergroups": [group.payload(with_users=with_users) for group in call.workspace.usergroups.values()]}


def usergroup_users(call: Call) -> Json:
    group = call.workspace.usergroups.get(call.arguments.text("usergroup"))
    if group is None:
        raise Refusal("no_such_subteam")
    return {"users": list(group.users)}
