"""The webhook.yaml that is pasted into Keptn, rendered as Keptn would, and what is wrong with others."""

import json
import shlex
from dataclasses import replace
from typing import Any

import pytest
import yaml

from bot.sources import ADAPTERS, Setup
from bot.sources.keptn_lint import REFUSED, lint
from tests.bot.sources.gotemplate import Missing, rendered
from tests.bot.sources.keptn_approvals import asking
from tests.bot.sources.keptn_events import EVALUATION, approval, finished
from tests.bot.sources.told import signals

OURS = ADAPTERS["keptn"].setup(Setup("delivery", "https://muster.example.com", "the-secret"))
ASKING = ADAPTERS["keptn"].setup(Setup("delivery", "https://muster.example.com", "the-secret", approvals=True))
SEED = """
apiVersion: webhookconfig.keptn.sh/v1beta1
kind: WebhookConfig
spec:
  webhooks:
    - type: sh.keptn.event.evaluation.finished
      subscriptionID: one
      requests:
        - url: URL
          method: POST
          payload: |
            PAYLOAD
"""


def webhook(payload: str = "{}", url: str = "https://muster.example.com/in/keptn") -> str:
    return SEED.replace("PAYLOAD", payload).replace("URL", url)


def command(yaml_: str, event: dict[str, Any]) -> str:
    """As the webhook-service composes it."""
    [request] = next(
        one["requests"] for one in yaml.safe_load(yaml_)["spec"]["webhooks"] if one["type"] == event["type"]
    )
    within = {**event, "env": {"muster": "the-secret"}}
    headers = " ".join(f"--header '{one['key']}: {rendered(one['value'], within)}'" for one in request["headers"])
    data = rendered(request["payload"], within)
    return f"curl --request {request['method']} {headers} --data '{data}' {request['url']}"


HARD = [
    finished(evaluation=EVALUATION, message='it\'s "slow"; see $HOME > /dev/null | `id` && more', labels={"a": "b|c"}),
    finished(result="pass", message=None, labels=None),
    {name: value for name, value in finished("test").items() if name not in {"time", "triggeredid"}},
    finished("deployment", "warning", status=None),
]


@pytest.mark.parametrize("event", HARD, ids=["free text", "without options", "without a time", "without a status"])
def test_what_is_pasted_renders_for_any_event_and_means_the_same(event: dict[str, Any]) -> None:
    asked = command(OURS, event)
    assert not [one for one in REFUSED if one in asked]
    words = shlex.split(asked)
    sent = words[words.index("--data") + 1]
    assert words[-1] == "https://muster.example.com/in/delivery"
    assert "Authorization: Bearer the-secret" in words
    those, direct = signals("keptn", json.loads(sent)), signals("keptn", event)
    assert [(one.action, one.dedup_key, one.severity, one.idempotency_key, one.timestamp) for one in those] == [
        (one.action, one.dedup_key, one.severity, one.idempotency_key, one.timestamp) for one in direct
    ]
    assert "(score 46.25)" in those[0].summary or "evaluation" not in event["data"]


def test_the_lint_finds_nothing_in_what_is_pasted() -> None:
    assert lint(OURS) == []
    assert ADAPTERS["keptn"].lint is lint


def webhooks(yaml_: str) -> dict[str, dict[str, Any]]:
    return {one["type"].removeprefix("sh.keptn.event."): one for one in yaml.safe_load(yaml_)["spec"]["webhooks"]}


def test_approvals_are_pasted_only_where_people_are_asked_and_keptn_waits_for_nobody_else() -> None:
    assert lint(ASKING) == []
    assert webhooks(ASKING).keys() - webhooks(OURS).keys() == {"approval.triggered", "approval.finished"}
    assert [name for name, one in webhooks(ASKING).items() if one.get("sendStarted") is False] == ["approval.triggered"]


def test_a_webhook_that_would_keep_an_approval_open_for_ever_is_named() -> None:
    [said] = lint(ASKING.replace("sendStarted: false", "sendStarted: true"))
    assert "(sh.keptn.event.approval.triggered): without sendStarted: false" in said


@pytest.mark.parametrize(
    "told",
    [approval(), approval("automatic"), approval(warning="automatic", result="warning", configurationChange=None),
     approval(approval=None), approval(result=None, evaluation=None, labels={"a": "it's | $b"})],
)  # fmt: skip
def test_a_question_that_is_pasted_asks_the_same(told: dict[str, Any]) -> None:
    words = shlex.split(command(ASKING, told))
    [this], [direct] = asking(json.loads(words[words.index("--data") + 1])), asking(told)
    assert (this.action, this.reason) == (direct.action, direct.reason)
    if direct.approval:
        assert replace(this.approval, commit="", values={}) == replace(direct.approval, commit="", values={})


def test_the_payload_that_is_often_copied_is_found_wanting() -> None:
    copied = '{"payload": {"summary": "Ended: {{.data.result}}", "timestamp": "{{.time}}", "severity": "warning"}, '
    copied += '"routing_key": your-key, "dedup_key": "srv01/qa", "event_action": "trigger"}'
    event = {name: value for name, value in finished().items() if name != "time"}
    with pytest.raises(Missing, match="time"):
        rendered(copied, event)
    for told in (copied, webhook(copied)):
        found = " ".join(lint(told))
        for wrong in ("key is not in quotes", '"srv01/qa" is always the same', "{{.time}} fails", "nothing is ever"):
            assert wrong in found
        assert 'with index . "time"' in found


@pytest.mark.parametrize(
    ("payload", "wrong"),
    [
        ('{"a": "{{.data.message}}"}', "{{.data.message}} fails the whole request"),
        ('{"a": {{with index .data "message"}}"{{.}}"{{end}}}', ".data.message is free text"),
        ('{"a": "{{.data.labels.buildId}}"}', "{{.data.labels.buildId}} fails"),
        ('{"a": "{{with .data}}{{.message}}{{end}}"}', "{{.data.message}} fails"),
        ('{"a": "{{if .triggeredid}}x{{end}}"}', "{{.triggeredid}} fails"),
        ('{"a": "b; c"}', "holds ';'"),
        ('{"a": "$HOME"}', "holds '$'"),
        ('{"a": "b > c"}', "holds '>'"),
        ('{"a": "b | c"}', "holds '|'"),
        ('{"a": "b && c"}', "holds '&&'"),
        ('{"a": "`b`"}', "holds '`'"),
        ('{"a": "/var/run/x"}', "holds '/var/run'"),
        ('{"a": "it\'s"}', "a ' ends the quotes"),
        ('{"routing_key": {{.env.key}}}', "routing_key is not in quotes"),
        ('{"dedup_key": "x-{{.time}}"}', "is another each time"),
        ('{"dedup_key": {{printf "%q" .shkeptncontext}}}', "is another each time"),
    ],
)
def test_each_mistake_in_a_payload_is_named(payload: str, wrong: str) -> None:
    [said, *_] = [one for one in lint(webhook(payload)) if wrong in one]
    assert said.startswith("webhooks[0] (sh.keptn.event.evaluation.finished), requests[0]: ")


@pytest.mark.parametrize(
    "url",
    ["http://muster.muster.svc.cluster.local:3000/in/k", "http://localhost:3000", "http://muster:3000/in/keptn",
     "http://127.0.0.1/", "http://[::1]:3000/", "https://kubernetes.example.com"],
)  # fmt: skip
def test_an_address_within_the_cluster_is_named(url: str) -> None:
    assert [one for one in lint(webhook(url=url)) if "within the cluster" in one]


@pytest.mark.parametrize(
    "payload",
    [
        '{"routing_key": "{{.env.key}}", "dedup_key": "keptn/{{.data.project}}/{{.data.stage}}"}',
        '{"routing_key": {{printf "%q" .env.key}}, "dedup_key": {{printf "%q" .data.project}}}',
        '{"a": "{{.data.result}} {{.data.status}} {{.id}} {{.source}} {{.type}}"}',
        '{"a": "{{with index . "time"}}{{.}}{{end}}", "b": "Q&A"}',
    ],
)
def test_what_is_right_is_left_alone(payload: str) -> None:
    assert lint(webhook(payload)) == []


def test_the_older_form_is_read_too() -> None:
    older = webhook().replace("v1beta1", "v1alpha1")
    older = older[: older.index("        - url")] + "        - \"curl --data '{{.data.message}}' http://muster:3000\"\n"
    found = " ".join(lint(older))
    assert "{{.data.message}} fails" in found
    assert "within the cluster" in found


def test_what_is_no_yaml_says_so() -> None:
    [said] = lint("apiVersion: [\n")
    assert said.startswith("not YAML: ")
