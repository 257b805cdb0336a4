"""The shape of a regular expression: what is read of it, without what it would mean to match it."""

import re
from dataclasses import dataclass

LONGEST = 200  # characters
MOST_TIMES = 100  # in {m,n}
CLASSES = frozenset("dDwWsS")
CONTROLS = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\v"}
EDGES = {"b": "b", "B": "B", "A": "^", "Z": "$"}
COUNTED = re.compile(r"\{(?:(\d{1,3})|(\d{0,3}),(\d{0,3}))\}")
NAMED = re.compile(r"\?P<([A-Za-z_]\w*)>")


@dataclass(frozen=True)
class Atom:
    """One character that `text`, itself a pattern, matches."""

    text: str


@dataclass(frozen=True)
class Edge:
    """A place between characters: ^ $ b B."""

    kind: str


@dataclass(frozen=True)
class Row:
    parts: "tuple[Node, ...]"


@dataclass(frozen=True)
class Alternatives:
    ways: "tuple[Node, ...]"


@dataclass(frozen=True)
class Group:
    inner: "Node"
    number: int


@dataclass(frozen=True)
class Repeat:
    """`most` None: without end."""

    inner: "Node"
    least: int
    most: int | None
    is_greedy: bool


Node = Atom | Edge | Row | Alternatives | Group | Repeat


def parsed(pattern: str) -> tuple[Node, dict[str, int], int, int]:
    """The tree, the numbers of named groups, how many groups there are, and the flags. ValueError: no pattern."""
    if len(pattern) > LONGEST:
        raise ValueError(f"a pattern can have {LONGEST} characters")
    flags = re.IGNORECASE if pattern.startswith("(?i)") else 0
    reader = _Reader(pattern[4:] if flags else pattern)
    tree = reader.alternatives()
    if reader.rest:
        raise ValueError("a ) closes nothing")
    return tree, reader.names, reader.groups, flags


class _Reader:
    def __init__(self, pattern: str) -> None:
        self.rest = pattern
        self.names: dict[str, int] = {}
        self.groups = 0

    def alternatives(self) -> Node:
        ways = [self._row()]
        while self._has("|"):
            ways.append(self._row())
        return Alternatives(tuple(ways)) if len(ways) > 1 else ways[0]

    def _row(self) -> Node:
        parts = []
        while self.rest and self.rest[0] not in "|)":
            parts.append(self._repeated(self._one()))
        return Row(tuple(parts))

    def _repeated(self, node: Node) -> Node:
        times = self._times()
        if times is None:
            return node
        least, most = times
        if max(least, most or 0) > MOST_TIMES or (most is not None and most < least):
            raise ValueError(f"something can be repeated {MOST_TIMES} times, or without end by * and +")
        repeat = Repeat(node, least, most, not self._has("?"))
        if self.rest[:1] in {"*", "+", "?"}:
            raise ValueError("there is nothing to repeat")
        return repeat

    def _times(self) -> tuple[int, int | None] | None:
        for sign, times in (("*", (0, None)), ("+", (1, None)), ("?", (0, 1))):
            if self._has(sign):
                return times
        counted = COUNTED.match(self.rest)
        if counted is None:
            return None
        self.rest = self.rest[counted.end() :]
        if counted[1]:
            return int(counted[1]), int(counted[1])
        return int(counted[2] or 0), int(counted[3]) if counted[3] else None

    def _one(self) -> Node:
        first, self.rest = self.rest[0], self.rest[1:]
        if first == "(":
            return self._group()
        if first == "[":
            return Atom(self._class())
        if first == "\\":
            return self._escaped()
        if first in "^$":
            return Edge(first)
        if first in "*+?":
            raise ValueError("there is nothing to repeat")
        return Atom("." if first == "." else re.escape(first))

    def _group(self) -> Node:
        number: int | None = None
        if not self._has("?:"):
            number = self.groups = self.groups + 1
            if named := NAMED.match(self.rest):
                self.names[named[1]] = number
                self.rest = self.rest[named.end() :]
            elif self.rest.startswith("?"):
                raise ValueError("of groups only ( ), (?: ) and (?P<name> ) are known")
        inner = self.alternatives()
        if not self._has(")"):
            raise ValueError("a ( is not closed")
        return inner if number is None else Group(inner, number)

    def _escaped(self) -> Node:
        letter = self._letter()
        if letter in EDGES:
            return Edge(EDGES[letter])
        return Atom(_meant(letter))

    def _class(self) -> str:
        """Written anew, so that nothing in it means more than it seems to."""
        negated, parts = self._has("^"), [self._member()]
        while not self._has("]"):
            if self.rest.startswith("-") and self.rest[1:2] not in {"]", ""}:
                self.rest = self.rest[1:]
                parts.append(f"{parts.pop()}-{self._member()}")
            else:
                parts.append(self._member())
        made = f"[{'^' if negated else ''}{''.join(parts)}]"
        try:
            re.compile(made)
        except re.error as error:
            raise ValueError(str(error)) from error
        return made

    def _member(self) -> str:
        if not self.rest:
            raise ValueError("a [ is not closed")
        if self._has("\\"):
            return _meant(self._letter())
        first, self.rest = self.rest[0], self.rest[1:]
        return re.escape(first)

    def _letter(self) -> str:
        if not self.rest:
            raise ValueError("a \\ stands at the end")
        letter, self.rest = self.rest[0], self.rest[1:]
        return letter

    def _has(self, sign: str) -> bool:
        if not self.rest.startswith(sign):
            return False
        self.rest = self.rest[len(sign) :]
        return True


def _meant(letter: str) -> str:
    if letter in CLASSES:
        return "\\" + letter
    if letter in CONTROLS:
        return re.escape(CONTROLS[letter])
    if letter.isalnum():
        raise ValueError(f"\\{letter} is not known")
    return re.escape(letter)
