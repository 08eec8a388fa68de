"""How is what pages show alike rendered once? By a tag that knows all it depends on.

    {% same name=program.name is_open=line.is_open %}
      <h3>{{ name }}</h3> ... <b>{% own line.earned %}</b>
    {% endsame %}

Between the tags stand only the values that are named at its head, so the text depends on
nothing else (but the language) and is kept for the next page with the same ones. What is
the reader's own is put into its places anew each time: `own` sees what stands around the
tag. Values must never change: words, numbers, frozen objects.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import Any, Final

from django import template
from django.template.base import (
    FilterExpression,
    Node,
    NodeList,
    Parser,
    Token,
    Variable,
    render_value_in_context,
    token_kwargs,
)
from django.template.context import Context
from django.template.exceptions import TemplateSyntaxError
from django.template.loader_tags import BlockNode
from django.utils.translation import get_language

_KEPT_AT_MOST: Final = 512
_LANGUAGE: Final = "same_language"
_PLACE: Final = re.compile("\0own([0-9]+)\0")

register = template.Library()

_Reader = Callable[[Context], Any]
_Parts = tuple[tuple[str, _Reader | None], ...]
"""A text, and what follows it for each reader anew; nothing after the last."""


class OwnNode(Node):
    """The place of something that each reader has for themselves."""

    def __init__(self, expression: FilterExpression) -> None:
        """Show an expression; the tag around it gives the place its number."""
        self.expression = expression
        self.number = 0

    def render(self, context: Context) -> str:  # noqa: ARG002 (filled in later)
        """Return the mark of the place."""
        return f"\0own{self.number}\0"


class SameNode(Node):
    """A text that is rendered once for all with the same values."""

    def __init__(self, values: dict[str, FilterExpression], body: NodeList) -> None:
        """Keep what the text depends on, and number the places of what is own."""
        self._names = tuple(values)
        self._read = [_reader(one) for one in values.values()]
        self.body = body
        found = body.get_nodes_by_type(OwnNode)
        self.own = [one for one in found if isinstance(one, OwnNode)]
        for number, one in enumerate(self.own):
            one.number = number
        self._made: dict[tuple[Any, ...], _Parts] = {}

    def render(self, context: Context) -> str:
        """Return the text, what is own in its places."""
        values = [read(context) for read in self._read]
        # By type too: 1 is True, and a text that is safe equals one that is not.
        key = (_language(context), context.autoescape, *values, *map(type, values))
        parts = self._made.get(key)
        if parts is None:
            parts = self._make(context, values)
            if len(self._made) >= _KEPT_AT_MOST:
                self._made.clear()
            self._made[key] = parts
        said = []
        for text, read in parts:
            said.append(text)
            if read is not None:
                value = read(context)
                if type(value) is str and context.autoescape:
                    said.append(html.escape(value))  # as below, the short way
                else:
                    said.append(render_value_in_context(value, context))
        return "".join(said)

    def _make(self, context: Context, values: list[Any]) -> _Parts:
        inner = context.new(dict(zip(self._names, values, strict=True)))
        pieces = _PLACE.split(self.body.render(inner))
        texts, numbers = pieces[::2], [int(one) for one in pieces[1::2]]
        readers = [_reader(self.own[number].expression) for number in numbers]
        return tuple(zip(texts, [*readers, None], strict=True))


def _reader(expression: FilterExpression) -> _Reader:
    """Return what reads an expression: the short way for a name with attributes or keys.

    What the short way does not find, or would have to call, is read as templates do.
    """
    variable = expression.var
    if expression.filters or not isinstance(variable, Variable) or not variable.lookups:
        read: _Reader = expression.resolve
        return read
    first, *rest = variable.lookups

    def look(context: Context) -> Any:
        try:
            found = context[first]
            for name in rest:
                found = found[name] if type(found) is dict else getattr(found, name)
        except (AttributeError, KeyError):
            return expression.resolve(context)
        return expression.resolve(context) if callable(found) else found

    return look


def _language(context: Context) -> str | None:
    """Return the language of a page, asked for once: that takes longer than a look here."""
    if _LANGUAGE not in context.render_context:
        context.render_context[_LANGUAGE] = get_language()
    said: str | None = context.render_context[_LANGUAGE]
    return said


@register.tag
def same(parser: Parser, token: Token) -> SameNode:
    """Render what stands up to `endsame` once for all pages with the same values."""
    if any(command == "same" for command, _ in parser.command_stack[:-1]):
        message = "`same` cannot stand in another `same`"
        raise TemplateSyntaxError(message)
    bits = token.split_contents()[1:]
    values = token_kwargs(bits, parser)
    if bits:
        message = f"expected `same name=value ...`, got {' '.join(bits)}"
        raise TemplateSyntaxError(message)
    body = parser.parse(("endsame",))
    parser.delete_first_token()
    if body.get_nodes_by_type(BlockNode):
        message = "a block cannot stand in `same`: it depends on the page"
        raise TemplateSyntaxError(message)
    return SameNode(values, body)


@register.tag
def own(parser: Parser, token: Token) -> OwnNode:
    """Show, inside `same`, what each reader has for themselves."""
    bits = token.split_contents()[1:]
    if len(bits) != 1 or not any(name == "same" for name, _ in parser.command_stack):
        message = "expected `own value`, inside `same`"
        raise TemplateSyntaxError(message)
    return OwnNode(parser.compile_filter(bits[0]))
