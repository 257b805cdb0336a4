"""What a mapping may be written with: an allow-list of Jinja's syntax, and the operators put so that they count."""

from collections.abc import Iterator
from typing import Any

from jinja2 import Environment, nodes
from jinja2.exceptions import TemplateSyntaxError

from bot.sources.operators import COMPARED, EACH, JOINED, SLICED

DEEPEST = 50
MOST_NODES = 3_000
ALLOWED: tuple[type[nodes.Node], ...] = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.If, nodes.For, nodes.Name, nodes.Const, nodes.Tuple,
    nodes.List, nodes.Dict, nodes.Pair, nodes.Getattr, nodes.Getitem, nodes.Slice, nodes.Filter, nodes.Test,
    nodes.Call, nodes.Keyword, nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not, nodes.CondExpr,
    nodes.Concat, nodes.Add, nodes.Sub, nodes.Mul, nodes.Div, nodes.FloorDiv, nodes.Mod, nodes.Neg, nodes.Pos,
)  # fmt: skip
METHODS = frozenset({
    "capitalize", "casefold", "count", "endswith", "find", "get", "index", "isalnum", "isalpha", "isdigit", "islower",
    "isnumeric", "isspace", "isupper", "items", "keys", "lower", "lstrip", "partition", "removeprefix",
    "removesuffix", "rfind", "rindex", "rpartition", "rsplit", "rstrip", "split", "splitlines", "startswith", "strip",
    "swapcase", "title", "upper", "values",
})  # fmt: skip
"""Of texts and objects, that can be called."""
INSIDE = "(inside a loop)"


def vetted(tree: nodes.Template, names: frozenset[str], environment: Environment) -> nodes.Template:
    """`tree` in a form that is safe to run. `names`: what it may speak of. TemplateSyntaxError names line and word."""
    for count, (node, depth, known) in enumerate(_all(tree, names)):
        _check(node, known, environment)
        if depth > DEEPEST or count > MOST_NODES:
            raise TemplateSyntaxError("this is nested too deeply, or too long", node.lineno or 1)
    made: nodes.Template = _put(tree)
    made.set_environment(environment)
    return made


def paths(tree: nodes.Node) -> Iterator[str]:
    """Whatever is spoken of, as it is written: body.labels.host, body.results[0]."""
    for node in (tree, *tree.find_all((nodes.Name, nodes.Getattr, nodes.Getitem))):
        if found := _path(node):
            yield found


def _path(node: nodes.Node) -> str:
    if isinstance(node, nodes.Name):
        return node.name
    if isinstance(node, nodes.Getattr):
        before = _path(node.node)
        return f"{before}.{node.attr}" if before else ""
    if isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const):
        before, name = _path(node.node), node.arg.value
        is_plain = isinstance(name, str) and name.isidentifier()
        return f"{before}.{name}" if before and is_plain else f"{before}[{name!r}]" if before else ""
    return ""


def _all(tree: nodes.Node, names: frozenset[str]) -> Iterator[tuple[nodes.Node, int, frozenset[str]]]:
    """Each node, how deep it lies, and the names that are known there."""
    waiting = [(tree, 0, names)]
    while waiting:
        node, depth, known = waiting.pop()
        yield node, depth, known
        if isinstance(node, nodes.For):
            inner = known | {one.name for one in node.target.find_all(nodes.Name)} | {"loop", INSIDE}
            inner |= {node.target.name} if isinstance(node.target, nodes.Name) else set()
            waiting.append((node.iter, depth + 1, known))
            waiting += [(one, depth + 1, inner) for one in (node.target, *node.body, *node.else_)]
            waiting += [(node.test, depth + 1, inner)] if node.test else []
        else:
            waiting += [(one, depth + 1, known) for one in node.iter_child_nodes()]


def _check(node: nodes.Node, known: frozenset[str], environment: Environment) -> None:
    complaint = _complaint(node, known, environment)
    if complaint:
        raise TemplateSyntaxError(complaint, node.lineno or 1)


def _complaint(node: nodes.Node, known: frozenset[str], environment: Environment) -> str:
    if not isinstance(node, ALLOWED) or type(node) not in ALLOWED:
        return f"a mapping cannot use {type(node).__name__.lower()}"
    if isinstance(node, nodes.Name) and node.name not in known:
        there = ", ".join(sorted(name for name in known if name != INSIDE))
        return f"there is no {node.name!r}; there are {there}"
    if isinstance(node, nodes.For) and (node.recursive or INSIDE in known):
        return "a loop cannot stand in a loop, nor call itself"
    if isinstance(node, nodes.Filter) and (node.node is None or node.name not in environment.filters):
        return f"there is no filter {node.name!r}"
    if isinstance(node, nodes.Test) and node.name not in environment.tests:
        return f"there is no test {node.name!r}"
    return _complaint_of_call(node)


def _complaint_of_call(node: nodes.Node) -> str:
    if isinstance(node, nodes.Filter | nodes.Test | nodes.Call) and (node.dyn_args or node.dyn_kwargs):
        return "* and ** cannot stand in brackets"
    if not isinstance(node, nodes.Call):
        return ""
    if not isinstance(node.node, nodes.Getattr):
        return "only methods of texts and objects can be called"
    return "" if node.node.attr in METHODS else f"{node.node.attr} is no method that can be called"


def _put(node: Any) -> Any:
    """The same, with what Jinja would do by itself done by functions of ours."""
    for name, value in list(node.iter_fields()):
        if isinstance(value, nodes.Node):
            setattr(node, name, _put(value))
        elif isinstance(value, list):
            setattr(node, name, [_put(one) if isinstance(one, nodes.Node) else one for one in value])
    if isinstance(node, nodes.For):
        node.iter = _filter(node.iter, EACH)
    elif isinstance(node, nodes.Compare):
        pairs = [(nodes.Const(one.op, lineno=node.lineno), one.expr) for one in node.ops]
        return _filter(node.expr, COMPARED, *(part for pair in pairs for part in pair))
    elif isinstance(node, nodes.Concat):
        return _filter(node.nodes[0], JOINED, *node.nodes[1:])
    elif isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Slice):
        ends = (node.arg.start, node.arg.stop, node.arg.step)
        return _filter(node.node, SLICED, *(one or nodes.Const(None, lineno=node.lineno) for one in ends))
    return node


def _filter(value: nodes.Node, name: str, *arguments: nodes.Node) -> nodes.Filter:
    return nodes.Filter(value, name, list(arguments), [], None, None, lineno=value.lineno)
