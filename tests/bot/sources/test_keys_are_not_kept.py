"""A routing key that proved its sender is not kept with the body, however it is written."""

import json

import pytest

from bot.domain.source import id_of
from bot.sources.reading import glanced
from bot.sources.verify import without_key

KEY = "0123456789abcdef0123456789abcdef"
ESCAPED = KEY.replace("a", "\\u0061")
DEEP = f'{{"routing_key": "{KEY}", "routing_key": "{KEY}", "x": "\\u0000", "y": {"[" * 900}{"]" * 900}}}'
WRITTEN = {
    "plainly": f'{{"routing_key": "{KEY}", "n": 1}}',
    "with escapes": f'{{"routing_key": "{ESCAPED}", "n": 1}}',
    "twice": f'{{"routing_key": "{KEY}", "n": 1, "routing_k\\u0065y": "{KEY}"}}',
    "under a name with a NUL": f'{{"routing_key\\u0000": "{KEY}", "n": 1}}',
    "in the details too": f'{{"routing_key": "{KEY}", "n": 1, "payload": {{"routing_key": "{ESCAPED}"}}}}',
    "nested deeply": DEEP,
    "after a mark of order": f'\ufeff{{"routing_key": "{KEY}", "n": 1}}',
}


@pytest.mark.parametrize("body", WRITTEN.values(), ids=WRITTEN)
def test_it_is_replaced_by_its_name(body: str) -> None:
    kept = without_key(body.encode())
    assert KEY not in kept.decode()
    told = glanced(kept)
    assert KEY not in json.dumps(told)
    assert told["routing_key"] == id_of(KEY)
    assert told.get("n", 1) == 1


def test_a_body_without_one_is_kept_as_it_came() -> None:
    assert without_key(b'{"n":  1}') == b'{"n":  1}'
    assert without_key(b"no JSON") == b"no JSON"
