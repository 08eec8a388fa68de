"""Which values may a setting hold? Every problem at once, each with its place."""

from __future__ import annotations

import datetime as dt
import difflib
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Final

import attrs

from openspiff.errors import OpenSpiffError, Problem

Check = Callable[[Any], str | None]
"""Returns what was expected, or None when the value is good."""

_WHOLE_TOLERANCE: Final = 1e-9


class MarketError(OpenSpiffError):
    """A market that cannot be simulated as it is described."""

    code: ClassVar[str] = "market"


def _field(check: Check, default: Any) -> Any:
    return attrs.field(default=default, metadata={"check": check})


def whole(least: int, most: int, *, default: Any = attrs.NOTHING) -> Any:
    """Return a field that takes whole numbers from `least` to `most`."""

    def check(value: Any) -> str | None:
        is_whole = isinstance(value, int) and not isinstance(value, bool)
        if is_whole and least <= value <= most:
            return None
        return f"a whole number from {least} to {most}"

    return _field(check, default)


def number(least: float, most: float, *, default: Any = attrs.NOTHING) -> Any:
    """Return a field that takes numbers from `least` to `most`."""

    def check(value: Any) -> str | None:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if is_number and least <= value <= most:
            return None
        return f"a number from {least:g} to {most:g}"

    return _field(check, default)


def share(*, default: Any = attrs.NOTHING, most: float = 1.0) -> Any:
    """Return a field that takes shares from 0 to `most` (1 is the whole)."""
    return number(0.0, most, default=default)


def text(*, default: Any = attrs.NOTHING) -> Any:
    """Return a field that takes a short text; it may be empty only by default."""

    def check(value: Any) -> str | None:
        is_good = isinstance(value, str) and (value.strip() or value == default)
        return None if is_good else "a text"

    return _field(check, default)


def day(*, default: Any = attrs.NOTHING) -> Any:
    """Return a field that takes a day such as 2026-01-05."""

    def check(value: Any) -> str | None:
        is_day = isinstance(value, dt.date) and not isinstance(value, dt.datetime)
        return None if is_day else "a day such as 2026-01-05"

    return _field(check, default)


def yes_no(*, default: bool) -> Any:
    """Return a field that takes true or false."""
    return _field(
        lambda value: None if isinstance(value, bool) else "true or false", default
    )


def parts(*, default: Mapping[str, float]) -> Any:
    """Return a field that takes names with their shares, which sum to 1."""

    def check(value: Any) -> str | None:
        expected = "names with shares above 0 that sum to 1"
        if not isinstance(value, Mapping) or not value:
            return expected
        shares = list(value.values())
        if not all(
            isinstance(one, int | float) and not isinstance(one, bool) and one > 0
            for one in shares
        ):
            return expected
        return None if abs(sum(shares) - 1) < _WHOLE_TOLERANCE else expected

    return attrs.field(factory=lambda: dict(default), metadata={"check": check}, hash=False)


def many(check_one: Check, what: str, *, default: Any) -> Any:
    """Return a field that takes a tuple of which every member passes `check_one`."""

    def check(value: Any) -> str | None:
        is_good = isinstance(value, tuple) and all(check_one(one) is None for one in value)
        return None if is_good else what

    return _field(check, default)


def problems_of(kind: type[Any], values: Mapping[str, Any], place: str) -> list[Problem]:
    """Return everything wrong with `values` as arguments of the record `kind`.

    Unknown names (with the nearest known one), missing ones, and values that the field
    does not take; `place` is put before the name of each.
    """
    fields = {one.name: one for one in attrs.fields(kind)}
    found = []
    for name in values:
        if name not in fields:
            near = difflib.get_close_matches(name, fields, n=1)
            remedy = (
                f"did you mean {near[0]}?" if near else f"known are {', '.join(fields)}"
            )
            found.append(Problem(f"{place}.{name}", "unknown name", remedy))
    for name, one in fields.items():
        if name not in values:
            if one.default is attrs.NOTHING:
                found.append(Problem(f"{place}.{name}", "missing"))
            continue
        expected = one.metadata["check"](values[name])
        if expected is not None:
            shown = repr(values[name])[:60]
            found.append(Problem(f"{place}.{name}", f"expected {expected}, got {shown}"))
    return found


def require(record: Any, place: str, crossed: Callable[[], list[Problem]]) -> None:
    """Raise MarketError with all problems of a record; called when it is made.

    `crossed` compares fields with one another and runs only where each is good by itself.
    """
    values = attrs.asdict(record, recurse=False)
    found = problems_of(type(record), values, place) or crossed()
    if found:
        message = f"the {place} cannot be simulated as described"
        raise MarketError(message, found)
