"""Misconfigurations, each planted in a healthy setting, and what the doctor must say of it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from bot.simulator import credentials
from bot.simulator.pagerduty.subscriptions import ALL_EVENTS, Subscription
from bot.simulator.slack.model import User
from tests.bot.hospital import BOT, Plant, Setting

TOMORROW = datetime.now(UTC) + timedelta(days=1)
NOWHERE = "http://127.0.0.1:9"


class Planted(NamedTuple):
    """`found` and `mend` are parts of what is said; `is_well` where it is advice only."""

    plant: Plant
    about: str
    found: str
    mend: str
    is_well: bool = False


def env(name: str, value: str) -> Plant:
    return lambda it: it.environ.update({name: value})


def rule(**given: Any) -> Plant:
    return lambda it: it.yaml.update({"routing": [given]})


def people(slack_id: str, address: str) -> Plant:
    return lambda it: it.yaml.update({"people": {slack_id: address}})


def subscribed(**changes: Any) -> Plant:
    def plant(it: Setting) -> None:
        for name, value in changes.items():
            setattr(it.subscription, name, value)

    return plant


def another_subscription(it: Setting) -> None:
    it.pagerduty.subscriptions.append(Subscription(it.subscription.url))


def scopes(*, without: str = "", beside: str = "") -> Plant:
    def plant(it: Setting) -> None:
        it.slack.api.scopes = it.slack.api.scopes - {without} | ({beside} if beside else set())

    return plant


def archived(it: Setting) -> None:
    room = it.slack.channel("checkout")
    room.is_archived = True
    rule(announce=room.id)(it)


def gone(it: Setting) -> None:
    it.slack.users["U0CAROL"].deleted = True


def guest(it: Setting) -> None:
    it.slack.users["U0BOB"].is_restricted = True


def deactivated(it: Setting) -> None:
    it.slack.users["U0X"] = User("U0X", "xenia", "Xenia", "x@example.com", deleted=True)
    rule(invite=["U0X"])(it)


def readable_file(it: Setting) -> None:
    it.environ["SLACK_BOT_TOKEN_FILE"] = it.write("token", credentials.SLACK_BOT_TOKEN, 0o644)


def readable_database(it: Setting) -> None:
    Path(it.environ["DATABASE_URL"].removeprefix("sqlite:///")).chmod(0o644)


def readable_key(it: Setting) -> None:
    path = it.write("key", "c" * 32, 0o640)
    it.yaml["services"] = {"Checkout": {"integration_key_file": path}}


def empty_database(it: Setting) -> None:
    it.environ["DATABASE_URL"] = f"sqlite:///{it.write('empty.db', '')}"


def no_integration(it: Setting) -> None:
    it.pagerduty.service("Search").integrations.clear()


def misspelt_service(it: Setting) -> None:
    it.yaml["services"] = {"Chekcout": {"runbook": "https://runbooks.example.com"}}


def bad_key(it: Setting) -> None:
    it.yaml["services"] = {"Checkout": {"integration_key": "see the wiki"}}


def a_source(**given: Any) -> Plant:
    said = {"adapter": "events-v2", "verify": {"bearer": "a-secret-of-its-own"}, **given}
    return lambda it: it.yaml.update({"sources": {"shop": said}})


def a_source_without_integration(it: Setting) -> None:
    no_integration(it)
    a_source(route={"service": "Search"})(it)


def may_not_read(it: Setting) -> None:
    it.simulator.faults.add("pagerduty:GET /oncalls", status=403)


def without_scope(it: Setting) -> None:
    scopes(without="usergroups:read")(it)
    it.yaml |= {"routing": [{"invite": ["@sre"]}], "policy": {"reopen": ["@sre"]}}


def blind(it: Setting) -> None:
    scopes(without="channels:read")(it)
    rule(announce="C0INCIDENTS")(it)


def spelt_in_two_ways(it: Setting) -> None:
    it.yaml["routing"] = [{"announce": "#nowhere"}, {"announce": "nowhere"}]


def slack_down(it: Setting) -> None:
    it.simulator.faults.add("slack:*", down=True)


def answered_by_another(it: Setting) -> None:
    it.environ["MUSTER_PUBLIC_URL"] = it.simulator.bot_url = it.simulator.url


def anchored(**given: Any) -> Plant:
    return lambda it: it.yaml.update({"anchors": given})


def kicked(it: Setting) -> None:
    it.slack.channel("incidents").members.discard(BOT)
    rule(announce="#incidents")(it)


PLANTS = {
    "the database's folder is missing":
        Planted(env("DATABASE_URL", "sqlite:////no/such/folder/muster.db"), "Database", "cannot be created",
                "Let /no/such/folder exist"),
    "the database is in memory":
        Planted(env("DATABASE_URL", "sqlite://"), "Database", "refused", "forgets everything"),
    "the schema is missing": Planted(empty_database, "Database", "no schema yet", "muster migrate"),
    "Postgres is away":
        Planted(env("DATABASE_URL", "postgresql://127.0.0.1:9/muster?connect_timeout=2"), "Database",
                "could not be checked", "Look again"),
    "the database is open": Planted(readable_database, "Database", "others on this machine can read", "chmod 600"),
    "a misspelt variable":
        Planted(lambda it: it.environ.update(PAGERDUTY_WEBHOOK_SECRET=it.environ.pop("PAGERDUTY_WEBHOOK_SECRETS")),
                "Environment", "PAGERDUTY_WEBHOOK_SECRET is set, which nobody reads", "PAGERDUTY_WEBHOOK_SECRETS"),
    "a secret's file is open": Planted(readable_file, "Secret files", "others on this machine can read", "chmod 600"),
    "a key's file is open": Planted(readable_key, "Secret files", "others on this machine can read", "chmod 600"),
    "one anchor alone": Planted(
        anchored(), "Anchors", "to a file alone", "the default rule's `announce`, `anchors.pagerduty: true`", True
    ),
    "another anchor alone":
        Planted(anchored(file=False, pagerduty=True), "Anchors", "go to PagerDuty alone", "`anchors.file`, ", True),
    "no anchor at all":
        Planted(anchored(file=False), "Anchors", "go nowhere outside the database", "Have at least two", True),
    "no bot token": Planted(env("SLACK_BOT_TOKEN", ""), "Slack", "is not set", "OAuth & Permissions"),
    "a wrong bot token": Planted(env("SLACK_BOT_TOKEN", "xoxb-wrong"), "Slack", "invalid_auth", "Copy it again"),
    "the app's token as the bot's":
        Planted(env("SLACK_BOT_TOKEN", credentials.SLACK_APP_TOKEN), "Slack", "not_allowed_token_type", "another kind"),
    "Slack is down": Planted(slack_down, "Slack", "could not be checked", "Look again"),
    "a scope is missing":
        Planted(scopes(without="bookmarks:write"), "Slack scopes", "bookmarks:write is missing", "reinstall the app"),
    "a scope too many":
        Planted(scopes(beside="im:read"), "Slack scopes", "im:read is given and never used", "muster manifest", True),
    "no signing secret":
        Planted(env("SLACK_SIGNING_SECRET", ""), "Slack requests", "all are refused", "Basic Information"),
    "a token as signing secret":
        Planted(env("SLACK_SIGNING_SECRET", "xoxb-1"), "Slack requests", "holds a token", "Basic Information"),
    "an odd signing secret":
        Planted(env("SLACK_SIGNING_SECRET", "short"), "Slack requests", "32 hexadecimal", "Basic Information", True),
    "a wrong app token":
        Planted(env("SLACK_APP_TOKEN", "xapp-wrong"), "Socket Mode", "invalid_auth", "connections:write"),
    "announced where the bot is not":
        Planted(kicked, "Announcements", "in no channel #incidents", "/invite @muster"),
    "announced in an unknown channel":
        Planted(rule(announce="C0NOWHERE"), "Announcements", "channel_not_found", "Check the channel's id"),
    "announced in an archived channel": Planted(archived, "Announcements", "is archived", "another channel"),
    "an unknown user group": Planted(rule(invite=["@sry"]), "Invitations", "no user group sry", "Mend `invite:`"),
    "an unknown address":
        Planted(rule(invite=["who@example.com"]), "Invitations", "nobody in Slack", "Mend `invite:`"),
    "a rule for an unknown group": Planted(
        lambda it: it.yaml.update({"policy": {"reopen": ["@sry"]}}), "Policy", "no user group @sry", "lets nobody in"
    ),
    "an unknown person": Planted(rule(invite=["U0NOBODY"]), "Invitations", "user_not_found", "Mend `invite:`"),
    "a deactivated person": Planted(deactivated, "Invitations", "deactivated in Slack", "Mend `invite:`"),
    "no PagerDuty token":
        Planted(env("PAGERDUTY_API_TOKEN", ""), "PagerDuty", "is not set", "API Access Keys"),
    "a wrong PagerDuty token":
        Planted(env("PAGERDUTY_API_TOKEN", "wrong"), "PagerDuty", "is refused", "API Access Keys"),
    "PagerDuty is not there": Planted(env("PAGERDUTY_API_URL", NOWHERE), "PagerDuty", "could not be checked", "again"),
    "a right is missing":
        Planted(may_not_read, "PagerDuty rights", "may not read oncalls", "oncalls.read"),
    "an unknown sender":
        Planted(env("PAGERDUTY_FROM", "bot@example.com"), "PAGERDUTY_FROM", "no PagerDuty user", "e-mail address"),
    "a service that takes no changes":
        Planted(no_integration, "Change events", "1 of 3 services take none: Search", "Events API V2", True),
    "an integration key that is none":
        Planted(bad_key, "Change events", "integration_key of checkout", "Copy the 32 characters"),
    "a source without a route":
        Planted(a_source(), "Sources", "shop leads nowhere", "muster sources connect shop"),
    "a source's misspelt service":
        Planted(a_source(route={"service": "Chekcout"}), "Sources", "no service Chekcout", "one that is there"),
    "a source's key that is none":
        Planted(a_source(route={"integration_key": "x"}), "Sources", "integration_key is none", "the 32 characters"),
    "a source's service without integration":
        Planted(a_source_without_integration, "Sources", "Search has no Events API V2 integration", "sources connect"),
    "a source's service whose urgency is constant": Planted(
        a_source(route={"service": "Checkout"}), "Sources", "urgency of Checkout is high", "follow severity", True
    ),
    "a misspelt service": Planted(misspelt_service, "muster.yaml", "no services Chekcout", "there are Checkout"),
    "a misspelt team": Planted(rule(teams=["Serch team"]), "muster.yaml", "no teams Serch team", "Search team"),
    "a misspelt priority": Planted(rule(priorities=["SEV1"]), "muster.yaml", "no priorities SEV1", "there are P1"),
    "no webhook secret":
        Planted(env("PAGERDUTY_WEBHOOK_SECRETS", ""), "Webhook secret", "no page can be believed", "create another"),
    "no subscription leads here":
        Planted(subscribed(url=lambda: "https://me:pw@old.example.com/pagerduty/webhook"), "Webhooks",
                "they lead to https://old.example.com/pagerduty/webhook", "add one"),
    "no subscription at all":
        Planted(lambda it: it.pagerduty.subscriptions.clear(), "Webhooks", "there is none", "add one"),
    "a subscription switched off": Planted(subscribed(active=False), "Webhooks", "is switched off", "switch it on"),
    "a subscription disabled":
        Planted(subscribed(disabled_until=TOMORROW), "Webhooks", "three deliveries were refused", "enable it"),
    "events that are not sent":
        Planted(subscribed(events=tuple(each for each in ALL_EVENTS if "resolved" not in each)), "Webhooks",
                "does not send incident.resolved", "choose these events"),
    "one secret for two subscriptions":
        Planted(another_subscription, "Webhooks", "2 subscriptions lead here", "separated by commas"),
    "a subscription of one service":
        Planted(subscribed(filter_type="service_reference", filter_id="PSCHECK"), "Webhooks", "service PSCHECK alone",
                "Subscribe the account", True),
    "nobody at the public address":
        Planted(env("MUSTER_PUBLIC_URL", NOWHERE), "Public address", "could not be checked", "Look again"),
    "someone else at the public address":
        Planted(answered_by_another, "Public address", "not answered by Muster", "muster serve"),
    "no public address that is one":
        Planted(env("MUSTER_PUBLIC_URL", "muster.example.com"), "Public address", "is no address", "https://"),
    "someone on call is not in Slack":
        Planted(gone, "People", "1 of 3 on-call people cannot acknowledge from Slack: Carol Chen", "`people:`"),
    "someone on call is a guest": Planted(guest, "People", "Bob Brown (guest in Slack)", "`people:`"),
    "a mapping of nobody in Slack":
        Planted(people("U0NOBODY", "erin@example.com"), "People", "whom Slack does not know", "Mend muster.yaml"),
    "a mapping to nobody in PagerDuty":
        Planted(people("U0DANA", "dana@example.com"), "People", "which no PagerDuty user has", "Mend muster.yaml"),
}  # fmt: skip
MET_TWICE = {
    "a wrong bot token": PLANTS["a wrong bot token"],
    "a misspelt variable": PLANTS["a misspelt variable"],
    "a misspelt token's file": Planted(
        lambda it: it.environ.update(SLACK_BOT_TOKEN_FIL=it.environ.pop("SLACK_BOT_TOKEN")),
        "Environment", "SLACK_BOT_TOKEN_FIL is set", "SLACK_BOT_TOKEN_FILE is meant",
    ),
    "Slack is down": PLANTS["Slack is down"],
    "PagerDuty is not there": PLANTS["PagerDuty is not there"],
    "a right that two checks need": PLANTS["a right is missing"],
    "a scope that two rules need":
        Planted(without_scope, "Slack scopes", "usergroups:read is missing", "reinstall the app"),
    "a scope that looking at a channel needs":
        Planted(blind, "Slack scopes", "channels:read is missing", "reinstall the app"),
    "a source whose mapping makes no sense":
        Planted(a_source(adapter="generic"), "Mappings of sources", "this is refused", "at least its summary"),
    "no public address that is one": PLANTS["no public address that is one"],
    "a channel that is spelt in two ways":
        Planted(spelt_in_two_ways, "Announcements", "in no channel #nowhere", "/invite @muster"),
}  # fmt: skip
"""Mistakes that more than one check comes upon, and who says so."""
