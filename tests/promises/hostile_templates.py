"""A hostile mapping, fed with a hostile body, neither hangs nor fills the memory, nor reaches anything of Python's.

`python -m tests.promises.hostile_templates --full` renders 10,000 generated templates; the small tier 300. Each has the
time of `SLOWEST` and the work that a request may cost, and gives at most 20,000 characters of what was sent.
"""

import gc
import json
import re
import resource
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from bot.domain.errors import Misuse
from bot.sources.adapter import Unmapped
from bot.sources.filters import FILTERS
from bot.sources.formula import Expression, Text
from bot.sources.mapping import NAMES
from bot.sources.syntax import METHODS
from bot.sources.wording import LONGEST
from bot.sources.work import limited

SMALL, FULL, SHARDS = 300, 10_000, 50
SLOWEST = 2.0  # seconds of this process's own time; what is refused for its work takes a quarter of one
MOST_MEMORY = 400  # MB more than before, over all of a shard
KINDS = {str, int, float, bool, type(None), list, tuple, dict, type("".upper)}  # a method can only be called
PYTHONS = re.compile(r"<(?:class|function|module|built-in|bound|method|bot\.|jinja2|generator|Context|LoopContext)")

BODY = json.loads(json.dumps({
    "text": "a" * 100_000, "spaces": "a " * 50_000, "percent": "%999999999d", "braces": "{0.__class__}{0:>999999999}",
    "number": 10**18, "large": 10**4000, "minus": -1, "part": 0.1, "null": None, "flag": True, "items": "a member",
    "__class__": "a member", "list": ["a" * 100] * 5_000, "pairs": [["b", "c" * 50]] * 2_000, "word": "aab",
    "rows": [{"a": n, "b": "x" * 50, "c": {"d": [n]}} for n in range(2_000)], "lone": "\ud800", "line": "a\nb\r\0",
    "deep": json.loads("[" * 300 + "]" * 300), "json": json.dumps([["q"] * 50] * 200),
}))  # fmt: skip
VARIABLES = {
    "body": BODY, "request": BODY, "item": BODY["rows"][0], "headers": {"x": "y" * 2_000},
    "received_at": "2026-01-01T00:00:00Z",
}  # fmt: skip
KNOWN = (
    "{{ 'a' * 10**8 }}", "{{ 'a' * 100000000 }}", "{{ [0] * 100000000 }}", "{{ 10**10**10 }}",
    "{{ body.number * body.number * body.number }}", "{{ body.large * body.large }}",
    "{% for a in range(10000) %}{% for b in range(10000) %}x{% endfor %}{% endfor %}",
    "{% for a in body.list %}{% for b in body.list %}x{% endfor %}{% endfor %}",
    "{% for a in body.text %}{% if body.text == body.text ~ a %}x{% endif %}{% endfor %}",
    "{% for a in body.list if body.text in body.text %}{{ a }}{% endfor %}",
    "{% for a in body.text recursive %}{{ loop(body.text) }}{% endfor %}",
    "{{ '%999999999d' | format(1) }}", "{{ '%999999999d' % 1 }}", "{{ body.percent % 1 }}",
    "{{ '{:>999999999}'.format(1) }}", "{{ body.braces.format(body) }}", "{{ body.braces.format_map(body) }}",
    *(f"{{{{ 'a'.{name}(500000000) }}}}" for name in ("center", "ljust", "rjust", "zfill", "expandtabs")),
    *(f"{{{{ body.text | {name} }}}}" for name in ("center(500000000)", "indent(500000000)", "wordwrap(1)", "xmlattr")),
    *(f"{{{{ body.list | {name} }}}}" for name in ("batch(1)", "slice(500000000)", "pprint",
    "tojson(indent=99999999)")),
    "{{ body.text" + " | replace('a', 'aaaaaaaaaa')" * 7 + " }}", "{{ body.text.replace('a', 'aaaaaaaaaa') }}",
    "{{ body.text.join(body.list) }}", "{{ body.list | join(body.text) }}",
    "{{ body.list | join('" + "x" * 1999 + "') }}",
    "{% set a = 'aa' %}" + "{% set a = a ~ a %}" * 40 + "{{ a }}", "{{ " + " ~ ".join(["body.text"] * 400) + " }}",
    "{{ [" + ", ".join(["body.list"] * 400) + "] }}", "{{ [" + ", ".join(["body.rows"] * 400) + "] | sort }}",
    "{{ [" + ", ".join(["body.text"] * 300) + "] == [" + ", ".join(["body.spaces"] * 100) + "] }}",
    "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "{% include 'a' %}", "{% import 'os' as os %}",
    "{% extends 'a' %}",
    "{% block a %}{{ self.a() }}{% endblock %}", "{% filter upper %}a{% endfilter %}", "{% call a() %}{% endcall %}",
    "{% with a = 1 %}{{ a }}{% endwith %}", "{% do 1 %}", "{% autoescape true %}{% endautoescape %}", "{% debug %}",
    "{{ lipsum(100000) }}", "{{ cycler }}", "{{ joiner }}", "{{ namespace }}", "{{ dict() }}", "{{ self }}",
    "{{ caller }}",
    "{{ ''.__class__.__mro__[1].__subclasses__() }}", "{{ body.__class__ }}", "{{ body.get.__self__ }}",
    "{{ body.get }}",
    "{{ body['__class__']['__mro__'] }}", "{{ body | attr('__class__') }}", "{{ ().__class__.__bases__ }}",
    "{{ body.text.__init__.__globals__ }}", "{{ (body.word ~ '').encode() }}", "{{ body.rows | map('upper') | list }}",
    "{{ body.rows | map(attribute='__class__') | join }}", "{{ body.update({'a': 1}) }}", "{{ body.list.append(1) }}",
    "{{ body.list.clear() }}", "{{ body.pop('text') }}", "{{ body.text.split('a').__len__() }}", "{{ loop }}",
    "{% for a in body.list %}{{ loop.cycle('a') }}{{ loop.changed(1) }}{{ loop.__class__ }}{% endfor %}",
    "{{ body.text.strip(body.text) }}", "{{ body.text | regex_search('(a+)+$') }}",
    "{{ body.text | regex_search('(a|a)*b') }}",
    "{{ body.text | regex_search('(.*)*(.*)*(.*)*x') }}",
    "{{ body.text | regex_search('((a{0,100}){0,100}){0,100}b') }}",
    "{{ body.text | regex_search(body.text) }}", "{{ body.word | regex_search('(?=a)') }}", "{{ '(' * 9 }}",
    "{{ body.number | num(999999999) }}", "{{ 1.5 | round(999999999, 'ceil') }}", "{{ body.part | num(-1) }}",
    "{{ body.received | dt }}", "{{ 1 | dt('%99999999Y') }}", "{{ body.number | dt }}",
    "{{ body.large | float | num }}",
    "{{ " + "(" * 1000 + "1" + ")" * 1000 + " }}", "{{ " + "not " * 900 + "1 }}", "{{ " + "-" * 3900 + "1 }}",
    "{{ body" + ".a" * 1900 + " }}", "{{ body" + "|upper" * 600 + " }}", "{{ " + "1 if 1 else " * 300 + "1 }}",
    "{% if 1 %}" * 150 + "{% endif %}" * 150, "{{ body.deep }}", "{{ body.deep == body.deep }}", "{{ body.lone }}",
    "{{ body.json" + " | from_json | tojson" * 150 + " }}", "{{ body.spaces" + ".split() | join" * 100 + " }}",
    "{% for a in body.spaces.split() %}{% for b in a %}{% endfor %}{% endfor %}", "{{ " + "body.rows, " * 300 + " }}",
    "{% for a in body.text %}" + "{{ body.rows | sort(attribute='a') }}" * 50 + "{% endfor %}", "a" * 5_000,
    "{% for a in body.text %}{% endfor %}" * 100, "{% for body in body.list %}{{ body }}{% endfor %}",
    "{{ body.rows | map('c.d') | unique | sort | reverse | join(',') }}", "{# " * 1000, "{% raw %}" * 400,
)  # fmt: skip

MEMBERS = st.sampled_from([f"body.{name}" for name in BODY if not name.startswith("_")] + ["body", "item.b",
    "headers.x", "loop"])
CONSTANTS = st.sampled_from(["1", "0", "-1", "99999999", "1e300", "'a'", "''", "'%s'", "none", "true", "[]", "['a']",
    "{}"])
PATTERNS = st.text(st.sampled_from("a(b|)*+?[]{2,9}^$.\\wd-"), max_size=25).map(lambda text: json.dumps(text))
ARGUMENTS = st.one_of(MEMBERS, CONSTANTS, PATTERNS)


def _larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    several = st.lists(st.one_of(inner, ARGUMENTS), max_size=2).map(", ".join)
    return st.one_of(
        st.builds("{}|{}({})".format, inner, st.sampled_from(sorted(FILTERS)), several),
        st.builds("{}.{}({})".format, inner, st.sampled_from(sorted(METHODS)), several),
        st.builds("({} {} {})".format, inner, st.sampled_from(
            ["+", "-", "*", "/", "//", "%", "~", "==", "!=", "<", "<=", "in", "not in", "and", "or", "**"]), inner),
        st.builds("{}[{}:{}]".format, inner, CONSTANTS, CONSTANTS), st.builds("{}[{}]".format, inner, ARGUMENTS),
        st.builds("({} if {} else {})".format, inner, inner, inner), st.builds("[{}, {}]".format, inner, inner),
        st.builds("{}.{}".format, inner,
        st.sampled_from(["a", "__class__", "__init__", "items", "format", "_x", "mro"])),
        st.builds("({} is {})".format, inner, st.sampled_from(["defined", "none", "string", "sequence", "callable"])),
    )  # fmt: skip


EXPRESSIONS = st.recursive(st.one_of(MEMBERS, CONSTANTS), _larger, max_leaves=12)
PRINTED = EXPRESSIONS.map("{{{{ {} }}}}".format)
BLOCKS = st.one_of(
    PRINTED, st.builds("{{% if {} %}}{}{{% else %}}x{{% endif %}}".format, EXPRESSIONS, PRINTED),
    st.builds("{{% for loop_{} in {} %}}{}{{% endfor %}}".format, st.just("x"), EXPRESSIONS, PRINTED),
    st.builds("{{% for a, b in {} if {} %}}{}{{{{ loop.index }}}}{{% endfor %}}".format, EXPRESSIONS, EXPRESSIONS,
    PRINTED),
    st.builds("{{% {} %}}".format, st.text(st.sampled_from("abset=m{}% ()'include"), max_size=20)),
    st.text(st.sampled_from("{}%#-'\"()[]|. abody\n"), max_size=40),
)  # fmt: skip
TEMPLATES = st.lists(BLOCKS, min_size=1, max_size=4).map("".join)


@dataclass
class Tally:
    rendered: int = 0
    refused: int = 0  # when it is read
    unmapped: int = 0  # when it runs
    slowest: float = 0.0


def render(source: str, tally: Tally) -> str:
    """What is wrong with how it went, if anything."""
    began = time.process_time()
    made = _made(source, tally)
    took = time.process_time() - began
    tally.slowest = max(tally.slowest, took)
    if took > SLOWEST:
        return f"{took:.1f} s: {source[:300]!r}"
    if len(made) > LONGEST or PYTHONS.search(made):
        return f"gives {made[:200]!r}: {source[:300]!r}"
    return ""


def _made(source: str, tally: Tally) -> str:
    made = ""
    try:
        with limited():
            made = Text(source, "map.summary", NAMES).of(dict(VARIABLES))
        tally.rendered += 1
    except Misuse:
        tally.refused += 1
    except Unmapped:
        tally.unmapped += 1
    return made


def evaluate(source: str) -> str:
    """As `when`, `from` or `each`; whatever comes out of it is of JSON's kinds."""
    began = time.process_time()
    try:
        with limited():
            found = Expression(source, "when", NAMES).of(dict(VARIABLES))
    except (Misuse, Unmapped):
        found = None
    took = time.process_time() - began
    kind = type(found)
    return "" if kind in KINDS and took <= SLOWEST else f"{took:.1f} s, {kind}: {source[:300]!r}"


def tried(shard: int, count: int) -> tuple[list[str], Tally, float]:
    """What is wrong with `count` templates of this shard, and how many MB more the process has needed."""
    wrong: list[str] = []
    tally, before = Tally(), _memory()

    @seed(shard)
    @settings(max_examples=count, deadline=None, database=None, phases=[Phase.generate],
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(template=TEMPLATES, expression=EXPRESSIONS)
    def one(template: str, expression: str) -> None:
        wrong.extend(problem for problem in (render(template, tally), evaluate(expression)) if problem)

    one()
    gc.collect()
    return wrong, tally, _memory() - before


def known() -> Iterator[str]:
    """What is wrong with those of which it is known that they hang or fill the stock sandbox."""
    tally = Tally()
    intact = json.dumps(VARIABLES)
    for source in KNOWN:
        if problem := render(source, tally):
            yield problem
    if json.dumps(VARIABLES) != intact:
        yield "what was sent has been changed"


def figure(count: int, *, workers: int) -> list[str]:
    each = max(1, count // SHARDS)
    wrong = list(known())
    tallies, memory = [], 0.0
    with ProcessPoolExecutor(workers) as pool:
        for some, tally, grown in pool.map(tried, range(SHARDS), [each] * SHARDS):
            wrong += some
            tallies.append(tally)
            memory = max(memory, grown)
    if memory > MOST_MEMORY:
        wrong.append(f"{memory:.0f} MB more memory")
    told = {name: sum(getattr(tally, name) for tally in tallies) for name in ("rendered", "refused", "unmapped")}
    print(f"hostile templates: {len(KNOWN)} known and {each * SHARDS} generated, {told}; {len(wrong)} hung, filled the"
          f" memory or got out; slowest {max(tally.slowest for tally in tallies):.2f} s,"
          f" at most {memory:.0f} MB more")  # fmt: skip
    return wrong


def _memory() -> float:
    """The most that this process has had, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> int:
    wrong = figure(FULL if "--full" in sys.argv else SMALL, workers=2)
    print("\n".join(wrong[:20]))
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
