"""How is a market written down? As TOML with a `[market]` and perhaps an `[effect]`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from openspiff.errors import Problem
from openspiff.market._check import MarketError, problems_of
from openspiff.market._setting import (
    MarketSetting,
    ProductLine,
    ProgramEffect,
    effect_problems,
)


def _tuples(table: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in table.items()
    }


def _products(given: Any, found: list[Problem]) -> tuple[ProductLine, ...]:
    """Return the products; none when one of them is wrong, so that sums are not judged."""
    if not isinstance(given, tuple) or not all(isinstance(one, dict) for one in given):
        place = "market.products"
        found.append(Problem(place, "expected tables that begin with [[market.products]]"))
        return ()
    lines: list[ProductLine | None] = [
        _record(ProductLine, _tuples(one), f"market.products[{number}]", found)
        for number, one in enumerate(given, start=1)
    ]
    good = tuple(one for one in lines if one is not None)
    return good if len(good) == len(lines) else ()


def _record(
    kind: type[Any], values: dict[str, Any], place: str, found: list[Problem]
) -> Any:
    wrong = problems_of(kind, values, place)
    if wrong:
        found.extend(wrong)
        return None
    try:
        return kind(**values)
    except MarketError as error:
        found.extend(error.problems)
        return None


def _table(document: dict[str, Any], name: str, found: list[Problem]) -> dict[str, Any]:
    value = document.pop(name, {})
    if isinstance(value, dict):
        return _tuples(value)
    found.append(Problem(name, f"expected a table that begins with [{name}]"))
    return {}


def read_market(path: Path) -> tuple[MarketSetting, ProgramEffect | None]:
    """Read a market file: its setting, and its effect where it has an `[effect]` table.

    Names not given keep their defaults. Raises MarketError with every problem found: text
    that is no TOML, unknown or missing names, values out of bounds, an effect that does
    not fit into the market.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        reason = error.strerror or str(error)
        raise MarketError("no market could be read", [Problem(str(path), reason)]) from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise MarketError(
            "no market could be read", [Problem(str(path), str(error))]
        ) from None
    found: list[Problem] = []
    has_effect = "effect" in document
    values = _table(document, "market", found)
    effect_values = _table(document, "effect", found)
    found.extend(Problem(name, "unknown table") for name in document)
    if "products" in values:
        lines = _products(values.pop("products"), found)
        if lines:
            values["products"] = lines
    setting = _record(MarketSetting, values, "market", found)
    effect = _record(ProgramEffect, effect_values, "effect", found) if has_effect else None
    if setting is not None and effect is not None and not found:
        found.extend(effect_problems(effect, setting))
    if found:
        message = f"the market in {path.name} cannot be simulated as described"
        raise MarketError(message, found)
    return setting, effect
