"""`write_back:` and `assign:` in muster.yaml."""

from pathlib import Path

import pytest

from bot.config import Config
from bot.domain.errors import Misuse
from bot.domain.source import Approvals, WriteBack

SOURCE = """
sources:
  atlas-prod:
    adapter: events-v2
    verify: {bearer: "${TOKEN}"}
    responders: ["@database"]
    write_back: {%s}
"""


ASKING = 'url: "https://keptn.example.com/api/", token: "${ATLAS}", approvals: "#releases"'


def read(tmp_path: Path, write_back: str, adapter: str = "events-v2") -> Config:
    path = tmp_path / "muster.yaml"
    path.write_text((SOURCE % write_back).replace("events-v2", adapter))
    return Config.read({"MUSTER_CONFIG": str(path), "TOKEN": "t", "ATLAS": "hush"})


def test_secrets_come_from_the_environment_and_the_routing_knows_who_is_told(tmp_path: Path) -> None:
    config = read(tmp_path, 'client_id: id, client_secret: "${ATLAS}"')
    assert config.sources()[0].write_back == WriteBack("https://cloud.mongodb.com", ("id", "hush"))
    assert "hush" not in repr(config)
    rule = config.routing().sources["atlas-prod"]
    assert (rule.assign, rule.writes_back) == (("@database",), True)


def test_a_source_that_is_only_asked_is_told_nothing(tmp_path: Path) -> None:
    config = read(tmp_path, "public_key: p, private_key: q, acknowledge: false")
    assert not config.routing().writes_back("atlas-prod")


def test_keptn_is_told_with_a_token_and_people_are_asked_in_a_channel(tmp_path: Path) -> None:
    config = read(tmp_path, ASKING, "keptn")
    [source] = config.sources()
    assert source.approvals == Approvals("https://keptn.example.com/api", "hush", "#releases")
    assert source.write_back is None
    assert "hush" not in repr(config)
    assert not config.routing().writes_back("atlas-prod")


def test_only_keptn_asks_for_approvals(tmp_path: Path) -> None:
    with pytest.raises(Misuse, match="approvals of Keptn alone"):
        read(tmp_path, ASKING)


@pytest.mark.parametrize(
    "wrong", ["token: t", "token: t, url: 'https://x'", "approvals: '#x'", "token: t, approvals: '#x'",
              f"{ASKING}, client_id: i, client_secret: s"],
)  # fmt: skip
def test_an_approval_wants_an_address_a_token_and_a_channel(tmp_path: Path, wrong: str) -> None:
    with pytest.raises(Misuse, match="wants url, token and approvals") as misuse:
        read(tmp_path, wrong, "keptn")
    assert "hush" not in str(misuse.value)


@pytest.mark.parametrize(
    "wrong",
    [
        "client_id: id", "client_id: id, client_secret: s, public_key: p, private_key: q", "public_key: p",
        "client_id: i, client_secret: s, private_key: q", "client_id: i, client_secret: s, url: ftp://x", "odd: 1",
    ],
)  # fmt: skip
def test_what_cannot_work_is_refused_at_start(tmp_path: Path, wrong: str) -> None:
    with pytest.raises(Misuse, match="write_back"):
        read(tmp_path, wrong)
