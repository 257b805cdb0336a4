"""What every test may ask for."""

from pathlib import Path

import pytest

pytest_plugins = ["tests.databases"]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def _its_own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where whatever keeps a file in the folder it is started in keeps it."""
    monkeypatch.chdir(tmp_path)
