"""Hostile text in every place where foreign text is shown: no live mention or link, nothing over Slack's limits, no
formula in a spreadsheet, no line that passes for another.

`python -m tests.promises.gate_text --full` puts 100,000 strings through every builder; the small tier 200.
"""

import csv
import io
import json
import re
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from bot.console.export import DANGEROUS, FORMATS
from bot.domain.incident import Incident, Status
from bot.simulator.slack.blocks import message_blocks
from bot.simulator.slack.views import definition
from bot.slack.mrkdwn import escape
from bot.slack.views.room import purpose, topic
from storage.connected import storable
from tests.bot.slack.given import entry, hostile_incident
from tests.bot.slack.test_hostile_text import HOSTILE, LONGEST_TEXT, MESSAGES, VIEWS, _is_live, _markup

SMALL, FULL, SHARDS = 200, 100_000, 100
LONGEST_TOPIC, ENTRIES = 250, 3
FORMULAE = st.builds(
    lambda sign, rest: sign + rest, st.sampled_from(["=", "+", "-", "@", "\t", "\r", "\0", "＝", "\n"]), HOSTILE
)
STRINGS = st.one_of(HOSTILE, FORMULAE)
MARKUP = re.compile(r"[<>\[\]`*_#!~]")

Check = Callable[[Incident, str], str]
"""What is wrong with what was built, if anything."""


def messages(incident: Incident, text: str) -> str:
    for name, look in MESSAGES.items():
        message = look(incident, text)
        message_blocks(message.blocks)
        live = [one for one in (message.text, *_markup(message.blocks)) if _is_live(one)]
        if live or not message.text.strip() or len(message.text.encode("utf-16-le")) // 2 > LONGEST_TEXT:
            return f"{name}: {live or message.text!r}"
        json.dumps([message.text, message.blocks], ensure_ascii=False).encode()
    return ""


def views(incident: Incident, text: str) -> str:
    for name, look in VIEWS.items():
        view = look(incident, text)
        definition(view, view["type"])
        if live := [one for one in _markup(view["blocks"]) if _is_live(one)]:
            return f"{name}: {live}"
    return ""


def rooms(incident: Incident, text: str) -> str:
    """As the client sends them."""
    for words in (topic(incident), purpose(incident)):
        sent = escape(words, LONGEST_TOPIC)
        if _is_live(sent) or len(sent.encode("utf-16-le")) // 2 > LONGEST_TOPIC or "\n" in words:
            return f"topic or purpose: {words!r}"
    return ""


def exports(incident: Incident, text: str) -> str:
    """What comes from the ledger has been there, so it is storable."""
    kept = storable(text)
    entries = [entry(seq, kept) for seq in range(1, ENTRIES + 1)]
    made = {name: build(incident, entries) for name, build in FORMATS.items()}
    rows = list(csv.reader(io.StringIO(made["csv"])))
    if len(rows) != ENTRIES + 1 or any(cell.startswith(DANGEROUS) for row in rows for cell in row):
        return f"csv: {rows}"
    if made["text"].count("\n") != ENTRIES + 1 or not made["text"].replace("\n", "").isprintable():
        return f"text: {made['text']!r}"
    table = made["markdown"].splitlines()[6:]
    bare = [re.sub(r"\\.", "", row) for row in table]
    if len(table) != ENTRIES or any(row.count("|") != 5 or MARKUP.search(row) for row in bare):
        return f"markdown: {table}"
    return "" if json.loads(made["json"])["entries"][0]["text"] == kept else f"json: {kept!r}"


CHECKS: tuple[Check, ...] = (messages, views, rooms, exports)


def tried(shard: int, count: int) -> list[str]:
    """What is wrong with `count` strings of this shard; the same shard has the same strings."""
    wrong: list[str] = []

    @seed(shard)
    @settings(max_examples=count, deadline=None, database=None, phases=[Phase.generate],
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(text=STRINGS, number=st.integers(1, 10**6), status=st.sampled_from(list(Status)))
    def one(text: str, number: int, status: Status) -> None:
        incident = hostile_incident(number, text, status)
        wrong.extend(problem for check in CHECKS if (problem := check(incident, text)))

    one()
    return wrong


def figure(count: int, *, workers: int) -> list[str]:
    each = max(1, count // SHARDS)
    shards = range(count // each)
    with ProcessPoolExecutor(workers) as pool:
        wrong = [problem for some in pool.map(tried, shards, [each] * len(shards)) for problem in some]
    builders = len(MESSAGES) + len(VIEWS) + 2 + len(FORMATS)
    print(f"text: {each * len(shards)} strings through {builders} builders: {len(wrong)} live mentions, links,"
          " formulae, broken lines or things over a limit")  # fmt: skip
    return wrong


def main() -> int:
    wrong = figure(FULL if "--full" in sys.argv else SMALL, workers=2)
    print("\n".join(wrong[:20]))
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
