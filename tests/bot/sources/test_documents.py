"""What the pages about sources show is what works."""

import json
import re
from pathlib import Path

import pytest

from bot.config import Config
from bot.domain.source import Approvals
from bot.roster import Roster
from bot.sources import ADAPTERS, Source
from bot.sources.filters import FILTERS
from bot.sources.mapping import KNOWN, NAMES
from tests.bot.sources.given import received

PAGES = Path(__file__).parents[3] / "docs/sources"
ENVIRONMENT = {name: f"what-{name}-holds" for name in (
    "BACKUP_TOKEN", "QUIET_KEY", "MONITOR_KEY", "ATLAS_TOKEN", "ATLAS_INTEGRATION_KEY",
)}  # fmt: skip


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", (PAGES / page).read_text(), re.MULTILINE | re.DOTALL)


def roster(written: str, folder: Path) -> Roster:
    (folder / "muster.yaml").write_text(written.replace("/run/secrets", str(folder)))
    (folder / "checkout_integration_key").write_text("K")
    return Roster(Config.read({"MUSTER_CONFIG": str(folder / "muster.yaml"), **ENVIRONMENT}).sources())


def sent(page: str) -> bytes:
    [body] = re.findall(r" -d '(\{.*?\})'$", "".join(blocks(page, "sh")), re.MULTILINE | re.DOTALL)
    return str(body).encode()


@pytest.fixture
def backup(tmp_path: Path) -> Source:
    return roster(blocks("generic.md", "yaml")[0], tmp_path).needed("backup-cron", None)


def test_the_worked_example_of_a_generic_source_works(backup: Source) -> None:
    assert len(backup.settings.options["tests"]) == 2
    [signal], complaint = backup.signals(received(sent("generic.md")))
    assert complaint is None
    assert (signal.action, signal.dedup_key, signal.severity) == ("trigger", "backup:db1", "warning")
    assert signal.custom_details == {"log": "none", "took": 0}


@pytest.mark.parametrize("page", ["generic.md", "events-v2.md"])
def test_every_example_can_be_read_and_nothing_about_it_is_odd(page: str, tmp_path: Path) -> None:
    for written in blocks(page, "yaml"):
        assert roster(written, tmp_path).warnings() == []


def test_the_example_of_an_approval_asks_people_and_says_who_may_answer(tmp_path: Path) -> None:
    [written] = blocks("keptn.md", "yaml")
    (tmp_path / "muster.yaml").write_text(written)
    config = Config.read({"MUSTER_CONFIG": str(tmp_path / "muster.yaml"), "KEPTN_TOKEN": "t", "KEPTN_API_TOKEN": "a"})
    [source] = config.sources()
    assert source.approvals == Approvals("https://keptn.example.com/api", "a", "#releases")
    assert config.policy().who("approve") == ("@release-managers",)


def test_the_example_of_an_event_is_one() -> None:
    assert json.loads(sent("events-v2.md"))["routing_key"] == "THE-KEY"


def test_the_page_lists_what_a_mapping_can_use() -> None:
    text = (PAGES / "generic.md").read_text()
    [listed] = re.findall(r"^Filters: `([^`]+)`", text, re.MULTILINE)
    assert listed.split() == sorted(FILTERS)
    rows = set(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE))
    assert rows >= NAMES
    assert all(f"`{name}`" in text for name in KNOWN)


def test_every_adapter_has_its_page() -> None:
    linked = (PAGES.parent / "sources.md").read_text()
    for name in ("generic", "events-v2"):
        assert name in ADAPTERS
        assert f"](sources/{name}.md)" in linked
