"""How does one text run on several engines?

Steps are written once in a portable subset of DuckDB's SQL and emitted for each engine by
sqlglot. Three macros of our own keep integer arithmetic the same everywhere:
`int_div(a, b)` (both zero or more), `share_of(a, ppm)` and `convert_at(a, num, den)`.
"""

from __future__ import annotations

import functools
from importlib.resources.abc import Traversable

import attrs
import sqlglot
from sqlglot import exp


@attrs.frozen(kw_only=True)
class Step:
    """One named query; it may read the tables and steps before it.

    `is_stored` makes a table of it, otherwise a view. `keeps_join_order` switches join
    reordering off for this statement (the same join took 1.8 to 51 s by its phrasing).
    """

    name: str
    sql: str
    is_stored: bool = True
    keeps_join_order: bool = False


def quoted(text: object) -> str:
    """Return a text (or a path) as a literal of SQL, quotes and all."""
    return "'" + str(text).replace("'", "''") + "'"


def read_step(
    folder: Traversable,
    name: str,
    *,
    is_stored: bool = True,
    keeps_join_order: bool = False,
) -> Step:
    """Read `name`.sql from a package folder as a Step."""
    text = folder.joinpath(f"{name}.sql").read_text(encoding="utf-8")
    return Step(name=name, sql=text, is_stored=is_stored, keeps_join_order=keeps_join_order)


_MACROS = {
    "share_of": (
        2,
        "int_div({0}, 1000000) * {1} + int_div(({0} % 1000000) * {1} + 500000, 1000000)",
    ),
    "convert_at": (
        3,
        "int_div({0}, {2}) * {1} + int_div(({0} % {2}) * {1} + int_div({2}, 2), {2})",
    ),
}


def _expand(node: exp.Expression) -> exp.Expression:
    if not isinstance(node, exp.Anonymous) or node.name.lower() not in _MACROS:
        return node
    count, text = _MACROS[node.name.lower()]
    arguments = [f"({one.sql('duckdb')})" for one in node.expressions]
    if len(arguments) != count:
        message = f"{node.name} takes {count} arguments: {node.sql('duckdb')}"
        raise ValueError(message)
    return exp.paren(sqlglot.parse_one(text.format(*arguments), dialect="duckdb"))


def _divide(node: exp.Expression, dialect: str) -> exp.Expression:
    if not isinstance(node, exp.Anonymous) or node.name.lower() != "int_div":
        return node
    left, right = (exp.paren(one) for one in node.expressions)
    if dialect == "postgres":
        return exp.paren(exp.Div(this=left, expression=right, typed=True, safe=False))
    return exp.paren(exp.IntDiv(this=left, expression=right))


@functools.lru_cache(maxsize=256)
def emit(sql: str, dialect: str) -> str:
    """Return one portable statement as text of `dialect` (duckdb, spark, postgres).

    The texts of the steps never change, so what was emitted once is remembered.
    """
    tree = sqlglot.parse_one(sql, dialect="duckdb")
    # A replaced node is not entered again, so nested macros take one pass each.
    while any(_is_macro(node) for node in tree.find_all(exp.Anonymous)):
        tree = tree.transform(lambda node: _divide(_expand(node), dialect))
    return tree.sql(dialect=dialect, pretty=True)


def _is_macro(node: exp.Anonymous) -> bool:
    return node.name.lower() in {"int_div", *_MACROS}
