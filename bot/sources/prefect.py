"""Prefect's events: how flow runs ended, whether pools, queues and deployments are ready, and what automations found.

https://docs.prefect.io/v3/concepts/events and https://docs.prefect.io/v3/concepts/automations
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from urllib.parse import quote

from bot.domain.signal import SEVERITIES, Action, Link, Severity, Signal
from bot.domain.source import SourceSettings
from bot.sources.adapter import Adapter, Mapper, Received, Unmapped
from bot.sources.options import an_address, checked
from bot.sources.prefect_setup import SAMPLES, setup
from bot.sources.reading import Json, inner, object_in, objects, one_line, text

KNOWN: Mapping[str, tuple[Action, Severity]] = {
    "Crashed": ("trigger", "critical"), "Failed": ("trigger", "error"), "TimedOut": ("trigger", "error"),
    "Late": ("trigger", "warning"), "Completed": ("resolve", "info"), "not-ready": ("trigger", "warning"),
    "ready": ("resolve", "info"), "triggered": ("trigger", "warning"), "resolved": ("resolve", "info"),
}  # fmt: skip
BY_TYPE = {"CRASHED": "Crashed", "FAILED": "Failed", "COMPLETED": "Completed"}
"""A state may have a name of its own; its type is one of Prefect's."""
OVER, ENDED = ("COMPLETED", "FAILED", "CRASHED", "CANCELLED"), ("Completed", "Failed", "Crashed", "TimedOut")
READY = ("work-pool", "work-queue", "deployment")
A_DAY = 24 * 3600
RUN = "/runs/flow-run/"


@dataclass(frozen=True)
class Told:
    """A request, put one way. `about` is the event that it is about, which an automation's own event carries within;
    `automation` is the key of its automation, None when it is not that which speaks."""

    whole: Json
    event: Json
    about: Json
    kind: str
    word: str
    automation: str | None

    @property
    def resource(self) -> str:
        """`flow-run.ID`, or the like, whichever Prefect speaks."""
        of = text(inner(self.about, "resource"), "prefect.resource.id")
        return _bare(of or text(inner(self.event, "payload", "triggering_labels"), "prefect.resource.id") or "")

    def related(self, role: str) -> tuple[str | None, str | None]:
        """Id and name of what plays this role, itself perhaps."""
        own = inner(self.about, "resource")
        played = [one for one in objects(self.about, "related") if text(one, "prefect.resource.role") == role]
        for one in [own, *played]:
            kind, _, id_ = _bare(text(one, "prefect.resource.id") or "").partition(".")
            if kind == role and id_:
                return id_, text(one, "prefect.resource.name")
        beside = inner(self.whole, role.replace("-", "_"))
        return text(beside, "id"), text(beside, "name")


def mapper(settings: SourceSettings) -> Mapper:
    """Option: `ui_url`, the address of Prefect's page."""
    options = checked(settings, ui_url=an_address)
    return partial(signals, settings.severity, options.get("ui_url"))


def signals(rules: Mapping[str, Severity], ui_url: str | None, received: Received) -> Sequence[Signal]:
    told = told_in(received.body)
    action, usual = KNOWN.get(told.word, ("ignore", "info"))
    found = links(told, ui_url, action)
    (_, flow), (_, deployment), (_, pool) = (told.related(role) for role in ("flow", "deployment", "work-pool"))
    return [
        Signal(
            action=action, dedup_key=dedup_key(told), summary=summary(told, flow, deployment),
            severity=severity(told, rules, usual) if action == "trigger" else "info",
            source=deployment or flow or _name(told) or "Prefect", component=flow, group=pool, class_=told.kind,
            timestamp=text(told.event, "occurred"), client="Prefect", client_url=found[0].href if found else None,
            links=found, idempotency_key=text(told.event, "id"), custom_details=details(told), tags=_tags(told),
            settles=_settles(told), reason=told.kind if action == "ignore" else "",
            auto_resolve_timeout=A_DAY if _may_vanish(told) else None,
        )
    ]  # fmt: skip


def key(received: Received) -> str | None:
    return text(told_in(received.body).event, "id")


def told_in(body: bytes) -> Told:
    """The event as it is, or within what an automation's template wraps it in."""
    whole = object_in(body)
    event = whole if isinstance(whole.get("event"), str) else inner(whole, "event")
    kind = text(event, "event")
    if kind is None:
        raise Unmapped("'event' is missing: it must be the event's name, or the event itself as a JSON object")
    if not text(inner(event, "resource"), "prefect.resource.id"):
        raise Unmapped("'resource' of the event has no 'prefect.resource.id'")
    of, _, state = _bare(kind).partition(".")
    if of == "automation" and state in {"triggered", "resolved"}:
        id_ = _bare(text(inner(event, "resource"), "prefect.resource.id") or "").removeprefix("automation.")
        return Told(whole, event, inner(event, "payload", "triggering_event") or event, kind, state, id_)
    return Told(whole, event, event, kind, _word(of, state, event), None)


def _word(of: str, state: str, event: Json) -> str:
    """By which the table knows it; blank for what it does not know."""
    if of == "flow-run":
        by_type = BY_TYPE.get((text(inner(event, "resource"), "prefect.state-type") or "").upper(), "")
        return state if state[:1].isupper() and state in KNOWN else by_type
    return state if of in READY and state in {"ready", "not-ready"} else ""


def _bare(name: str) -> str:
    """Of an event or a resource, without what tells the cloud's from the others."""
    return name.removeprefix("prefect.").removeprefix("prefect-cloud.")


def dedup_key(told: Told) -> str:
    """That a deployment is ready again does not mean that its last run succeeded, so the two have keys of their own."""
    if told.automation is not None:
        of = text(inner(told.about, "resource"), "prefect.resource.id") or ""
        labelled = text(inner(told.event, "payload", "triggering_labels"), "prefect.resource.id")
        return f"prefect:automation:{told.automation}:{of if told.about is not told.event else labelled or ''}"
    kind, _, id_ = told.resource.partition(".")
    if kind != "flow-run":
        return f"prefect:{kind}:{id_}{':status' if kind == 'deployment' else ''}"
    (deployment, _), (flow, _) = told.related("deployment"), told.related("flow")
    if deployment:
        return f"prefect:deployment:{deployment}"
    return f"prefect:flow:{flow}" if flow else f"prefect:flow-run:{id_}"


def severity(told: Told, rules: Mapping[str, Severity], usual: Severity) -> Severity:
    """What the template says, else what the source's settings say of the event, its state or its deployment."""
    said = (text(told.whole, "severity") or "").lower()
    names = (told.kind, _bare(told.kind), told.word, told.related("deployment")[1], told.related("flow")[1])
    ruled = next((rules[name] for name in names if name and name in rules), usual)
    return next((one for one in SEVERITIES if one == said), ruled)


def summary(told: Told, flow: str | None, deployment: str | None) -> str:
    name = _name(told) or told.resource
    if told.automation is not None:
        automation = text(inner(told.event, "resource"), "prefect.resource.name") or told.automation
        return one_line(f"Prefect automation '{automation}' {told.word}: {name}")
    kind, _, state = _bare(told.kind).partition(".")
    if kind != "flow-run":
        return one_line(f"Prefect {kind} {name} {state.replace('-', ' ')}")
    message = text(inner(told.about, "resource"), "prefect.state-message")
    return one_line(f"Prefect {f'{flow}/' if flow else ''}{name} {state}{f': {message}' if message else ''}")


def _name(told: Told) -> str | None:
    return text(inner(told.about, "resource"), "prefect.resource.name")


def details(told: Told) -> Json:
    automation = told.whole.get("automation")
    return {
        **{name: told.about.get(name) for name in ("resource", "related", "payload") if name in told.about},
        "automation": automation if isinstance(automation, dict) else {"name": automation},
    }  # fmt: skip


def _tags(told: Told) -> tuple[str, ...]:
    """An automation may watch a run that does not end, or a pool that is not there: what it found is over when that
    run ends, or that pool is back."""
    return (told.resource,) if told.automation is not None and told.word == "triggered" and told.resource else ()


def _may_vanish(told: Told) -> bool:
    """A run may be deleted before it ends, and self-hosted Prefect never says that what an automation found is over."""
    return told.automation is not None and told.word == "triggered" and not told.resource.startswith(READY)


def _settles(told: Told) -> tuple[str, ...]:
    state = (text(inner(told.about, "resource"), "prefect.state-type") or "").upper()
    is_run = _bare(told.kind).startswith("flow-run.")
    over = (is_run and (state in OVER or told.word in ENDED)) or told.word == "ready"
    return (told.resource,) if told.automation is None and over else ()


def links(told: Told, ui_url: str | None, action: Action) -> tuple[Link, ...]:
    """The run, its deployment, and the pool whose worker it has, or waits for."""
    said = text(told.whole, "flow_run_url")
    page = ui_url or (said.partition(RUN)[0] if said and RUN in said else None)
    (run, _), (deployment, _), (_, pool) = (told.related(one) for one in ("flow-run", "deployment", "work-pool"))
    found = [Link(said, "Flow run")] if said else [Link(f"{page}{RUN}{quote(run)}", "Flow run")] if page and run else []
    if page and deployment:
        found.append(Link(f"{page}/deployments/deployment/{quote(deployment)}", "Deployment"))
    if page and pool and action != "ignore":
        found.append(Link(f"{page}/work-pools/work-pool/{quote(pool)}", "Work pool"))
    return tuple(found)


ADAPTER = Adapter(name="prefect", title="Prefect", mapper=mapper, setup=setup, key=key, samples=SAMPLES)
