"""What is wrong with a webhook.yaml that an operator wrote for Keptn's webhook-service, or with a payload alone.

The service renders address, headers and payload with Go's text/template and `missingkey=error`, and gives the result to
curl in single quotes, unless it holds what the service takes for an attack:
https://github.com/keptn/keptn/blob/master/webhook-service/lib/curl_executor.go
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from bot.sources.reading import Json, inner, objects, text

REFUSED = ("$", "|", ";", ">", " &", "&&", "`", "/var/run")
IN_CLUSTER = ("svc.cluster.local", "localhost", "kubernetes", "127.0.0.1", "[::1]")
PLACE = {"data", "data.project", "data.stage", "data.service"}
CERTAIN = {"id", "source", "type", "specversion", "shkeptncontext", *PLACE}
CERTAIN_AT_THE_END = {"data.result", "data.status"}
FREE_TEXT = ("data.message", "data.labels", "data.problem", "data.ProblemTitle", "data.ProblemDetails")

ACTION = re.compile(r"\{\{-?\s*((?:(?!\{\{).)*?)\s*-?\}\}", re.DOTALL)
QUOTED = re.compile(r'"(?:\\.|[^"\\])*"|`[^`]*`')
FIELD = re.compile(r"(?<![\w.)\]$])\.([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)")
OPENS, CLOSES = ("with", "range", "if"), ("end",)
MEMBER = r'"{}"\s*:\s*("(?:\\.|[^"\\])*"|\{{\{{.*?\}}\}}|[^\s,}}][^,\n}}]*)'


@dataclass(frozen=True)
class Asked:
    """One request of a webhook. `where` it stands; `parts`: what is rendered; `quoted`: what goes in single quotes."""

    where: str
    type: str
    url: str
    parts: tuple[str, ...]
    quoted: tuple[str, ...]

    @property
    def payload(self) -> str:
        return self.parts[-1]


def lint(told: str) -> list[str]:
    """Empty: nothing is wrong. A text that is no WebhookConfig is taken for the payload of a request."""
    try:
        read = yaml.safe_load(told)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        read = f"not YAML: {' '.join(str(error).split())}"
    if isinstance(read, dict) and "spec" in read:
        found = [f"{asked.where}: {wrong}" for asked in requests(read) for wrong in complaints(asked)]
        return [*unended(read), *found]
    if isinstance(read, str) and "apiVersion:" in told:
        return [read]
    return list(complaints(Asked("", "", "", (told,), (told,))))


def unended(read: Json) -> Iterator[str]:
    """A task is over once as many have finished as have started, and the service says that it started unless told not
    to: https://github.com/keptn/keptn/blob/master/webhook-service/handler/handler.go"""
    for nth, webhook in enumerate(objects(inner(read, "spec"), "webhooks")):
        type_ = text(webhook, "type") or ""
        is_silent = webhook.get("sendStarted") is False or webhook.get("sendFinished") is True
        if type_ == "sh.keptn.event.approval.triggered" and not is_silent:
            yield f"webhooks[{nth}] ({type_}): without sendStarted: false Keptn waits for ever, whoever approves"


def requests(read: Json) -> Iterator[Asked]:
    for nth, webhook in enumerate(objects(inner(read, "spec"), "webhooks")):
        type_, asked = text(webhook, "type") or "", webhook.get("requests")
        for number, one in enumerate(asked if isinstance(asked, list) else []):
            yield _asked(f"webhooks[{nth}] ({type_}), requests[{number}]", type_, one)


def _asked(where: str, type_: str, one: Any) -> Asked:
    """v1alpha1 has the whole curl command in one text."""
    if not isinstance(one, dict):
        found = re.search(r"https?://[^\s'\"]+", str(one))
        return Asked(where, type_, found[0] if found else "", (str(one),), ())
    headers = [f"{text(each, 'key')}: {text(each, 'value')}" for each in objects(one, "headers")]
    url, payload = text(one, "url") or "", text(one, "payload") or ""
    return Asked(where, type_, url, (url, *headers, payload), (*headers, payload))


def complaints(asked: Asked) -> Iterator[str]:
    yield from _address(asked.url)
    yield from _event(asked.payload)
    missing = [path for part in asked.parts for path in fields(part) if not _is_certain(path, asked.type)]
    for path in dict.fromkeys(missing):
        yield f"{{{{.{path}}}}} fails the whole request when the event has none: {_instead(path)}"
    for path in dict.fromkeys(path for part in asked.parts for path in said(part) if path.startswith(FREE_TEXT)):
        yield f".{path} is free text: a quote in it breaks the request, {_listed()} are refused; leave it out"
    literal = "\n".join(ACTION.sub("", part) for part in asked.parts)
    yield from (f"Keptn refuses a request that holds {one.strip()!r}" for one in REFUSED if one in literal)
    if any("'" in ACTION.sub("", part) for part in asked.quoted):
        yield "a ' ends the quotes in which curl is given the text"


def _address(url: str) -> Iterator[str]:
    host = re.sub(r"^https?://(?:[^/@]*@)?", "", ACTION.sub("a.b", url)).partition("/")[0].partition(":")[0]
    if any(word in url for word in IN_CLUSTER) or (host and "." not in host):
        yield f"{url} is an address within the cluster, which Keptn refuses: give one that is reached from outside"


def _event(payload: str) -> Iterator[str]:
    """Of PagerDuty's: what it would not take, or never settle."""
    key = re.search(MEMBER.format("routing_key"), payload)
    if key and not key[1].startswith('"') and "%q" not in key[1]:
        yield "the routing_key is not in quotes, so that the payload is not JSON"
    dedup = re.search(MEMBER.format("dedup_key"), payload)
    if dedup and not ACTION.search(dedup[1]):
        yield f"the dedup_key {dedup[1]} is always the same: all that happens is one alert"
    if dedup and re.search(r"\{\{[^}]*\.(?:time|id|triggeredid|shkeptncontext)\b", dedup[1]):
        yield f"the dedup_key {dedup[1]} is another each time: nothing settles what it raised"
    if re.search(r'"event_action"\s*:\s*"trigger"', payload):
        yield 'the event_action is always "trigger": nothing is ever resolved'


def _is_certain(path: str, type_: str) -> bool:
    at_the_end = not type_ or type_.endswith(".finished")
    return path in CERTAIN or path.startswith(("env.", "secret.")) or (at_the_end and path in CERTAIN_AT_THE_END)


def _instead(path: str) -> str:
    of, _, name = path.rpartition(".")
    return f'write {{{{with index .{of} "{name}"}}}}{{{{.}}}}{{{{end}}}}'


def _listed() -> str:
    return " ".join(one.strip() for one in REFUSED)


def fields(template: str) -> Iterator[str]:
    """The paths from the event that are looked up so that a missing one is an error; those within `with` and `range`
    start elsewhere, and are found as far as one can tell where."""
    starts: list[str | None] = [""]
    for match in ACTION.finditer(template):
        words = match[1].split(maxsplit=1) or [""]
        bare = QUOTED.sub('""', match[1])
        found = [_joined(starts[-1], path) for path in FIELD.findall(bare)]
        yield from (path for path in found if path)
        if words[0] in OPENS:
            whole = FIELD.fullmatch(words[1]) if len(words) > 1 else None
            inside = (_joined(starts[-1], whole[1]) if whole else None) if words[0] != "if" else starts[-1]
            starts.append(inside)
        elif words[0] in CLOSES and len(starts) > 1:
            starts.pop()


def _joined(start: str | None, path: str) -> str | None:
    return None if start is None else f"{start}.{path}" if start else path


def said(template: str) -> Iterator[str]:
    """The paths whose value is written out, those of `index` too."""
    for match in ACTION.finditer(template):
        yield from FIELD.findall(QUOTED.sub('""', match[1]))
        yield from (f"{of}.{name}" for of, name in re.findall(r'index\s+\.([\w.]+)\s+"([^"]+)"', match[1]))

