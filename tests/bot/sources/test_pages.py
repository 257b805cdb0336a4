"""The pages of the systems: what is to be pasted is what is taken."""

import re
import textwrap
from pathlib import Path

import pytest
import yaml

from bot.settings.choices import Choices
from bot.sources import ADAPTERS, Setup, opened

PAGES = sorted((Path(__file__).parents[3] / "docs/sources").glob("*.md"))
OURS = ("alertmanager", "apica", "grafana", "mongodb-atlas", "pagerduty-v2", "relay")


def examples(text: str) -> list[str]:
    """Those that describe sources, of a page or of what setting up prints."""
    blocks = re.findall(r"^ *```yaml\n(.*?)^ *```$", text, re.MULTILINE | re.DOTALL)
    return [block for block in map(textwrap.dedent, blocks) if block.startswith("sources:")]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_every_example_of_a_page_is_taken(path: Path) -> None:
    for example in examples(path.read_text()):
        for name, choice in Choices.model_validate(yaml.safe_load(example)).sources.items():
            opened(choice.settings(name), ADAPTERS)


@pytest.mark.parametrize("name", OURS)
def test_the_page_of_an_adapter_begins_with_what_setting_up_prints(name: str) -> None:
    printed = ADAPTERS[name].setup(Setup("its-name", "https://muster.example.com", "the-token"))
    [described] = re.findall(r"^(sources:\n.*?)\n\n", printed, re.MULTILINE | re.DOTALL)
    [source] = Choices.model_validate(yaml.safe_load(described)).sources.values()
    page = next(path for path in PAGES if path.stem == name).read_text()
    [told] = Choices.model_validate(yaml.safe_load(examples(page)[0])).sources.values()
    assert (source.adapter, source.verify) == (told.adapter, told.verify)
    assert "https://muster.example.com/in/its-name" in printed
    assert "https://muster.example.com/in/" in page
