"""Jinja for mappings that operators write and strangers feed: no globals, no attributes of Python's, nothing undefined
passed over, and no more work than a request may cost."""

import re
from types import BuiltinMethodType
from typing import Any

from jinja2 import nodes, pass_context
from jinja2.exceptions import SecurityError, UndefinedError
from jinja2.parser import Parser
from jinja2.runtime import Context, LoopContext, StrictUndefined, Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.tests import TESTS

from bot.sources.filters import FILTERS
from bot.sources.operators import OPERATORS
from bot.sources.syntax import METHODS, vetted
from bot.sources.wording import cut, written
from bot.sources.work import STEP, spend, weigh

BLOCK = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
ESCAPE = re.compile(r"\\(.)", re.DOTALL)
MEANT = frozenset("\\'\"abfnrtvxNuU01234567\n")
KNOWN_TESTS = (
    "boolean", "defined", "false", "float", "integer", "mapping", "none", "number", "sequence", "string", "true",
    "undefined",
)  # fmt: skip
LOOP = frozenset({"first", "index", "index0", "last", "length", "nextitem", "previtem", "revindex", "revindex0"})
LARGEST_NUMBER = 2**64
LONGEST_ARGUMENT = 200  # characters


class Absent(UndefinedError):
    """The message is the name of what is not there."""


class Missing(StrictUndefined):
    """What is not there: neither are its members, and only `default` and `is defined` may ask."""

    __slots__ = ()

    def __init__(self, hint: str | None = None, obj: Any = None, name: Any = None, exc: Any = None) -> None:
        super().__init__(name=str(name if name is not None else hint), exc=Absent)

    @property
    def _undefined_message(self) -> str:
        return str(self._undefined_name)


class Sandbox(ImmutableSandboxedEnvironment):
    intercepted_binops = frozenset({"+", "-", "*", "/", "//", "%", "**"})
    intercepted_unops = frozenset({"+", "-"})

    def __init__(self) -> None:
        super().__init__(undefined=Missing, optimized=False, cache_size=0, finalize=_finalized)
        self.globals = {}
        self.filters = {**FILTERS, **OPERATORS}
        self.tests = {name: TESTS[name] for name in KNOWN_TESTS}

    def text(self, source: str, names: frozenset[str]) -> nodes.Template:
        """What `source` says between {{ }}, {% %} and in plain; TemplateSyntaxError."""
        return vetted(self._parse(BLOCK.sub(lambda block: _spelt(block[0]), source), None, None), names, self)

    def expression(self, source: str, names: frozenset[str]) -> nodes.Template:
        """One bare expression, whose value will be `result`; TemplateSyntaxError."""
        parser = Parser(self, _spelt(source), state="variable")
        found = parser.parse_expression()
        if not parser.stream.eos:
            parser.fail("something stands behind the expression")
        output = nodes.Output([found], lineno=1)
        tree = vetted(nodes.Template([output], lineno=1), names, self)
        tree.body = [nodes.Assign(nodes.Name("result", "store"), output.nodes[0], lineno=1)]
        tree.set_environment(self)
        return tree

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Members first: `body.items` is what was sent under that name, and a method only where nothing was."""
        spend(STEP)
        if isinstance(obj, Undefined):
            return obj
        if isinstance(obj, dict) and attribute in obj:
            return obj[attribute]
        allowed = METHODS if isinstance(obj, str | dict) else LOOP if isinstance(obj, LoopContext) else ()
        return getattr(obj, attribute, Missing(name=attribute)) if attribute in allowed else Missing(name=attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        spend(STEP)
        if isinstance(obj, Undefined):
            return obj
        if not isinstance(obj, dict | list | tuple | str) or isinstance(argument, Undefined):
            return argument if isinstance(argument, Undefined) else Missing(name=argument)
        try:
            return obj[argument]
        except (LookupError, TypeError):
            return Missing(name=argument)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        spend(STEP)
        if operator == "+" and isinstance(left, str) and isinstance(right, str):
            spend(len(left) + len(right))
            return cut(left + right)
        for one in (left, right):
            _number(one, operator)
        if operator == "**":
            raise SecurityError("** cannot be used in a mapping")
        return self.binop_table[operator](left, right)

    def call_unop(self, context: Context, operator: str, arg: Any) -> Any:
        spend(STEP)
        return self.unop_table[operator](_number(arg, operator))

    def is_safe_callable(self, obj: Any) -> bool:
        return isinstance(obj, BuiltinMethodType) and type(obj.__self__) in {str, dict} and obj.__name__ in METHODS

    def call(__self, __context: Context, __obj: Any, *args: Any, **kwargs: Any) -> Any:  # noqa: N805 - as Jinja has it
        if isinstance(__obj, Undefined):
            str(__obj)
        if not __self.is_safe_callable(__obj):
            raise SecurityError("this cannot be called")
        for one in (*args, *kwargs.values()):
            if isinstance(one, str) and len(one) > LONGEST_ARGUMENT:
                raise SecurityError(f"what stands in brackets can have {LONGEST_ARGUMENT} characters")
            if isinstance(one, Undefined):
                str(one)
        spend(STEP + len(__obj.__self__))
        made = __obj(*args, **kwargs)
        return made if __obj.__name__ == "get" else _counted(made)


def _spelt(code: str) -> str:
    """With each backslash that means nothing to Python written twice, so that '\\d+' is what it seems to be."""
    return ESCAPE.sub(lambda pair: pair[0] if pair[1] in MEANT else "\\" + pair[0], code)


def _counted(made: Any) -> Any:
    """What a method made; views of an object as lists, so that they can be written."""
    if isinstance(made, str | int | float):
        spend(len(made) if isinstance(made, str) else 1)
        return made
    found = list(made)
    if all(isinstance(one, str) for one in found):
        weigh(found)
    else:
        spend(STEP * len(found))
    return found


def _number(value: Any, operator: str) -> Any:
    if isinstance(value, Undefined):
        str(value)
    if not isinstance(value, int | float):
        raise SecurityError(f"{operator} is for numbers")
    if isinstance(value, int) and abs(value) > LARGEST_NUMBER:
        raise SecurityError("the number is too large to count with")
    return value


@pass_context
def _finalized(context: Context, value: Any) -> str:
    """With the context, so that nothing is worked out while the template is read."""
    spend(STEP)
    return written(value)


SANDBOX = Sandbox()
