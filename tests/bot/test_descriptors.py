"""As many descriptors as whoever started us lets us have."""

import subprocess
import sys

import pytest

ASKED = """
import resource
from bot.entrance.descriptors import allowed
resource.setrlimit(resource.RLIMIT_NOFILE, (100, 200))
print(allowed(), *resource.getrlimit(resource.RLIMIT_NOFILE))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="has no such limit")
def test_the_soft_limit_is_raised_to_the_hard_one() -> None:
    asked = subprocess.run([sys.executable, "-c", ASKED], capture_output=True, check=True, timeout=60)
    assert asked.stdout.split() == [b"200", b"200", b"200"]
