"""What every test may ask for."""

import gc
import os
from pathlib import Path

import hypothesis  # noqa: F401 - it asks who refers to what, which is not told of what is frozen
import pytest

ROOT = Path(__file__).parents[1]
pytest_plugins = ["tests.databases"]


def pytest_xdist_auto_num_workers() -> int:
    """Twice as many as there are cores: most tests wait for somebody more than they compute."""
    return 2 * len(os.sched_getaffinity(0))


def pytest_configure() -> None:
    """To look for garbage as often as Python would took a tenth of the processor's time, most of it in vain."""
    gc.set_threshold(20_000, 50, 100)


def pytest_collection_finish() -> None:
    _tidy_up()


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown() -> None:
    """Between tests: in the middle of one, a full look for garbage stopped everything for up to 3 s, and the doors said
    that the database was silent."""
    if gc.get_count()[1] >= 10:
        _tidy_up()


def pytest_sessionfinish() -> None:
    """So that pytest finds what was never closed."""
    gc.unfreeze()


def _tidy_up() -> None:
    """What is left now stays, and is not looked at again."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(autouse=True)
def _its_own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where whatever keeps a file in the folder it is started in keeps it; `python -m` finds us from there."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
