"""What an operator writes in a mapping, made ready once: texts with {{ }}, and bare expressions."""

from typing import Any

from jinja2 import Template, nodes
from jinja2.exceptions import TemplateError, TemplateSyntaxError
from jinja2.runtime import Context, Undefined

from bot.domain.errors import Misuse
from bot.sources.adapter import Unmapped
from bot.sources.sandbox import SANDBOX, Absent
from bot.sources.syntax import paths
from bot.sources.wording import LONGEST, cut
from bot.sources.work import Exhausted, limited

LONGEST_SOURCE = 4_000  # characters
MOST_SAID = 300  # characters of a complaint
FAULTS = (TemplateError, Exhausted, TypeError, ValueError, LookupError, ArithmeticError, AttributeError, RecursionError)
"""All that can go wrong while a mapping runs; what else is raised is a fault of ours."""
Variables = dict[str, Any]


class Formula:
    """`place` is where it stands, for complaints; `names` are what it may speak of. Misuse when it is wrong."""

    def __init__(self, source: str, place: str, names: frozenset[str]) -> None:
        self.place = place
        if len(source) > LONGEST_SOURCE:
            raise Misuse(f"{place}: is too long; it can have {LONGEST_SOURCE} characters")
        try:
            with limited():
                self._make(source, names)
        except TemplateSyntaxError as error:
            raise Misuse(f"{place}, line {error.lineno}: {error.message}") from error
        except (RecursionError, MemoryError, SyntaxError, *FAULTS) as error:
            raise Misuse(f"{place}: this is nested too deeply, or too long") from error

    def _make(self, source: str, names: frozenset[str]) -> None:
        tree = self._tree(source, names)
        self.paths = tuple(dict.fromkeys(paths(tree)))
        self._template = SANDBOX.from_string(tree)

    def _tree(self, source: str, names: frozenset[str]) -> nodes.Template:
        raise NotImplementedError

    def _context(self, variables: Variables) -> Context:
        return self._template.new_context(variables, shared=True)

    def _unmapped(self, error: Exception) -> Unmapped:
        return Unmapped(f"{self.place}, line {_line(error, self._template)}: {self._said(error)}")

    def _said(self, error: Exception) -> str:
        if not isinstance(error, Absent):
            return " ".join(str(error).split())[:MOST_SAID] or type(error).__name__
        name = str(error)
        written = (path for path in self.paths if path.endswith((f".{name}", f"[{name}]", f"[{name!r}]")))
        return f"{next(written, name)[:MOST_SAID]!r} is undefined"


class Text(Formula):
    def _tree(self, source: str, names: frozenset[str]) -> nodes.Template:
        return SANDBOX.text(source, names)

    def of(self, variables: Variables) -> str:
        """Without the blanks around it; Unmapped."""
        parts, length = [], 0
        try:
            for part in self._template.root_render_func(self._context(variables)):
                parts.append(part)
                length += len(part)
                if length > LONGEST:
                    break
        except FAULTS as error:
            raise self._unmapped(error) from error
        return cut("".join(parts)).strip()


class Expression(Formula):
    def _tree(self, source: str, names: frozenset[str]) -> nodes.Template:
        return SANDBOX.expression(source, names)

    def of(self, variables: Variables) -> Any:
        """Its value, of JSON's own kinds; Unmapped, also for what is not there."""
        try:
            found = self._run(variables)
            if isinstance(found, Undefined):
                str(found)
        except FAULTS as error:
            raise self._unmapped(error) from error
        return found

    def or_nothing(self, variables: Variables) -> Any:
        """Its value, None for what is not there; Unmapped for all else."""
        try:
            found = self._run(variables)
        except FAULTS as error:
            raise self._unmapped(error) from error
        return None if isinstance(found, Undefined) else found

    def _run(self, variables: Variables) -> Any:
        context = self._context(variables)
        for _ in self._template.root_render_func(context):
            pass
        return context.vars["result"]


def _line(error: Exception, template: Template) -> int:
    found, trace = 1, error.__traceback__
    while trace:
        if trace.tb_frame.f_code.co_filename == "<template>":
            found = template.get_corresponding_lineno(trace.tb_lineno)
        trace = trace.tb_next
    return found
