"""The shape of the house, as a test. One table says who may know whom; docs/decisions say why."""

import ast
import statistics
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
OURS = {"bot", "commands", "storage", "migrations", "tests"}
WORDS = {"bot.slack.views", "bot.slack.blocks", "bot.slack.mrkdwn"}  # what commands may know of Slack: how to write

SQL = {"sqlalchemy", "alembic", "psycopg"}

# a place → what of ours it may import, and which outsiders it may name; the longest matching place decides
MAY_KNOW: dict[str, tuple[set[str], set[str]]] = {
    "bot": (set(), set()),
    "bot.domain": ({"bot.domain"}, set()),
    "storage": ({"bot.domain", "migrations", "storage"}, SQL | {"pydantic", "pydantic_core"}),
    "migrations": ({"migrations", "storage.guards", "storage.schema"}, SQL),
    "bot.pagerduty": ({"bot.domain", "bot.pagerduty"}, {"httpx"}),
    "bot.slack": ({"bot.domain", "bot.slack"}, {"aiohttp", "cryptography", "slack_sdk"}),
    "bot.sources": ({"bot.domain", "bot.sources"}, {"jinja2", "markupsafe", "re2"}),
    "bot.sources.keptn_lint": ({"bot.domain", "bot.sources"}, {"yaml"}),
    "commands": ({"bot.domain", "commands", "storage"} | WORDS, set()),
    "bot.proof": ({"bot.domain", "bot.proof"}, {"cryptography"}),
    "bot.effects": (
        {"bot.atlas", "bot.domain", "bot.effects", "bot.keptn", "bot.pagerduty", "bot.proof", "bot.roster",
         "bot.slack", "bot.sources", "storage"},
        set(),
    ),
    "bot.doctor": ({"bot", "storage"}, {"aiohttp", "httpx", "slack_sdk"}),
    "bot.simulator": ({"bot.simulator"}, {"aiohttp"}),
    "bot.__main__": ({"bot", "storage"}, {"click"}),
    "bot.app": ({"bot", "commands", "storage"}, {"aiohttp", "httpx", "slack_bolt", "slack_sdk"}),
    "bot.atlas": ({"bot.domain"}, {"httpx"}),
    "bot.closures": ({"bot.pagerduty.pace", "bot.slack.pace"}, set()),
    "bot.config": (
        {"bot.domain", "bot.settings.choices", "bot.settings.mistakes", "bot.settings.regions", "bot.settings.rules",
         "bot.settings.sources", "bot.settings.spelling"},
        {"pydantic", "yaml"},
    ),
    "bot.connections": (
        {"bot.atlas", "bot.closures", "bot.config", "bot.domain", "bot.effects", "bot.keptn", "bot.keyring",
         "bot.metrics", "bot.outbound", "bot.pagerduty", "bot.roster", "bot.settings.regions", "bot.slack",
         "bot.trouble", "storage"},
        {"aiohttp", "slack_sdk"},
    ),
    "bot.health": ({"bot.domain", "bot.metrics", "storage"}, {"aiohttp", "prometheus_client"}),
    "bot.keptn": ({"bot.domain"}, {"httpx"}),
    "bot.keyring": ({"bot.config", "bot.domain", "bot.proof"}, set()),
    "bot.log": (set(), set()),
    "bot.metrics": (set(), {"prometheus_client"}),
    "bot.outbound": ({"bot.domain"}, {"aiohttp", "httpx", "yarl"}),
    "bot.roster": ({"bot.domain", "bot.proof.vault", "bot.sources"}, set()),
    "bot.tenure": ({"bot.domain", "storage"}, set()),
    "bot.trouble": ({"bot.domain", "bot.metrics"}, set()),
    "bot.watch": ({"bot.domain", "bot.metrics", "bot.pagerduty.events", "storage"}, set()),
    "bot.listeners": (
        {"bot.speaking.conversation", "bot.speaking.menus", "bot.speaking.overhearing", "commands"}, {"slack_bolt"},
    ),
    "bot.webhooks": (
        {"bot.entrance.gate", "bot.pagerduty.webhook", "bot.proof.vault", "bot.receiving.reader",
         "bot.receiving.signers", "storage"},
        {"aiohttp"},
    ),
    "bot.worker": (
        {"bot.closures", "bot.domain", "bot.effects", "bot.metrics", "bot.tenure", "bot.trouble", "storage"}, set(),
    ),
    "bot.clock": ({"bot.domain", "storage"}, {"apscheduler"}),
    "bot.settings.accounts": ({"bot.domain", "bot.settings.regions", "bot.settings.sources"}, {"pydantic"}),
    "bot.settings.choices": (
        {"bot.domain", "bot.settings.accounts", "bot.settings.rules", "bot.settings.sources"}, {"pydantic"},
    ),
    "bot.settings.mistakes": (set(), {"pydantic", "yaml"}),
    "bot.settings.regions": ({"bot.domain"}, set()),
    "bot.settings.rules": ({"bot.domain"}, {"pydantic"}),
    "bot.settings.sources": ({"bot.domain", "bot.settings.write_back"}, {"pydantic"}),
    "bot.settings.write_back": ({"bot.domain"}, {"pydantic"}),
    "bot.entrance.descriptors": (set(), set()),
    "bot.entrance.doorkeeper": (set(), {"aiohttp"}),
    "bot.entrance.gate": ({"bot.domain", "bot.metrics", "bot.trouble"}, {"aiohttp"}),
    "bot.entrance.listening": (set(), {"aiohttp"}),
    "bot.speaking.acquaintance": ({"bot.domain", "bot.effects", "bot.trouble"}, set()),
    "bot.speaking.answers": ({"commands", "storage"}, set()),
    "bot.speaking.conversation": (
        {"bot.domain", "bot.effects", "bot.metrics", "bot.slack.blocks", "bot.slack.mrkdwn", "bot.slack.views.message",
         "bot.speaking.acquaintance", "bot.speaking.answers", "bot.speaking.lifeline", "bot.trouble", "commands",
         "storage"},
        set(),
    ),
    "bot.speaking.lifeline": ({"bot.domain", "commands", "storage"}, set()),
    "bot.speaking.menus": (
        {"bot.domain", "bot.effects", "bot.slack.blocks", "bot.speaking.conversation", "commands", "storage"}, set(),
    ),
    "bot.speaking.overhearing": ({"bot.domain", "bot.speaking.answers", "bot.speaking.conversation", "storage"}, set()),
    "bot.speaking.slack_events": (
        {"bot.entrance.gate", "bot.slack.request", "bot.slack.signature"}, {"aiohttp", "slack_bolt"},
    ),
    "bot.receiving.approvals": ({"bot.domain", "bot.receiving.arrival"}, set()),
    "bot.receiving.arrival": (
        {"bot.domain", "bot.pagerduty.signalling", "bot.receiving.particulars", "bot.sources", "storage"}, set(),
    ),
    "bot.receiving.enqueue": ({"bot.entrance.gate", "bot.receiving.inbound", "bot.roster", "bot.sources"}, {"aiohttp"}),
    "bot.receiving.granting": (
        {"bot.domain", "bot.entrance.gate", "bot.proof.vault", "bot.receiving.tokens", "bot.sources"}, {"aiohttp"},
    ),
    "bot.receiving.heard": ({"bot.domain", "bot.pagerduty.meaning", "storage"}, set()),
    "bot.receiving.inbound": (
        {"bot.domain", "bot.entrance.gate", "bot.pagerduty.signalling", "bot.proof.vault", "bot.receiving.particulars",
         "bot.receiving.reader", "bot.receiving.tokens", "bot.roster", "bot.sources", "storage"},
        {"aiohttp"},
    ),
    "bot.receiving.intake": (
        {"bot.domain", "bot.metrics", "bot.pagerduty.signalling", "bot.proof.vault", "bot.receiving.approvals",
         "bot.receiving.arrival", "bot.receiving.heard", "bot.receiving.latecomers", "bot.receiving.particulars",
         "bot.roster", "bot.sources", "storage"},
        set(),
    ),
    "bot.receiving.latecomers": ({"bot.domain", "storage"}, set()),
    "bot.receiving.particulars": ({"bot.domain", "bot.sources", "storage"}, set()),
    "bot.receiving.reader": (
        {"bot.domain", "bot.metrics", "bot.pagerduty.meaning", "bot.receiving.heard", "bot.receiving.intake",
         "bot.receiving.latecomers", "bot.sources.naming", "bot.trouble", "storage"},
        set(),
    ),
    "bot.receiving.signers": ({"bot.domain", "bot.proof.vault", "storage"}, set()),
    "bot.receiving.tokens": ({"bot.domain", "bot.proof.vault"}, set()),
    "bot.console.beside": ({"bot.domain", "storage"}, set()),
    "bot.console.cli": ({"bot", "storage"}, {"click"}),
    "bot.console.connecting": (
        {"bot.config", "bot.connections", "bot.console.beside", "bot.domain", "bot.effects", "bot.proof.vault",
         "bot.roster", "storage"},
        {"click"},
    ),
    "bot.console.demo": ({"bot.app", "bot.config", "bot.settings.choices", "bot.simulator"}, set()),
    "bot.console.export": ({"bot.domain"}, set()),
    "bot.console.in_pagerduty": (
        {"bot.config", "bot.console.stated", "bot.outbound", "bot.pagerduty", "bot.slack.views", "storage"}, {"httpx"},
    ),
    "bot.console.in_slack": (
        {"bot.config", "bot.console.stated", "bot.domain", "bot.slack", "storage"}, {"aiohttp", "slack_sdk"},
    ),
    "bot.console.operate": (
        {"bot.config", "bot.console.beside", "bot.domain", "bot.keyring", "bot.receiving.intake",
         "bot.receiving.reader", "bot.roster", "storage"},
        {"click"},
    ),
    "bot.console.play": ({"bot.console.demo", "bot.console.export"}, set()),
    "bot.console.proving": ({"bot", "commands", "storage"}, {"click"}),
    "bot.console.shell": ({"bot.config", "bot.domain", "bot.log", "storage"}, {"click", "uvloop"}),
    "bot.console.source_commands": (
        {"bot.console.connecting", "bot.console.shell", "bot.console.sourcing", "bot.domain", "bot.effects.removing"},
        {"click"},
    ),
    "bot.console.sourcing": (
        {"bot.config", "bot.console.beside", "bot.domain", "bot.effects", "bot.roster", "bot.sources", "storage"},
        {"click"},
    ),
    "bot.console.stated": ({"bot.domain", "bot.proof", "storage"}, set()),
    "bot.console.verification": ({"bot.domain.checkpoint", "bot.proof", "storage"}, set()),
}  # fmt: skip
DOORS = {
    "bot/entrance/gate.py", "bot/receiving/inbound.py", "bot/receiving/reader.py",
    "bot/speaking/conversation.py", "bot/speaking/slack_events.py", "bot/worker.py",
}  # fmt: skip
SOURCES = sorted(p for place in ("bot", "commands", "storage", "migrations") for p in (ROOT / place).rglob("*.py"))

LONGEST_FILE, LONGEST_FUNCTION = 250, 40
Function = ast.FunctionDef | ast.AsyncFunctionDef


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def within(module: str, place: str) -> bool:
    return module == place or module.startswith(place + ".")


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def functions(path: Path) -> Iterator[Function]:
    return (node for node in ast.walk(tree(path)) if isinstance(node, Function))


def body_lines(function: Function) -> int:
    body = function.body[1:] if ast.get_docstring(function) and len(function.body) > 1 else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1


def place_of(module: str) -> str:
    return max((place for place in MAY_KNOW if within(module, place)), key=len)


def test_each_module_knows_only_its_neighbours() -> None:
    assert [offence for path in SOURCES for offence in strangers(path)] == []


def strangers(path: Path) -> Iterator[str]:
    module = module_of(path)
    ours, outsiders = MAY_KNOW[place_of(module)]
    for name in imports(path):
        top = name.split(".")[0]
        if top in OURS:
            if not any(within(name, allowed) for allowed in ours):
                yield f"{module} must not know {name}"
        elif top not in sys.stdlib_module_names and top not in outsiders:
            yield f"{module} must not name {top}"


def test_no_transaction_is_held_across_a_network_call() -> None:
    """A function that is given a transaction is synchronous, so it has nothing to await."""
    assert [
        f"{module_of(path)}.{node.name} is async and holds a transaction"
        for path in SOURCES for node in functions(path)
        if isinstance(node, ast.AsyncFunctionDef)
        and "tx" in {argument.arg for argument in (*node.args.args, *node.args.kwonlyargs)}
    ] == []  # fmt: skip


@pytest.mark.parametrize("place", ["bot/domain", "commands"])
def test_what_decides_never_waits(place: str) -> None:
    for path in (ROOT / place).rglob("*.py"):
        assert not any(isinstance(node, ast.AsyncFunctionDef) for node in ast.walk(tree(path))), path


def test_modules_and_functions_stay_small() -> None:
    lengths = {module_of(path): path.read_text().count("\n") for path in SOURCES}
    assert {module: lines for module, lines in lengths.items() if lines > LONGEST_FILE} == {}
    assert [
        f"{module_of(path)}.{node.name}" for path in SOURCES for node in functions(path)
        if (node.end_lineno or 0) - node.lineno + 1 > LONGEST_FUNCTION
    ] == []  # fmt: skip


def test_most_functions_are_a_few_lines() -> None:
    lengths = sorted(body_lines(node) for path in SOURCES if "versions" not in path.parts for node in functions(path))
    assert statistics.median(lengths) <= 6
    assert lengths[int(len(lengths) * 0.9)] <= 20


def test_everything_is_imported_at_the_top() -> None:
    """A lazy import is a hidden cycle."""
    assert [
        f"{module_of(path)}.{node.name}" for path in SOURCES for node in functions(path)
        if any(isinstance(inner, ast.Import | ast.ImportFrom) for inner in ast.walk(node))
    ] == []  # fmt: skip


def test_only_doors_catch_everything() -> None:
    assert {
        str(path.relative_to(ROOT)) for path in SOURCES for node in ast.walk(tree(path))
        if isinstance(node, ast.ExceptHandler) and isinstance(node.type, ast.Name) and node.type.id == "Exception"
    } <= DOORS  # fmt: skip


def test_no_module_imports_itself_in_a_circle() -> None:
    modules = {module_of(path): path for path in SOURCES}

    def nearest(name: str) -> str:
        return max((module for module in modules if within(name, module)), key=len, default="")

    graph = {name: {nearest(found) for found in imports(path)} - {name, ""} for name, path in modules.items()}
    done: set[str] = set()
    while ready := [name for name, known in graph.items() if name not in done and known <= done]:
        done |= set(ready)
    assert not graph.keys() - done, f"in a circle: {sorted(graph.keys() - done)}"


def test_the_environment_is_read_in_one_place() -> None:
    readers = {module_of(path) for path in SOURCES if "os" in {name.split(".")[0] for name in imports(path)}}
    naming = {
        module for module in readers if "environ" in (ROOT / (module.replace(".", "/") + ".py")).read_text()
    }  # fmt: skip
    at_the_top = {"bot.__main__", "bot.console.shell"}
    assert naming <= at_the_top, "config.py is handed the environment by the command line, and nobody else looks"


def test_the_timeline_is_written_in_one_place() -> None:
    writers = [path for path in SOURCES if "record(" in path.read_text() and within(module_of(path), "bot.slack")]
    assert not writers
    appenders = {module_of(path) for path in SOURCES if "insert(timeline" in path.read_text().replace("sa.", "")}
    assert appenders <= {"storage.ledger", "storage.proof"}


def test_the_top_level_is_what_the_user_fixed() -> None:
    fixed = {"pyproject.toml", "README.md", "bot", "commands", "storage", "migrations", "tests"}
    beside = {"docs", ".ci", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", ".gitignore", "constraints.txt"}
    made = {".git", ".venv", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis", "muster.egg-info", "build"}
    assert {path.name for path in ROOT.iterdir()} - made <= fixed | beside
    assert all((ROOT / name).exists() for name in fixed)
