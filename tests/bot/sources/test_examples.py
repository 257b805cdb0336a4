"""The settings that the pages of the sources show are ones."""

import re
from pathlib import Path
from textwrap import dedent

import pytest
import yaml

from bot.roster import Roster
from bot.settings.choices import Choices
from bot.settings.sources import VARIABLE, filled_in

PAGES = sorted((Path(__file__).parents[3] / "docs/sources").glob("*.md"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_example_of_sources_can_be_pasted(page: Path) -> None:
    fenced = re.findall(r"^( *)```yaml\n(.*?)^\1```$", page.read_text(), re.MULTILINE | re.DOTALL)
    examples = [dedent(block) for _, block in fenced if "sources:" in block]
    assert examples, "there is none"
    for example in examples:
        names = {match[1]: "a-value" for match in VARIABLE.finditer(example)}
        choices = Choices.model_validate(filled_in(yaml.safe_load(example), names))
        assert Roster([one.settings(name) for name, one in choices.sources.items()]).names
