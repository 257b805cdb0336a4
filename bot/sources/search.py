"""Regular expressions whose time grows with the length of the text alone: all ways to match are followed side by side,
never one after another. What cannot be done so, looking around and back references, is not known.

The way is Thompson's, as told in https://swtch.com/~rsc/regexp/regexp2.html.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from bot.sources.pattern import Alternatives, Atom, Edge, Group, Node, Repeat, Row, parsed
from bot.sources.work import spend

LONGEST_TEXT = 2_000  # characters of the text that are looked at
LARGEST = 500  # instructions
EDGES: dict[str, Callable[[str, int], bool]] = {
    "^": lambda text, at: at == 0,
    "$": lambda text, at: at == len(text) or (at == len(text) - 1 and text[at] == "\n"),
    "b": lambda text, at: _is_edge(text, at),
    "B": lambda text, at: not _is_edge(text, at),
}
Saved = tuple[int | None, ...]
Accepts = Callable[[str], object]


@dataclass
class Step:
    """One instruction. `accepts` reads a character; `holds` looks at the place; `saves` keeps it; else `ways` lead on,
    the first is preferred; without any it is the end."""

    accepts: Accepts | None = None
    holds: str = ""
    saves: int | None = None
    ways: tuple[int, ...] = ()

    @property
    def is_end(self) -> bool:
        return self.accepts is None and self.saves is None and not self.holds and not self.ways


@dataclass(frozen=True)
class Program:
    steps: Sequence[Step]
    names: dict[str, int]
    groups: int

    def search(self, text: str) -> list[str | None] | None:
        """The first match and its groups; None: there is none."""
        text = text[:LONGEST_TEXT]
        found = self._found(text)
        if found is None:
            return None
        pairs = zip(found[::2], found[1::2], strict=True)
        return [None if start is None or end is None else text[start:end] for start, end in pairs]

    def _found(self, text: str) -> Saved | None:
        found: Saved | None = None
        threads: dict[int, Saved] = {}
        for at in range(len(text) + 1):
            if found is None:
                self._follow(threads, 0, (None,) * (2 * self.groups + 2), text, at)
            spend(1 + 2 * len(threads))
            following: dict[int, Saved] = {}
            for place, saved in threads.items():
                step = self.steps[place]
                if step.is_end:
                    found = saved
                    break
                if step.accepts and at < len(text) and step.accepts(text[at]):
                    self._follow(following, place + 1, saved, text, at + 1)
            threads = following
            if not threads and found is not None:
                break
        return found

    def _follow(self, threads: dict[int, Saved], start: int, saved: Saved, text: str, at: int) -> None:
        """Add all places that can be reached from `start` without reading, those preferred first."""
        waiting = [(start, saved)]
        while waiting:
            place, kept = waiting.pop()
            if place in threads:
                continue
            spend(2)
            step, threads[place] = self.steps[place], kept
            if step.saves is not None:
                kept = (*kept[: step.saves], at, *kept[step.saves + 1 :])
                waiting.append((place + 1, kept))
            elif step.holds:
                if EDGES[step.holds](text, at):
                    waiting.append((place + 1, kept))
            else:
                waiting += [(way, kept) for way in reversed(step.ways)]


@lru_cache(maxsize=256)
def compiled(pattern: str) -> Program:
    """ValueError for what is no pattern, or one of more than a few hundred steps."""
    tree, names, groups, flags = parsed(pattern)
    steps: list[Step] = []
    _emit(steps, Group(tree, 0), flags)
    steps.append(Step())
    return Program(steps, names, groups)


def _emit(steps: list[Step], node: Node, flags: int) -> None:
    if len(steps) > LARGEST:
        raise ValueError("the pattern is too large")
    if isinstance(node, Atom):
        steps.append(Step(accepts=re.compile(node.text, flags).fullmatch))
    elif isinstance(node, Edge):
        steps.append(Step(holds=node.kind))
    elif isinstance(node, Group):
        steps.append(Step(saves=2 * node.number))
        _emit(steps, node.inner, flags)
        steps.append(Step(saves=2 * node.number + 1))
    elif isinstance(node, Row):
        for one in node.parts:
            _emit(steps, one, flags)
    elif isinstance(node, Alternatives):
        _emit_alternatives(steps, node, flags)
    elif isinstance(node, Repeat):
        _emit_repeat(steps, node, flags)


def _emit_alternatives(steps: list[Step], node: Alternatives, flags: int) -> None:
    jumps = []
    for one in node.ways[:-1]:
        steps.append(fork := Step())
        start = len(steps)
        _emit(steps, one, flags)
        steps.append(jump := Step())
        jumps.append(jump)
        fork.ways = (start, len(steps))
    _emit(steps, node.ways[-1], flags)
    for jump in jumps:
        jump.ways = (len(steps),)


def _emit_repeat(steps: list[Step], node: Repeat, flags: int) -> None:
    for _ in range(node.least):
        _emit(steps, node.inner, flags)
    forks = []
    for _ in range(1 if node.most is None else node.most - node.least):
        steps.append(fork := Step())
        start = len(steps)
        _emit(steps, node.inner, flags)
        if node.most is None:
            steps.append(Step(ways=(start - 1,)))
        forks.append((fork, start))
    for fork, start in forks:
        fork.ways = (start, len(steps)) if node.is_greedy else (len(steps), start)


def _is_edge(text: str, at: int) -> bool:
    before, after = at > 0 and _is_word(text[at - 1]), at < len(text) and _is_word(text[at])
    return before != after


def _is_word(character: str) -> bool:
    return character.isalnum() or character == "_"
