"""Which names in what was read does nobody know yet?"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from difflib import get_close_matches
from typing import Final

import attrs

from openspiff.engine import DuckDBEngine
from openspiff.events._mapping import EventMapping
from openspiff.events._result import STAGED_COLUMNS, ReadResult

NAME_KINDS: Final = {"product": "product_id", "payee": "payee_id", "firm": "firm_id"}
"""What has names that may be unknown, and the column that holds them."""

_CLOSE_AMONG: Final = 5_000


@attrs.frozen(kw_only=True)
class UnknownName:
    """A name in the file that is not known: how many events name it, which one is closest.

    `firm_id` is the firm that events of an unknown payee name most.
    """

    kind: str
    name: str
    event_count: int
    closest: str = ""
    firm_id: str = ""


def unknown_names(
    result: ReadResult, mapping: EventMapping, known: dict[str, Collection[str]]
) -> tuple[UnknownName, ...]:
    """Return every name of what was read that is not known, most events first.

    `known` holds the names known for each of NAME_KINDS; nothing is asked about a kind
    without any. What the mapping says to be known is.
    """
    accepted = {
        "product": mapping.products.ids if mapping.products else (),
        "payee": mapping.payee_names.known,
        "firm": mapping.firm_names.known,
    }
    found: list[UnknownName] = []
    with DuckDBEngine(threads=1) as engine:
        engine.load_parquet("staged", result.staged, STAGED_COLUMNS)
        for kind, column in NAME_KINDS.items():
            if not known.get(kind):
                continue
            whole = frozenset(known[kind]) | frozenset(accepted[kind])
            rows = engine.query(
                f"select {column}, count(distinct event_id) as event_count,"  # noqa: S608
                f" max(firm_id) as firm_id from staged where {column} <> ''"
                f" group by {column} order by event_count desc, {column}"
            )
            found += _among(kind, rows, whole)
    return tuple(found)


def _among(
    kind: str, rows: Iterable[tuple[str, int, str]], known: frozenset[str]
) -> Iterable[UnknownName]:
    folded = {_folded(one): one for one in sorted(known)[:_CLOSE_AMONG]}
    for name, event_count, firm_id in rows:
        if name in known:
            continue
        close = get_close_matches(_folded(name), folded, n=1, cutoff=0.6)
        yield UnknownName(
            kind=kind,
            name=name,
            event_count=event_count,
            closest=folded[close[0]] if close else "",
            firm_id=firm_id if kind == "payee" else "",
        )


def _folded(name: str) -> str:
    return "".join(one for one in name.casefold() if one.isalnum())
