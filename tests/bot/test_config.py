"""What the operator decides, and how a mistake is told: one clear sentence, and never a secret."""

import re
from pathlib import Path
from typing import Any

import pytest

from bot.config import SECRETS, VARIABLES, Config
from bot.domain.errors import Misuse
from bot.domain.routing import Rule, ServiceNotes
from bot.settings.regions import REGIONS, Account, elsewhere
from bot.settings.spelling import misspelt
from tests.builders import PAYMENTS, incident

HUSH = "hush-this-is-secret"
ROUTED = "sources: {cron: {adapter: relay, verify: {bearer: x}, route: "


def written(tmp_path: Path, text: str | bytes) -> Config:
    path = tmp_path / "muster.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return Config.read({"MUSTER_CONFIG": str(path)})


def test_without_a_word_everything_has_the_documented_default() -> None:
    config = Config.read({})
    assert (config.database_url, config.log) == ("sqlite:///muster.db", "text")
    assert config.slack_api_url == "https://slack.com/api/"
    assert config.pagerduty_api_url == "https://api.pagerduty.com"
    assert config.pagerduty_events_url == "https://events.pagerduty.com"
    assert config.routing().default == Rule()
    assert not any([config.slack_bot_token, config.slack_signing_secrets, config.pagerduty_webhook_secrets])


def test_a_region_chooses_both_of_pagerdutys_addresses_and_an_address_overrides_it() -> None:
    config = Config.read({"PAGERDUTY_REGION": "EU", "PAGERDUTY_EVENTS_URL": "http://127.0.0.1:1/events/"})
    assert config.pagerduty_api_url == "https://api.eu.pagerduty.com"
    assert config.pagerduty_events_url == "http://127.0.0.1:1/events"


@pytest.mark.parametrize(
    ("given", "meant"), [("a", ("a",)), ("a,b", ("a", "b")), (" a , ,b,", ("a", "b")), ("", ()), (" , ", ())]
)
def test_secrets_may_be_several_while_they_are_rotated(given: str, meant: tuple[str, ...]) -> None:
    config = Config.read({"SLACK_SIGNING_SECRET": given, "PAGERDUTY_WEBHOOK_SECRETS": given})
    assert config.slack_signing_secrets == config.pagerduty_webhook_secrets == meant


@pytest.mark.parametrize("name", SECRETS)
def test_each_secret_may_come_from_a_file(name: str, tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text(f"{HUSH}\n")
    from_file, from_variable = Config.read({f"{name}_FILE": str(path)}), Config.read({name: HUSH})
    assert from_file.model_copy(update={"secret_files": ()}) == from_variable
    assert from_variable != Config.read({})


@pytest.mark.parametrize("name", SECRETS)
def test_no_secret_is_shown_when_the_configuration_is(name: str) -> None:
    config = Config.read({name: f"postgresql://muster:{HUSH}@db/muster" if name == "DATABASE_URL" else HUSH})
    assert HUSH not in f"{config} {config!r}"


@pytest.mark.parametrize(
    ("environ", "told"),
    [
        ({"PAGERDUTY_REGION": "mars"}, "PAGERDUTY_REGION is 'mars'; it can be us or eu."),
        ({"SLACK_API_URL": "slack.com"}, "SLACK_API_URL: must begin with https://"),
        ({"PAGERDUTY_API_URL": "ftp://x"}, "PAGERDUTY_API_URL: must begin with https://"),
        ({"PAGERDUTY_EVENTS_URL": "file:///x"}, "PAGERDUTY_EVENTS_URL: must begin with https://"),
        ({"MUSTER_LOG": "xml"}, "MUSTER_LOG: Input should be 'json' or 'text'"),
        ({"SLACK_BOT_TOKEN_FILE": "/nowhere/token"}, "SLACK_BOT_TOKEN_FILE names /nowhere/token, which cannot be read"),
        ({"MUSTER_CONFIG": "/nowhere/muster.yaml"}, "MUSTER_CONFIG names /nowhere/muster.yaml, which cannot be read"),
    ],
)
def test_a_mistake_names_the_variable_and_says_what_would_do(environ: dict[str, str], told: str) -> None:
    with pytest.raises(Misuse) as mistake:
        Config.read({**environ, "SLACK_APP_TOKEN": HUSH})
    assert told in str(mistake.value)
    assert "\n" not in str(mistake.value)
    assert HUSH not in str(mistake.value)


def test_every_mistake_is_told_at_once() -> None:
    with pytest.raises(Misuse, match=r"SLACK_API_URL.*MUSTER_LOG"):
        Config.read({"SLACK_API_URL": "x", "MUSTER_LOG": "y"})


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("rooting: []", "rooting: is no word that is known here"),
        ("routing: [{chanel: x}]", "routing.0.chanel: is no word that is known here"),
        ("default: {urgencies: [severe]}", "default.urgencies.0: Input should be 'high' or 'low'"),
        ("default: {archive_after_hours: -1}", "default.archive_after_hours: Input should be greater than"),
        ("default: {archive_after_hours: soon}", "default.archive_after_hours: Input should be a valid number"),
        ("default: {name: room}", "default.name: must contain {number}"),
        ("default: {name: '{number}-{team}'}", "default.name: can use {number}, {slug}, {service} and {date}"),
        ("default: {name: '{number'}", "default.name: can use {number}, {slug}, {service} and {date}"),
        ("default: {name: '{number}-{slug.team}'}", "default.name: can use {number}"),
        ("services: {Checkout: {runbok: x}}", "services.Checkout.runbok: is no word that is known here"),
        ("policy: {explode: lead}", "policy: explode is no verb; there are help"),
        ("policy: {ack: everyone}", "policy.ack: everyone is neither a user group (@handle) nor one of members"),
        ("policy: {ack: [nobody, lead]}", "policy.ack: nobody stands alone"),
        ("policy: {ack: []}", "policy.ack: is one word, or a list of them"),
        ("policy: {ack: 3}", "policy.ack: is one word, or a list of them"),
        ("admins: [alice]", "admins: a user group is written as @handle or as its id"),
        ("commands: {incident: [inc]}", "commands: inc is no name Slack takes"),
        ("commands: {incident: [/inc], change: [/inc]}", "commands: a name stands here twice"),
        ("commands: {change: [/incident]}", "commands: a name stands here twice"),
        ("- routing", "must hold names with values"),
        ("just words", "must hold names with values"),
        (f"services:\n  Checkout: {{integration_key: {HUSH}\n", "is not YAML: line "),
        (f"services:\n\tCheckout: {HUSH}", "is not YAML: line 2"),
        (f"a: !!python/object:os.system {HUSH}", "is not YAML: line 1"),
        (b"routing: \xff\xfe", "no text in UTF-8"),
    ],
)
def test_a_mistake_in_the_file_says_where_it_is(text: str | bytes, told: str, tmp_path: Path) -> None:
    with pytest.raises(Misuse) as mistake:
        written(tmp_path, text)
    assert told in str(mistake.value)
    assert "muster.yaml" in str(mistake.value)
    assert "\n" not in str(mistake.value)
    assert HUSH not in str(mistake.value)


def test_the_file_decides_who_may_and_what_commands_are_called(tmp_path: Path) -> None:
    text = 'policy: {reopen: lead, note: [room, "@sre"]}\nadmins: [S0123ABC]\ncommands: {incident: [/inc]}'
    config = written(tmp_path, text)
    policy = config.policy()
    assert (policy.who("reopen"), policy.who("note"), policy.who("ack")) == (("lead",), ("room", "@sre"), ("members",))
    assert policy.admins == ("S0123ABC",)
    assert config.commands() == {"incident": ("/incident", "/inc"), "change": ("/change",)}


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "{}"])
def test_an_empty_file_decides_nothing(text: str, tmp_path: Path) -> None:
    assert written(tmp_path, text).choices == Config.read({}).choices


def test_a_route_of_another_region_has_the_address_of_that_region(tmp_path: Path) -> None:
    text = "sources: {cron: {adapter: relay, verify: {bearer: x}, route: {integration_key: k, region: REGION}}}"
    far, own = (written(tmp_path, text.replace("REGION", region)) for region in ("eu", "us"))
    assert far.route_keys() == ("eu/k",)
    assert own.route_keys() == ("k",), "one key has one name"
    with pytest.raises(Misuse, match="a region or an account goes with an integration_key"):
        written(tmp_path, text.replace("integration_key", "service").replace("REGION", "eu"))


def test_another_account_is_in_our_region_unless_it_says_another(tmp_path: Path) -> None:
    text = "accounts: {acme-eu: {api_token: '${TOKEN}', region: eu}, acme-labs: {api_token: t}}"
    (tmp_path / "muster.yaml").write_text(text)
    accounts = Config.read({"MUSTER_CONFIG": str(tmp_path / "muster.yaml"), "TOKEN": "secret"}).accounts()
    assert accounts["acme-eu"] == Account(REGIONS["eu"], "secret")
    assert accounts["acme-labs"].urls == REGIONS["us"]
    assert "secret" not in repr(accounts)
    assert elsewhere(accounts) == {
        "us": "https://events.pagerduty.com", "eu": "https://events.eu.pagerduty.com",
        "acme-eu": "https://events.eu.pagerduty.com", "acme-labs": "https://events.pagerduty.com",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("accounts: {eu: {api_token: t}}", "eu is a service region: give the account another name"),
        ("accounts: {Acme: {api_token: t}}", "must be small letters, digits and dashes"),
        ("accounts: {acme: {api_token: ''}}", "accounts.acme.api_token: is empty, or holds blanks"),
        ("accounts: {acme: {api_token: 12345}}", "accounts.acme.api_token: must be text; put it in quotes"),
        ("accounts: {acme: a-token}", "accounts.acme: must hold names with values"),
        (f"{ROUTED}{{integration_key: acme/k}}}}}}", "without a slash"),
        ("accounts: {acme: {api_token: t, api_url: acme}}", "must begin with https://"),
        (f"{ROUTED}{{integration_key: k, account: acme}}}}}}", "cron leads to the account acme, which accounts: lacks"),
        (f"{ROUTED}{{service: Search, account: acme}}}}}}", "sources connect --account"),
        (f"{ROUTED}{{integration_key: k, account: acme, region: eu}}}}}}", "take the region away"),
    ],
)
def test_accounts_that_make_no_sense_are_complained_of(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(Misuse, match=re.escape(complaint)):
        written(tmp_path, text)


def test_the_file_decides_rules_services_people(tmp_path: Path) -> None:
    key_file = tmp_path / "key"
    key_file.write_text(f"{HUSH}\n")
    config = written(
        tmp_path,
        f"""
routing:
  - {{services: [Payments], private: true, invite: ["@sre"], announce: C0PAY, archive_after_hours: 2}}
default: {{priorities: [P1], name: "{{date}}-{{number}}"}}
services:
  Checkout: {{runbook: https://runbooks.example/checkout, integration_key_file: {key_file}}}
  Payments: {{integration_key: 0123}}
people: {{U0ALICE: alice@pager.example}}
""".replace("0123", "'0123'"),
    )
    routing = config.routing()
    assert routing.rule(incident(service=PAYMENTS)) == Rule(
        services=("Payments",), private=True, invite=("@sre",), announce="C0PAY", archive_after_hours=2
    )
    assert routing.rule(incident()) == Rule(priorities=("P1",), name="{date}-{number}")
    assert routing.notes(incident()) == ServiceNotes(runbook="https://runbooks.example/checkout")
    assert config.integration_keys() == {"checkout": HUSH, "payments": "0123"}
    assert config.choices.people == {"U0ALICE": "alice@pager.example"}
    assert HUSH not in repr(config)


KEYS_IN_FILES = {"services.Checkout": "services: {{Checkout: {}}}", "watch": "watch: {}"}
NO_KEYS = {
    "No such file": lambda path: None, "no text": lambda path: path.write_bytes(b"\xff"),
    "empty": lambda path: path.write_bytes(b" \n"), "directory": lambda path: path.mkdir(),
}  # fmt: skip


@pytest.mark.parametrize("whose", KEYS_IN_FILES)
@pytest.mark.parametrize("why", NO_KEYS)
def test_a_key_file_without_a_key_is_one_sentence_as_soon_as_the_settings_are_read(
    whose: str, why: str, tmp_path: Path
) -> None:
    path = tmp_path / "key"
    NO_KEYS[why](path)
    with pytest.raises(Misuse, match=f"{whose}.integration_key_file .* names {path}, which .*{why}"):
        written(tmp_path, KEYS_IN_FILES[whose].format(f"{{integration_key_file: {path}}}"))


def test_what_was_decided_cannot_be_changed_later() -> None:
    config: Any = Config.read({})
    with pytest.raises(ValueError, match="frozen"):
        config.log = "json"


COMPLETE = {
    "PAGERDUTY_WEBHOOK_SECRETS": HUSH, "SLACK_SIGNING_SECRET": HUSH, "SLACK_BOT_TOKEN": HUSH,
    "PAGERDUTY_API_TOKEN": HUSH,
}  # fmt: skip


@pytest.mark.parametrize("name", COMPLETE)
def test_each_door_that_stays_shut_is_named_with_the_setting_it_lacks(name: str) -> None:
    assert Config.read(COMPLETE).shut() == []
    [sentence] = Config.read({**COMPLETE, name: ""}).shut()
    assert name in sentence
    assert HUSH not in sentence


def test_socket_mode_needs_no_signing_secret() -> None:
    assert Config.read({**COMPLETE, "SLACK_SIGNING_SECRET": "", "SLACK_APP_TOKEN": "xapp-1"}).shut() == []


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("PAGERDUTY_WEBHOOK_SECRET", "PAGERDUTY_WEBHOOK_SECRETS"), ("SLACK_TOKEN", "SLACK_BOT_TOKEN"),
        ("SLACK_SIGNING_SECRETS", "SLACK_SIGNING_SECRET"), ("PAGERDUTY_API_KEY", "PAGERDUTY_API_TOKEN"),
        ("MUSTER_PUBLIC_URI", "MUSTER_PUBLIC_URL"), ("SLACK_BOT_TOKEN_FIEL", "SLACK_BOT_TOKEN_FILE"),
    ],
)  # fmt: skip
def test_a_variable_that_is_nearly_one_of_ours_is_noticed_unless_that_one_is_set_too(given: str, meant: str) -> None:
    assert Config.read({given: HUSH}).misspelt == ((given, meant),)
    assert misspelt({given: HUSH, meant: HUSH}, VARIABLES) == []


@pytest.mark.parametrize(
    "name",
    [*VARIABLES, "MUSTER_SERVICE_HOST", "MUSTER_PORT_3000_TCP", "SLACK_WEBHOOK_URL", "SLACK_CLIENT_SECRET", "HOME",
     "PAGERDUTY_SERVICE_ID", "SLACKBOT_TOKEN", "MUSTER_"],
)  # fmt: skip
def test_what_is_known_or_somebody_elses_is_no_misspelling(name: str) -> None:
    assert misspelt({name: HUSH}, VARIABLES) == []


@pytest.mark.parametrize("value", ["", "  "])
def test_a_variable_that_is_set_but_empty_counts_as_not_set(value: str) -> None:
    assert Config.read(dict.fromkeys(VARIABLES, value)) == Config.read({})


@pytest.mark.parametrize("hours", [".inf", "1e30", ".nan", "-1", "8785"])
def test_a_room_is_archived_within_a_year_or_the_setting_is_a_mistake(tmp_path: Path, hours: str) -> None:
    with pytest.raises(Misuse, match="archive_after_hours"):
        written(tmp_path, f"default: {{archive_after_hours: {hours}}}")


@pytest.mark.parametrize("word", ["S", "SRE", "@", "S-0123ABC", "S0123abc"])
def test_what_is_no_id_and_no_handle_is_no_user_group(tmp_path: Path, word: str) -> None:
    with pytest.raises(Misuse, match="user group"):
        written(tmp_path, f"policy: {{ack: '{word}'}}")
    with pytest.raises(Misuse, match="user group"):
        written(tmp_path, f"admins: ['{word}']")
