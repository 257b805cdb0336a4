"""The documents, held to the code: what they list is what there is."""

import configparser
import importlib
import inspect
import json
import re
import shlex
import tomllib
from collections.abc import Iterator
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.metrics import MetricWrapperBase
from pydantic import BaseModel

from bot import metrics
from bot.__main__ import main
from bot.config import SECRETS, VARIABLES, Config
from bot.console import cli
from bot.console.export import FORMATS, as_json
from bot.domain import chain, checkpoint
from bot.domain.events import INCIDENT_KINDS, SERVICE_KINDS, Entry
from bot.domain.events.event import COMMON, SERVICE_COMMON
from bot.domain.incident import Incident, Snapshot
from bot.domain.people import Actor
from bot.domain.policy import TABLE, WORDS
from bot.entrance import descriptors, doorkeeper, listening
from bot.roster import Roster
from bot.settings.choices import AnchorChoices, Choices, RoomRule, Service, StormRule
from bot.settings.sources import RouteChoice, SourceChoice, VerifyChoice
from bot.slack.manifest import manifest
from commands import COMMANDS

ROOT = Path(__file__).parent.parent
README, TIMELINE, OPERATING = ROOT / "README.md", ROOT / "docs/timeline.md", ROOT / "docs/operating.md"
SOURCES, ALERTS = ROOT / "docs/sources.md", ROOT / "docs/alerts.yml"
PROMISES = ROOT / "docs/promises.md"
PLACEHOLDER = re.compile(r"\b(?:(?:FIGURE|HEAL|TODO|TBD|FIXME|XXX)\w*|[A-Z]+_[A-Z\d_]+|[A-Z]{3,}\d+)(?!\w)")
DECISIONS = sorted((ROOT / "docs/decisions").glob("*.md"))
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
each_document = pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
each_decision = pytest.mark.parametrize("path", DECISIONS, ids=lambda path: path.stem)

Row = list[str]


def section(path: Path, heading: str) -> str:
    """What stands under a heading, as far as the next of the same or a higher level."""
    text = path.read_text()
    found = re.search(rf"^(#+) {re.escape(heading)}$", text, re.MULTILINE)
    assert found, f"{path.name} has no heading {heading!r}"
    following = re.search(rf"^#{{1,{len(found[1])}}} ", text[found.end() :], re.MULTILINE)
    return text[found.end() : found.end() + following.start()] if following else text[found.end() :]


def tables(text: str) -> list[list[Row]]:
    """Each table's rows, the head left out."""
    blocks = re.findall(r"^\|.*\n\|[-| ]+\|\n((?:\|.*\n)+)", text, re.MULTILINE)
    return [[cells(line) for line in block.splitlines()] for block in blocks]


def table(path: Path, heading: str, nth: int = 0) -> list[Row]:
    return tables(section(path, heading))[nth]


def cells(line: str) -> Row:
    return [cell.strip().replace(r"\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]]


def codes(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def fenced(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def anchors(path: Path) -> set[str]:
    """As GitHub makes them of headings."""
    headings = re.findall(r"^#+ (.+)$", path.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


# The README


def test_the_readme_lists_every_verb_with_its_aliases() -> None:
    told = {codes(usage)[0]: set(codes(also)) for usage, also, _ in table(README, "What people type")}
    assert told == {verb.usage: set(verb.aliases) for verb in COMMANDS.values() if verb.listed}


def test_the_slash_commands_are_those_of_the_manifest() -> None:
    told = set(re.findall(r"`(/\w+)", section(README, "What people type")))
    assert told == {one["command"] for one in manifest(None, socket=True)["features"]["slash_commands"]}


class Asked(dict[str, str]):
    """An empty environment that remembers what it was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()

    def get(self, name: str, default: Any = None) -> Any:
        self.names.add(name)
        return default


def test_the_readme_lists_every_variable_and_which_can_be_files() -> None:
    environment = Asked()
    Config.read(environment)
    rows = table(README, "Environment")
    can_be_files = {codes(row[0])[0] for row in rows if row[1] == "file"}
    assert {codes(row[0])[0] for row in rows} | {f"{name}_FILE" for name in can_be_files} == environment.names
    assert set(VARIABLES) == environment.names


def test_the_variables_have_the_defaults_the_readme_says() -> None:
    defaults = {codes(row[0])[0]: codes(row[3])[0] for row in table(README, "Environment") if codes(row[3])}
    assert Config.read(defaults) == Config.read({})


@pytest.mark.parametrize(("nth", "model"), [*enumerate([Choices, RoomRule, Service, StormRule, AnchorChoices])])
def test_the_readme_lists_every_key_of_muster_yaml(nth: int, model: type[BaseModel]) -> None:
    assert [codes(row[0])[0] for row in table(README, "muster.yaml", nth)] == list(model.model_fields)


@pytest.mark.parametrize(("nth", "model"), [(1, RoomRule), (3, StormRule), (4, AnchorChoices)])
def test_a_rule_has_the_defaults_the_readme_says(nth: int, model: type[BaseModel]) -> None:
    told = {codes(key)[0]: yaml.safe_load(codes(default)[0]) for key, _, default in table(README, "muster.yaml", nth)}
    assert told == model().model_dump()


def test_the_example_of_muster_yaml_is_one(tmp_path: Path) -> None:
    path = tmp_path / "muster.yaml"
    example = "".join(fenced(section(README, "muster.yaml"), "yaml"))
    for file in re.findall(r"_file: /run/secrets/(\w+)", example):
        (tmp_path / file).write_text("k" * 32)
    path.write_text(example.replace("/run/secrets", str(tmp_path)))
    config = Config.read({"MUSTER_CONFIG": str(path), "MONITOR_KEY": "a-key", "ACME_EU_TOKEN": "a-token"})
    assert config.choices.model_fields_set == set(Choices.model_fields)
    assert len(config.routing().rules) == 3


@pytest.mark.parametrize(("nth", "model"), [(0, SourceChoice), (1, VerifyChoice), (2, RouteChoice)])
def test_every_key_of_a_source_is_listed(nth: int, model: type[BaseModel]) -> None:
    assert [codes(row[0])[0] for row in table(SOURCES, "A source in muster.yaml", nth)] == list(model.model_fields)


def test_the_example_of_a_source_is_one(tmp_path: Path) -> None:
    path = tmp_path / "muster.yaml"
    path.write_text("".join(fenced(section(SOURCES, "A source in muster.yaml"), "yaml")))
    assert Roster(Config.read({"MUSTER_CONFIG": str(path), "BACKUP_TOKEN": "t"}).sources()).names == ["backup"]


def test_the_readme_lists_every_command_with_its_options() -> None:
    told = {codes(row[0])[0].split()[1]: set(re.findall(r"--[\w-]+", row[1])) for row in table(README, "Command line")}
    there = {
        name: {option for parameter in command.params for option in parameter.opts if option.startswith("--")}
        for name, command in main.commands.items()
    }
    assert told == there
    assert all(style in section(README, "Command line") for style in FORMATS)


def test_the_readme_lists_every_route() -> None:
    told = {tuple(codes(row[0])[0].split()) for row in table(README, "HTTP")}
    ours = [path for path in (ROOT / "bot").rglob("*.py") if "simulator" not in path.parts]
    code = "".join(path.read_text() for path in ours)
    assert told == {(method.upper(), route) for method, route in re.findall(r'web\.(get|post)\("(/[^"]+)"', code)}


def test_the_machines_test_command_is_the_readmes() -> None:
    commands = [line for block in fenced(section(README, "Try it"), "sh") for line in block.splitlines()]
    assert len(commands) == 2
    assert (ROOT / ".ci/run").read_text().splitlines()[-1] == commands[1]


# The timeline


def test_every_kind_of_event_is_described_with_its_details() -> None:
    headings = re.findall(r"^## (Kinds: .+)$", TIMELINE.read_text(), re.MULTILINE)
    rows = [row for heading in headings for row in table(TIMELINE, heading)]
    kinds = {kind.kind: (kind, COMMON) for kind in INCIDENT_KINDS} | {
        kind.kind: (kind, SERVICE_COMMON) for kind in SERVICE_KINDS
    }
    there = {name: {field.name for field in fields(kind)} - common for name, (kind, common) in kinds.items()}
    assert [codes(row[0])[0] for row in rows] == list(dict.fromkeys(codes(row[0])[0] for row in rows))
    assert {codes(row[0])[0] for row in rows} == there.keys()
    for name, _, details in rows:
        assert set(codes(details)) == there[codes(name)[0]], name
        assert bool(codes(details)) is (details != "none"), name


def test_a_snapshot_is_described_with_its_members() -> None:
    [told] = re.findall(r"`snapshot` is the whole incident[^:]+: ([^.]+)\.", TIMELINE.read_text())
    assert codes(told) == [field.name for field in fields(Snapshot)]


def test_the_timeline_as_json_has_the_members_the_example_has() -> None:
    now = datetime.now(UTC)
    alice = Actor("responder", "U1", "Alice")
    entry = Entry("INC-1", 1, now, now, "note.written", alice, "slack.form", "key", "text", {}, "hash")
    told = json.loads(fenced(section(TIMELINE, "As JSON"), "json")[0])
    real = json.loads(as_json(Incident(number=1), [entry]))
    assert list(told["incident"]) == list(real["incident"])
    assert list(told["entries"][0]) == list(real["entries"][0])
    assert list(told["entries"][0]["actor"]) == list(real["entries"][0]["actor"])


def test_the_canonical_form_is_the_one_the_code_declares() -> None:
    declared = " ".join(inspect.cleandoc(chain.__doc__ or "").split())
    told = section(TIMELINE, "How it is proved")
    assert " ".join(fenced(told, "")[0].split()) in declared
    [form] = re.findall(r"The canonical form of a value .*? no floats\.", told)
    assert form in declared
    assert chain.GENESIS == "0" * 64
    assert " ".join(fenced(told, "")[1].split()) in " ".join(inspect.cleandoc(checkpoint.__doc__ or "").split())


# Operating


def test_the_rules_are_those_of_the_code() -> None:
    told = {codes(verb)[0]: (tuple(codes(who)), bool(own)) for verb, who, own in table(OPERATING, "Who may do what")}
    assert told == {verb: (row.who, row.in_pagerduty) for verb, row in TABLE.items()}
    words = [codes(row[0])[0] for row in table(OPERATING, "Who may do what", 1)]
    assert set(words) - {"@handle"} == set(WORDS)


def test_the_example_of_a_policy_is_one() -> None:
    [example] = fenced(section(OPERATING, "Who may do what"), "yaml")
    assert Choices.model_validate(yaml.safe_load(example)).model_fields_set == {"policy", "admins"}


def test_every_metric_is_listed_with_its_labels() -> None:
    told = {codes(name)[0]: tuple(codes(labels)) for name, labels, _ in table(OPERATING, "Metrics")}
    ours = [one for one in vars(metrics).values() if isinstance(one, MetricWrapperBase)]
    there = [(next(iter(one.describe())), tuple(one._labelnames)) for one in ours]
    assert told == {about.name + "_total" * (about.type == "counter"): labels for about, labels in there}


def test_alert_rules_speak_of_documented_metrics_alone() -> None:
    documented = {codes(name)[0]: codes(labels) for name, labels, _ in table(OPERATING, "Metrics")}
    rules = [rule for group in yaml.safe_load(ALERTS.read_text())["groups"] for rule in group["rules"]]
    assert len({rule["alert"] for rule in rules}) == len(rules)
    for rule in rules:
        named = {re.sub(r"_(bucket|sum|count)$", "", name) for name in re.findall(r"\bmuster_\w+", rule["expr"])}
        labels = {label for name in named for label in documented[name]} | {"le", "job"}
        used = re.findall(r"(\w+)\s*(?:=~|!=|!~|=)\s*\"", rule["expr"]) + [
            label for group in re.findall(r"by \(([^)]+)\)", rule["expr"]) for label in re.split(r",\s*", group)
        ]
        assert set(used) <= labels, rule["alert"]
        assert rule["labels"]["severity"] in {"critical", "warning", "info"}
        assert rule["annotations"]["summary"].endswith(".")
        file, _, anchor = rule["annotations"]["runbook_url"].partition("#")
        assert anchor in anchors(ROOT / file)


# Promises


def test_every_promise_has_a_figure_and_no_placeholder() -> None:
    [rows] = tables(PROMISES.read_text())
    figures = [row[2] for row in rows]
    assert [figure for figure in figures if not figure or PLACEHOLDER.search(figure)] == []


# Deployment


def test_the_units_run_our_command_with_time_to_stop() -> None:
    unit = configparser.RawConfigParser(strict=False)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read(ROOT / "docs/deploy/muster.service")
    assert unit["Service"]["ExecStart"].endswith("/bin/muster serve")
    assert float(unit["Service"]["TimeoutStopSec"]) > cli.STOPS_WITHIN
    assert unit["Unit"]["Requires"] == "muster.socket"
    assert int(unit["Service"]["LimitNOFILE"]) == descriptors.WANTED > 2 * doorkeeper.MOST


def test_the_container_runs_as_nobody_in_particular_and_without_a_shell() -> None:
    last = (ROOT / "docs/deploy/Containerfile").read_text().split("\nFROM ")[-1]
    commands = re.findall(r"^(\w+) (.*)$|CMD (\[.*\])$", last, re.MULTILINE)
    told = {name: value for name, value, _ in commands if name}
    assert told["USER"] == "65532:65532"
    assert json.loads(told["ENTRYPOINT"]) == ["/opt/muster/bin/muster"]
    assert json.loads(told["CMD"])[0] in main.commands
    assert "RUN" not in told
    copied = re.findall(r"^COPY (\w[\w.]*)(?: |$)", (ROOT / "docs/deploy/Containerfile").read_text(), re.MULTILINE)
    assert all((ROOT / name).exists() for name in copied)


def test_the_container_holds_the_versions_that_are_pinned() -> None:
    built = (ROOT / "docs/deploy/Containerfile").read_text()
    runs = [json.loads(run) for run in re.findall(r"^RUN (\[.*\])$", built, re.MULTILINE)]
    assert [run[-3:] for run in runs if run[1] == "install"] == [
        ["--require-hashes", "-r", "constraints.txt"], ["--no-compile", "--no-deps", "."],
    ]  # fmt: skip
    pinned = {re.split(r"==", line)[0] for line in (ROOT / "constraints.txt").read_text().splitlines() if "==" in line}
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    assert {re.split(r"[^\w-]", one)[0] for one in wanted} <= pinned


def test_the_replicas_are_two_on_one_postgres_and_can_write_nowhere() -> None:
    told = yaml.safe_load((ROOT / "docs/deploy/compose.yaml").read_text())
    replicas = [one for name, one in told["services"].items() if name.startswith("muster-")]
    assert len(replicas) == 2
    for one in replicas:
        assert (one["user"], one["read_only"], one["cap_drop"]) == ("65532:65532", True, ["ALL"])
        assert set(one["secrets"]) <= told["secrets"].keys()
        named = {name.removesuffix("_FILE") for name in one["environment"] if name.endswith("_FILE")}
        assert named <= set(SECRETS)
        others = {name for name in one["environment"] if not name.endswith("_FILE")}
        assert others <= {codes(row[0])[0] for row in table(README, "Environment")}
    assert float(replicas[0]["stop_grace_period"].removesuffix("s")) > cli.STOPS_WITHIN
    balancer = (ROOT / "docs/deploy/nginx.conf").read_text()
    assert set(re.findall(r"server (muster-\d):3000", balancer)) == {"muster-1", "muster-2"}
    assert "TLSv1.2" in balancer
    [idle] = re.findall(r"keepalive_timeout (\d+)s;", balancer)
    assert float(idle) < listening.KEPT_ALIVE


# All of them


def targets(path: Path) -> Iterator[tuple[Path, str]]:
    """The file and the anchor that each relative link leads to, pictures included."""
    prose = re.sub(r"^```.*?^```$", "", path.read_text(), flags=re.MULTILINE | re.DOTALL)
    for address in re.findall(r"\]\(([^)\s]+)\)|^\[[^\]]+\]: (\S+)$", prose, re.MULTILINE):
        target, _, anchor = "".join(address).partition("#")
        if "://" not in target:
            yield (path.parent / target).resolve() if target else path, anchor


@each_document
def test_every_relative_link_leads_somewhere(path: Path) -> None:
    for target, anchor in targets(path):
        assert target.exists(), f"{target} is not there"
        assert not anchor or anchor in anchors(target), f"{target.name} has no #{anchor}"


@each_document
def test_every_file_that_is_named_exists(path: Path) -> None:
    named = re.findall(r"`((?:bot|commands|storage|migrations|tests|docs)/[\w./-]*)`", path.read_text())
    assert [name for name in named if not (ROOT / name).exists()] == []


@each_decision
def test_a_decision_says_why_what_at_which_cost_and_how_it_is_held(path: Path) -> None:
    text = path.read_text()
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == ["Context", "Decision", "Cost", "Check"]
    assert text.startswith(f"# {path.stem[:4]} · ")


def test_the_decisions_are_numbered_without_gaps() -> None:
    assert [path.stem[:4] for path in DECISIONS] == [f"{number:04}" for number in range(1, len(DECISIONS) + 1)]


@each_decision
def test_there_are_tests_that_hold_each_decision(path: Path) -> None:
    [command] = fenced(section(path, "Check"), "sh")
    assert command.startswith("python -m pytest tests/")
    for word in shlex.split(command)[3:]:
        file, _, name = word.partition("::")
        module = importlib.import_module(file.removesuffix(".py").replace("/", "."))
        tests = [test for test in dir(module) if test.startswith("test_")]
        assert name in tests if name else tests, word
