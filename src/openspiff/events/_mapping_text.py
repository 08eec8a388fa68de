"""How is a mapping written, so that people and the command line can use it again?"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from typing import Any, Final

import tomlkit

_PLAIN: Final = frozenset(
    {
        *("makes", "source", "zone", "main", "files", "columns", "constants", "shares"),
        *("status", "dates", "money", "products", "payee_names", "firm_names", "kind"),
    }
)


def mapping_text(table: Mapping[str, Any]) -> str:
    """Return a mapping as TOML; empty texts, lists and tables are left out."""
    document = tomlkit.document()
    for key, value in _filled(table).items():
        document.add(key, tomlkit.item(value))
    return tomlkit.dumps(document)


def _filled(table: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in table.items():
        kept = _filled(value) if isinstance(value, Mapping) else value
        if kept not in ("", [], {}, (), None):
            found[key] = list(kept) if isinstance(kept, tuple) else kept
    # Values before tables, or TOML would take them for the table's own.
    return dict(sorted(found.items(), key=lambda one: isinstance(one[1], dict)))


def is_plain(text: str) -> bool:
    """Tell whether a mapping says no more than a form of single columns can."""
    table = tomllib.loads(text)
    shares = table.get("shares", {})
    columns = [*table.get("columns", {}).values(), shares.get("payee", "")]
    status = table.get("status", {})
    return (
        set(table) <= _PLAIN
        and len(table.get("files", {})) == 1
        and all(isinstance(one, str) for one in columns)
        and set(shares) <= {"payee"}
        and isinstance(status.get("column", ""), str)
        and "dates" not in status
        and "kind" not in table
        and not table.get("products", {}).get("file")
    )


def with_names(
    text: str,
    *,
    kind: str,
    aliases: Mapping[str, str],
    known: Iterable[str] = (),
    refused: Iterable[str] = (),
) -> str:
    """Return a mapping that also knows these names of products, payees or firms.

    `kind` is a key of NAME_KINDS. What is in the text stays as it is, comments too.
    """
    section = "products" if kind == "product" else f"{kind}_names"
    listed = "ids" if kind == "product" else "known"
    if kind == "product":
        # An alias of a product that is not listed would be a mistake in the mapping.
        known = [*known, *dict.fromkeys(aliases.values())] if aliases else [*known]
    document: Any = tomlkit.parse(text)
    if section not in document:
        document.add(section, tomlkit.table())
    table = document[section]
    for key, names in ((listed, known), ("refused", refused)):
        before = list(table.get(key, []))
        both = [*before, *(one for one in names if one not in before)]
        if both != before:
            table[key] = both
    if aliases:
        if "aliases" not in table:
            table["aliases"] = tomlkit.table()
        for name, meant in aliases.items():
            table["aliases"][name] = meant
    return tomlkit.dumps(document)
