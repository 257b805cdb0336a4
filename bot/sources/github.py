"""GitHub's webhooks: what was deployed, pushed, released or run; when asked to, failures as alerts.

https://docs.github.com/en/webhooks/webhook-events-and-payloads
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import partial
from typing import Any
from urllib.parse import parse_qs

from bot.domain.signal import Link, Severity, Signal
from bot.domain.source import SourceSettings
from bot.sources.adapter import Adapter, Mapper, Received, Sample, Setup, Unmapped
from bot.sources.options import a_flag, checked, texts
from bot.sources.reading import Json, inner, object_in, objects, one_line, text

FAILED = ("failure", "error", "timed_out", "startup_failure")
UNFINISHED = ("pending", "queued", "in_progress", "waiting", "inactive")
SHORT = 7  # characters of a commit's name
COMMITS = 20  # of a push, in the details


@dataclass(frozen=True)
class Options:
    """`alerts`: whether a failure pages. `branches`: patterns of those that count; None: the default branch alone."""

    alerts: bool
    branches: Sequence[str] | None
    severity: Mapping[str, Severity]


def mapper(settings: SourceSettings) -> Mapper:
    """Options: `alerts`, `branches`."""
    told = checked(settings, alerts=a_flag, branches=texts)
    return partial(signals, Options(told.get("alerts", False), told.get("branches"), settings.severity))


def signals(options: Options, received: Received) -> Sequence[Signal]:
    event = received.headers.get("x-github-event", "").strip()
    if not event:
        raise Unmapped("the header X-GitHub-Event is missing")
    told = object_in(form_or_json(received))
    found = READERS[event](options, told) if event in READERS else _ignored(f"{event} {text(told, 'action') or ''}")
    return [replace(one, idempotency_key=key(received), class_=one.class_ or event) for one in found]


def key(received: Received) -> str | None:
    return received.headers.get("x-github-delivery", "").strip() or None


def form_or_json(received: Received) -> bytes:
    """A webhook of GitHub's sends a form unless it is told otherwise."""
    if "urlencoded" not in received.headers.get("content-type", "").lower():
        return received.body
    try:
        return parse_qs(received.body.decode("ascii"), max_num_fields=9)["payload"][0].encode("utf-8", "replace")
    except (ValueError, KeyError) as error:
        raise Unmapped("the form has no member 'payload'") from error


def _deployment(options: Options, told: Json) -> Sequence[Signal]:
    deployment = inner(told, "deployment")
    return [_change(told, f"deployment to {_environment(deployment)} begins", _commit(deployment), deployment)]


def _deployment_status(options: Options, told: Json) -> Sequence[Signal]:
    status, deployment = _needed(told, "deployment_status"), inner(told, "deployment")
    state, environment = text(status, "state"), text(status, "environment") or _environment(deployment)
    if state is None:
        raise Unmapped("'deployment_status.state' is missing or blank")
    if state in UNFINISHED:
        return _ignored(f"deployment_status {state}")
    page = text(status, "log_url", "target_url", "environment_url")
    change = _change(told, f"deployment to {environment}: {state}", _commit(deployment), status, page)
    return _with_alert(options, change, state, f"deployment:{environment}", environment)


def _push(options: Options, told: Json) -> Sequence[Signal]:
    ref, is_gone = text(told, "ref") or "", told.get("deleted") is True
    branch = ref.removeprefix("refs/heads/")
    if is_gone or branch == ref or not _counts(options, told, branch):
        return _ignored(f"push to {ref}")
    commits = objects(told, "commits")
    said = text(inner(told, "head_commit"), "message") or ""
    lines = [f"{(text(one, 'id') or '')[:SHORT]} {_first_line(text(one, 'message'))}" for one in commits[:COMMITS]]
    page, who = text(told, "compare"), _who(told, "pusher", "name")
    change = _change(told, f"push to {branch}", _first_line(said), {}, page, who)
    return [replace(change, custom_details={**change.custom_details, "commits": lines})]


def _release(options: Options, told: Json) -> Sequence[Signal]:
    release = _needed(told, "release")
    if text(told, "action") != "published":
        return _ignored(f"release {text(told, 'action') or ''}")
    name = text(release, "name", "tag_name") or "without a name"
    kind = "prerelease" if release.get("prerelease") is True else "release"
    return [_change(told, f"{kind} {name}", "", release)]


def _workflow_run(options: Options, told: Json) -> Sequence[Signal]:
    """A fork's pull request may come from a branch that is named like ours."""
    run = _needed(told, "workflow_run")
    branch, result = text(run, "head_branch") or "", text(run, "conclusion")
    if text(told, "action") != "completed" or result is None:
        return _ignored(f"workflow_run {text(told, 'action') or ''}")
    home = text(inner(run, "head_repository"), "full_name")
    if not _counts(options, told, branch) or home not in {None, _repository(told)}:
        return _ignored(f"workflow_run of {branch}")
    name = text(run, "name") or text(inner(told, "workflow"), "name") or "workflow"
    change = _change(told, f"{name} on {branch}: {result}", _first_line(text(run, "display_title")), run)
    return _with_alert(options, change, result, f"workflow:{text(run, 'workflow_id') or name}:{branch}", name)


Reader = Callable[[Options, Json], Sequence[Signal]]
READERS: Mapping[str, Reader] = {
    "deployment": _deployment, "deployment_status": _deployment_status, "push": _push, "release": _release,
    "workflow_run": _workflow_run,
}  # fmt: skip


def _with_alert(options: Options, change: Signal, result: str, about: str, name: str) -> Sequence[Signal]:
    """`name`: by which `severity:` may know it, as by its result."""
    if not options.alerts or result not in {*FAILED, "success"}:
        return [change]
    bad = options.severity.get(name) or options.severity.get(result) or "error"
    alert = replace(
        change, action="trigger" if result in FAILED else "resolve", dedup_key=f"github:{change.source}:{about}",
        severity=bad if result in FAILED else None,
    )  # fmt: skip
    return [alert, change]


def _change(told: Json, what: str, more: str, about: Json, page: str | None = None, who: str | None = None) -> Signal:
    repository, by, of = _repository(told), who or _who(told, "sender", "login"), inner(told, "repository")
    summary = f"{repository}: {what}{f' ({more})' if more else ''}{f' by {by}' if by else ''}"
    href = page or text(about, "html_url") or text(of, "html_url")
    at = text(about, "updated_at", "published_at", "created_at") or text(inner(told, "head_commit"), "timestamp")
    return Signal(
        action="change", summary=one_line(summary), source=repository, component=text(of, "name"),
        group=text(inner(of, "owner"), "login"), timestamp=at, client="GitHub", client_url=href,
        custom_details=_details(told, about), links=(Link(href, "GitHub"),) if href else (),
    )  # fmt: skip


def _details(told: Json, about: Json) -> Json:
    deployment = inner(told, "deployment")
    known: dict[str, Any] = {
        "repository": _repository(told), "sender": _who(told, "sender", "login"),
        "commit": text(about, "head_sha") or text(deployment, "sha") or text(told, "after"),
        "ref": text(deployment, "ref") or text(told, "ref") or text(about, "tag_name", "head_branch"),
        "environment": text(about, "environment") or text(deployment, "environment"),
        "description": text(about, "description", "body"), "attempt": text(about, "run_attempt"),
    }  # fmt: skip
    return {name: value for name, value in known.items() if value is not None}


def _ignored(reason: str) -> Sequence[Signal]:
    return [Signal(action="ignore", reason=reason.strip())]


def _needed(told: Json, name: str) -> Json:
    found = inner(told, name)
    if not found:
        raise Unmapped(f"{name!r} is missing or not a JSON object")
    return found


def _counts(options: Options, told: Json, branch: str) -> bool:
    usual = text(inner(told, "repository"), "default_branch")
    wanted = options.branches if options.branches is not None else [usual] if usual else []
    return any(fnmatchcase(branch, pattern) for pattern in wanted)


def _repository(told: Json) -> str:
    found = text(inner(told, "repository"), "full_name")
    if found is None:
        raise Unmapped("'repository.full_name' is missing or blank")
    return found


def _environment(deployment: Json) -> str:
    return text(deployment, "environment") or "an environment without a name"


def _commit(deployment: Json) -> str:
    ref, sha = text(deployment, "ref") or "", (text(deployment, "sha") or "")[:SHORT]
    return " ".join(dict.fromkeys(part for part in (ref, sha) if part))


def _who(told: Json, role: str, name: str) -> str | None:
    return text(inner(told, role), name)


def _first_line(said: str | None) -> str:
    return next(iter((said or "").strip().splitlines()), "")


def setup(setup: Setup) -> str:
    return (
        "In the repository, or the organisation, under Settings, Webhooks, Add webhook:\n"
        f"  Payload URL   {setup.url}/in/{setup.name}\n"
        "  Content type  application/json\n"
        f"  Secret        {setup.secret}\n"
        "  Events        Deployments, Deployment statuses, Pushes, Releases, Workflow runs\n"
        "And in muster.yaml, as the source's proof:\n"
        '  verify: {hmac: {header: X-Hub-Signature-256, prefix: "sha256=", secret: "${GITHUB_WEBHOOK_SECRET}"}}\n'
    )


EXAMPLE = {
    "ref": "refs/heads/main", "after": "4f2a9c1d", "compare": "https://github.com/acme/shop/compare/a...b",
    "repository": {"name": "shop", "full_name": "acme/shop", "default_branch": "main", "owner": {"login": "acme"}},
    "pusher": {"name": "alice"}, "sender": {"login": "alice"},
    "head_commit": {"id": "4f2a9c1d", "message": "Carts are emptied once", "timestamp": "2026-03-02T10:00:00+01:00"},
    "commits": [{"id": "4f2a9c1d", "message": "Carts are emptied once"}],
}  # fmt: skip
ADAPTER = Adapter(
    name="github", title="GitHub", mapper=mapper, setup=setup, key=key, proof="hmac",
    samples=(
        Sample(
            "a push", json.dumps(EXAMPLE).encode(),
            {"x-github-event": "push", "x-github-delivery": "d-1", "content-type": "application/json"},
        ),
    ),
)  # fmt: skip
