"""GitHub's webhooks, and what PagerDuty is told of them."""

import hashlib
import hmac
import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

import pytest

from bot.domain.errors import Misuse
from bot.domain.signal import Link, Signal
from bot.domain.source import Hmac, SourceSettings, Verification
from bot.sources import ADAPTERS, Request, opened
from tests.bot.sources.told import NOW, complaint, received, signals, source

URL = "https://github.com/acme/shop"
REPOSITORY = {
    "name": "shop", "full_name": "acme/shop", "default_branch": "main", "html_url": URL, "owner": {"login": "acme"},
}  # fmt: skip
ABOUT = {"repository": REPOSITORY, "sender": {"login": "alice"}}
DEPLOYMENT = {"environment": "production", "ref": "main", "sha": "4f2a9c1d0e", "created_at": "2026-03-02T08:00:00Z"}
PUSH = {
    **ABOUT, "ref": "refs/heads/main", "after": "4f2a9c1d0e", "compare": f"{URL}/compare/a...b",
    "pusher": {"name": "bob"},
    "head_commit": {"message": "Empty carts once\n\nlong", "timestamp": "2026-03-02T09:00:00Z"},
    "commits": [{"id": "4f2a9c1d0e", "message": "Empty carts once\n\nlong"}],
}  # fmt: skip
RUN = {
    "name": "CI", "workflow_id": 7, "head_branch": "main", "conclusion": "failure", "html_url": f"{URL}/actions/runs/1",
    "head_sha": "4f2a9c1d0e", "display_title": "Empty carts once", "updated_at": "2026-03-02T09:10:00Z",
    "head_repository": {"full_name": "acme/shop"},
}  # fmt: skip


def headers(event: str, **more: str) -> dict[str, str]:
    return {"x-github-event": event, "x-github-delivery": "delivery-1", "content-type": "application/json", **more}


def told(event: str, body: Any, **options: Any) -> Sequence[Signal]:
    return signals("github", body, headers(event), **options)


def one(event: str, body: Any, **options: Any) -> Signal:
    [signal] = told(event, body, **options)
    return signal


def deployed(state: str) -> dict[str, Any]:
    status = {"state": state, "environment": "production", "log_url": f"{URL}/log"}
    return {**ABOUT, "deployment": DEPLOYMENT, "deployment_status": status}


def ran(**changed: Any) -> dict[str, Any]:
    return {**ABOUT, "action": "completed", "workflow_run": {**RUN, **changed}}


@pytest.mark.parametrize(
    ("event", "body", "summary", "page"),
    [
        ("deployment", {**ABOUT, "deployment": DEPLOYMENT},
         "acme/shop: deployment to production begins (main 4f2a9c1) by alice", URL),
        ("deployment_status", deployed("success"),
         "acme/shop: deployment to production: success (main 4f2a9c1) by alice", f"{URL}/log"),
        ("push", PUSH, "acme/shop: push to main (Empty carts once) by bob", f"{URL}/compare/a...b"),
        ("release", {**ABOUT, "action": "published", "release": {"tag_name": "v2", "html_url": f"{URL}/v2"}},
         "acme/shop: release v2 by alice", f"{URL}/v2"),
        ("workflow_run", ran(), "acme/shop: CI on main: failure (Empty carts once) by alice", f"{URL}/actions/runs/1"),
    ],
)  # fmt: skip
def test_what_happened_is_a_change(event: str, body: Any, summary: str, page: str) -> None:
    signal = one(event, body)
    assert (signal.action, signal.summary, signal.source, signal.dedup_key) == ("change", summary, "acme/shop", "")
    assert (signal.links, signal.class_, signal.idempotency_key) == ((Link(page, "GitHub"),), event, "delivery-1")


def test_a_push_lists_its_commits() -> None:
    details = one("push", PUSH).custom_details
    assert (details["commits"], details["commit"]) == (["4f2a9c1 Empty carts once"], "4f2a9c1d0e")


@pytest.mark.parametrize(
    ("event", "body"),
    [
        ("ping", {"zen": "Speak like a human.", "hook_id": 1}),
        ("star", {**ABOUT, "action": "created"}),
        ("push", {**PUSH, "ref": "refs/heads/feature"}),
        ("push", {**PUSH, "ref": "refs/tags/v2"}),
        ("push", {**PUSH, "deleted": True}),
        ("release", {**ABOUT, "action": "edited", "release": {"tag_name": "v2"}}),
        ("deployment_status", deployed("in_progress")),
        ("deployment_status", deployed("inactive")),
        ("workflow_run", {**ran(), "action": "requested"}),
        ("workflow_run", ran(head_branch="feature")),
        ("workflow_run", ran(head_repository={"full_name": "stranger/shop"})),
    ],
)
def test_what_concerns_nobody_is_ignored_and_says_why(event: str, body: Any) -> None:
    signal = one(event, body, alerts=True)
    assert signal.action == "ignore"
    assert event in signal.reason


@pytest.mark.parametrize("failed", ["failure", "error"])
def test_a_failed_deployment_pages_when_it_is_asked_to(failed: str) -> None:
    alert, change = told("deployment_status", deployed(failed), alerts=True)
    assert (alert.action, alert.severity, alert.dedup_key) == (
        "trigger", "error", "github:acme/shop:deployment:production",
    )  # fmt: skip
    over, _ = told("deployment_status", deployed("success"), alerts=True)
    assert (change.action, over.action, over.dedup_key) == ("change", "resolve", alert.dedup_key)


@pytest.mark.parametrize(
    ("result", "action"),
    [("failure", "trigger"), ("timed_out", "trigger"), ("startup_failure", "trigger"), ("success", "resolve"),
     ("cancelled", "change"), ("skipped", "change")],
)  # fmt: skip
def test_a_failed_workflow_pages_when_it_is_asked_to(result: str, action: str) -> None:
    first, *_ = told("workflow_run", ran(conclusion=result), alerts=True)
    assert first.action == action
    assert first.dedup_key == ("" if action == "change" else "github:acme/shop:workflow:7:main")


def test_the_branches_that_count_may_be_named() -> None:
    on_release = {**PUSH, "ref": "refs/heads/release/2"}
    assert one("push", on_release, branches=["release/*"]).action == "change"
    assert one("push", PUSH, branches=["release/*"]).action == "ignore"


def test_the_source_may_say_how_bad_an_environment_or_a_result_is() -> None:
    alert, _ = told("deployment_status", deployed("failure"), alerts=True, severity={"production": "critical"})
    assert alert.severity == "critical"
    alert, _ = told("workflow_run", ran(), alerts=True, severity={"failure": "info"})
    assert alert.severity == "info"


def test_a_form_is_read_like_json() -> None:
    form = urlencode({"payload": json.dumps(PUSH)}).encode()
    [signal] = signals("github", form, headers("push", **{"content-type": "application/x-www-form-urlencoded"}))
    assert signal == one("push", PUSH)


def test_a_delivery_counts_once_by_the_name_github_gave_it() -> None:
    assert source("github").key(received(PUSH, headers("push"))) == "delivery-1"
    assert source("github").key(received(PUSH)) is None


def test_its_signature_is_the_proof() -> None:
    proof = Verification(hmac=Hmac("X-Hub-Signature-256", ("old", "secret"), prefix="sha256="))
    there = opened(SourceSettings(name="github", adapter="github", verification=proof), ADAPTERS)
    body = json.dumps(PUSH).encode()
    signed = "sha256=" + hmac.digest(b"secret", body, hashlib.sha256).hex()
    assert there.believes(Request(body, {"x-hub-signature-256": signed}, "", "", NOW))
    for wrong in (signed[:-1] + ("0" if signed[-1] != "0" else "1"), signed.removeprefix("sha256="), ""):
        assert not there.believes(Request(body, {"x-hub-signature-256": wrong}, "", "", NOW))


@pytest.mark.parametrize(
    ("event", "body", "wrong"),
    [
        ("", PUSH, "the header X-GitHub-Event is missing"),
        ("push", {**PUSH, "repository": {"default_branch": "main"}}, "'repository.full_name' is missing"),
        ("release", ABOUT, "'release' is missing"),
        ("workflow_run", {**ABOUT, "workflow_run": 1}, "'workflow_run' is missing or not a JSON object"),
        ("deployment_status", {**ABOUT, "deployment_status": {"id": 1}}, "'deployment_status.state' is missing"),
    ],
)
def test_what_is_wrong_is_named(event: str, body: Any, wrong: str) -> None:
    assert wrong in complaint("github", body, headers(event))


def test_an_option_that_makes_no_sense_is_named() -> None:
    with pytest.raises(Misuse, match="alerts must be true or false, not 'yes'"):
        source("github", None, alerts="yes")
