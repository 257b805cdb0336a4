"""`connect`: let what a source says go to a PagerDuty service."""

from collections.abc import Mapping
from dataclasses import asdict

from bot.domain.connecting import Wish
from bot.domain.job import Job, Priority
from bot.domain.source import NAME, parted
from bot.slack.mrkdwn import inline
from bot.slack.views import forms
from commands.answers import ask_in_form, said
from commands.command import Call, Command, Reply, WrongField
from commands.grammar import plain
from storage import Transaction

USAGE = "connect [SOURCE]"
HERE = "Ask with `/incident connect`, which opens a form, or on the command line: `muster sources connect`."


def connect(tx: Transaction, call: Call) -> Reply:
    """What is done takes a while; how it went, and what must stay secret, is told to whoever asked alone."""
    known = call.catalogue.sources(tx.source_states())
    if call.origin != "slack.form":
        wanted = plain(call.text).strip()
        kinds = {name: kind.title for name, kind in sorted(call.catalogue.kinds.items())}
        view = forms.connect(known, kinds, source=wanted if wanted in known else "", channel=call.channel,
                             response_url=call.response_url)  # fmt: skip
        return ask_in_form(call, view, instead=HERE)
    wish = _wish(call, known)
    tx.put(_job(call, wish))
    where = inline(wish.new_service) if wish.new_service else "that service"
    return said(
        f"Connecting *{inline(wish.source)}* with {where}: the integration is made, its key kept sealed and proved. I"
        " tell you here how it goes, and nobody else.", awaits="" if wish.account else "pagerduty",
    )  # fmt: skip


def _wish(call: Call, known: list[str]) -> Wish:
    told = call.fields
    is_new = told.get("source", forms.NEW) == forms.NEW
    source = _new(told, known) if is_new else told["source"]
    if not is_new and source not in known:
        raise WrongField("source", "This source is not there any more.")
    adapter = told.get("adapter") if is_new else None
    service, new_service = told.get("existing_service", ""), told.get("new_service", "").strip()
    if bool(service) == bool(new_service):
        raise WrongField("existing_service", "Choose a service, or name a new one: one of the two.")
    if new_service and not told.get("policy"):
        raise WrongField("policy", "Choose who is paged for the new service.")
    (account, service), (paging, policy) = parted(service), parted(told.get("policy", "") if new_service else "")
    return Wish(
        source=source, adapter=adapter, proof=call.catalogue.kinds[adapter].proof if adapter else "bearer",
        service=service, new_service=new_service, policy=policy, account=account or paging,
        severity_based=told.get("urgency") == "severity",
    )  # fmt: skip


def _new(told: Mapping[str, str], known: list[str]) -> str:
    name = told.get("name", "").strip()
    if not told.get("adapter"):
        raise WrongField("adapter", "Choose what system the new source is, or a source that is there.")
    if not NAME.fullmatch(name):
        raise WrongField("name", "Use small letters, digits and dashes, 63 at most: it stands in an address.")
    if name in known:
        raise WrongField("name", "There is a source of this name: choose it above, or take another name.")
    return name


def _job(call: Call, wish: Wish) -> Job:
    arguments = {
        "wish": asdict(wish), "id": call.unique_id("connect"), "origin": call.origin, "asker": call.by.slack_id,
        "name": call.by.name, "user": call.by.slack_id, "channel": call.channel, "response_url": call.response_url,
        "thread_ts": call.thread_ts, "key": call.key("connect"),
    }  # fmt: skip
    lane = f"source/{wish.source}"
    return Job("connect_source", lane, arguments=arguments, priority=Priority.HUMAN, key=call.key("connect"))


CONNECT = Command(
    name="connect", usage=USAGE, run=connect,
    help="connect a system that signals with a PagerDuty service, there or new; in a form",
)  # fmt: skip
