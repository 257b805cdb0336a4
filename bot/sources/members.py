"""One member of a mapping, as the operator wrote it: a text, a table, a fixed value, or several of these."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from bot.domain.errors import Misuse
from bot.sources.adapter import Unmapped
from bot.sources.formula import Expression, Text, Variables
from bot.sources.wording import written

TABLE = {"from", "values", "default"}


class Member(Protocol):
    """`paths`: what of the request it speaks of."""

    @property
    def paths(self) -> tuple[str, ...]: ...

    def of(self, variables: Variables) -> Any:
        """Unmapped, naming the place."""


@dataclass(frozen=True)
class Fixed:
    value: Any
    paths: tuple[str, ...] = ()

    def of(self, variables: Variables) -> Any:
        return self.value


@dataclass(frozen=True)
class Table:
    """`values` None: the value itself. `default` stands for what is not there, null, or not among the values."""

    place: str
    told: Expression
    values: Mapping[str, Any] | None
    default: Any
    has_default: bool

    @property
    def paths(self) -> tuple[str, ...]:
        return self.told.paths

    def of(self, variables: Variables) -> Any:
        if not self.has_default:
            return self._looked_up(self.told.of(variables))
        found = self.told.or_nothing(variables)
        return self.default if found is None else self._looked_up(found)

    def _looked_up(self, found: Any) -> Any:
        if self.values is None:
            return found
        name = written(found)
        if name in self.values:
            return self.values[name]
        if self.has_default:
            return self.default
        raise Unmapped(f"{self.place}: {name[:100]!r} is not among its values, and there is no default")


@dataclass(frozen=True)
class Several:
    """An object or a list of members."""

    parts: Mapping[Any, Member]
    is_list: bool

    @property
    def paths(self) -> tuple[str, ...]:
        return tuple(path for part in self.parts.values() for path in part.paths)

    def of(self, variables: Variables) -> Any:
        made = {name: part.of(variables) for name, part in self.parts.items()}
        return list(made.values()) if self.is_list else made


def member(told: Any, place: str, names: frozenset[str]) -> Member:
    """Misuse when it makes no sense."""
    if isinstance(told, str):
        return Text(told, place, names) if "{{" in told or "{%" in told or "{#" in told else Fixed(told.strip())
    if isinstance(told, Mapping) and "from" in told:
        return _table(told, place, names)
    if isinstance(told, Mapping):
        return Several(_parts(told.items(), place, names), is_list=False)
    if isinstance(told, list | tuple):
        return Several(_parts(enumerate(told), place, names), is_list=True)
    return Fixed(told if told is None or isinstance(told, bool | int | float) else str(told))


def _parts(told: Iterable[tuple[Any, Any]], place: str, names: frozenset[str]) -> dict[Any, Member]:
    return {
        name if isinstance(name, int) else str(name): member(
            one, f"{place}[{name}]" if isinstance(name, int) else f"{place}.{name}", names
        )
        for name, one in told
    }


def _table(told: Mapping[str, Any], place: str, names: frozenset[str]) -> Table:
    if strange := sorted(str(name) for name in told if name not in TABLE):
        raise Misuse(f"{place}: there is no {', '.join(strange)} beside `from`; there are values and default")
    values = told.get("values")
    if values is not None and not isinstance(values, Mapping):
        raise Misuse(f"{place}.values: must give for each value what it means, such as `failed: trigger`")
    return Table(
        place, expression(told["from"], f"{place}.from", names),
        None if values is None else {_name(name): value for name, value in values.items()}, told.get("default"),
        "default" in told,
    )  # fmt: skip


def expression(told: Any, place: str, names: frozenset[str]) -> Expression:
    if not isinstance(told, str):
        raise Misuse(f"{place}: must be an expression, such as body.state")
    return Expression(told, place, names)


def _name(value: Any) -> str:
    """As the request's own value will be written; YAML reads `yes` and `on` as flags."""
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
